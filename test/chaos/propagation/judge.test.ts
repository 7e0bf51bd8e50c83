/** The judge of the propagation in a chaos run notices what is wrong, and allows what the promises allow. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import { problemOf } from "./judge.ts";
import { Ledger } from "./ledger.ts";
import type { Federated } from "./wanted.ts";

const MEMBERS = ["alpha", "beta"];
const REF = { kind: "ConfigMap", namespace: "shop", name: "texts" };

function federated(kind: string, name: string, placement: object = {}, status?: object): Federated {
  const conditions = [{ type: "Propagation", status: "True" }];
  const clusters = MEMBERS.map((member) => ({ name: member }));
  return {
    kind,
    metadata: { name, namespace: "shop", generation: 3 },
    spec: { template: { data: { a: "1" } }, placement },
    status: { observedGeneration: 3, conditions, clusters, ...status },
  } as Federated;
}

const NAMESPACE: Federated = {
  ...federated("FederatedNamespace", "shop"),
  spec: { template: {}, placement: {} },
};

function copy(kind: string, name: string, data: object = { a: "1" }, more: object = {}): KubeObject {
  const labels = { "fedns.io/owner": "chaos" };
  const namespace = kind === "Namespace" ? {} : { namespace: "shop" };
  return { apiVersion: "v1", kind, metadata: { name, ...namespace, labels, ...more }, data } as never;
}

const GOOD: readonly KubeObject[] = [
  copy("Namespace", "shop", {}),
  copy("ConfigMap", "texts", { a: "1", own: "2" }),
];

function problem(
  map: Federated,
  inBeta: readonly KubeObject[] = GOOD,
  journal = 0,
  isForgotten = false,
): string {
  const members = MEMBERS.map((name) => ({ name, objects: name === "beta" ? inBeta : GOOD }));
  const federatedObjects = [NAMESPACE, map];
  return problemOf({ federated: federatedObjects, members, journal, isForgotten: () => isForgotten }) ?? "";
}

describe("the state of the members", () => {
  const map = federated("FederatedConfigMap", "texts");
  const [space] = GOOD as [KubeObject];

  it("is as ordered, with what a member adds", () => assert.equal(problem(map), ""));

  it("has every copy that is wanted, as it is wanted", () => {
    assert.match(problem(map, [space]), /beta: ConfigMap shop\/texts is not there/);
    assert.match(problem(map, [space, copy("ConfigMap", "texts", { a: "2" })]), /not as ordered/);
    assert.match(problem(map, [space, copy("ConfigMap", "texts", { a: "1" }, { labels: {} })]), /not ours/);
    const leaving = { deletionTimestamp: "2026-01-01T00:00:00Z" };
    assert.match(problem(map, [space, copy("ConfigMap", "texts", { a: "1" }, leaving)]), /being deleted/);
  });

  it("has no other of ours, but what a restored host has forgotten, and what is a stranger's", () => {
    const other = copy("ConfigMap", "other");
    assert.match(problem(map, [...GOOD, other]), /ConfigMap shop\/other is there, and not wanted/);
    assert.equal(problem(map, [...GOOD, other], 0, true), "");
    assert.equal(problem(map, [...GOOD, copy("ConfigMap", "local", {}, { labels: {} })]), "");
  });

  it("is what statuses say, and leaves nothing in the journal", () => {
    const status = (changes: object): Federated => federated("FederatedConfigMap", "texts", {}, changes);
    assert.match(problem(status({ observedGeneration: 2 })), /of generation 2 and not 3/);
    assert.match(problem(status({ conditions: [] })), /its status says/);
    assert.match(problem(status({ clusters: [{ name: "alpha" }] })), /placed in alpha, beta/);
    const failing = [{ name: "alpha" }, { name: "beta", status: "UpdateFailed" }];
    assert.match(problem(status({ clusters: failing })), /UpdateFailed/);
    assert.match(problem(map, GOOD, 1), /1 deletions are left/);
  });

  it("is bound by the placement of the namespace and of the object", () => {
    const placed = federated(
      "FederatedConfigMap",
      "texts",
      { clusters: [{ name: "alpha" }] },
      { clusters: [{ name: "alpha" }] },
    );
    assert.match(problem(placed), /beta: ConfigMap shop\/texts is there, and not wanted/);
    assert.equal(problem(placed, [space]), "");
  });

  it("is said of a member that is named, and that the namespace does not go to", () => {
    const [alpha, beta] = MEMBERS.map((name) => ({ name }));
    const bound = { ...NAMESPACE, spec: { template: {}, placement: { clusters: [alpha] } } } as Federated;
    const named = (line: object, status: string): Federated =>
      federated(
        "FederatedConfigMap",
        "texts",
        { clusters: [alpha, beta] },
        { clusters: [alpha, { ...beta, ...line }], conditions: [{ type: "Propagation", status }] },
      );
    const said = { ...bound, status: { ...(NAMESPACE as any).status, clusters: [alpha] } } as Federated;
    const problemNow = (one: Federated): string | null => {
      const members = MEMBERS.map((name) => ({ name, objects: name === "beta" ? [] : GOOD }));
      return problemOf({ federated: [said, one], members, journal: 0, isForgotten: () => false });
    };
    assert.equal(problemNow(named({ status: "NamespaceNotPlaced" }, "False")), null);
    assert.match(problemNow(named({ status: "NamespaceNotPlaced" }, "True")) ?? "", /its status says/);
    assert.match(problemNow(named({}, "False")) ?? "", /beta NamespaceNotPlaced/);
  });
});

describe("the ledger", () => {
  const map = federated("FederatedConfigMap", "texts");
  const ledger = (): Ledger => {
    const made = new Ledger(MEMBERS);
    made.note([NAMESPACE, map]);
    made.calm();
    return made;
  };
  const faultOf = (made: Ledger, name = REF.name): string => {
    made.deletes("alpha", { ...REF, name });
    return made.faults.join();
  };

  it("allows deletions that somebody ordered, also when it is wanted again", () => {
    const deleted = ledger();
    deleted.note([NAMESPACE]);
    assert.equal(faultOf(deleted), "");
    deleted.note([NAMESPACE, map]);
    assert.equal(faultOf(deleted), "");
    deleted.calm();
    assert.match(faultOf(deleted), /wanted all the while/);
    const moved = ledger();
    moved.note([NAMESPACE, federated("FederatedConfigMap", "texts", { clusters: [{ name: "beta" }] })]);
    assert.equal(faultOf(moved), "");
  });

  it("allows none of what a restored host lacks, or of what was never ordered", () => {
    const restored = ledger();
    restored.note([NAMESPACE], true);
    restored.note([NAMESPACE]);
    assert.match(faultOf(restored), /restored host does not know it/);
    assert.ok(restored.isForgotten("alpha", REF));
    assert.match(faultOf(ledger(), "local"), /nobody ever ordered/);
    assert.match(faultOf(ledger()), /wanted all the while/);
  });
});
