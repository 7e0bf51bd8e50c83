/** How long copies wait for their clients, who decides it, and what cannot be seen. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parse } from "yaml";
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig } from "./copy-rig.ts";
import { Answers } from "./drain/answers.ts";
import { deployment, HOUR_MS, only, SERVICES, serviceOf } from "./drain/served-apps.ts";
import { joinedAccount } from "./joined-account.ts";

const PREFERENCES = new URL("../../deploy/crds/replicaschedulingpreferences.yaml", import.meta.url);

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
    member?.objects.put({ apiVersion: "v1", kind: "Service", metadata, ...serviceOf("web") });
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

  async function started(boundMs: number): Promise<CopyRig> {
    const rig = await CopyRig.start(scope, ["m1", "m2"], {
      isRunning: false,
      drain: { channel: answers.channel, boundMs },
    });
    rig.rig.host.objects.put(parse(readFileSync(PREFERENCES, "utf8")));
    rig.rig.start();
    for (const member of rig.rig.members.values())
      member.objects.put({
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace: "shop", name: "web" },
        ...serviceOf("web"),
      });
    return rig;
  }
  const replicasOf =
    (rig: CopyRig) =>
    (member: string): unknown =>
      rig.copy("Deployment", "web", member)?.spec.replicas;

  it("keeps them until it is proved; and none waits where all lose theirs", async () => {
    const rig = await started(HOUR_MS);
    const replicas = replicasOf(rig);
    prefer(rig, 4, { m1: { weight: 1 }, m2: { weight: 1 } });
    rig.place("Deployment", "web", deployment("web"));
    await until("both have some", () => replicas("m1") === 2 && replicas("m2") === 2);
    for (const member of rig.rig.members.values()) await member.settled();
    prefer(rig, 4, { m2: { weight: 1 } });
    await rig.hasStatus("Deployment", "web", "WaitingForDrain");
    await until("m2 has all", () => replicas("m2") === 4);
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
  it("goes on after the bound where a person has taken its weight away", async () => {
    const rig = await started(1);
    const replicas = replicasOf(rig);
    answers.otherwise = { kind: "unknown" };
    prefer(rig, 4, { m1: { weight: 1 }, m2: { weight: 1 } });
    rig.place("Deployment", "web", deployment("web"));
    await until("both have some", () => replicas("m1") === 2 && replicas("m2") === 2);
    for (const member of rig.rig.members.values()) await member.settled();
    prefer(rig, 4, { m2: { weight: 1 } });
    await until("m1 has none", () => replicas("m1") === 0);
  });
});
