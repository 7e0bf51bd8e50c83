/** A control plane of one namespace: nothing else is read, and its objects need no FederatedNamespace. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { federated, type Rig, startRig } from "./rig.ts";

const OWN = "kube-federation-system";
const ALL = { placement: { clusterSelector: {} } };

describe("a control plane of one namespace", () => {
  const scope = suiteScope();
  let rig: Rig;
  const put = (kind: string, namespace: string, name: string, spec: object): void =>
    void rig.host.objects.put(federated(kind, namespace, name, spec) as never);
  const copy = (member: string, namespace: string, name: string): any =>
    rig.members.get(member)?.objects.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name }) ?? null;
  const inHost = (kind: string, namespace: string, name: string): any =>
    rig.host.objects.get({ apiVersion: "types.kubefed.io/v1beta1", kind, namespace, name });

  before(async () => {
    rig = await startRig(scope, { onlyNamespace: OWN, isRunning: false });
    for (const server of [rig.host, ...rig.members.values()])
      for (const name of ["shop", OWN])
        server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    rig.start();
  });

  it("places objects of its own namespace, which is not federated, and no others", async () => {
    put("FederatedConfigMap", "shop", "elsewhere", { ...ALL, template: { data: {} } });
    put("FederatedConfigMap", OWN, "settings", { ...ALL, template: { data: { a: "1" } } });
    await until("both copies exist", () =>
      ["m1", "m2"].every((member) => copy(member, OWN, "settings") !== null),
    );
    await until(
      "the status says it",
      () => inHost("FederatedConfigMap", OWN, "settings").status?.conditions?.[0].status === "True",
    );
    await rig.settled();
    assert.equal(copy("m1", "shop", "elsewhere"), null);
    assert.equal(inHost("FederatedConfigMap", "shop", "elsewhere").metadata.finalizers, undefined);
  });
  it("goes no further than its FederatedNamespace, which is read and nothing more", async () => {
    const placement = { clusters: [{ name: "m2" }] };
    put("FederatedNamespace", OWN, OWN, { placement, template: { metadata: { labels: { a: "b" } } } });
    await until("one copy goes", () => copy("m1", OWN, "settings") === null);
    await rig.settled();
    assert.notEqual(copy("m2", OWN, "settings"), null);
    const { metadata, status } = inHost("FederatedNamespace", OWN, OWN);
    assert.deepEqual([metadata.finalizers, status], [undefined, undefined]);
    const namespace: any = rig.members
      .get("m2")
      ?.objects.get({ apiVersion: "v1", kind: "Namespace", name: OWN });
    assert.equal(namespace.metadata.labels?.a, undefined);
  });
});
