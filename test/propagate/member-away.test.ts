/** A member that is cut off costs a line in the status: nothing in it is deleted, and nothing elsewhere waits for it. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { federated, type Rig, startRig } from "./rig.ts";

describe("a member that is cut off", () => {
  const scope = suiteScope();
  let rig: Rig;
  const ALL = { placement: { clusterSelector: {} } };
  const put = (kind: string, name: string, spec: object): void =>
    void rig.host.objects.put(federated(kind, "shop", name, { ...ALL, ...spec }) as never);
  const copy = (member: string, name: string): any =>
    rig.members.get(member)?.objects.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name }) ??
    null;
  const inHost = (name: string): any =>
    rig.host.objects.get({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedConfigMap",
      namespace: "shop",
      name,
    }) ?? null;
  const statusIn = (name: string, cluster: string): string | undefined =>
    inHost(name)?.status?.clusters?.find((line: any) => line.name === cluster)?.status;
  const remove = (name: string): void =>
    rig.host.objects.delete({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedConfigMap",
      namespace: "shop",
      name,
    });

  before(async () => {
    rig = await startRig(scope, { members: ["m1", "m2", "m3"] });
    rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    put("FederatedNamespace", "shop", { template: {} });
    for (const name of ["stays", "changes", "goes"])
      put("FederatedConfigMap", name, { template: { data: { a: "1" } } });
    await until("all copies exist", () =>
      ["m1", "m2", "m3"].every((member) =>
        ["stays", "changes", "goes"].every((name) => copy(member, name) !== null),
      ),
    );
    await rig.wires.get("m3")?.refuse();
  });

  it("is named in the status of what changes, and the others change at once", async () => {
    put("FederatedConfigMap", "changes", { template: { data: { a: "2" } } });
    await until(
      "the others change",
      () => copy("m1", "changes").data.a === "2" && copy("m2", "changes").data.a === "2",
    );
    await until("it is told", () => statusIn("changes", "m3") === "ClusterNotReady");
    assert.deepEqual(copy("m3", "changes").data, { a: "1" });
  });
  it("gets new objects when it is back, and the others have them at once", async () => {
    put("FederatedConfigMap", "comes", { template: { data: { a: "1" } } });
    await until("the others have it", () => copy("m1", "comes") !== null && copy("m2", "comes") !== null);
    assert.equal(copy("m3", "comes"), null);
  });
  it("holds up the end of an object that is deleted, and the others lose it at once", async () => {
    remove("goes");
    await until("the others lose it", () => copy("m1", "goes") === null && copy("m2", "goes") === null);
    assert.notEqual(inHost("goes"), null);
    assert.notEqual(copy("m3", "goes"), null);
  });
  it("holds up the end of an object that it has no copy of, until it is back", async () => {
    put("FederatedConfigMap", "elsewhere", { placement: { clusters: [{ name: "m1" }] }, template: {} });
    await until("the copy exists", () => copy("m1", "elsewhere") !== null);
    remove("elsewhere");
    await until("the copy is gone", () => copy("m1", "elsewhere") === null);
    assert.notEqual(inHost("elsewhere"), null);
  });
  it("has all of it done when it is back, and nothing else is touched", async () => {
    const before = copy("m3", "stays").metadata.resourceVersion;
    await rig.wires.get("m3")?.mend();
    await until("it has what came", () => copy("m3", "comes") !== null);
    await until("it has what changed", () => copy("m3", "changes").data.a === "2");
    await until("it has lost what was deleted", () => copy("m3", "goes") === null);
    await until("the object is gone", () => inHost("goes") === null);
    await until("the other object is gone", () => inHost("elsewhere") === null);
    await until("all is well", () => inHost("changes").status.conditions[0].status === "True");
    assert.equal(copy("m3", "stays").metadata.resourceVersion, before);
  });
  it("keeps what the host does not know", async () => {
    const labels = { "kubefed.io/managed": "true", "fedns.io/owner": "test" };
    rig.members.get("m1")?.objects.put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "shop", name: "unknown", labels },
      data: {} as never,
    });
    await rig.settled();
    put("FederatedConfigMap", "after", { template: { data: {} } });
    await until("what came later is there", () => copy("m1", "after") !== null);
    assert.notEqual(copy("m1", "unknown"), null);
  });
});
