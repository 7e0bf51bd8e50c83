import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isStored } from "../../../src/propagate/status/stored-status.ts";

const STATUS = {
  observedGeneration: 2,
  conditions: [{ type: "Propagation", status: "False", message: "m1: CreationFailed" }],
  clusters: [{ name: "m1", status: "CreationFailed", message: "quota", code: 403 }],
};

describe("a status in the host", () => {
  const same: readonly (readonly [string, unknown])[] = [
    ["with the same fields", structuredClone(STATUS)],
    [
      "with fields in another order",
      { clusters: STATUS.clusters, conditions: STATUS.conditions, observedGeneration: 2 },
    ],
    [
      "whose definition has no room for messages and codes",
      {
        ...STATUS,
        conditions: [{ type: "Propagation", status: "False" }],
        clusters: [{ name: "m1", status: "CreationFailed" }],
      },
    ],
  ];
  for (const [claim, stored] of same)
    it(`${claim} need not be written`, () => {
      assert.equal(isStored(STATUS, stored), true);
    });
  it("without clusters need not be written when there are none", () => {
    assert.equal(isStored({ ...STATUS, clusters: [] }, { ...STATUS, clusters: undefined }), true);
  });
  const different: readonly (readonly [string, unknown])[] = [
    ["that is missing", undefined],
    ["of another generation", { ...STATUS, observedGeneration: 1 }],
    ["with another cluster", { ...STATUS, clusters: [{ name: "m2", status: "CreationFailed" }] }],
    ["with one cluster more", { ...STATUS, clusters: [...STATUS.clusters, { name: "m2" }] }],
    ["without a status that is to be said", { ...STATUS, clusters: [{ name: "m1" }] }],
    [
      "with a message that is no longer true",
      { ...STATUS, clusters: [{ ...STATUS.clusters[0], message: "old" }] },
    ],
    [
      "with a field that is no longer true",
      { ...STATUS, clusters: [{ ...STATUS.clusters[0], remoteStatus: {} }] },
    ],
    ["that is something else", ["x"]],
  ];
  for (const [claim, stored] of different)
    it(`${claim} is written`, () => {
      assert.equal(isStored(STATUS, stored), false);
    });
});
