/** Patches, by the examples of their RFCs, and patches that must be refused. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Json } from "../../src/sandbox/object/json.ts";
import { jsonPatch, mergePatch } from "../../src/sandbox/merge/patch.ts";

describe("a merge patch", () => {
  // RFC 7386, appendix A.
  const examples: readonly (readonly [Json, Json, Json])[] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, expected] of examples) {
    test(`${JSON.stringify(patch)} on ${JSON.stringify(target)}`, () => {
      assert.deepEqual(mergePatch(target, patch), expected);
    });
  }

  test("cannot reach the prototype of objects", () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}') as Json);
    assert.equal(Object.getPrototypeOf(merged), Object.prototype);
    assert.equal(JSON.stringify(merged), '{"__proto__":{"polluted":true}}');
  });
});

describe("a JSON patch", () => {
  // RFC 6902, appendix A, and further edge cases.
  const examples: readonly (readonly [string, Json, Json, Json])[] = [
    ["adds a member", { foo: "bar" }, [{ op: "add", path: "/baz", value: 1 }], { foo: "bar", baz: 1 }],
    ["adds into a list", { a: [1, 3] }, [{ op: "add", path: "/a/1", value: 2 }], { a: [1, 2, 3] }],
    ["appends to a list", { a: [1] }, [{ op: "add", path: "/a/-", value: 2 }], { a: [1, 2] }],
    ["removes a member", { a: 1, b: 2 }, [{ op: "remove", path: "/a" }], { b: 2 }],
    ["removes from a list", { a: [1, 2, 3] }, [{ op: "remove", path: "/a/1" }], { a: [1, 3] }],
    ["replaces", { a: { b: 1 } }, [{ op: "replace", path: "/a/b", value: null }], { a: { b: null } }],
    ["moves", { a: { b: 1 }, c: {} }, [{ op: "move", from: "/a/b", path: "/c/d" }], { a: {}, c: { d: 1 } }],
    ["moves within a list", [1, 2, 3], [{ op: "move", from: "/0", path: "/2" }], [2, 3, 1]],
    ["copies", { a: [1] }, [{ op: "copy", from: "/a", path: "/b" }], { a: [1], b: [1] }],
    ["tests", { "a/b": { "~": 1 } }, [{ op: "test", path: "/a~1b/~0", value: 1 }], { "a/b": { "~": 1 } }],
    ["replaces the whole", { a: 1 }, [{ op: "replace", path: "", value: [] }], []],
  ];
  for (const [what, target, patch, expected] of examples) {
    test(what, () => {
      assert.deepEqual(jsonPatch(target, patch), expected);
    });
  }

  const refused: readonly (readonly [string, Json])[] = [
    ["a test that fails", [{ op: "test", path: "/a", value: 2 }]],
    ["a path that is not there", [{ op: "replace", path: "/x/y", value: 2 }]],
    ["removing what is not there", [{ op: "remove", path: "/x" }]],
    ["an index beyond the end", [{ op: "add", path: "/l/7", value: 2 }]],
    ["an index with a leading zero", [{ op: "add", path: "/l/01", value: 2 }]],
    ["a path without a slash", [{ op: "add", path: "a", value: 2 }]],
    ["an operation without a value", [{ op: "add", path: "/a" }]],
    ["an unknown operation", [{ op: "jump", path: "/a" }]],
    ["no list", { op: "add", path: "/a", value: 1 }],
    ["an operation that is no object", [1]],
    ["an inherited member", [{ op: "replace", path: "/constructor/name", value: "x" }]],
  ];
  for (const [what, patch] of refused) {
    test(`refuses ${what} with a Status`, () => {
      assert.throws(() => jsonPatch({ a: 1, l: [1] }, patch), { name: "ApiError" });
    });
  }
});
