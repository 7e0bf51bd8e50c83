import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canonicalJson, cutBelow, isDeeperThan, isJsonRecord } from "../../src/kernel/json.ts";

describe("a value of JSON", () => {
  it("is a record when it has names", () => {
    assert.deepEqual([{}, { a: 1 }, [], null, "x", 1, undefined].map(isJsonRecord), [
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
  it("has one text, whatever the order of its names", () => {
    const text = canonicalJson({ b: [{ d: 1, c: null }, 2], a: "x" });
    assert.equal(text, '{"a":"x","b":[{"c":null,"d":1},2]}');
    assert.equal(canonicalJson({ a: "x", b: [{ c: null, d: 1 }, 2] }), text);
  });
  it("has another text when a list has another order", () => {
    assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
  });
  it("is deeper than its number of lists and records inside each other", () => {
    assert.deepEqual(
      [isDeeperThan("x", 0), isDeeperThan(null, 0), isDeeperThan({}, 0)],
      [false, false, true],
    );
    assert.deepEqual([isDeeperThan([{ a: 1 }], 2), isDeeperThan([{ a: [] }], 2)], [false, true]);
    const deep: unknown = JSON.parse("[".repeat(9_000) + "]".repeat(9_000));
    assert.equal(isDeeperThan(deep, 256), true);
  });
  it("can be cut below a number of levels", () => {
    const value = { a: [{ b: { c: 1 } }, "x"], d: null };
    assert.deepEqual(cutBelow(value, 3), { a: [{ b: null }, "x"], d: null });
    assert.deepEqual(cutBelow(value, 4), value);
    assert.deepEqual([cutBelow({}, 0), cutBelow("x", 0), cutBelow(undefined, 0)], [null, "x", undefined]);
    const deep: unknown = JSON.parse("[".repeat(9_000) + "]".repeat(9_000));
    assert.equal(isDeeperThan(cutBelow(deep, 256), 256), false);
    assert.equal(isDeeperThan(cutBelow(deep, 257), 256), true);
  });
});
