import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { propagationLines, propagationPart } from "../../src/cli/text/propagation-part.ts";

const STATUS = {
  lease: { holder: "a", isHeld: true, refusal: null },
  types: [
    { name: "configmaps", objects: 2 },
    { name: "namespaces", objects: 1 },
  ],
  members: [
    { name: "m1", waiting: 4, problem: null },
    { name: "m2", waiting: 0, problem: "it is not the cluster that joined" },
  ],
};
const linesOf = (change: object = {}): string[] =>
  propagationLines(propagationPart.parse({ ...STATUS, ...change }));

describe("the status of federated objects", () => {
  it("has what is placed, what waits, and the members that are not written to", () => {
    assert.deepEqual(linesOf(), [
      "Federated objects: 3 (2 types enabled), in 1 cluster, 4 copies to be worked on; this server writes",
      "  m2: it is not the cluster that joined",
    ]);
  });
  it("names copies that are not as wanted, and those that the host does not know", () => {
    const failing = Array.from({ length: 6 }, (_, i) => ({
      type: "configmaps",
      object: `shop/c${i}`,
      cluster: "m1",
      status: "CreationFailed",
      message: "no quota",
    }));
    const members = [{ name: "m1", waiting: 0, problem: null, failing: 9, unknown: 3 }];
    assert.deepEqual(linesOf({ members, failing }).slice(1), [
      "  m1: 3 copies belong to objects that the host does not have; they stay as they are",
      "  9 copies are not as wanted (fedns explain workload says more):",
      ...[0, 1, 2, 3, 4].map((i) => `    configmaps shop/c${i} in m1: CreationFailed: no quota`),
      "    and 4 more",
    ]);
  });
  it("says which members bear less than usual, and why", () => {
    const base = { waiting: 0, problem: null, failing: 0, unknown: 0 };
    const members = [
      { ...base, name: "m1", limit: 4, limitedBy: "priority-and-fairness" },
      { ...base, name: "m2", limit: 1, limitedBy: "overload" },
      { ...base, name: "m3", limit: 16, limitedBy: null },
    ];
    assert.deepEqual(linesOf({ members }).slice(1), [
      "  m1: priority and fairness of its API server limits what fedns sends; copies worked on at once: 4",
      "  m2: its API server is overloaded; copies worked on at once: 1",
    ]);
  });
  it("names the server that writes, where that is another one", () => {
    const lease = { holder: "b", isHeld: false, refusal: "another process holds the lease" };
    assert.match(linesOf({ lease })[0] ?? "", /; b writes$/);
  });
  it("says why nothing is written", () => {
    const lease = { holder: "a", isHeld: true, refusal: "paused by anna" };
    assert.match(linesOf({ lease })[0] ?? "", /; nothing is written: paused by anna$/);
  });
  it("is empty without propagation, and for what cannot be read", () => {
    assert.deepEqual(propagationLines(propagationPart.parse(null)), []);
    assert.deepEqual(propagationLines(propagationPart.parse("x")), []);
  });
});
