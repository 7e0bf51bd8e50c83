/** How many objects are too many to lose within a minute. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Losses } from "../../../src/propagate/brake/losses.ts";

const LIMITS = { percent: 30, objects: 20 };

describe("losses", () => {
  const rows: readonly [string, number, number, boolean][] = [
    ["19 of 19", 19, 0, false],
    ["20 of 20", 20, 0, true],
    ["20 of 66", 20, 46, true],
    ["20 of 67", 20, 47, false],
    ["300 of 1,000", 300, 700, true],
    ["299 of 1,000", 299, 701, false],
  ];
  for (const [what, lost, left, isTooMany] of rows)
    it(`${what} are ${isTooMany ? "" : "not "}too many`, () => {
      assert.equal(new Losses(LIMITS).isTooMany(lost, left), isTooMany);
    });
  it("are never too many when they are not looked at", () => {
    assert.equal(new Losses({ percent: 1, objects: 0 }).isTooMany(1000, 0), false);
  });

  it("count within one minute, whatever the order in which they are known", () => {
    const losses = new Losses(LIMITS);
    for (const atMs of [100_000, 10_000, 159_999, 100_001, 40_001]) losses.add(atMs);
    // From 40,001 to 100,000, or from 100,000 to 159,999.
    assert.equal(losses.most, 3);
    assert.equal(losses.add(100_000), 4);
  });
  it("are forgiven", () => {
    const losses = new Losses(LIMITS);
    losses.add(1);
    losses.forgive();
    assert.equal(losses.most, 0);
  });
});
