import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseFederatedObject } from "../../../src/propagate/federated/federated-object.ts";
import type { NamespaceBound } from "../../../src/propagate/placement/placement.ts";
import { type Wanted, wantedIn } from "../../../src/propagate/steps/wanted.ts";

const ANYWHERE: NamespaceBound = { kind: "unbounded" };
const HELD = { finalizers: ["kubefed.io/sync-controller"] };

function wanted(metadata: object, placement: unknown, bound: NamespaceBound = ANYWHERE): Wanted {
  const object = {
    metadata: { name: "web", namespace: "shop", uid: "u1", generation: 1, ...metadata },
    spec: { template: {}, placement },
  };
  return wantedIn(parseFederatedObject(object), { name: "m1", labels: { region: "eu" } }, bound);
}

describe("what is wanted of an object in a member", () => {
  const here = { clusters: [{ name: "m1" }] };
  it("is a copy where it is placed", () => {
    assert.equal(wanted(HELD, here).kind, "present");
  });
  it("is no copy where it is not placed", () => {
    const result = wanted(HELD, { clusters: [{ name: "m2" }] });
    assert.equal(result.kind === "absent" && result.reason, "not-listed");
  });
  it("is no copy where its namespace is not placed", () => {
    const result = wanted(HELD, here, { kind: "placed", clusters: new Set(["m2"]) });
    assert.equal(result.kind === "absent" && result.reason, "namespace-not-placed");
  });
  it("is no copy when it is deleted, wherever it is placed", () => {
    const result = wanted({ ...HELD, deletionTimestamp: "2026-01-01T00:00:00Z" }, here);
    assert.deepEqual(result, { kind: "absent", orphan: null, deleteOptions: {}, reason: "deleted" });
  });
  it("is handed on from the annotations when it is deleted", () => {
    const annotations = {
      "kubefed.io/orphan": "true",
      "kubefed.io/deleteoption": '{"propagationPolicy":"Orphan","gracePeriodSeconds":3}',
    };
    const result = wanted({ ...HELD, annotations, deletionTimestamp: "2026-01-01T00:00:00Z" }, here);
    assert.deepEqual(result, {
      kind: "absent",
      orphan: true,
      deleteOptions: { propagation: "Orphan", gracePeriodSeconds: 3 },
      reason: "deleted",
    });
  });
  const undecided: readonly (readonly [string, Wanted])[] = [
    ["before our finalizer is on it", wanted({}, here)],
    ["while its namespace is not federated", wanted(HELD, here, { kind: "not-federated" })],
    ["when its placement cannot be read", wanted(HELD, "everywhere")],
    ["when it may go nowhere", wanted(HELD, here, { kind: "refused", message: "" })],
    [
      "when it may go nowhere and is deleted",
      wanted({ ...HELD, deletionTimestamp: "2026-01-01T00:00:00Z" }, here, { kind: "refused", message: "" }),
    ],
    ["when the host does not know it", wantedIn(null, { name: "m1", labels: {} }, ANYWHERE)],
  ];
  for (const [claim, result] of undecided)
    it(`is not decided ${claim}`, () => {
      assert.equal(result.kind, "undecided");
    });
});
