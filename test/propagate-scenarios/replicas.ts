/** Scenarios about replicas in several members: 11, 13, 14 and 15; see scenarios.test.ts. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { until } from "../support/until.ts";
import { type Loose, web } from "./objects.ts";
import { ALL, LOCAL, type Stage } from "./stage.ts";

const SCHEDULING = "scheduling.kubefed.io/v1alpha1";
const KIND = "ReplicaSchedulingPreference";
const AUTOSCALER = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
/** A member that is cut counts for a minute, and one that is back waits for another one. */
const MOVED_MS = 240_000;

function prefer(s: Stage, namespace: string, spec: object): void {
  const metadata = { namespace, name: "web" };
  s.host.objects.put({
    apiVersion: SCHEDULING,
    kind: KIND,
    metadata,
    spec: { targetKind: "FederatedDeployment", ...spec },
  });
}

function scheduled(s: Stage, namespace: string): Loose {
  const object = s.host.objects.get({ apiVersion: SCHEDULING, kind: KIND, namespace, name: "web" }) as Loose;
  return object["status"]?.conditions?.[0] ?? {};
}

const copies = (s: Stage, namespace: string): readonly Loose[] =>
  ALL.map((member) => s.copy(member, "Deployment", namespace, "web") ?? {});
const asked = (s: Stage, namespace: string): readonly unknown[] =>
  copies(s, namespace).map(({ spec }) => spec?.replicas ?? null);
const ready = (s: Stage, namespace: string): readonly number[] =>
  copies(s, namespace).map(({ status }) => status?.readyReplicas ?? 0);

function become(s: Stage, namespace: string, expected: readonly unknown[], withinMs?: number): Promise<void> {
  const isSo = (): boolean => JSON.stringify(asked(s, namespace)) === JSON.stringify(expected);
  return until(`${namespace} has ${expected.join("/")}`, isSo, ...(withinMs === undefined ? [] : [withinMs]));
}

export function replicas(stage: () => Stage): void {
  it("11 an autoscaler of a member decides its number, until it goes", async () => {
    const s = stage();
    await s.namespace("eleven");
    prefer(s, "eleven", { totalReplicas: 6, rebalance: true });
    s.place("Deployment", "eleven", "web", { template: web(1) });
    await become(s, "eleven", [2, 2, 2]);
    const scaler = { namespace: "eleven", name: "web" };
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
    const spec = { scaleTargetRef, minReplicas: 2, maxReplicas: 10 };
    s.member("m1").objects.put({ ...AUTOSCALER, metadata: scaler, spec });
    await until("its number is handed over", () =>
      copies(s, "eleven")[0]?.["metadata"].managedFields.every(
        ({ manager, fieldsV1 }: Loose) =>
          manager === LOCAL || fieldsV1["f:spec"]?.["f:replicas"] === undefined,
      ),
    );
    s.member("m1").objects.patch({ apiVersion: "apps/v1", kind: "Deployment", ...scaler }, {
      spec: { replicas: 7 },
    } as never);
    s.edit("Deployment", "eleven", "web", { template: web(1, "web:2") });
    await until("the image is in all members", () =>
      copies(s, "eleven").every(({ spec: { template } }) => template.spec.containers[0].image === "web:2"),
    );
    await s.passed("eleven", ...ALL);
    assert.deepEqual(asked(s, "eleven"), [7, 2, 2]);
    // Its metrics are broken: it desires none, and changes nothing.
    s.member("m1").objects.putStatus({ ...AUTOSCALER, metadata: scaler, spec } as never, {
      currentReplicas: 7,
      desiredReplicas: 0,
    });
    await s.passed("eleven", ...ALL);
    assert.deepEqual(asked(s, "eleven"), [7, 2, 2]);
    s.member("m1").objects.delete({ ...AUTOSCALER, ...scaler });
    await become(s, "eleven", [2, 2, 2]);
  });

  it("14 the same applied again changes nothing, and weights and bounds give what they say", async () => {
    const s = stage();
    await s.namespace("fourteen");
    const clusters = {
      m1: { weight: 2, minReplicas: 2, maxReplicas: 6 },
      m2: { weight: 3, minReplicas: 4, maxReplicas: 8 },
    };
    prefer(s, "fourteen", { totalReplicas: 10, rebalance: true, clusters });
    s.place("Deployment", "fourteen", "web", { template: web(1) });
    await become(s, "fourteen", [3, 7, 0]);
    await until("all are ready", () => JSON.stringify(ready(s, "fourteen")) === "[3,7,0]");
    const versions = (): unknown[] => copies(s, "fourteen").map(({ metadata }) => metadata.generation);
    const before = versions();
    prefer(s, "fourteen", { totalReplicas: 10, rebalance: true, clusters });
    s.place("Deployment", "fourteen", "web", { template: web(1) });
    await s.passed("fourteen", ...ALL);
    assert.deepEqual([asked(s, "fourteen"), versions()], [[3, 7, 0], before]);
    prefer(s, "fourteen", { totalReplicas: 20, rebalance: true, clusters });
    await become(s, "fourteen", [6, 8, 0]);
    await until("the shortfall is told", () => scheduled(s, "fourteen")["reason"] === "TooFewPlaces");
    assert.match(scheduled(s, "fourteen")["message"], /^14 of 20 replicas are placed/);
  });

  it("15 what a quota refuses runs elsewhere, is told, and is tried again when there is room", async () => {
    const s = stage();
    await s.namespace("fifteen");
    const quota = {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { namespace: "fifteen", name: "small" },
    };
    s.member("m1").objects.put({ ...quota, spec: { hard: { pods: "3" } } } as never);
    prefer(s, "fifteen", {
      totalReplicas: 10,
      rebalance: true,
      clusters: { m1: { weight: 1 }, m2: { weight: 1 } },
    });
    s.place("Deployment", "fifteen", "web", { template: web(1) });
    await until("others have what it refuses", () => JSON.stringify(ready(s, "fifteen")) === "[3,7,0]");
    await until("it is told", () =>
      /m1 has no place for 2 of 5 pods: .*quota/.test(scheduled(s, "fifteen")["message"]),
    );
    s.member("m1").objects.put({ ...quota, spec: { hard: { pods: "9" } } } as never);
    await until("it has its share", () => JSON.stringify(ready(s, "fifteen")) === "[5,5,0]", MOVED_MS);
  });

  it("13 replicas of a member that was cut come back, and all are ready meanwhile", async (t) => {
    const s = stage();
    t.after(() => s.wire("m2").mend());
    await s.namespace("thirteen");
    prefer(s, "thirteen", { totalReplicas: 9, rebalance: true });
    s.place("Deployment", "thirteen", "web", { template: web(1) });
    await until("nine are ready", () => JSON.stringify(ready(s, "thirteen")) === "[3,3,3]");
    await s.wire("m2").refuse();
    const elsewhere = (): number => (ready(s, "thirteen")[0] ?? 0) + (ready(s, "thirteen")[2] ?? 0);
    await until("the others have all", () => elsewhere() === 9, MOVED_MS);
    await s.wire("m2").mend();
    let least = Number.POSITIVE_INFINITY;
    await until(
      "each has its share again",
      () => {
        least = Math.min(
          least,
          ready(s, "thirteen").reduce((sum, one) => sum + one, 0),
        );
        return JSON.stringify(ready(s, "thirteen")) === "[3,3,3]";
      },
      MOVED_MS,
    );
    assert.ok(least >= 9, `${least} were ready`);
  });
}
