import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canonicalJson, isJsonRecord } from "../../src/kernel/json.ts";

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
});
