/**
 * The confused deputy: somebody who may make federated objects in one namespace of the host, and nothing else, tries to use the
 * rights of fedns in the members for more than that namespace.
 */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { PropagatedType } from "../../src/propagate/objects/propagated-type.ts";
import { federatedDefinition, federatedTypeOf } from "../../src/fleet/host-objects/federated-definition.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { joinedAccount } from "./joined-account.ts";
import { federated, type Rig, startRig, TYPES } from "./rig.ts";

const ALL = { placement: { clusterSelector: {} } };
const RBAC = "rbac.authorization.k8s.io";
const TYPES_GROUP = { group: "types.kubefed.io", version: "v1beta1" };

/** Its definition in the host is namespaced although its copies are in no namespace, as an operator may have made it by mistake. */
const CLUSTER_ROLES: PropagatedType = {
  name: `clusterroles.${RBAC}`,
  federated: { ...TYPES_GROUP, plural: "federatedclusterroles" },
  target: { group: RBAC, version: "v1", plural: "clusterroles", kind: "ClusterRole", isNamespaced: false },
  collectsStatus: false,
};
const ROLE_BINDINGS: PropagatedType = {
  name: `rolebindings.${RBAC}`,
  federated: { ...TYPES_GROUP, plural: "federatedrolebindings" },
  target: { group: RBAC, version: "v1", plural: "rolebindings", kind: "RoleBinding", isNamespaced: true },
  collectsStatus: false,
};

describe("somebody with rights in one namespace of the host", () => {
  const scope = suiteScope();
  let rig: Rig;
  before(async () => {
    rig = await startRig(scope, {
      members: ["m1"],
      isRunning: false,
      accountIn: (member) =>
        joinedAccount(member, {
          kinds: [
            { group: "", plural: "namespaces", isNamespaced: false },
            { group: "", plural: "configmaps", isNamespaced: true },
            { group: RBAC, plural: "clusterroles", isNamespaced: false },
            { group: RBAC, plural: "rolebindings", isNamespaced: true },
          ],
          namespaces: null,
        }),
    });
    for (const { target } of [CLUSTER_ROLES, ROLE_BINDINGS]) {
      const own = { ...target, pluralName: target.plural, isNamespaced: true };
      const definition = federatedDefinition({ shortName: null, hasReplicas: false }, federatedTypeOf(own));
      rig.host.objects.put(definition as never);
    }
    await rig.host.settled();
    for (const name of ["mallory", "victim"])
      rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    for (const name of ["mallory", "victim"]) put("FederatedNamespace", name, { ...ALL, template: {} }, name);
    rig.propagator.setTypes([...Object.values(TYPES), CLUSTER_ROLES, ROLE_BINDINGS]);
    await until("both namespaces are in the member", () =>
      ["mallory", "victim"].every((name) => inMember("v1", "Namespace", name)),
    );
  });

  const put = (kind: string, name: string, spec: object, namespace = "mallory"): void =>
    void rig.host.objects.put(federated(kind, namespace, name, spec) as never);
  const inHost = (kind: string, name: string): any =>
    rig.host.objects.get({ apiVersion: "types.kubefed.io/v1beta1", kind, namespace: "mallory", name });
  const remove = async (kind: string, name: string): Promise<void> => {
    rig.host.objects.delete({ apiVersion: "types.kubefed.io/v1beta1", kind, namespace: "mallory", name });
    await until("it is gone", () => inHost(kind, name) === undefined);
  };
  const inMember = (apiVersion: string, kind: string, name: string, namespace?: string): any =>
    rig.members
      .get("m1")
      ?.objects.get({ apiVersion, kind, name, ...(namespace !== undefined && { namespace }) });
  const failure = async (kind: string, name: string): Promise<any> => {
    await until("it is told", () => inHost(kind, name)?.status?.conditions?.[0]?.status === "False");
    return inHost(kind, name).status;
  };

  it("cannot move a copy to another namespace, name or kind by an override", async () => {
    const tries: readonly (readonly [path: string, value: unknown])[] = [
      ["/metadata/namespace", "victim"],
      ["/metadata/name", "other"],
      ["/metadata/generateName", "other-"],
      ["/kind", "Secret"],
      ["/apiVersion", "apps/v1"],
      ["/metadata", { name: "moved", namespace: "victim" }],
      ["/metadata~1namespace", "victim"],
      ["//metadata/namespace", "victim"],
    ];
    for (const [i, [path, value]] of tries.entries()) {
      const overrides = [{ clusterName: "m1", clusterOverrides: [{ op: "add", path, value }] }];
      put("FederatedConfigMap", `try-${i}`, { ...ALL, template: { data: { a: "1" } }, overrides });
    }
    await until("each is told", () =>
      tries.every((_, i) => inHost("FederatedConfigMap", `try-${i}`)?.status?.conditions !== undefined),
    );
    await rig.settled();
    const maps = rig.members.get("m1")?.objects.list("v1", "ConfigMap") ?? [];
    const made = maps.filter(({ metadata }) => metadata.name !== "kube-root-ca.crt");
    assert.ok(
      made.every(({ metadata }) => metadata.namespace === "mallory" && metadata.name.startsWith("try-")),
      JSON.stringify(made),
    );
    assert.deepEqual(rig.members.get("m1")?.objects.list("v1", "Secret", "victim"), []);
  });

  it("cannot move it by the template, or take the labels of copies from it", async () => {
    const metadata = {
      name: "other",
      namespace: "victim",
      labels: { "kubefed.io/managed": "false", "fedns.io/owner": "another", own: "yes" },
      ownerReferences: [{ apiVersion: "v1", kind: "Namespace", name: "victim", uid: "1" }],
      annotations: { "kubernetes.io/service-account.name": "victim" },
    };
    put("FederatedConfigMap", "template", {
      ...ALL,
      template: { apiVersion: "v1", kind: "Secret", metadata, data: {} },
    });
    await until("the copy is there", () => inMember("v1", "ConfigMap", "template", "mallory") !== undefined);
    const copy = inMember("v1", "ConfigMap", "template", "mallory");
    const { labels } = copy.metadata;
    assert.deepEqual(
      [labels["kubefed.io/managed"], labels["fedns.io/owner"], labels.own],
      ["true", "test", "yes"],
    );
    assert.equal(copy.metadata.ownerReferences, undefined);
    assert.equal(copy.metadata.annotations, undefined);
    assert.deepEqual(rig.members.get("m1")?.objects.list("v1", "Secret", "victim"), []);
  });

  it("cannot place, change or delete another namespace", async () => {
    put("FederatedNamespace", "victim", { ...ALL, template: { metadata: { labels: { owned: "yes" } } } });
    const status = await failure("FederatedNamespace", "victim");
    assert.match(status.conditions[0].reason, /ComputePlacementFailed/);
    assert.equal(inMember("v1", "Namespace", "victim").metadata.labels.owned, undefined);
    await remove("FederatedNamespace", "victim");
    await rig.settled();
    assert.equal(inMember("v1", "Namespace", "victim").metadata.deletionTimestamp, undefined);
  });

  it("cannot make, adopt or delete an object of the whole cluster", async () => {
    const name = "view";
    const before = inMember(`${RBAC}/v1`, "ClusterRole", name);
    assert.ok(before);
    for (const one of [name, "mine"])
      put("FederatedClusterRole", one, {
        ...ALL,
        template: { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] },
      });
    const status = await failure("FederatedClusterRole", name);
    assert.equal(status.conditions[0].reason, "ComputePlacementFailed");
    await failure("FederatedClusterRole", "mine");
    assert.deepEqual(inMember(`${RBAC}/v1`, "ClusterRole", name), before);
    assert.equal(inMember(`${RBAC}/v1`, "ClusterRole", "mine"), undefined);
    for (const one of [name, "mine"]) await remove("FederatedClusterRole", one);
    await rig.settled();
    assert.deepEqual(inMember(`${RBAC}/v1`, "ClusterRole", name), before);
  });

  it("cannot give itself more than fedns has there, also where roles were allowed", async () => {
    put("FederatedRoleBinding", "admin", {
      ...ALL,
      template: {
        roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ apiGroup: RBAC, kind: "User", name: "mallory" }],
      },
    });
    const { clusters } = await failure("FederatedRoleBinding", "admin");
    assert.equal(clusters[0].status, "CreationFailed");
    assert.equal(clusters[0].code, 403);
    assert.match(clusters[0].message, /attempting to grant RBAC permissions not currently held/);
    assert.equal(inMember(`${RBAC}/v1`, "RoleBinding", "admin", "mallory"), undefined);
  });

  // What deploy/SECURITY.md warns of: this is why roles need a word of their own.
  it("can give out what fedns has there, where roles were allowed", async () => {
    const [own] = (rig.members.get("m1")?.objects.list(`${RBAC}/v1`, "ClusterRole") ?? []).filter(
      ({ metadata }) => metadata.name.endsWith("-propagation"),
    );
    put("FederatedRoleBinding", "own", {
      ...ALL,
      template: {
        roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: own?.metadata.name },
        subjects: [{ apiGroup: RBAC, kind: "User", name: "mallory" }],
      },
    });
    await until(
      "the binding is there",
      () => inMember(`${RBAC}/v1`, "RoleBinding", "own", "mallory") !== undefined,
    );
  });

  it("cannot have another namespace deleted later, when a member comes back", async () => {
    await rig.wires.get("m1")?.refuse();
    await until(
      "it is not seen",
      () => rig.propagator.engine.members.get("m1")?.viewOf("namespaces") === "not-seen",
    );
    put("FederatedNamespace", "victim", { ...ALL, template: {} });
    await until("it is held", () => inHost("FederatedNamespace", "victim").metadata.finalizers?.length === 1);
    await remove("FederatedNamespace", "victim");
    assert.equal(rig.propagator.journalSize, 0);
    await rig.wires.get("m1")?.mend();
    put("FederatedConfigMap", "after", { ...ALL, template: { data: {} } });
    await until("the member is back", () => inMember("v1", "ConfigMap", "after", "mallory") !== undefined);
    assert.equal(inMember("v1", "Namespace", "victim").metadata.deletionTimestamp, undefined);
  });
});
