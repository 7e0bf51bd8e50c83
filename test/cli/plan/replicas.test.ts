/** What a preference and an autoscaler decide is part of a plan, and of an explanation. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { type PlanRig, startPlanRig } from "./rig.ts";

const HOST = ["--host-context", "host"];
const labels = { app: "web" };
const spec = {
  replicas: 1,
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web" }] } },
};

describe("a plan of replicas", () => {
  const scope = suiteScope();
  let rig: PlanRig;
  const prefer = (totalReplicas: number, clusters: Record<string, { weight: number }>): void => {
    rig.servers["host"]?.objects.put({
      apiVersion: "scheduling.kubefed.io/v1alpha1",
      kind: "ReplicaSchedulingPreference",
      metadata: { namespace: "shop", name: "web" },
      spec: { targetKind: "FederatedDeployment", totalReplicas, rebalance: true, clusters },
    });
  };
  before(async () => {
    rig = await startPlanRig(scope);
    rig.put("FederatedNamespace", "shop", { placement: { clusterSelector: {} }, template: {} });
    rig.put("FederatedDeployment", "web", { placement: { clusters: [] }, template: { spec } });
    prefer(6, { "*": { weight: 1 } });
    await rig.propagate();
    await until("three are ready in each member", () =>
      ["m1", "m2"].every((member) => rig.copy(member, "Deployment", "web")?.status?.readyReplicas === 3),
    );
  });

  it("has nothing to do where the preference is carried out", async () => {
    const { code, plan } = await rig.plan("deployment/web", "-n", "shop");
    assert.equal(code, 0, JSON.stringify(plan));
    const { out } = await rig.fedns("explain", "workload", "deployment/web", "-n", "shop", ...HOST);
    assert.match(out, /^ {2}placement +in: its ReplicaSchedulingPreference counts it in$/m);
    assert.match(out, /^ {2}replicas +3 asked for, 3 ready; 3 by the ReplicaSchedulingPreference$/m);
  });
  it("shows the next step of a change, and where it leads", async () => {
    prefer(6, { m1: { weight: 1 }, m2: { weight: 0 } });
    const { code, plan } = await rig.plan("deployment/web", "-n", "shop");
    const [one] = plan.objects;
    const m1 = one.copies.find(({ cluster }: any) => cluster === "m1");
    assert.equal(code, 1);
    assert.equal(m1.outcome, "update");
    assert.deepEqual(
      m1.changes.map(({ path }: any) => path),
      ["spec.replicas"],
    );
    const { out } = await rig.fedns("explain", "workload", "deployment/web", "-n", "shop", ...HOST);
    assert.match(
      out,
      /^ {2}replicas +3 asked for, 3 ready; 6 by the ReplicaSchedulingPreference, 5 at first/m,
    );
  });
  it("says what could not be read of a member, and what is taken instead", async () => {
    const removals = ["pods", "horizontalpodautoscalers"].map((resource) =>
      rig.servers["m2"]?.faults.add({
        effect: { kind: "refuse", code: 403 },
        when: (request) => "resource" in request && request.resource === resource && request.verb === "list",
      }),
    );
    const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { namespace: "shop", name: "small" } };
    rig.servers["m2"]?.objects.put({ ...quota, spec: { hard: { pods: "3" } } });
    const copy = rig.copy("m2", "Deployment", "web");
    rig.servers["m2"]?.objects.put({ ...copy, spec: { ...copy.spec, replicas: 9 } });
    const { plan } = await rig.plan("deployment/web", "-n", "shop");
    for (const remove of removals) remove?.();
    rig.servers["m2"]?.objects.put({ ...copy, spec: { ...copy.spec, replicas: 3 } });
    assert.match(
      plan.notes.join("\n"),
      /^m2: the HorizontalPodAutoscalers of shop cannot be read \(.+\): it is planned as if/m,
    );
    assert.match(
      plan.notes.join("\n"),
      /^m2: the pods of Deployment shop\/web cannot be read \(.+\): what finds no room/m,
    );
  });
  it("leaves out what an autoscaler decides", async () => {
    prefer(6, { "*": { weight: 1 } });
    rig.servers["m1"]?.objects.put({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { namespace: "shop", name: "web" },
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, maxReplicas: 9 },
    });
    const { out } = await rig.fedns("explain", "workload", "deployment/web", "-n", "shop", ...HOST);
    assert.match(out, /^ {2}replicas +3 asked for, 3 ready; the cluster's HorizontalPodAutoscaler decides$/m);
  });
});
