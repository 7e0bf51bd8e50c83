import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  parseFederatedObject,
  type ParsedObject,
} from "../../../src/propagate/federated/federated-object.ts";

function parsed(annotations: object): ParsedObject {
  const metadata = { name: "web", namespace: "shop", uid: "u1", generation: 1, annotations };
  const object = parseFederatedObject({ metadata, spec: { template: {} } });
  assert.ok(object !== null);
  return object;
}

describe("an annotation of a federated object", () => {
  for (const [annotations, recreation] of [
    [{}, "never"],
    [{ "fedns.io/recreate": "false" }, "never"],
    [{ "fedns.io/recreate": "true" }, "made"],
    [{ "fedns.io/recreate": "adopted" }, "adopted"],
  ] as const)
    it(`says which copies are made again: ${JSON.stringify(annotations)}`, () => {
      const object = parsed(annotations);
      assert.ok("object" in object);
      assert.equal(object.object.recreation, recreation);
    });
  for (const value of ["yes", "", "constructor", 1, {}])
    it(`about that is refused with the cure: ${JSON.stringify(value)}`, () => {
      const object = parsed({ "fedns.io/recreate": value });
      assert.ok("problem" in object);
      assert.equal(object.status, "ComputeResourceFailed");
      assert.match(object.problem, /^the annotation fedns\.io\/recreate must be "true"/);
    });
  it("about orphans counts only as a word that is known", () => {
    for (const [value, orphan] of [
      ["true", true],
      ["false", false],
      ["constructor", null],
      [true, null],
    ] as const) {
      const object = parsed({ "kubefed.io/orphan": value });
      assert.ok("object" in object);
      assert.equal(object.object.orphan, orphan);
    }
  });
});

describe("a federated object whose spec cannot be read", () => {
  const SPECS = [
    { placement: { clusters: "m1" } },
    { placement: { clusterSelector: { matchExpressions: [{ key: "a", operator: "Near" }] } } },
    { template: [] },
    { template: JSON.parse(`${'{"a":'.repeat(3_000)}1${"}".repeat(3_000)}`) as unknown },
    {
      overrides: [
        { clusterName: "m1", clusterOverrides: [] },
        { clusterName: "m1", clusterOverrides: [] },
      ],
    },
  ];
  const read = (spec: object, more: object): ParsedObject | null =>
    parseFederatedObject({
      metadata: { name: "web", namespace: "shop", uid: "u1", generation: 1, ...more },
      spec,
    });
  const DELETED = { deletionTimestamp: "2026-01-01T00:00:00Z", annotations: { "kubefed.io/orphan": "true" } };
  for (const spec of SPECS) {
    it(`is refused: ${JSON.stringify(spec).slice(0, 80)}`, () => {
      assert.ok("problem" in (read(spec, {}) ?? {}));
    });
    it(`can be deleted all the same: ${JSON.stringify(spec).slice(0, 80)}`, () => {
      const object = read(spec, DELETED);
      assert.ok(object !== null && "object" in object);
      const { isDeleting, isSpecRead, orphan, placement } = object.object;
      assert.deepEqual(
        { isDeleting, isSpecRead, orphan },
        { isDeleting: true, isSpecRead: false, orphan: true },
      );
      assert.deepEqual(placement, { clusters: null, selector: null });
    });
  }
  it("is refused when the options of its deletion cannot be read, and goes without them when it is deleted", () => {
    const annotations = { "kubefed.io/deleteoption": "Orphan" };
    const living = read({}, { annotations });
    assert.ok(living !== null && "problem" in living);
    assert.match(living.problem, /^the annotation kubefed\.io\/deleteoption must be DeleteOptions as JSON/);
    const deleted = read({}, { ...DELETED, annotations });
    assert.ok(deleted !== null && "object" in deleted);
    assert.deepEqual(deleted.object.deleteOptions, {});
  });
});
