/** The setting `propagation.federationV1`: which plain objects a host may have, and what is said where they are refused. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Scope, suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { manifestsIn, putCluster, putSecret } from "../../support/host-cluster.ts";
import { PlaneRig } from "./plane-rig.ts";

const annotations = { "federation.alpha.kubernetes.io/cluster-selector": "[]" };
const FINALIZER = "federation.kubernetes.io/delete-from-underlying-clusters";

function put(rig: PlaneRig, apiVersion: string, kind: string, content: object): void {
  const object: any = {
    apiVersion,
    kind,
    metadata: { namespace: "shop", name: "plain", annotations },
    ...content,
  };
  rig.host.objects.put(object);
}

function putBoth(rig: PlaneRig): void {
  put(rig, "v1", "ConfigMap", { data: { a: "b" } });
  const labels = { app: "plain" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "web" }] } };
  put(rig, "apps/v1", "Deployment", { spec: { replicas: 2, selector: { matchLabels: labels }, template } });
}

const deployment = (rig: PlaneRig): any =>
  rig.members
    .get("m1")
    ?.objects.get({ apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "plain" }) ?? null;

/** With the rights that operators give for it. */
async function open(scope: Scope, federationV1?: string): Promise<PlaneRig> {
  const rig = await PlaneRig.open(scope, federationV1 === undefined ? {} : { propagation: { federationV1 } });
  if (federationV1 !== undefined)
    for (const one of manifestsIn("federation-v1.yaml")) rig.host.objects.put(one);
  return rig;
}

function withoutNodes({ host }: PlaneRig): void {
  for (const { metadata } of host.objects.list("v1", "Node"))
    host.objects.delete({ apiVersion: "v1", kind: "Node", name: metadata.name });
}

describe("propagation.federationV1", () => {
  const scope = suiteScope();
  it("enabled, in a host with nodes: what these would run is refused, and the cure is said", async () => {
    const rig = await open(scope, "enabled");
    putBoth(rig);
    rig.start();
    await until("the ConfigMap is placed", () => rig.copy("plain") !== null);
    await until("it is known that there are nodes", () => /has nodes/.test(rig.status?.plainRefusal ?? ""));
    assert.match(
      rig.status?.plainRefusal ?? "",
      /^plain Deployments, .* set propagation\.federationV1: forced$/,
    );
    assert.equal(deployment(rig), null);
  });
  it("enabled, without the rights: nothing is federated, and the cure is said", async () => {
    const rig = await PlaneRig.open(scope, { propagation: { federationV1: "enabled" } });
    putBoth(rig);
    rig.start();
    await until("it is said", () => /fedns init --federation-v1/.test(rig.status?.plainRefusal ?? ""));
    assert.equal(rig.copy("plain"), null);
  });
  it("enabled, in a host without nodes: all kinds are federated, also those that no FederatedTypeConfig names", async () => {
    const rig = await open(scope, "enabled");
    withoutNodes(rig);
    putBoth(rig);
    rig.start();
    await until("both are placed", () => rig.copy("plain") !== null && deployment(rig)?.spec.replicas === 2);
    assert.equal(rig.status?.plainRefusal, null);
    const type = rig.status?.types.find(({ name }) => name === "deployments.apps");
    assert.deepEqual(type, { name: "deployments.apps", objects: 1 });
  });
  it("forced, in a host with nodes: all kinds are federated", async () => {
    const rig = await open(scope, "forced");
    putBoth(rig);
    rig.start();
    await until("both are placed", () => rig.copy("plain") !== null && deployment(rig) !== null);
  });
  it("forced, in a host that is a member: nothing is federated", async () => {
    const rig = await open(scope, "forced");
    putSecret(rig.host, "own", rig.host.token);
    putCluster(rig.host, "own", rig.host);
    putBoth(rig);
    rig.put("ConfigMap", "after", { template: { data: { a: "b" } } });
    rig.start();
    await until("it is known", () => /the host is a member/.test(rig.status?.plainRefusal ?? ""));
    await until("a federated object is placed", () => rig.copy("after") !== null);
    assert.equal(rig.copy("plain"), null);
  });
  it("disabled, as it is unless it is set: nothing is federated", async () => {
    const rig = await open(scope);
    putBoth(rig);
    rig.put("ConfigMap", "after", { template: { data: { a: "b" } } });
    rig.start();
    await until("a federated object is placed", () => rig.copy("after") !== null);
    assert.equal(rig.copy("plain"), null);
    const held = rig.host.objects.get({
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: "shop",
      name: "plain",
    });
    assert.equal(held?.metadata.finalizers?.includes(FINALIZER) ?? false, false);
  });
});
