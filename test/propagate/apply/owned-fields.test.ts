import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { coversAll, hasField, hashOfFields, ownFields } from "../../../src/propagate/apply/owned-fields.ts";

/** As a real API server answers an apply of SENT. */
const FIELDS = {
  "f:metadata": { "f:labels": { "f:app": {} } },
  "f:spec": {
    "f:replicas": {},
    "f:selector": {},
    "f:template": {
      "f:spec": {
        "f:containers": {
          'k:{"name":"a"}': {
            ".": {},
            "f:name": {},
            "f:image": {},
            "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
          },
        },
      },
    },
    "f:finalizers": { 'v:"x"': {} },
  },
};
const container = { name: "a", image: "b", ports: [{ containerPort: 80 }] };
const SENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", labels: { app: "web" } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: { spec: { containers: [container] } },
    finalizers: ["x"],
  },
};

/** FIELDS without the field at this path, and without parents that it leaves empty: servers keep none. */
function without(...path: readonly string[]): Record<string, unknown> {
  const copy: Record<string, unknown> = structuredClone(FIELDS);
  removeFrom(copy, path);
  return copy;
}

function removeFrom(fields: Record<string, unknown>, [key = "", ...rest]: readonly string[]): void {
  const inner = fields[key] as Record<string, unknown>;
  if (rest.length > 0) removeFrom(inner, rest);
  if (rest.length === 0 || Object.keys(inner).length === 0) delete fields[key];
}

describe("fields of a copy", () => {
  const inContainer = ["f:spec", "f:template", "f:spec", "f:containers", 'k:{"name":"a"}'];
  it("are all ours after an apply", () => {
    assert.equal(coversAll(FIELDS, SENT), true);
  });
  const lost: readonly (readonly [string, readonly string[]])[] = [
    ["a scalar", ["f:spec", "f:replicas"]],
    ["a label", ["f:metadata", "f:labels", "f:app"]],
    ["all metadata", ["f:metadata"]],
    ["an atomic map", ["f:spec", "f:selector"]],
    ["a field of a list item", [...inContainer, "f:image"]],
    ["a list item", inContainer],
    ["an item of a list of values", ["f:spec", "f:finalizers", 'v:"x"']],
    [
      "an item whose key has a default",
      [...inContainer, "f:ports", 'k:{"containerPort":80,"protocol":"TCP"}'],
    ],
  ];
  for (const [what, path] of lost)
    it(`are not all ours when somebody else wrote ${what}`, () => {
      assert.equal(coversAll(without(...path), SENT), false);
    });
  it("need not include what was not sent", () => {
    assert.equal(coversAll(FIELDS, { ...SENT, spec: { replicas: 3 } }), true);
  });
  it("do not include a list item that was sent later", () => {
    const spec = { template: { spec: { containers: [container, { name: "z", image: "c" }] } } };
    assert.equal(coversAll(FIELDS, { ...SENT, spec }), false);
  });
  it("include identity without an entry for it", () => {
    assert.equal(
      coversAll({}, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "b" } }),
      true,
    );
  });
});

describe("a field", () => {
  it("is found by its path", () => {
    assert.equal(hasField(FIELDS, ["spec", "replicas"]), true);
    assert.equal(hasField(FIELDS, ["spec", "paused"]), false);
    assert.equal(hasField(FIELDS, ["spec", "replicas", "x"]), false);
  });
});

describe("our entry of managedFields", () => {
  const entry = { manager: "fedns", operation: "Apply", fieldsV1: FIELDS };
  it("is that of our manager's applies", () => {
    assert.equal(ownFields([{ ...entry, manager: "kubectl" }, entry], "fedns"), FIELDS);
  });
  for (const [claim, fields] of [
    ["an update under our name", [{ ...entry, operation: "Update" }]],
    ["an apply to a subresource", [{ ...entry, subresource: "status" }]],
    ["another manager", [{ ...entry, manager: "fedns2" }]],
    ["an entry without fields", [{ ...entry, fieldsV1: null }]],
    ["something else", "fields"],
    ["a wiped list", [{}]],
  ] as const)
    it(`is not ${claim}`, () => {
      assert.equal(ownFields(fields, "fedns"), null);
    });
});

describe("the hash of fields", () => {
  it("does not depend on the order of names", () => {
    assert.equal(
      hashOfFields({ "f:a": {}, "f:b": { "f:c": {} } }),
      hashOfFields({ "f:b": { "f:c": {} }, "f:a": {} }),
    );
  });
  it("differs when a field is gone", () => {
    assert.notEqual(hashOfFields(FIELDS), hashOfFields(without("f:spec", "f:replicas")));
  });
});
