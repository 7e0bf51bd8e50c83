/** A copy that Services lead to goes when no client is led to it any more, and not before. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, beforeEach, describe, it } from "node:test";
import { parse } from "yaml";
import { pauseChanges } from "../../src/fleet/lease/changes-pause.ts";
import { freePermit } from "../../src/fleet/kube/write-permit.ts";
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig } from "./copy-rig.ts";
import { Answers } from "./drain/answers.ts";
import { joinedAccount } from "./joined-account.ts";
import { federated, typeOf } from "./rig.ts";

const HOUR_MS = 3_600_000;
const PREFERENCES = new URL("../../deploy/crds/replicaschedulingpreferences.yaml", import.meta.url);
const SERVICES = typeOf({ kind: "Service", plural: "services" });

const deployment = (app: string, replicas = 2): object => ({
  spec: {
    replicas,
    selector: { matchLabels: { app } },
    template: { metadata: { labels: { app } }, spec: { containers: [{ name: "web", image: "web:1" }] } },
  },
});
const serviceOf = (app: string): object => ({ spec: { selector: { app }, ports: [{ port: 80 }] } });
const only = (...clusters: string[]): object => ({
  placement: { clusters: clusters.map((name) => ({ name })) },
});

describe("a copy that Services lead to", () => {
  const scope = suiteScope();
  const answers = new Answers();
  let rig: CopyRig;
  let number = 0;
  let app = "";
  before(async () => {
    rig = await CopyRig.start(scope, ["m1", "m2"], {
      types: [SERVICES],
      drain: { channel: answers.channel, boundMs: HOUR_MS },
    });
  });
  beforeEach(() => {
    app = `web-${(number += 1)}`;
    answers.said.clear();
    answers.all.clear();
    answers.otherwise = { kind: "leaving" };
  });

  const put = (member: string, object: object): void =>
    void rig.rig.members.get(member)?.objects.put(object as never);
  /** In both members: the Deployment, and a Service that is the member's own. */
  async function isServed(annotations: object = {}): Promise<void> {
    for (const member of ["m1", "m2"])
      put(member, {
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace: "shop", name: app },
        ...serviceOf(app),
      });
    rig.place("Deployment", app, deployment(app), {}, annotations);
    for (const member of ["m1", "m2"]) {
      await rig.hasStatus("Deployment", app, "", member);
      await rig.rig.members.get(member)?.settled();
    }
  }
  const moves = (annotations: object = {}): void =>
    rig.place("Deployment", app, deployment(app), only("m2"), annotations);
  const isGone = (member = "m1"): Promise<void> =>
    until("the copy is gone", () => rig.copy("Deployment", app, member) === null);
  const says = (kind: "leaving" | "last" | "proved", more: object = {}): void =>
    void answers.said.set(`m1 shop/${app}`, { kind, ...more });

  const asked = (): string[] =>
    [...answers.all].filter((ask) => ask.startsWith("leaving") && ask.endsWith(`/${app}`));

  it("waits until it is proved, and its Services are lifted when it is gone", async () => {
    await isServed();
    says("leaving", { cachedUntil: "2026-01-01T00:00:30.000Z" });
    moves();
    await rig.hasStatus("Deployment", app, "WaitingForDrain");
    await until("it is said", () => rig.report("Deployment", app).message?.includes("00:00:30") === true);
    assert.equal(
      rig.report("Deployment", app).message,
      `shop/${app} gets no new clients there, and caches may lead clients there until 2026-01-01T00:00:30.000Z`,
    );
    assert.deepEqual(answers.asks, [
      {
        cluster: "m1",
        service: `shop/${app}`,
        phase: "leaving",
        isForced: false,
        alsoLeaving: [],
        by: `propagate: FederatedDeployment shop/${app}`,
      },
    ]);
    assert.notEqual(rig.copy("Deployment", app), null);
    says("proved");
    await isGone();
    await until(
      "it is lifted",
      () => answers.asks.length === 0 || answers.phaseOf("m1", `shop/${app}`) === "gone",
    );
    const { exchanges } = answers;
    await rig.settled();
    assert.ok(answers.exchanges - exchanges <= 1, "nothing is asked any more");
  });
  it("stays when the placement comes back, and its Services get clients again", async () => {
    await isServed();
    moves();
    await rig.hasStatus("Deployment", app, "WaitingForDrain");
    rig.place("Deployment", app, deployment(app));
    await rig.hasStatus("Deployment", app, "");
    await until("it is told", () => answers.all.has(`staying m1 shop/${app}`));
    const { uid } = rig.copy("Deployment", app).metadata;
    says("proved");
    await rig.settled();
    assert.equal(rig.copy("Deployment", app).metadata.uid, uid);
  });
  it("goes at once where nothing else could answer, nor is to: its object is deleted", async () => {
    await isServed();
    answers.otherwise = { kind: "last" };
    rig.rig.host.objects.delete({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedDeployment",
      namespace: "shop",
      name: app,
    });
    await isGone("m1");
    await isGone("m2");
    assert.deepEqual(asked().toSorted(), [`leaving m1 shop/${app}`, `leaving m2 shop/${app}`]);
  });
  it("waits for the other cluster where that is to answer", async () => {
    await isServed();
    says("last");
    moves();
    await until("it is said", () => rig.report("Deployment", app).message?.includes("no other") === true);
    assert.equal(rig.report("Deployment", app).message, `no other cluster can answer for shop/${app} yet`);
    says("proved");
    await isGone();
  });
  it("goes at once where its object says so", async () => {
    await isServed({ "fedns.io/drain-before-delete": "false" });
    moves({ "fedns.io/drain-before-delete": "false" });
    await isGone();
    assert.deepEqual(asked(), []);
  });
  it("is drained in the last cluster as well where its object says so", async () => {
    await isServed();
    moves({ "fedns.io/drain-before-delete": "always" });
    await until("it is asked", () => answers.phaseOf("m1", `shop/${app}`) === "leaving");
    assert.equal(answers.asks.find(({ service }) => service === `shop/${app}`)?.isForced, true);
    says("proved");
    await isGone();
  });
  it("goes at once where another workload still answers for them", async () => {
    await isServed();
    put("m1", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace: "shop", name: `beside-${app}` },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app, side: "b" } },
        template: {
          metadata: { labels: { app, side: "b" } },
          spec: { containers: [{ name: "web", image: "web:1" }] },
        },
      },
    });
    // The selectors of both workloads must not overlap.
    rig.place("Deployment", `own-${app}`, {
      spec: {
        selector: { matchLabels: { app, side: "a" } },
        template: {
          metadata: { labels: { app, side: "a" } },
          spec: { containers: [{ name: "web", image: "web:1" }] },
        },
      },
    });
    await rig.hasStatus("Deployment", `own-${app}`, "");
    await rig.rig.members.get("m1")?.settled();
    rig.place("Deployment", `own-${app}`, {}, only("m2"));
    await until("it is gone", () => rig.copy("Deployment", `own-${app}`) === null);
    assert.deepEqual(asked(), []);
  });
  it("goes at once where no Service leads to it", async () => {
    rig.place("Deployment", app, deployment(app));
    await rig.hasStatus("Deployment", app, "");
    moves();
    await isGone();
    assert.deepEqual(asked(), []);
  });
  it("waits as a Service as well", async () => {
    rig.place("Service", app, serviceOf(app));
    await rig.hasStatus("Service", app, "");
    rig.place("Service", app, serviceOf(app), only("m2"));
    await rig.hasStatus("Service", app, "WaitingForDrain");
    says("proved");
    await until("it is gone", () => rig.copy("Service", app) === null);
  });
  it("waits while those who answer do not reply", async () => {
    await isServed();
    answers.otherwise = null;
    moves();
    await rig.hasStatus("Deployment", app, "WaitingForDrain");
    assert.match(
      rig.report("Deployment", app).message,
      /^it is not known yet whether answers lead clients to/,
    );
    answers.otherwise = { kind: "proved" };
    await isGone();
  });
  it("goes on waiting when another process goes on", async () => {
    await isServed();
    moves();
    await rig.hasStatus("Deployment", app, "WaitingForDrain");
    rig.rig.restart();
    answers.all.clear();
    await until("it is asked again", () => answers.all.has(`leaving m1 shop/${app}`));
    assert.notEqual(rig.copy("Deployment", app), null);
    says("proved");
    await isGone();
  });
  it("waits as a Namespace, for all Services in it", async () => {
    const namespace = `ns-${number}`;
    rig.rig.host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    const place = (placement: object): void =>
      void rig.rig.host.objects.put(
        federated("FederatedNamespace", namespace, namespace, placement) as never,
      );
    const copy = (): unknown =>
      rig.rig.members.get("m1")?.objects.get({ apiVersion: "v1", kind: "Namespace", name: namespace });
    place({ placement: { clusterSelector: {} } });
    await until("it is made", () => copy() !== undefined);
    for (const name of ["a", "b"])
      put("m1", {
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace, name },
        ...serviceOf(name),
      });
    place(only("m2"));
    await until("all are asked for", () =>
      ["a", "b"].every((name) => answers.phaseOf("m1", `${namespace}/${name}`) === "leaving"),
    );
    answers.said.set(`m1 ${namespace}/a`, { kind: "proved" });
    const { exchanges } = answers;
    await until("it is asked again", () => answers.exchanges > exchanges + 1);
    assert.notEqual(copy(), undefined);
    answers.said.set(`m1 ${namespace}/b`, { kind: "proved" });
    await until("it is gone", () => copy() === undefined);
  });
  it("waits, and says why, while its Services cannot be read", async () => {
    await isServed();
    const heal = rig.rig.members.get("m1")?.faults.add({
      effect: { kind: "refuse", code: 500 },
      when: (request) => "resource" in request && request.resource === "services" && request.verb === "list",
    });
    moves();
    await rig.hasStatus("Deployment", app, "WaitingForDrain");
    assert.match(
      rig.report("Deployment", app).message,
      /^it cannot be read which Services lead to it \(.*500/,
    );
    heal?.();
    says("proved");
    await isGone();
  });
  it("waits before it is made again, since a field cannot be changed", async () => {
    const annotations = { "fedns.io/recreate": "true" };
    await isServed(annotations);
    const { uid } = rig.copy("Deployment", app).metadata;
    const changed: any = deployment(app);
    changed.spec.selector.matchLabels.more = "yes";
    changed.spec.template.metadata.labels.more = "yes";
    rig.place("Deployment", app, changed, {}, annotations);
    await rig.hasStatus("Deployment", app, "WaitingForDrain");
    assert.equal(rig.copy("Deployment", app).metadata.uid, uid);
    answers.otherwise = { kind: "proved" };
    await rig.hasStatus("Deployment", app, "");
    assert.notEqual(rig.copy("Deployment", app).metadata.uid, uid);
    await until("it is told", () => answers.all.has(`gone m1 shop/${app}`));
  });
  it("waits before it is scaled to zero, and gets clients again when it is scaled up", async () => {
    await isServed();
    rig.place("Deployment", app, deployment(app, 0));
    await rig.hasStatus("Deployment", app, "WaitingForDrain");
    assert.equal(rig.copy("Deployment", app).spec.replicas, 2);
    answers.otherwise = { kind: "proved" };
    await until("it is scaled", () => rig.copy("Deployment", app).spec.replicas === 0);
    await until("it is told", () => answers.all.has(`gone m1 shop/${app}`));
    rig.place("Deployment", app, deployment(app, 1));
    await until("it is back", () => rig.copy("Deployment", app).spec.replicas === 1);
  });
  it("keeps its clients while changes are paused", async () => {
    await isServed();
    await pauseChanges(
      { reason: "a test", since: "2026-01-01T00:00:00Z" },
      {
        transport: rig.rig.hostTransport,
        namespace: "kube-federation-system",
        permit: freePermit(10),
        signal: new AbortController().signal,
      },
    );
    rig.rig.restart();
    await until("it is paused", () => rig.rig.propagator.pause !== null);
    moves();
    await rig.hasStatus("Deployment", app, "Paused");
    assert.deepEqual(asked(), []);
  });
});

describe("a copy that waits longer than the bound", () => {
  const scope = suiteScope();
  const answers = new Answers();

  it("goes, and its object says what is not proved", async () => {
    const rig = await CopyRig.start(scope, ["m1", "m2"], {
      types: [SERVICES],
      drain: { channel: answers.channel, boundMs: 1 },
    });
    rig.place("Service", "web", serviceOf("web"));
    await rig.hasStatus("Service", "web", "");
    rig.place("Service", "web", serviceOf("web"), only("m2"));
    await until("it is gone", () => rig.copy("Service", "web") === null);
    const conditions = (): any[] =>
      (
        rig.rig.host.objects.get({
          apiVersion: "types.kubefed.io/v1beta1",
          kind: "FederatedService",
          namespace: "shop",
          name: "web",
        }) as any
      )?.status?.conditions ?? [];
    await until("it is said", () => conditions().some(({ type }) => type === "DrainUnproved"));
    const said = conditions().find(({ type }) => type === "DrainUnproved");
    assert.deepEqual([said.status, said.reason], ["True", "NotProved"]);
    rig.place("Service", "web", serviceOf("other"), only("m2"));
    await until("the object has changed since", () =>
      conditions().every(({ type }) => type !== "DrainUnproved"),
    );
  });
});

/** As `fedns join --kinds` makes it, without the right to list pods. */
async function accountWithoutPods(member: ApiServer): Promise<string> {
  const kinds = [
    { group: "", plural: "namespaces", isNamespaced: false },
    { group: "apps", plural: "deployments", isNamespaced: true },
  ];
  const account = await joinedAccount(member, { kinds, namespaces: null });
  const isPods = ({ resources }: any): boolean => resources?.join() === "pods";
  const roles = member.objects.list("rbac.authorization.k8s.io/v1", "ClusterRole") as any[];
  const granted = roles.filter(
    ({ metadata, rules }) => metadata.name.startsWith("fedns") && rules.some(isPods),
  );
  assert.equal(granted.length, 1, "the right is there to be taken away");
  for (const role of granted)
    member.objects.put({ ...role, rules: role.rules.filter((rule: object) => !isPods(rule)) });
  return account;
}

describe("a copy whose pods may not be listed", () => {
  const scope = suiteScope();
  const answers = new Answers();

  it("counts every ready endpoint of its Services as its own", async () => {
    const rig = await CopyRig.start(scope, ["m1", "m2"], {
      drain: { channel: answers.channel, boundMs: HOUR_MS },
      accountIn: accountWithoutPods,
    });
    const metadata = { namespace: "shop", name: "web" };
    const member = rig.rig.members.get("m1");
    member?.objects.put({ apiVersion: "v1", kind: "Service", metadata, ...serviceOf("web") } as never);
    rig.place("Deployment", "web", deployment("web"));
    await rig.hasStatus("Deployment", "web", "");
    await member?.settled();
    // Another one is ready there, and nobody can tell whose it is.
    const beside: any = deployment("web", 1);
    beside.spec.selector.matchLabels.side = "b";
    beside.spec.template.metadata.labels.side = "b";
    member?.objects.put({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...metadata, name: "beside" },
      ...beside,
    });
    await member?.settled();
    rig.place("Deployment", "web", deployment("web"), only("m2"));
    await rig.hasStatus("Deployment", "web", "WaitingForDrain");
    answers.otherwise = { kind: "proved" };
    await until("it is gone", () => rig.copy("Deployment", "web") === null);
  });
});

describe("a copy that a preference leaves without replicas", () => {
  const scope = suiteScope();
  const answers = new Answers();
  const prefer = (rig: CopyRig, totalReplicas: number, clusters: object): void =>
    void rig.rig.host.objects.put({
      apiVersion: "scheduling.kubefed.io/v1alpha1",
      kind: "ReplicaSchedulingPreference",
      metadata: { namespace: "shop", name: "web" },
      spec: { targetKind: "FederatedDeployment", rebalance: true, totalReplicas, clusters },
    } as never);

  it("keeps them until it is proved, whatever the bound; and none waits where all lose theirs", async () => {
    const rig = await CopyRig.start(scope, ["m1", "m2"], {
      isRunning: false,
      drain: { channel: answers.channel, boundMs: 1 },
    });
    rig.rig.host.objects.put(parse(readFileSync(PREFERENCES, "utf8")));
    rig.rig.start();
    for (const member of rig.rig.members.values())
      member.objects.put({
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace: "shop", name: "web" },
        ...serviceOf("web"),
      } as never);
    const replicas = (member: string): unknown => rig.copy("Deployment", "web", member)?.spec.replicas;
    prefer(rig, 4, { m1: { weight: 1 }, m2: { weight: 1 } });
    rig.place("Deployment", "web", deployment("web"));
    await until("both have some", () => replicas("m1") === 2 && replicas("m2") === 2);
    for (const member of rig.rig.members.values()) await member.settled();
    prefer(rig, 4, { m2: { weight: 1 } });
    await rig.hasStatus("Deployment", "web", "WaitingForDrain");
    await until("m2 has all", () => replicas("m2") === 4);
    const { exchanges } = answers;
    await until("the bound is over", () => answers.exchanges > exchanges + 2);
    assert.ok(Number(replicas("m1")) > 0);
    assert.deepEqual(answers.asks.find(({ cluster }) => cluster === "m1")?.alsoLeaving, []);
    answers.otherwise = { kind: "proved" };
    await until("m1 has none", () => replicas("m1") === 0);
    prefer(rig, 4, { m1: { weight: 1 }, m2: { weight: 1 } });
    await until("both have some", () => replicas("m1") === 2 && replicas("m2") === 2);
    for (const member of rig.rig.members.values()) await member.settled();
    answers.otherwise = { kind: "last" };
    prefer(rig, 0, { m1: { weight: 1 }, m2: { weight: 1 } });
    await until("none has any", () => replicas("m1") === 0 && replicas("m2") === 0);
  });
});
