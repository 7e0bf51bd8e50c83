import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changedPaths } from "../../../src/propagate/apply/reply-check.ts";

describe("the values of a reply", () => {
  const same: readonly (readonly [string, unknown, unknown])[] = [
    ["that were sent", { a: 1, b: { c: "x" } }, { a: 1, b: { c: "x" } }],
    ["and more fields", { a: 1 }, { a: 1, status: {} }],
    [
      "with a quantity in another spelling",
      { cpu: "1000m", memory: "1Gi" },
      { cpu: "1", memory: "1073741824" },
    ],
    ["with a quantity that was a number", { cpu: 0.5 }, { cpu: "500m" }],
    [
      "with an item of another owner",
      { env: [{ name: "A" }] },
      { env: [{ name: "Z" }, { name: "A", value: "1" }] },
    ],
    [
      "without what was empty",
      { a: {}, b: [], c: { d: "", e: 0, f: false, g: [{ name: "A", value: "" }] } },
      { c: { g: [{ name: "A" }] } },
    ],
    [
      "with another uid and version",
      { metadata: { uid: "u", resourceVersion: "1" } },
      { metadata: { resourceVersion: "2" } },
    ],
  ];
  for (const [what, sent, reply] of same)
    it(`${what} are as sent`, () => {
      assert.deepEqual(changedPaths(sent, reply), []);
    });
  const changed: readonly (readonly [unknown, unknown, readonly string[]])[] = [
    [{ spec: { replicas: 3 } }, { spec: { replicas: 2 } }, ["spec.replicas"]],
    [{ spec: { replicas: 3 } }, {}, ["spec"]],
    [{ a: "1" }, { a: "2m" }, ["a"]],
    [{ a: true }, { a: "true" }, ["a"]],
    [{ c: [{ name: "a", image: "x" }] }, { c: [{ name: "a", image: "mirror/x" }] }, ["c[0]"]],
    [{ a: ["x"] }, { a: "x" }, ["a"]],
    [{ data: { a: "" } }, { data: {} }, ["data.a"]],
    [{ a: false, b: 0 }, { a: true, b: 1 }, ["a", "b"]],
    [{ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 }, {}, ["a", "b", "c", "d", "e"]],
  ];
  for (const [sent, reply, paths] of changed)
    it(`${JSON.stringify(reply)} differ from ${JSON.stringify(sent)} in ${paths.join(", ")}`, () => {
      assert.deepEqual(changedPaths(sent, reply), paths);
    });
});
