/** `fedns plan` against API servers: it writes nothing, and what it shows is what the propagator then does. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { changedFields, pathText } from "../../../src/propagate/plan/changed-fields.ts";
import { shownPair } from "../../../src/propagate/plan/shown-object.ts";
import { suiteScope } from "../../support/programs.ts";
import { type PlanRig, startPlanRig } from "./rig.ts";

const ALL = { placement: { clusterSelector: {} } };
const KUBEFED = { "user-agent": "controller-manager/v0.10.0 (linux/amd64)" };
const configMaps = "/api/v1/namespaces/shop/configmaps";
const deployments = "/apis/apps/v1/namespaces/shop/deployments";

const web = (image: string): object => ({
  replicas: 3,
  selector: { matchLabels: { app: "web" } },
  template: {
    metadata: { labels: { app: "web" } },
    spec: { containers: [{ name: "web", image }] },
  },
});

/** "m1 ConfigMap settings": { outcome, changes } */
function byCopy(plan: any): Map<string, any> {
  return new Map(
    plan.objects.flatMap(({ kind, name, copies }: any) =>
      copies.map((copy: any) => [`${copy.cluster} ${kind} ${name}`, copy]),
    ),
  );
}

describe("a plan for all objects", () => {
  const scope = suiteScope();
  let rig: PlanRig;
  let planned: Map<string, any>;
  let summary: any;
  const was = new Map<string, any>();

  before(async () => {
    rig = await startPlanRig(scope);
    rig.put("FederatedNamespace", "shop", { ...ALL, template: {} });
    for (const name of ["same", "edited", "lost", "changed", "moved", "kept", "opted"])
      rig.put("FederatedConfigMap", name, { ...ALL, template: { data: { a: "1", b: "2" } } });
    rig.put("FederatedSecret", "token", {
      ...ALL,
      template: { data: { a: "c2VjcmV0LTE=", b: "c2VjcmV0LTI=" } },
    });
    rig.put("FederatedDeployment", "handed", { ...ALL, template: { spec: web("web:1") } });
    await rig.propagate();
    await prepare(rig);
    for (const member of ["m1", "m2"])
      for (const [kind, name] of COPIES) was.set(`${member} ${kind} ${name}`, rig.copy(member, kind, name));
  });

  it("writes nothing, neither in the host nor in the members", async () => {
    const changes = await rig.changes();
    const { code, plan, err } = await rig.plan("--all");
    assert.deepEqual([changes, code], [[], 2], err);
    planned = byCopy(plan);
    summary = plan.summary;
  });
  it("says for each copy what would happen, and leaves out what is in sync", () => {
    const outcomes = Object.fromEntries([...planned].map(([name, { outcome }]) => [name, outcome]));
    assert.deepEqual(outcomes, {
      "m1 ConfigMap edited": "update",
      "m2 ConfigMap lost": "create",
      "m1 ConfigMap changed": "update",
      "m2 ConfigMap changed": "update",
      "m1 ConfigMap moved": "remove",
      "m1 ConfigMap opted": "refused",
      "m1 ConfigMap kept": "release",
      "m2 ConfigMap kept": "release",
      "m2 ConfigMap override": "refused",
      "m1 ConfigMap override": "create",
      "m1 ConfigMap stranger": "adopt",
      "m2 ConfigMap stranger": "create",
      "m3 ConfigMap stranger": "refused",
      "m1 Secret token": "update",
      "m2 Secret token": "update",
      "m1 Deployment handed": "update",
      "m2 Deployment handed": "update",
      "m1 Deployment left": "take-over",
      "m2 Deployment left": "create",
      "m1 Deployment scaled": "take-over",
      "m2 Deployment scaled": "create",
    });
  });
  it("names the fields that would change, and who set them", () => {
    const changes = (copy: string): unknown => planned.get(copy).changes;
    const edit = { path: "data.a", before: "foreign", after: "1", owners: ["kubectl-edit"] };
    assert.deepEqual(changes("m1 ConfigMap edited"), [edit]);
    assert.deepEqual(changes("m1 Deployment left"), []);
    assert.deepEqual(changes("m1 Deployment scaled"), [
      { path: "spec.replicas", before: 7, after: 3, owners: ["kubectl-scale"] },
    ]);
    // The number of replicas is given to the member first, and so stays.
    const image = "spec.template.spec.containers[web].image";
    assert.deepEqual(changes("m1 Deployment handed"), [
      { path: image, before: "web:1", after: "web:2", owners: [] },
    ]);
    assert.match(planned.get("m3 ConfigMap stranger").why, /did you mean m1\?/);
    assert.match(planned.get("m2 ConfigMap override").message, /override of \/data\/none does not fit/);
  });
  it("shows no value of a Secret", () => {
    assert.deepEqual(planned.get("m1 Secret token").changes, [
      { path: "data.a", before: "*** (before)", after: "*** (after)", owners: [] },
    ]);
  });
  it("counts", () => {
    assert.deepEqual(
      { ...summary, reasons: summary.reasons.length },
      {
        objects: 14,
        copies: 29,
        inSync: 8,
        created: 5,
        changed: 9,
        ownerOnly: 1,
        takenOver: 2,
        adopted: 1,
        removed: 1,
        released: 2,
        lost: 0,
        waiting: 0,
        refused: 3,
        unknown: 0,
        reasons: 6,
        hasDifferences: true,
        hasProblems: true,
      },
    );
  });
  it("is what the propagator then does", async () => {
    await rig.propagate();
    for (const [name, copy] of planned) {
      const [member = "", kind = "", object = ""] = name.split(" ");
      if (member === "m3") continue;
      const [copyWas, is] = [was.get(name) ?? null, rig.copy(member, kind, object)];
      const shown = shownPair(copyWas, is);
      if (copy.outcome === "remove") assert.equal(is, null, name);
      else if (copy.outcome === "refused") assert.deepEqual(is, copyWas, name);
      else if (copy.outcome === "create") assert.deepEqual(withoutRevision(shown.after), copy.object, name);
      else
        assert.deepEqual(
          changedFields(withoutRevision(shown.before), withoutRevision(shown.after)).map(
            ({ path, ...values }) => ({ path: pathText(path), ...values }),
          ),
          copy.changes.map(({ path, before, after }: any) => ({ path, before, after })),
          name,
        );
    }
    const rest = await rig.plan("--all");
    assert.deepEqual([...byCopy(rest.plan)].map(([name, { outcome }]) => `${name} ${outcome}`).sort(), [
      "m1 ConfigMap opted refused",
      "m2 ConfigMap override refused",
      "m3 ConfigMap stranger refused",
    ]);
  });
});

const COPIES = [
  ...["same", "edited", "lost", "changed", "moved", "kept", "opted", "override", "stranger"].map(
    (name) => ["ConfigMap", name] as const,
  ),
  ["Secret", "token"],
  ["Deployment", "handed"],
  ["Deployment", "left"],
  ["Deployment", "scaled"],
] as const;

/** A state in which everything may happen. */
async function prepare(rig: PlanRig): Promise<void> {
  const edit = (member: string, name: string, body: object): Promise<unknown> =>
    rig.client(member).patch(`${configMaps}/${name}?fieldManager=kubectl-edit`, body);
  await edit("m1", "edited", { data: { a: "foreign" } });
  await edit("m1", "opted", { metadata: { labels: { "kubefed.io/managed": "false" } } });
  await rig.client("m2").call(`${configMaps}/lost`, { method: "DELETE" });
  rig.put("FederatedConfigMap", "changed", { ...ALL, template: { data: { a: "3", c: "4" } } });
  rig.put("FederatedConfigMap", "moved", {
    placement: { clusters: [{ name: "m2" }] },
    template: { data: { a: "1", b: "2" } },
  });
  const hosted = "/apis/types.kubefed.io/v1beta1/namespaces/shop/federatedconfigmaps/kept";
  await rig.client("host").patch(hosted, { metadata: { annotations: { "kubefed.io/orphan": "true" } } });
  await rig.client("host").call(hosted, { method: "DELETE" });
  rig.put("FederatedConfigMap", "override", {
    ...ALL,
    template: { data: { a: "1" } },
    overrides: [{ clusterName: "m2", clusterOverrides: [{ op: "remove", path: "/data/none" }] }],
  });
  await rig
    .client("m1")
    .create(configMaps, { metadata: { name: "stranger" }, data: { a: "old", z: "theirs" } });
  rig.put("FederatedConfigMap", "stranger", {
    placement: { clusters: [{ name: "m1" }, { name: "m2" }, { name: "m3" }] },
    template: { data: { a: "new" } },
  });
  rig.put("FederatedSecret", "token", {
    ...ALL,
    template: { data: { a: "c2VjcmV0LTM=", b: "c2VjcmV0LTI=" } },
  });
  rig.put("FederatedDeployment", "handed", {
    ...ALL,
    template: { spec: web("web:2") },
    retainReplicas: true,
  });
  for (const name of ["left", "scaled"]) {
    const metadata = { name, namespace: "shop", labels: { "kubefed.io/managed": "true" } };
    const body = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: web("web:1") };
    const { code } = await rig.client("m1").call(deployments, { method: "POST", body, headers: KUBEFED });
    assert.equal(code, 201);
    rig.put("FederatedDeployment", name, { ...ALL, template: { spec: web("web:1") } });
  }
  await rig.client("m1").patch(`${deployments}/scaled?fieldManager=kubectl-scale`, { spec: { replicas: 7 } });
  for (const server of Object.values(rig.servers)) await server.settled();
}

/** The controller of Deployments writes it, some time after each change. */
function withoutRevision(object: any): any {
  if (object === null) return null;
  const { annotations: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
