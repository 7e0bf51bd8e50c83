/** The host is a member of its own federation: its namespaces have the federated objects in them, and are no copies. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { engineMember, federated, type Rig, startRig } from "./rig.ts";

const EVERYWHERE = { template: {}, placement: { clusterSelector: {} } };
const ELSEWHERE = { template: {}, placement: { clusters: [{ name: "m1" }] } };
const NAMESPACE = { apiVersion: "v1", kind: "Namespace", name: "shop" };
const FEDERATED = {
  apiVersion: "types.kubefed.io/v1beta1",
  kind: "FederatedNamespace",
  namespace: "shop",
  name: "shop",
};
const KUBEFED = { "kubefed.io/managed": "true" };

describe("a namespace of the host that KubeFed has labelled as a copy", () => {
  const scope = suiteScope();
  let rig: Rig;
  beforeEach(async () => {
    rig = await startRig(scope, { members: ["m1"] });
    const member = rig.transports.get("m1");
    assert(member !== undefined);
    rig.host.objects.put({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "shop", labels: KUBEFED },
    });
    place(EVERYWHERE);
    rig.propagator.setMembers([engineMember("m1", member), engineMember("hub", rig.hostTransport)]);
    await until("it is in both", () => isOurs(rig.host) && isOurs(rig.members.get("m1")));
  });

  const place = (spec: object): void => {
    const annotations = { "kubefed.io/orphan": "false" };
    const object: any = federated("FederatedNamespace", "shop", "shop", spec);
    const { metadata = {} } = federatedNamespace() ?? {};
    rig.host.objects.put({ ...object, metadata: { ...metadata, ...object.metadata, annotations } });
  };
  const federatedNamespace = (): any => rig.host.objects.get(FEDERATED);
  const namespaceOf = (server: Rig["host"] | undefined): any => server?.objects.get(NAMESPACE);
  const isOurs = (server: Rig["host"] | undefined): boolean =>
    namespaceOf(server)?.metadata.labels?.["fedns.io/owner"] === "test";

  it("stays when it is placed elsewhere, without our labels", async () => {
    place(ELSEWHERE);
    await until("it is let go", () => !isOurs(rig.host));
    await rig.settled();
    assert.equal(namespaceOf(rig.host)?.metadata.deletionTimestamp, undefined);
    assert.equal(namespaceOf(rig.host)?.metadata.labels["kubefed.io/managed"], undefined);
    assert(isOurs(rig.members.get("m1")));
  });
  it("stays when its FederatedNamespace is deleted, and those of other members go", async () => {
    rig.host.objects.delete(FEDERATED);
    await until("the object is gone", () => federatedNamespace() === undefined);
    assert.equal(namespaceOf(rig.host)?.metadata.deletionTimestamp, undefined);
    assert.equal(namespaceOf(rig.members.get("m1")), undefined);
  });
  it("goes when a person deletes it: its FederatedNamespace does not wait for it", async () => {
    rig.host.objects.delete(NAMESPACE);
    await until("it is gone", () => namespaceOf(rig.host) === undefined);
    assert.equal(federatedNamespace(), undefined);
  });
});
