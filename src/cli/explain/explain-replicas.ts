/** How many replicas each cluster is to have, has asked for and has ready, and who decides that. */
import { allottedReplicas } from "../../propagate/federated/allotted.ts";
import type { FederatedObject } from "../../propagate/federated/federated-object.ts";
import type { PlanDecisions } from "../../propagate/plan/plan-world.ts";
import { workloadFacts } from "../../propagate/workloads/workload-facts.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectName } from "../plan/load-objects.ts";

export type ExplainedReplicas = {
  /** Who decides the number: null = template and overrides of the object, or the member that keeps its own. */
  readonly decidedBy: "preference" | "autoscaler" | null;
  /** By the preference; null = it does not say. The number after the next step, and that in the end. */
  readonly next: number | null;
  readonly target: number | null;
  /** Of the copy; null = there is none. */
  readonly asked: number | null;
  readonly ready: number | null;
};

/** Null = the copy has no replicas, and nobody decides about any. */
export function explainedReplicas(
  schedule: PlanDecisions,
  { type, key }: ObjectName,
  {
    object,
    cluster,
    live,
  }: { readonly object: FederatedObject; readonly cluster: string; readonly live: ApiObject | undefined },
): ExplainedReplicas | null {
  const facts = live === undefined ? null : workloadFacts(live);
  const next = allottedReplicas(object, cluster);
  const isAutoscaled = object.allotment?.autoscaled.has(cluster) === true;
  if (facts === null && next === null && !isAutoscaled) return null;
  const plan = schedule.decisionOf(type.name, key)?.plan;
  const target = typeof plan === "object" ? plan.target : null;
  return {
    decidedBy: isAutoscaled ? "autoscaler" : next === null ? null : "preference",
    next,
    target:
      next === null || target === null
        ? null
        : (target.replicas.get(cluster) ?? 0) + (target.overflow.get(cluster) ?? 0),
    asked: facts?.asked ?? null,
    ready: facts?.ready ?? null,
  };
}

export function replicasText({ decidedBy, next, target, asked, ready }: ExplainedReplicas): string {
  const now = asked === null ? "there is no copy" : `${asked} asked for, ${ready ?? 0} ready`;
  if (decidedBy === "autoscaler") return `${now}; the cluster's HorizontalPodAutoscaler decides`;
  if (decidedBy === null) return now;
  const step = next === target ? "" : `, ${next ?? 0} at first, until others are ready`;
  return `${now}; ${target ?? 0} by the ReplicaSchedulingPreference${step}`;
}
