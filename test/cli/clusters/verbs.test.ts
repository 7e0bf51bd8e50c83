/** `fedns init`, `join`, `unjoin` and `uninstall`: each twice, in dry runs, and with the outcome of every object. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { SOURCE_NAMES } from "../../../src/fleet/sources/source-table.ts";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { suiteScope } from "../../support/programs.ts";
import { accountOf, NAMESPACE } from "./host-content.ts";
import { recordRequests, type Rig, startRig, writesIn } from "./rig.ts";

const allSources = SOURCE_NAMES.join(",");

describe("the commands of a federation", () => {
  const scope = suiteScope();
  let rig: Rig;
  let account = "";
  before(async () => {
    rig = await startRig(scope);
    account = accountOf(rig.servers["host"] as ApiServer);
  });

  const inMember = (): readonly string[] => [
    `Namespace ${NAMESPACE}`,
    `ServiceAccount ${NAMESPACE}/${account}`,
    `ClusterRole ${account}`,
    `ClusterRoleBinding ${account}`,
    `Role ${NAMESPACE}/${account}`,
    `RoleBinding ${NAMESPACE}/${account}`,
  ];
  const inHost = [`Secret ${NAMESPACE}/fedns-us-west`, `KubeFedCluster ${NAMESPACE}/us-west`];
  const each = (objects: readonly string[], outcome: string): readonly string[] =>
    objects.map((object) => `${object} ${outcome}`);

  it("say that a cluster is no host before init", async () => {
    const join = await rig.fedns("join", "us-west");
    assert.equal(join.code, 1);
    assert.match(join.err, /this cluster is no host yet; run fedns init first\n$/);
    assert.equal((await rig.fedns("get", "clusters")).code, 1);
  });

  it("write nothing in a dry run of init, and show every object", async () => {
    const { sent, stop } = recordRequests(scope);
    const { code, out, steps } = await rig.fedns("init", "--dry-run");
    stop();
    assert.equal(code, 0);
    assert.deepEqual(writesIn(sent), []);
    const kinds = parseAllDocuments(out).map((document) => (document.toJS() as { kind: string }).kind);
    assert.deepEqual(
      kinds,
      steps.map((step) => step.split(" ")[0]),
    );
    assert.ok(steps.every((step) => step.endsWith("would be created (dry run)")));
    assert.ok(kinds.includes("KubeFedConfig") && kinds.includes("RoleBinding"));
  });

  it("make a host, and change nothing the second time", async () => {
    const first = await rig.fedns("init");
    assert.equal(first.code, 0, first.err);
    assert.ok(
      first.steps.every((step) => step.endsWith(" created")),
      first.out,
    );
    const second = await rig.fedns("init");
    assert.equal(second.code, 0);
    assert.equal(second.steps.length, first.steps.length);
    assert.ok(
      second.steps.every((step) => /unchanged$|kept as it is$/.test(step)),
      second.out,
    );
  });

  it("write nothing in a dry run of join, and show every object without the token", async () => {
    const { sent, stop } = recordRequests(scope);
    const { code, out, steps } = await rig.fedns("join", "us-west", "--dry-run");
    stop();
    assert.equal(code, 0);
    assert.deepEqual(writesIn(sent), []);
    assert.deepEqual(steps.slice(0, 6), each(inMember(), "would be created (dry run)"));
    const shown = parseAllDocuments(out).map((document) => document.toJS() as Record<string, any>);
    assert.equal(shown.length, 8);
    assert.deepEqual(shown.find(({ kind }) => kind === "Secret")?.["data"], { token: "(not shown)" });
  });

  it("join a member, and change nothing the second time", async () => {
    const first = await rig.fedns(
      "join",
      "us-west",
      "--region",
      "us-west",
      "--zones",
      "a,b",
      "--labels",
      "tier=gold",
    );
    assert.equal(first.code, 0, first.err);
    assert.deepEqual(first.steps, [
      ...each(inMember(), "created"),
      `token of ServiceAccount ${NAMESPACE}/${account} issued`,
      ...each(inHost, "created"),
      "cluster us-west joined",
    ]);
    const again = await rig.fedns(
      "join",
      "us-west",
      "--region",
      "us-west",
      "--zones",
      "a,b",
      "--labels",
      "tier=gold",
    );
    assert.deepEqual(again.steps, [
      ...each([...inMember(), ...inHost], "unchanged"),
      "cluster us-west joined",
    ]);
  });

  it("keep the place, the labels and the sources that were given before", async () => {
    const narrow = await rig.fedns("join", "us-west", "--sources", "services");
    assert.deepEqual(
      narrow.steps.filter((step) => step.endsWith(" changed")),
      [`ClusterRole ${account} changed`, `ClusterRoleBinding ${account} changed`],
    );
    const again = await rig.fedns("join", "us-west");
    assert.deepEqual(again.steps, [
      ...each([...inMember(), ...inHost], "unchanged"),
      "cluster us-west joined",
    ]);
    assert.equal((await rig.fedns("join", "us-west", "--sources", allSources)).code, 0);
  });

  it("declare the member as KubeFed does, with annotations for the rest", async () => {
    const { out } = await rig.fedns("get", "clusters", "us-west", "-o", "json");
    const [cluster] = JSON.parse(out).items;
    const member = rig.servers["us-west"];
    const { spec, metadata } = cluster;
    assert.equal(spec.apiEndpoint, member?.url);
    assert.equal(Buffer.from(spec.caBundle, "base64").toString(), member?.caPem);
    assert.deepEqual(spec.secretRef, { name: "fedns-us-west" });
    assert.equal(spec.disabledTLSValidations, undefined);
    const system = member?.objects.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" });
    assert.deepEqual(metadata.annotations, {
      "fedns.io/cluster-uid": system?.metadata.uid,
      "fedns.io/region": "us-west",
      "fedns.io/zones": "a,b",
    });
    assert.equal(metadata.labels.tier, "gold");
  });

  it("print what they wrote as YAML or JSON, and the lines beside it", async () => {
    const { out, err } = await rig.fedns("join", "us-west", "-o", "json");
    const { kind, items } = JSON.parse(out);
    assert.equal(kind, "List");
    assert.equal(items.length, 8);
    assert.match(err, /^us-west: Namespace kube-federation-system unchanged\n/);
  });

  it("give rights to propagate, and take them back when they are not wanted any more", async () => {
    const roles = (place: string): readonly string[] => [
      `Role ${place}/${account}-propagation`,
      `RoleBinding ${place}/${account}-propagation`,
    ];
    const member = rig.servers["us-west"];
    for (const name of ["shop", "blog"])
      member?.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    const wide = await rig.fedns(
      "join",
      "us-west",
      "--kinds",
      "deploy,services",
      "--namespaces",
      "shop,blog",
    );
    assert.equal(wide.code, 0, wide.err);
    assert.deepEqual(
      wide.steps.filter((step) => step.includes("-propagation")),
      each([...roles("shop"), ...roles("blog")], "created"),
    );
    const narrow = await rig.fedns("join", "us-west", "--kinds", "deploy", "--namespaces", "shop");
    assert.deepEqual(
      narrow.steps.filter((step) => step.includes("-propagation")).toSorted(),
      [
        `Role shop/${account}-propagation changed`,
        `RoleBinding shop/${account}-propagation unchanged`,
        ...each(roles("blog"), "deleted"),
      ].toSorted(),
    );
    const again = await rig.fedns("join", "us-west");
    assert.ok(
      again.steps.every((step) => !step.includes("-propagation")),
      again.out,
    );
    const none = await rig.fedns("join", "us-west", "--kinds", "none");
    assert.deepEqual(
      none.steps.filter((step) => step.includes("-propagation")).toSorted(),
      each(roles("shop"), "deleted").toSorted(),
    );
  });

  it("repair what somebody changed or removed", async () => {
    const member = rig.servers["us-west"];
    const rbac = "rbac.authorization.k8s.io/v1";
    member?.objects.delete({ apiVersion: rbac, kind: "ClusterRoleBinding", name: account });
    member?.objects.patch({ apiVersion: rbac, kind: "ClusterRole", name: account }, { rules: [] });
    rig.servers["host"]?.objects.delete({
      apiVersion: "v1",
      kind: "Secret",
      namespace: NAMESPACE,
      name: "fedns-us-west",
    });
    const { code, steps } = await rig.fedns("join", "us-west");
    assert.equal(code, 0);
    assert.deepEqual(
      steps.filter((step) => !step.endsWith("unchanged")),
      [
        `ClusterRole ${account} changed`,
        `ClusterRoleBinding ${account} created`,
        `token of ServiceAccount ${NAMESPACE}/${account} issued`,
        `Secret ${NAMESPACE}/fedns-us-west created`,
        "cluster us-west joined",
      ],
    );
  });

  it("replace a token that the member does not accept any more", async () => {
    const object = { apiVersion: "v1", kind: "ServiceAccount", namespace: NAMESPACE, name: account };
    rig.servers["us-west"]?.objects.delete(object);
    rig.servers["us-west"]?.setTokens({ [rig.servers["us-west"].token]: "sandbox-admin" });
    const { code, steps } = await rig.fedns("join", "us-west");
    assert.equal(code, 0);
    assert.ok(steps.includes(`token of ServiceAccount ${NAMESPACE}/${account} issued`));
    assert.ok(steps.includes(`Secret ${NAMESPACE}/fedns-us-west changed`));
  });

  it("write nothing in a dry run of unjoin", async () => {
    const { sent, stop } = recordRequests(scope);
    const { code, steps } = await rig.fedns("unjoin", "us-west", "--dry-run");
    stop();
    assert.equal(code, 0);
    assert.deepEqual(writesIn(sent), []);
    assert.equal(steps.length, 8);
    assert.ok(steps.every((step) => step.endsWith("would be deleted (dry run)")));
  });

  it("unjoin a member object by object, and find nothing the second time", async () => {
    const { sent, stop } = recordRequests(scope);
    const { code, steps } = await rig.fedns("unjoin", "us-west");
    stop();
    assert.equal(code, 0);
    assert.deepEqual(
      steps.map((step) => step.replace("is being deleted", "deleted")).toSorted(),
      each([...inMember(), ...inHost], "deleted").toSorted(),
    );
    for (const { body } of sent.filter(({ method }) => method === "DELETE")) {
      const { uid, resourceVersion } = (body as { preconditions: Record<string, string> }).preconditions;
      assert.ok(uid !== undefined && resourceVersion !== undefined);
    }
    const again = await rig.fedns("unjoin", "us-west");
    assert.equal(again.code, 0);
    assert.deepEqual(again.steps, []);
    assert.match(again.err, /^note: us-west is not joined to this host: there was nothing to remove\n/);
  });

  it("ask before they uninstall, or need --yes", async () => {
    const refused = await rig.fedns("uninstall");
    assert.equal(refused.code, 1);
    assert.equal(refused.err, "fedns: nothing was removed: there is no terminal to ask; use --yes\n");
  });

  it("uninstall the rights, and the types on demand; twice", async () => {
    const kept = await rig.fedns("uninstall", "--yes");
    assert.deepEqual(kept.steps, [
      "ClusterRoleBinding fedns deleted",
      `RoleBinding ${NAMESPACE}/fedns deleted`,
      "ClusterRole fedns deleted",
      `Role ${NAMESPACE}/fedns deleted`,
    ]);
    const types = await rig.fedns("uninstall", "--crds", "--yes");
    assert.equal(types.code, 0);
    assert.ok(
      types.steps.length >= 3 && types.steps.every((step) => step.startsWith("CustomResourceDefinition ")),
    );
    await rig.servers["host"]?.settled();
    const again = await rig.fedns("uninstall", "--crds", "--yes");
    assert.deepEqual([again.code, again.steps], [0, []]);
  });
});
