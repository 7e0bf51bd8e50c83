/** Whatever refuses one copy costs one line, which says what it is: other copies there, and the same copy elsewhere, go on. */
import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig } from "./copy-rig.ts";

const configMaps = "/api/v1/namespaces/shop/configmaps";

describe("a copy that its member does not take", () => {
  const scope = suiteScope();
  let rig: CopyRig;
  let number = 0;
  let name = "";
  before(async () => {
    rig = await CopyRig.start(scope, ["m1", "m2"]);
    await rig.hasStatus("Namespace", "shop", "");
  });
  beforeEach(() => (name = `one-${(number += 1)}`));
  const member = () => rig.rig.members.get("m1") as NonNullable<ReturnType<typeof rig.rig.members.get>>;
  const put = (object: object): void => void member().objects.put(object as never);

  /** The copy is refused in m1, with these words, and nothing else suffers. */
  async function isOneLine(status: string, words: RegExp): Promise<void> {
    rig.place("ConfigMap", name, { data: { a: "1" } });
    await rig.hasStatus("ConfigMap", name, status);
    assert.match(rig.report("ConfigMap", name).message, words);
    await rig.hasStatus("ConfigMap", name, "", "m2");
    rig.place("Deployment", `beside-${name}`, deployment);
    await rig.hasStatus("Deployment", `beside-${name}`, "");
  }
  const deployment = {
    spec: {
      selector: { matchLabels: { app: "a" } },
      template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "a", image: "a:1" }] } },
    },
  };

  it("for its quota", async () => {
    put({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "few", namespace: "shop" },
      spec: { hard: { "count/configmaps": "0" } },
    });
    await member().settled();
    await isOneLine("CreationFailed", /exceeded quota: few.*raise the quota of the namespace/);
    member().objects.delete({ apiVersion: "v1", kind: "ResourceQuota", namespace: "shop", name: "few" });
    await rig.hasStatus("ConfigMap", name, "");
  });
  it("for a webhook that says no", async () => {
    const remove = member().webhooks.add({
      name: "no.example.com",
      kind: "validating",
      when: ({ name: asked }) => asked === name,
      ask: () => ({ isAllowed: false, message: "not on a Monday" }),
    });
    await isOneLine("CreationFailed", /no\.example\.com.*not on a Monday.*the rule of the webhook/);
    remove();
    await rig.hasStatus("ConfigMap", name, "");
  });
  it("as a webhook changes it: that is told, once, and nothing is repeated", async () => {
    const remove = member().webhooks.add({
      name: "change.example.com",
      kind: "mutating",
      when: ({ name: asked }) => asked === name,
      ask: ({ object }: any) => ({
        isAllowed: true,
        object: { ...object, data: { ...object.data, a: "2" } },
      }),
    });
    await isOneLine("", /the cluster changes data\.a when it is written \(a webhook\?\)/);
    await rig.settled();
    const { resourceVersion } = rig.copy("ConfigMap", name).metadata;
    await rig.restartWithoutWrites();
    assert.equal(rig.copy("ConfigMap", name).metadata.resourceVersion, resourceVersion);
    remove();
  });
  it("for another writer that insists", async () => {
    rig.place("ConfigMap", name, { data: { a: "1" } });
    await rig.isInSync("ConfigMap", name);
    const insist = async (): Promise<void> => {
      const { code } = await rig.client.call(`${configMaps}/${name}`, {
        method: "PATCH",
        body: { data: { a: "mine" } },
        type: "application/merge-patch+json",
        headers: { "user-agent": "rival/1.0" },
      });
      assert.equal(code, 200);
    };
    for (let times = 1; times <= 3; times += 1) {
      await insist();
      await until("it is taken back", () => rig.copy("ConfigMap", name).data.a === "1");
      await rig.isInSync("ConfigMap", name);
    }
    await insist();
    await rig.hasStatus("ConfigMap", name, "Contested");
    assert.match(
      rig.report("ConfigMap", name).message,
      /rival \(\.data\.a\); take the fields out of the template/,
    );
    assert.equal(rig.copy("ConfigMap", name).data.a, "mine");
    assert.equal(rig.report("ConfigMap", name, "m2").status, "");
    rig.place("ConfigMap", name, { data: { b: "1" } });
    await rig.hasStatus("ConfigMap", name, "");
  });
  it("as the server is slow: the others do not wait", async () => {
    let isHeld = true;
    const removal = member().faults.add({
      effect: { kind: "delay", ms: 1_500 },
      when: (request) => isHeld && "name" in request && request.name === name && request.isWrite,
    });
    rig.place("ConfigMap", name, { data: { a: "1" } });
    await rig.hasStatus("ConfigMap", name, "", "m2");
    rig.place("Deployment", `beside-${name}`, deployment);
    await rig.hasStatus("Deployment", `beside-${name}`, "");
    assert.equal(rig.copy("ConfigMap", name), null);
    isHeld = false;
    removal();
    await rig.hasStatus("ConfigMap", name, "");
  });
  it("as the connection ends before the answer: it is read first, and is there once", async () => {
    member().faults.add({
      effect: { kind: "cut", isExecuted: true },
      when: (request) => "name" in request && request.name === name && request.isWrite,
      times: 1,
    });
    rig.place("ConfigMap", name, { data: { a: "1" } });
    await until("it is there", () => rig.copy("ConfigMap", name) !== null);
    const { uid, generation } = rig.copy("ConfigMap", name).metadata;
    await rig.hasStatus("ConfigMap", name, "");
    assert.deepEqual([rig.copy("ConfigMap", name).metadata.uid, generation], [uid, generation]);
    assert.equal("fedns.io/adopted" in rig.copy("ConfigMap", name).metadata.labels, false);
  });
  it("as its account may not create it", async () => {
    allow({ verbs: ["get", "list", "watch", "patch"], resources: ["configmaps"] });
    await isOneLine("CreationFailed", /give the account of fedns the permission/);
    admit();
    rig.place("ConfigMap", name, { data: { a: "2" } });
    await rig.hasStatus("ConfigMap", name, "");
  });
  it("as its namespace is being deleted", async () => {
    put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "holds", namespace: "shop", finalizers: ["example.com/hold"] },
    });
    member().objects.delete({ apiVersion: "v1", kind: "Namespace", name: "shop" });
    await member().settled();
    rig.place("ConfigMap", name, { data: { a: "1" } });
    await rig.hasStatus("ConfigMap", name, "CreationFailed");
    assert.match(rig.report("ConfigMap", name).message, /being terminated.*look for finalizers in it/);
    await rig.hasStatus("ConfigMap", name, "", "m2");
    await rig.hasStatus("Namespace", "shop", "WaitingForRemoval");
    assert.equal(rig.report("Namespace", "shop", "m2").status, "");
  });

  /** From now on the account has these rights on core objects in m1, and all on others. */
  function allow(rule: { readonly verbs: readonly string[]; readonly resources: readonly string[] }): void {
    const all = { apiGroups: ["apps", ""], resources: ["deployments", "namespaces"], verbs: ["*"] };
    put({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "some" },
      rules: [{ apiGroups: [""], ...rule }, all],
    });
    put({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "some" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "some" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "limited" }],
    });
    member().setTokens({ [member().token]: { name: "limited", groups: [] } });
  }
  function admit(): void {
    member().setTokens({ [member().token]: "sandbox-admin" });
  }
});

describe("a kind that a member does not let us read", () => {
  const scope = suiteScope();
  it("is a line of its own, and the other kinds go on", async () => {
    const rig = await CopyRig.start(scope, ["m1", "m2"], { isRunning: false });
    const member = rig.rig.members.get("m1");
    member?.objects.put({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "some" },
      rules: [{ apiGroups: ["apps", ""], resources: ["deployments", "namespaces"], verbs: ["*"] }],
    } as never);
    member?.objects.put({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "some" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "some" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "limited" }],
    } as never);
    member?.setTokens({ [member.token]: { name: "limited", groups: [] } });
    rig.rig.start();
    rig.place("ConfigMap", "one", { data: {} });
    await rig.hasStatus("ConfigMap", "one", "RetrievalFailed");
    assert.match(
      rig.report("ConfigMap", "one").message,
      /its account may not read configmaps .*join the cluster with them in --kinds/,
    );
    await rig.hasStatus("ConfigMap", "one", "", "m2");
    await rig.hasStatus("Namespace", "shop", "");
  });
});
