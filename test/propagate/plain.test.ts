/** Plain objects of the host that annotations of Federation v1 make federated: placed, counted, summed up and deleted. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { PlainRig, SELECTOR } from "./plain-rig.ts";
import { typeOf } from "./rig.ts";

const FINALIZER = "federation.kubernetes.io/delete-from-underlying-clusters";
const PREFERENCES = "federation.kubernetes.io/deployment-preferences";
const only = (...names: string[]): object => ({
  [SELECTOR]: JSON.stringify([{ key: "name", operator: "In", values: names }]),
});
const SERVICES = typeOf({ kind: "Service", plural: "services" });
const EVERYWHERE = { [SELECTOR]: "[]" };

describe("a plain object with an annotation of Federation v1", () => {
  const scope = suiteScope();
  let rig: PlainRig;
  before(async () => {
    rig = await PlainRig.start(scope, ["m1", "m2", "m3"], { types: [SERVICES] });
  });

  it("goes to the clusters that its selector selects, held by v1's finalizer", async () => {
    rig.put("ConfigMap", "settings", only("m1", "m3"), { data: { color: "blue" } });
    await rig.hasCopies("ConfigMap", "settings", ["m1", "m3"]);
    assert.equal(rig.copy("ConfigMap", "settings", "m1").data.color, "blue");
    assert.deepEqual(rig.object("ConfigMap", "settings").metadata.finalizers, [FINALIZER]);
  });
  it("follows its content, and leaves a cluster that is not selected any more", async () => {
    rig.put("ConfigMap", "settings", only("m1"), { data: { color: "red" } });
    await rig.hasCopies("ConfigMap", "settings", ["m1"]);
    await until("the change is there", () => rig.copy("ConfigMap", "settings", "m1").data.color === "red");
  });
  it("hands on annotations of people, and none of its own", async () => {
    rig.put("ConfigMap", "noted", { ...EVERYWHERE, "example.com/team": "web" }, { data: { a: "b" } });
    await rig.hasCopies("ConfigMap", "noted", ["m1", "m2", "m3"]);
    assert.deepEqual(rig.copy("ConfigMap", "noted", "m2").metadata.annotations, {
      "example.com/team": "web",
    });
  });
  it("is nobody's business without such an annotation", async () => {
    rig.put("ConfigMap", "local", {}, { data: { a: "b" } });
    rig.put("ConfigMap", "after", EVERYWHERE, { data: { a: "b" } });
    await rig.hasCopies("ConfigMap", "after", ["m1", "m2", "m3"]);
    assert.equal(rig.copy("ConfigMap", "local", "m1"), null);
    assert.equal(rig.object("ConfigMap", "local").metadata.finalizers, undefined);
  });
  it("stays as it is where its selector cannot be read, and that is told", async () => {
    rig.put("ConfigMap", "noted", { [SELECTOR]: "[{" }, { data: { a: "c" } });
    await rig.isTold("ConfigMap", "noted", "ComputePlacementFailed", /must be a JSON list of requirements/);
    rig.put("ConfigMap", "later", EVERYWHERE, { data: { a: "b" } });
    await rig.hasCopies("ConfigMap", "later", ["m1", "m2", "m3"]);
    assert.equal(rig.copy("ConfigMap", "noted", "m1").data.a, "b");
    rig.put("ConfigMap", "noted", EVERYWHERE, { data: { a: "c" } });
    await until("it is followed again", () => rig.copy("ConfigMap", "noted", "m1").data.a === "c");
  });
  it("is let go when it loses its annotations: copies stay", async () => {
    rig.put("ConfigMap", "later", {}, { data: { a: "z" } });
    await until(
      "it is held no more",
      () => rig.object("ConfigMap", "later").metadata.finalizers === undefined,
    );
    await rig.settled();
    assert.equal(rig.copy("ConfigMap", "later", "m1").data.a, "b");
  });
  it("of a Deployment: its number is split, not copied", async () => {
    rig.deploy("web", 6, EVERYWHERE);
    await rig.hasReplicas("web", [2, 2, 2]);
    rig.deploy("web", 6, only("m1", "m2"));
    await rig.hasReplicas("web", [3, 3, null]);
  });
  it("of a Deployment: by its preferences, as they were last without a mistake", async () => {
    const preferences = (value: unknown): object => ({ [PREFERENCES]: JSON.stringify(value) });
    rig.deploy(
      "api",
      9,
      preferences({ rebalance: true, clusters: { m1: { weight: 2 }, m2: { weight: 1 } } }),
    );
    await rig.hasReplicas("api", [6, 3, 0]);
    rig.deploy("api", 12, preferences({ clusters: { m1: { weight: -1 } } }));
    await rig.isTold("Deployment", "api", "ComputePlacementFailed", /weight must be a whole number/);
    await rig.hasReplicas("api", [6, 3, 0]);
    rig.deploy("api", 12, preferences({ clusters: { "*": { weight: 1 }, mars: { weight: 1 } } }));
    await rig.isTold("Deployment", "api", "Preferences", /"mars", which the federation does not have/);
    await until("it is split again", () => rig.replicas("api")[2] !== 0);
  });
  it("of a Service of type LoadBalancer: its status says where its copies are reached", async () => {
    const spec = { type: "LoadBalancer", loadBalancerClass: "test.example/own", ports: [{ port: 80 }] };
    rig.put("Service", "entry", only("m1", "m2"), { spec });
    await rig.hasCopies("Service", "entry", ["m1", "m2"]);
    const reach = (member: string, ip: string): void => {
      const copy = rig.copy("Service", "entry", member);
      rig.rig.members
        .get(member)
        ?.objects.put({ ...copy, status: { loadBalancer: { ingress: [{ ip, ipMode: "VIP" }] } } });
    };
    const reached = (): string =>
      JSON.stringify(rig.object("Service", "entry").status?.loadBalancer?.ingress);
    reach("m1", "192.0.2.1");
    reach("m2", "192.0.2.2");
    const both = JSON.stringify([{ ip: "192.0.2.1" }, { ip: "192.0.2.2" }]);
    await until("the addresses are there", () => reached() === both);
    rig.put("Service", "entry", only("m2"), { spec });
    await until(
      "that of the copy that went is not",
      () => reached() === JSON.stringify([{ ip: "192.0.2.2" }]),
    );
  });
  it("of a Deployment: its status is the sum of its copies", async () => {
    await rig.hasReplicas("web", [3, 3, null]);
    await until("the sums are there", () => rig.object("Deployment", "web").status?.availableReplicas === 6);
    const { metadata, status } = rig.object("Deployment", "web");
    assert.equal(status.replicas, 6);
    assert.equal(status.updatedReplicas, 6);
    await until(
      "the generation is observed",
      () => rig.object("Deployment", "web").status.observedGeneration === metadata.generation,
    );
    const conditions = rig.object("Deployment", "web").status.conditions;
    assert.deepEqual(
      conditions.map(({ type, status: value, reason }: any) => `${type}=${value} ${reason}`),
      ["Available=True MinimumReplicasAvailable", "Progressing=True NewReplicaSetAvailable"],
    );
  });
  it("counts for nothing beside a federated object of its name, and is told so", async () => {
    rig.put("ConfigMap", "both", EVERYWHERE, { data: { from: "plain" } });
    await rig.hasCopies("ConfigMap", "both", ["m1", "m2", "m3"]);
    rig.federate("ConfigMap", "both", { data: { from: "federated" } }, ["m1"]);
    await rig.hasCopies("ConfigMap", "both", ["m1"]);
    await until("it wins", () => rig.copy("ConfigMap", "both", "m1").data.from === "federated");
    await rig.isTold("ConfigMap", "both", "Shadowed", /FederatedConfigMap both/);
    await until(
      "it is held no more",
      () => rig.object("ConfigMap", "both").metadata.finalizers === undefined,
    );
  });
});
