/** A member that is dead for good does not hold deletions for ever; if it comes back, they are carried out there, and nothing else. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { engineMember, federated, type Rig, startRig } from "./rig.ts";

const MEMBERS = ["m1", "m2", "m3"];
const ALL = { placement: { clusterSelector: {} } };
const OBJECTS = ["waits", "goes", "recreated", "foreign", "adopted"];

describe("a member that is dead for good", () => {
  const scope = suiteScope();
  let rig: Rig;
  const put = (kind: string, name: string, spec: object): void =>
    void rig.host.objects.put(federated(kind, "shop", name, { ...ALL, ...spec }) as never);
  const configMap = (name: string) =>
    ({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name }) as const;
  const copy = (member: string, name: string): any =>
    rig.members.get(member)?.objects.get(configMap(name)) ?? null;
  const keyInHost = (name: string) =>
    ({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedConfigMap",
      namespace: "shop",
      name,
    }) as const;
  const inHost = (name: string): any => rig.host.objects.get(keyInHost(name)) ?? null;
  const lineOf = (name: string): any =>
    inHost(name)?.status?.clusters?.find((line: any) => line.name === "m3");
  const journal = (): readonly unknown[] =>
    rig.host.objects
      .list("v1", "ConfigMap")
      .filter(({ metadata }: any) => metadata.labels?.["fedns.io/journal"] === "true")
      .flatMap(({ data }: any) => Object.values(data ?? {}))
      .map((text) => JSON.parse(text as string));
  const transportOf = (member: string) => rig.transports.get(member) as never;

  before(async () => {
    rig = await startRig(scope, { members: MEMBERS });
    rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    put("FederatedNamespace", "shop", { template: {} });
    rig.members.get("m3")?.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    rig.members.get("m3")?.objects.put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "shop", name: "adopted" },
    });
    for (const name of OBJECTS) put("FederatedConfigMap", name, { template: { data: { a: "1" } } });
    await until("all copies are ours", () =>
      MEMBERS.every((member) =>
        OBJECTS.every((name) => copy(member, name)?.metadata.labels?.["fedns.io/owner"] === "test"),
      ),
    );
    await rig.settled();
    await rig.wires.get("m3")?.refuse();
    await until(
      "it is not seen",
      () => rig.propagator.engine.members.get("m3")?.viewOf("configmaps") === "not-seen",
    );
  });

  it("holds an object that is deleted, and the status says so with the cure", async () => {
    for (const name of OBJECTS) rig.host.objects.delete(keyInHost(name));
    await until("the line says it", () => lineOf("waits")?.status === "ClusterNotReady");
    await until("the others lose it", () => copy("m1", "waits") === null && copy("m2", "waits") === null);
    assert.notEqual(inHost("waits"), null);
    assert.equal(journal().length, 0);
  });

  it("does not hold it any more once a person has forgotten it, and the journal says what is to come", async () => {
    const members = MEMBERS.map((name) => engineMember(name, transportOf(name)));
    const isForgotten = { forgottenMs: Date.now() + 60_000 };
    rig.propagator.setMembers(
      members.map((member) => (member.name === "m3" ? { ...member, ...isForgotten } : member)),
    );
    await until("the objects are gone", () => OBJECTS.every((name) => inHost(name) === null));
    assert.deepEqual(
      journal()
        .map((entry: any) => `${entry.cluster} ${entry.type} ${entry.key} ${entry.clusterUid}`)
        .sort(),
      OBJECTS.map((name) => `m3 configmaps shop/${name} uid-of-m3`).sort(),
    );
  });

  it("loses its copies when it is back, in another process as well, but nothing that is not ours", async () => {
    put("FederatedConfigMap", "recreated", { template: { data: { a: "2" } } });
    const foreign = copy("m3", "foreign");
    const { ["fedns.io/owner"]: _, ...labels } = foreign.metadata.labels;
    rig.members.get("m3")?.objects.delete(configMap("foreign"));
    rig.members
      .get("m3")
      ?.objects.put({ ...foreign, metadata: { namespace: "shop", name: "foreign", labels } });
    rig.restart();
    await rig.wires.get("m3")?.mend();
    await until("its copies are deleted", () => copy("m3", "waits") === null && copy("m3", "goes") === null);
    await until("the object that came again is there", () => copy("m3", "recreated")?.data.a === "2");
    await until("what it had before us is released", () => {
      const { labels: left = {} } = copy("m3", "adopted").metadata;
      return !Object.keys(left).some((label) => label.startsWith("fedns.io/"));
    });
    await until("the journal is empty", () => journal().length === 0);
    assert.notEqual(copy("m3", "foreign"), null);
  });

  it("gives the rows of what is gone back", async () => {
    await rig.settled();
    put("FederatedConfigMap", "next", { template: { data: {} } });
    await until("it is there", () => copy("m3", "next") !== null);
    await rig.settled();
    const sizeBefore = rig.propagator.engine.objects.size;
    for (let round = 0; round < 3; round++) {
      rig.host.objects.delete(keyInHost("next"));
      await until("it is gone", () => inHost("next") === null && copy("m3", "next") === null);
      await rig.settled();
      put("FederatedConfigMap", "next", { template: { data: {} } });
      await until("it is there again", () => copy("m3", "next") !== null);
      await rig.settled();
    }
    assert.ok(rig.propagator.engine.objects.size <= sizeBefore + 1);
  });
});

describe("a member that was never reached", () => {
  const scope = suiteScope();

  it("has a line in the status, and holds deletions for the stated time only", async () => {
    const rig = await startRig(scope, { members: ["m1"], deletionWaitMs: 0, isRunning: false });
    const reason = "its identity has not been read yet";
    rig.propagator.setMembers([
      engineMember("m1", rig.transports.get("m1") as never),
      {
        name: "m2",
        labels: { name: "m2" },
        clusterUid: null,
        forgottenMs: null,
        access: { kind: "withheld", reason },
      },
    ]);
    rig.start();
    rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    const spec = { placement: { clusters: [{ name: "m1" }, { name: "m2" }] }, template: {} };
    rig.host.objects.put(federated("FederatedNamespace", "shop", "shop", spec) as never);
    const key = {
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedNamespace",
      namespace: "shop",
      name: "shop",
    };
    const inHost = (): any => rig.host.objects.get(key) ?? null;
    await until("the status names it", () => inHost()?.status?.clusters?.length === 2);
    assert.deepEqual(inHost().status.clusters, [{ name: "m1" }, { name: "m2", status: "ClusterNotReady" }]);
    rig.host.objects.delete(key);
    await until("the object is gone", () => inHost() === null);
    assert.equal(rig.propagator.journalSize, 1);
  });
});
