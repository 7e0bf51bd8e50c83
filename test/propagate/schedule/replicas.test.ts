/** A ReplicaSchedulingPreference decides where replicas go, and the autoscaler of a member how many there are there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { parse } from "yaml";
import { suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import type { Transport } from "../../../src/fleet/kube/transport.ts";
import { CopyRig } from "../copy-rig.ts";
import { engineMember } from "../rig.ts";

const CRD = new URL("../../../deploy/crds/replicaschedulingpreferences.yaml", import.meta.url);
const MEMBERS = ["m1", "m2", "m3"];
const template = (replicas: number): object => ({
  spec: {
    replicas,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web" }] } },
  },
});

describe("a ReplicaSchedulingPreference", () => {
  const scope = suiteScope();
  let rig: CopyRig;
  before(async () => {
    rig = await CopyRig.start(scope, MEMBERS, { isRunning: false });
    rig.rig.host.objects.put(parse(readFileSync(CRD, "utf8")));
    rig.rig.start();
  });
  const prefer = (name: string, spec: object): void => {
    rig.rig.host.objects.put({
      apiVersion: "scheduling.kubefed.io/v1alpha1",
      kind: "ReplicaSchedulingPreference",
      metadata: { namespace: "shop", name },
      spec: { targetKind: "FederatedDeployment", ...spec },
    });
  };
  const withdraw = (name: string): void => {
    rig.rig.host.objects.delete({
      apiVersion: "scheduling.kubefed.io/v1alpha1",
      kind: "ReplicaSchedulingPreference",
      namespace: "shop",
      name,
    });
  };
  const numbers = (name: string): unknown[] =>
    MEMBERS.map((member) => rig.copy("Deployment", name, member)?.spec.replicas ?? null);
  const become = (name: string, expected: readonly unknown[]): Promise<void> =>
    until(
      `${name} has ${JSON.stringify(expected)}`,
      () => JSON.stringify(numbers(name)) === JSON.stringify(expected),
    );

  it("gives each member its share, whatever placement and template say", async () => {
    prefer("web", { totalReplicas: 10, clusters: { m1: { weight: 3 }, m2: { weight: 2 } } });
    rig.place("Deployment", "web", template(7), { placement: { clusters: [{ name: "m3" }] } });
    await become("web", [6, 4, 0]);
    await rig.settled();
    assert.deepEqual(numbers("web"), [6, 4, 0]);
  });
  it("is followed when it changes, and the template's number is back when it goes", async () => {
    prefer("web", { totalReplicas: 20, clusters: { m1: { weight: 3 }, m2: { weight: 2 } } });
    await become("web", [12, 8, 0]);
    withdraw("web");
    await become("web", [null, null, 7]);
  });
  it("counts only members that the placement selects, if it says so", async () => {
    prefer("few", { totalReplicas: 8, intersectWithClusterSelector: true });
    rig.place("Deployment", "few", template(1), {
      placement: {
        clusterSelector: { matchExpressions: [{ key: "name", operator: "In", values: ["m1", "m3"] }] },
      },
    });
    await become("few", [4, null, 4]);
  });
  it("stays in force as it last was while what it says is a mistake", async () => {
    prefer("mistaken", { totalReplicas: 6 });
    rig.place("Deployment", "mistaken", template(1));
    await become("mistaken", [2, 2, 2]);
    prefer("mistaken", { totalReplicas: 6, clusters: { m1: { weight: 1, minReplicas: 4, maxReplicas: 2 } } });
    rig.place("Deployment", "mistaken", { ...template(1), metadata: { labels: { tier: "gold" } } });
    await until("the template is followed", () =>
      MEMBERS.every((member) => rig.copy("Deployment", "mistaken", member)?.metadata.labels?.tier === "gold"),
    );
    assert.deepEqual(numbers("mistaken"), [2, 2, 2]);
  });
  it("leaves the number to the autoscaler of a member, and takes it back", async () => {
    prefer("scaled", { totalReplicas: 6, rebalance: true });
    rig.place("Deployment", "scaled", template(1));
    await become("scaled", [2, 2, 2]);
    const autoscaler = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
    const m1 = rig.rig.members.get("m1");
    m1?.objects.put({
      ...autoscaler,
      metadata: { namespace: "shop", name: "scaled" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "scaled" },
        minReplicas: 1,
        maxReplicas: 9,
      },
    });
    const path = "/apis/apps/v1/namespaces/shop/deployments/scaled";
    await until("the number is handed over", () =>
      rig
        .copy("Deployment", "scaled")
        .metadata.managedFields.filter(({ manager }: any) => manager === "fedns")
        .every(({ fieldsV1 }: any) => fieldsV1["f:spec"]["f:replicas"] === undefined),
    );
    await rig.client.patch(`${path}/scale`, { spec: { replicas: 5 } });
    prefer("scaled", { totalReplicas: 9, rebalance: true });
    await become("scaled", [5, 3, 3]);
    m1?.objects.delete({ ...autoscaler, namespace: "shop", name: "scaled" });
    await become("scaled", [3, 3, 3]);
  });
  it("says in its status what came of it, and what is wrong", async () => {
    const kind = "ReplicaSchedulingPreference";
    const apiVersion = "scheduling.kubefed.io/v1alpha1";
    const scheduled = (name: string): any =>
      (rig.rig.host.objects.get({ apiVersion, kind, namespace: "shop", name }) as any)?.status
        ?.conditions?.[0];
    prefer("told", { totalReplicas: 9, clusters: { "*": { weight: 1, maxReplicas: 2 } } });
    await until("it has no object", () => scheduled("told")?.reason === "NoObject");
    rig.place("Deployment", "told", template(1));
    await until("too few places are told", () => scheduled("told")?.reason === "TooFewPlaces");
    assert.match(
      scheduled("told").message,
      /^6 of 9 replicas are placed: m1 2, m2 2, m3 2; .* raise maxReplicas/,
    );
    prefer("told", { totalReplicas: 3 });
    await until("all is well", () => scheduled("told")?.status === "True");
    assert.match(scheduled("told").message, /^m1 \d, m2 \d, m3 \d$/);
    prefer("told", { totalReplicas: 3, clusters: { m1: { weight: 1, minReplicas: 2, maxReplicas: 1 } } });
    await until("the mistake is told", () => scheduled("told")?.reason === "Invalid");
    assert.match(
      scheduled("told").message,
      /minReplicas.*; until then the last valid preference stays in force$/,
    );
  });
  it("moves replicas so that at no time fewer are ready than asked for", async () => {
    prefer("moved", { totalReplicas: 6, rebalance: true, clusters: { m1: { weight: 1 } } });
    rig.place("Deployment", "moved", template(1));
    const ready = (): number[] =>
      MEMBERS.map((member) => rig.copy("Deployment", "moved", member)?.status?.readyReplicas ?? 0);
    const sum = (): number => ready().reduce((total, one) => total + one, 0);
    await until("six are ready in m1", () => JSON.stringify(ready()) === "[6,0,0]");
    let least = Number.POSITIVE_INFINITY;
    prefer("moved", {
      totalReplicas: 6,
      rebalance: true,
      clusters: { m2: { weight: 1 }, m3: { weight: 1 } },
    });
    await until("three are in m2 and in m3", () => {
      least = Math.min(least, sum());
      return JSON.stringify(ready()) === "[0,3,3]";
    });
    assert.ok(least >= 6, `${least} were ready`);
  });
  // Which of the two lists of its copies comes first must not matter: that of the engine, or that of the schedule.
  for (const late of [0, 1])
    it(`deletes no copy in a member that was none for a while, if list ${late} is late`, async () => {
      const name = `kept-${late}`;
      prefer(name, { totalReplicas: 9 });
      rig.place("Deployment", name, template(1));
      await become(name, [3, 3, 3]);
      await rig.settled();
      const uids = (): unknown[] =>
        MEMBERS.map((member) => rig.copy("Deployment", name, member)?.metadata.uid);
      const first = uids();
      const members = MEMBERS.map((one) => engineMember(one, rig.rig.transports.get(one) as Transport));
      rig.rig.propagator.setMembers(members.slice(1));
      await until("others have its share", () => (numbers(name)[1] as number) > 3);
      let lists = 0;
      const remove = rig.rig.members.get("m1")?.faults.add({
        effect: { kind: "delay", ms: 300 },
        when: (request) =>
          "resource" in request &&
          request.resource === "deployments" &&
          request.verb === "list" &&
          lists++ === late,
      });
      rig.rig.propagator.setMembers(members);
      await until("both lists are asked for", () => lists >= 2);
      await rig.settled();
      remove?.();
      assert.deepEqual(uids(), first);
      // What runs stays without rebalance, and the whole total ran without it.
      assert.equal(
        (numbers(name) as number[]).reduce((sum, one) => sum + one, 0),
        9,
      );
    });
  it("gives nobody else replicas for what an autoscaler runs, also when another process goes on", async () => {
    const clusters = { m2: { weight: 2 }, "*": { weight: 1 } };
    prefer("loaded", { totalReplicas: 8, clusters });
    rig.rig.members.get("m2")?.objects.put({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { namespace: "shop", name: "loaded" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "loaded" },
        minReplicas: 1,
        maxReplicas: 99,
      },
    });
    rig.place("Deployment", "loaded", template(8));
    await become("loaded", [2, 8, 2]);
    await rig.settled();
    rig.rig.restart();
    await rig.settled();
    assert.deepEqual(numbers("loaded"), [2, 8, 2]);
    prefer("loaded", { totalReplicas: 12, clusters });
    await become("loaded", [3, 8, 3]);
  });
  it("runs elsewhere what a quota of a member refuses, and says so", async () => {
    rig.rig.members.get("m1")?.objects.put({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { namespace: "shop", name: "small" },
      spec: { hard: { "count/replicasets.apps": "100", pods: "0" } },
    });
    prefer("bounded", { totalReplicas: 6, rebalance: true });
    rig.place("Deployment", "bounded", template(1));
    const ready = (): number[] =>
      MEMBERS.map((member) => rig.copy("Deployment", "bounded", member)?.status?.readyReplicas ?? 0);
    await until("the others have all", () => JSON.stringify(ready()) === "[0,3,3]");
    const kind = "ReplicaSchedulingPreference";
    const apiVersion = "scheduling.kubefed.io/v1alpha1";
    const message = (): string =>
      (rig.rig.host.objects.get({ apiVersion, kind, namespace: "shop", name: "bounded" }) as any)?.status
        ?.conditions?.[0].message ?? "";
    await until("it is told", () => /m1 has no place for 2 of 2 pods: .*exceeded quota/.test(message()));
    // What waits there is demand: it starts when the quota allows it.
    assert.equal(rig.copy("Deployment", "bounded", "m1").spec.replicas, 2);
  });
});
