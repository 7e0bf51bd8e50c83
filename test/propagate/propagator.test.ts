/** The main path, from an object in the host to its copies in the members, against real API semantics. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { federated, type Rig, startRig } from "./rig.ts";

const ALL = { placement: { clusterSelector: {} } };

describe("a federated object", () => {
  const scope = suiteScope();
  let rig: Rig;
  before(async () => {
    rig = await startRig(scope);
    rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    put("FederatedNamespace", "shop", "shop", { ...ALL, template: {} });
  });
  const put = (kind: string, namespace: string, name: string, spec: object): void =>
    void rig.host.objects.put(federated(kind, namespace, name, spec) as never);
  const copy = (member: string, kind: string, name: string): any =>
    rig.members.get(member)?.objects.get({
      apiVersion: kind === "Deployment" ? "apps/v1" : "v1",
      kind,
      ...(kind === "Namespace" ? {} : { namespace: "shop" }),
      name,
    }) ?? null;
  const inHost = (kind: string, name: string): any =>
    rig.host.objects.get({ apiVersion: "types.kubefed.io/v1beta1", kind, namespace: "shop", name }) ?? null;

  it("has a copy in each member that it is placed in", async () => {
    put("FederatedConfigMap", "shop", "settings", { ...ALL, template: { data: { a: "1" } } });
    await until("both copies exist", () =>
      ["m1", "m2"].every((member) => copy(member, "ConfigMap", "settings") !== null),
    );
    assert.deepEqual(copy("m1", "ConfigMap", "settings").data, { a: "1" });
    assert.equal(copy("m1", "ConfigMap", "settings").metadata.labels["kubefed.io/managed"], "true");
  });
  it("says that it is propagated", async () => {
    const condition = (): any => inHost("FederatedConfigMap", "settings").status?.conditions?.[0];
    await until("the status is written", () => condition()?.status === "True");
    const { status } = inHost("FederatedConfigMap", "settings");
    assert.deepEqual(status.clusters, [{ name: "m1" }, { name: "m2" }]);
    assert.equal(status.conditions[0].status, "True");
    assert.equal(status.observedGeneration, inHost("FederatedConfigMap", "settings").metadata.generation);
  });
  it("has its status again when somebody wrote another one", async () => {
    const object = inHost("FederatedConfigMap", "settings");
    const before = object.status;
    const conditions = before.conditions.map((one: any) => ({ ...one, status: "Unknown" }));
    rig.host.objects.putStatus(object, { ...before, conditions });
    await until("it is as before", () =>
      inHost("FederatedConfigMap", "settings").status.conditions.every(
        ({ status }: any) => status !== "Unknown",
      ),
    );
  });
  it("changes its copies, with what differs in one", async () => {
    const overrides = [{ clusterName: "m2", clusterOverrides: [{ path: "/data/a", value: "3" }] }];
    put("FederatedConfigMap", "shop", "settings", { ...ALL, template: { data: { a: "2" } }, overrides });
    await until("the copies change", () => copy("m1", "ConfigMap", "settings").data.a === "2");
    await until("the override arrives", () => copy("m2", "ConfigMap", "settings").data.a === "3");
  });
  it("does not call a change propagated before every member has been asked about it", async () => {
    const { faults } = rig.members.get("m2") as { faults: any };
    const isWrite = ({ isWrite: is, resource }: any): boolean => is && resource === "configmaps";
    const mend = faults.add({ effect: { kind: "delay", ms: 600 }, when: isWrite });
    put("FederatedConfigMap", "shop", "settings", { ...ALL, template: { data: { a: "now" } } });
    const { generation } = inHost("FederatedConfigMap", "settings").metadata;
    await until(
      "the status is about the change",
      () => inHost("FederatedConfigMap", "settings").status.observedGeneration === generation,
    );
    assert.equal(copy("m2", "ConfigMap", "settings").data.a, "now");
    mend();
    put("FederatedConfigMap", "shop", "settings", { ...ALL, template: { data: { a: "2" } } });
    await until("both have what follows", () =>
      ["m1", "m2"].every((member) => copy(member, "ConfigMap", "settings").data.a === "2"),
    );
  });
  it("writes nothing when another process takes over and nothing has changed", async () => {
    await rig.settled();
    const versions = (): unknown[] => [
      inHost("FederatedConfigMap", "settings").metadata.resourceVersion,
      ...["m1", "m2"].map((member) => copy(member, "ConfigMap", "settings").metadata.resourceVersion),
    ];
    const before = versions();
    rig.restart();
    const isAsked = (): boolean =>
      [...rig.propagator.engine.members.values()].every(
        ({ copies }) => copies.isWorked(0) && copies.isWorked(1),
      );
    await until("all members have been asked", isAsked);
    await rig.settled();
    assert.deepEqual(versions(), before);
  });
  it("mends a copy that was changed in a member", async () => {
    await rig.client("m1").patch("/api/v1/namespaces/shop/configmaps/settings", { data: { a: "foreign" } });
    await until("the value is back", () => copy("m1", "ConfigMap", "settings").data.a === "2");
  });
  it("makes a copy again that was deleted in a member", async () => {
    rig.members
      .get("m1")
      ?.objects.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "settings" });
    await until("it is back", () => copy("m1", "ConfigMap", "settings")?.data.a === "2");
  });
  it("loses the copy in a member that it is not placed in any more", async () => {
    put("FederatedConfigMap", "shop", "settings", {
      placement: { clusters: [{ name: "m2" }] },
      template: { data: { a: "2" } },
    });
    await until("the copy is gone", () => copy("m1", "ConfigMap", "settings") === null);
    await until(
      "its line is gone",
      () => inHost("FederatedConfigMap", "settings").status.clusters.length === 1,
    );
    assert.notEqual(copy("m2", "ConfigMap", "settings"), null);
  });
  it("takes all copies along when it is deleted", async () => {
    const { apiVersion, kind } = inHost("FederatedConfigMap", "settings");
    rig.host.objects.delete({ apiVersion, kind, namespace: "shop", name: "settings" });
    await until("the object is gone", () => inHost("FederatedConfigMap", "settings") === null);
    assert.equal(copy("m2", "ConfigMap", "settings"), null);
  });
  it("leaves its copies when it says so", async () => {
    put("FederatedConfigMap", "shop", "kept", { ...ALL, template: { data: { a: "1" } } });
    await until("a copy exists", () => copy("m1", "ConfigMap", "kept") !== null);
    const object = inHost("FederatedConfigMap", "kept");
    rig.host.objects.put({
      ...object,
      metadata: { ...object.metadata, annotations: { "kubefed.io/orphan": "true" } },
    });
    rig.host.objects.delete({
      apiVersion: object.apiVersion,
      kind: object.kind,
      namespace: "shop",
      name: "kept",
    });
    await until("the object is gone", () => inHost("FederatedConfigMap", "kept") === null);
    assert.deepEqual(copy("m1", "ConfigMap", "kept").metadata.labels ?? {}, {});
    assert.deepEqual(copy("m1", "ConfigMap", "kept").data, { a: "1" });
  });
  it("takes its copies along also when its overrides cannot be read", async () => {
    put("FederatedConfigMap", "shop", "broken", { ...ALL, template: { data: { a: "1" } } });
    await until("a copy exists", () => copy("m1", "ConfigMap", "broken") !== null);
    const object = inHost("FederatedConfigMap", "broken");
    const twice = { clusterName: "m1", clusterOverrides: [] };
    rig.host.objects.put({ ...object, spec: { ...object.spec, overrides: [twice, twice] } });
    const { apiVersion, kind } = object;
    rig.host.objects.delete({ apiVersion, kind, namespace: "shop", name: "broken" });
    await until("the object is gone", () => inHost("FederatedConfigMap", "broken") === null);
    assert.equal(copy("m1", "ConfigMap", "broken"), null);
  });
  it("goes nowhere that its namespace does not go to", async () => {
    put("FederatedNamespace", "shop", "shop", { placement: { clusters: [{ name: "m2" }] }, template: {} });
    put("FederatedConfigMap", "shop", "bounded", { ...ALL, template: { data: {} } });
    await until("the copy exists", () => copy("m2", "ConfigMap", "bounded") !== null);
    await rig.settled();
    assert.equal(copy("m1", "ConfigMap", "bounded"), null);
  });
  it("says that its namespace is not federated, also when it goes nowhere", async () => {
    const nowhere = { placement: { clusters: [] }, template: {} };
    const reason = (name: string): unknown =>
      inHost("FederatedConfigMap", name)?.status?.conditions?.[0].reason;
    put("FederatedNamespace", "shop", "shop", { ...ALL, template: {} });
    put("FederatedConfigMap", "shop", "unplaced", nowhere);
    put("FederatedConfigMap", "shop", "placed", { ...ALL, template: {} });
    await until("both are propagated", () => reason("unplaced") === "" && reason("placed") === "");
    rig.host.objects.delete({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedNamespace",
      namespace: "shop",
      name: "shop",
    });
    await until("both are told", () =>
      ["unplaced", "placed"].every((name) => reason(name) === "NamespaceNotFederated"),
    );
    await until("nothing is said of copies", () => {
      const { clusters = [] } = inHost("FederatedConfigMap", "placed").status;
      return clusters.length === 0;
    });
  });
  it("names a cluster that is none", async () => {
    put("FederatedConfigMap", "shop", "nowhere", { placement: { clusters: [{ name: "m9" }] }, template: {} });
    await until("it is told", () => inHost("FederatedConfigMap", "nowhere").status?.clusters?.length === 1);
    assert.deepEqual(inHost("FederatedConfigMap", "nowhere").status.clusters, [
      { name: "m9", status: "NoSuchCluster" },
    ]);
  });
  it("names a cluster that its namespace does not go to, when the placement names it", async () => {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "partly" } };
    rig.host.objects.put(namespace);
    const [one, two] = [[{ name: "m1" }], [{ name: "m1" }, { name: "m2" }]];
    const place = (clusters: object): void =>
      put("FederatedNamespace", "partly", "partly", { placement: { clusters }, template: {} });
    const object = (name: string): any =>
      rig.host.objects.get({
        apiVersion: "types.kubefed.io/v1beta1",
        kind: "FederatedConfigMap",
        namespace: "partly",
        name,
      });
    const says = (name: string, clusters: object): Promise<void> =>
      until(
        `${name} says so`,
        () => JSON.stringify(object(name)?.status?.clusters) === JSON.stringify(clusters),
      );
    place(one);
    put("FederatedConfigMap", "partly", "wide", { placement: { clusters: two }, template: {} });
    put("FederatedConfigMap", "partly", "selected", { ...ALL, template: {} });
    await says("wide", [{ name: "m1" }, { name: "m2", status: "NamespaceNotPlaced" }]);
    await says("selected", one);
    assert.equal(object("wide").status.conditions[0].status, "False");
    place(two);
    await says("wide", two);
    await says("selected", two);
    assert.equal(object("wide").status.conditions[0].status, "True");
  });
  it("is refused where it is a namespace of the cluster itself", async () => {
    rig.host.objects.put(
      federated("FederatedNamespace", "kube-system", "kube-system", { ...ALL, template: {} }) as never,
    );
    const object = (): any =>
      rig.host.objects.get({
        apiVersion: "types.kubefed.io/v1beta1",
        kind: "FederatedNamespace",
        namespace: "kube-system",
        name: "kube-system",
      });
    await until("it is told", () => object().status?.conditions?.[0].reason === "ComputePlacementFailed");
    const copy = rig.members
      .get("m1")
      ?.objects.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" });
    assert.equal("kubefed.io/managed" in (copy?.metadata.labels ?? {}), false);
  });
  it("leaves the number of replicas to a member that it is to leave it to", async () => {
    const template = {
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "web", image: "web:1" }] },
        },
      },
    };
    put("FederatedNamespace", "shop", "shop", { ...ALL, template: {} });
    put("FederatedDeployment", "shop", "web", { ...ALL, template });
    await until("it is there", () => copy("m1", "Deployment", "web")?.spec.replicas === 3);
    put("FederatedDeployment", "shop", "web", { ...ALL, template, retainReplicas: true });
    const own = (): any =>
      copy("m1", "Deployment", "web").metadata.managedFields.find(({ manager }: any) => manager === "fedns");
    await until("the field is given up", () => !("f:replicas" in own().fieldsV1["f:spec"]));
    assert.equal(copy("m1", "Deployment", "web").spec.replicas, 3);
    await rig.client("m1").patch("/apis/apps/v1/namespaces/shop/deployments/web", { spec: { replicas: 7 } });
    const paused = { spec: { ...template.spec, paused: true } };
    put("FederatedDeployment", "shop", "web", { ...ALL, template: paused, retainReplicas: true });
    await until("another field arrives", () => copy("m1", "Deployment", "web").spec.paused === true);
    assert.equal(copy("m1", "Deployment", "web").spec.replicas, 7);
  });
});
