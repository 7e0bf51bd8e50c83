import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { RowSet } from "../../../src/propagate/copies/row-set.ts";

const row = fc.oneof(fc.nat(70), fc.nat(100_000));

describe("a set of rows", () => {
  it("is as a Set of numbers", () => {
    const step = fc.record({ row, isAdded: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const [rows, model] = [new RowSet(), new Set<number>()];
        for (const { row: one, isAdded } of steps) {
          const isThere = model.has(one);
          if (isAdded) assert.equal(rows.add(one), !isThere);
          else assert.equal(rows.delete(one), isThere);
          if (isAdded) model.add(one);
          else model.delete(one);
          assert.equal(rows.has(one), isAdded);
        }
        assert.deepEqual(
          rows.rows(),
          [...model].sort((a, b) => a - b),
        );
        assert.equal(rows.size, model.size);
      }),
    );
  });
});
