/** Differences of objects, field by field, and who owns a field. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changedFields, pathText } from "../../../src/propagate/plan/changed-fields.ts";
import { fieldOwners } from "../../../src/propagate/plan/field-owners.ts";

const lines = (before: unknown, after: unknown): readonly string[] =>
  changedFields(before, after).map(
    (change) =>
      `${pathText(change.path)}: ${JSON.stringify(change.before)} → ${JSON.stringify(change.after)}`,
  );
const container = (name: string, image: string): object => ({ name, image });

describe("the changes of an object", () => {
  for (const [claim, before, after, changes] of [
    ["are none when nothing differs", { a: { b: [1] }, c: 2 }, { c: 2, a: { b: [1] } }, []],
    ["are values", { spec: { replicas: 3 } }, { spec: { replicas: 5 } }, ["spec.replicas: 3 → 5"]],
    ["are fields that come and go", { a: 1 }, { b: null }, ["a: 1 → undefined", "b: undefined → null"]],
    ["are whole values where kinds differ", { a: { b: 1 } }, { a: [1] }, ['a: {"b":1} → [1]']],
    [
      "are fields of items with names, in any order",
      { containers: [container("a", "a:1"), container("b", "b:1")] },
      { containers: [container("b", "b:2"), container("a", "a:1")] },
      ['containers[b].image: "b:1" → "b:2"'],
    ],
    [
      "are items that come and go",
      { containers: [container("a", "a:1")] },
      { containers: [container("b", "b:1")] },
      [
        'containers[a]: {"name":"a","image":"a:1"} → undefined',
        'containers[b]: undefined → {"name":"b","image":"b:1"}',
      ],
    ],
    [
      "are the order of items",
      { l: [{ name: "a" }, { name: "b" }] },
      { l: [{ name: "b" }, { name: "a" }] },
      ['l: [{"name":"a"},{"name":"b"}] → [{"name":"b"},{"name":"a"}]'],
    ],
    [
      "are lists whose items have one name twice",
      { l: [{ name: "a" }, { name: "a", x: 1 }] },
      { l: [] },
      ['l: [{"name":"a"},{"name":"a","x":1}] → []'],
    ],
    [
      "have names that are no words in quotes",
      { data: { "a.b": "1" } },
      { data: { "a.b": "2" } },
      ['data["a.b"]: "1" → "2"'],
    ],
  ] as const)
    it(claim, () => assert.deepEqual(lines(before, after), changes));
});

describe("the owners of a field", () => {
  const entry = (manager: string, fieldsV1: object, operation = "Update"): object => ({
    manager,
    operation,
    fieldsV1,
  });
  const object = {
    metadata: {
      managedFields: [
        entry("fedns", { "f:data": { "f:a": {} } }, "Apply"),
        entry("kubectl-edit", { "f:data": { "f:b": {} } }),
        entry("whole", { "f:list": {} }),
        entry("sidecar", { "f:spec": { "f:containers": { 'k:{"name":"x"}': { ".": {}, "f:image": {} } } } }),
        entry("bad", { "f:spec": { "f:containers": { "k:{": {} } } }),
        null,
        { manager: 3 },
      ],
    },
    data: { a: "1", b: "2" },
    spec: {
      containers: [
        { name: "x", image: "i" },
        { name: "y", image: "j" },
      ],
    },
  };
  for (const [path, owners] of [
    [[{ field: "data" }, { field: "a" }], ["fedns"]],
    [[{ field: "data" }, { field: "b" }], ["kubectl-edit"]],
    [[{ field: "data" }], ["fedns", "kubectl-edit"]],
    [[{ field: "data" }, { field: "c" }], []],
    [[{ field: "list" }, { field: "deep" }], ["whole"]],
    [[{ field: "spec" }, { field: "containers" }, { item: "x" }, { field: "image" }], ["sidecar"]],
    [[{ field: "spec" }, { field: "containers" }, { item: "y" }, { field: "image" }], []],
  ] as const)
    it(`${pathText(path)}: ${owners.join(", ") || "nobody"}`, () =>
      assert.deepEqual(fieldOwners(object, path), owners));
  it("are nobody where managedFields are nothing that can be read", () => {
    for (const managedFields of [undefined, null, "x", [[]], { a: 1 }])
      assert.deepEqual(fieldOwners({ metadata: { managedFields } }, [{ field: "a" }]), []);
  });
});
