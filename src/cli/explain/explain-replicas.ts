/** How many replicas each cluster is to have, has asked for and has ready, and who decides that. */
import { isJsonRecord } from "../../kernel/json.ts";
import { allottedReplicas, leavesReplicas } from "../../propagate/federated/allotted.ts";
import type { FederatedObject } from "../../propagate/federated/federated-object.ts";
import { targetTypeOf } from "../../propagate/objects/propagated-type.ts";
import type { PlanDecisions, PlanMember, PlanWorld } from "../../propagate/plan/plan-world.ts";
import { render } from "../../propagate/render/render.ts";
import { mayHaveReplicas } from "../../fleet/host-objects/scaled-kinds.ts";
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

/** Null = the copy has no replicas, and neither a preference nor an autoscaler decides about any. */
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
  const target = targetIn(schedule, { type, key }, cluster);
  return {
    decidedBy: isAutoscaled ? "autoscaler" : next === null ? null : "preference",
    next,
    target: next === null ? null : target,
    asked: facts?.asked ?? null,
    ready: facts?.ready ?? null,
  };
}

/** In the end, by the preference; null = it decides nothing. */
function targetIn(schedule: PlanDecisions, { type, key }: ObjectName, cluster: string): number | null {
  const plan = schedule.decisionOf(type.name, key)?.plan;
  if (typeof plan !== "object") return null;
  return (plan.target.replicas.get(cluster) ?? 0) + (plan.target.overflow.get(cluster) ?? 0);
}

/** In the end. 0 = no copy is wanted there; null = objects of this kind have no replicas, or the member decides. */
export function wantedReplicas(
  { schedule, ownership: { owner } }: PlanWorld,
  name: ObjectName,
  {
    object,
    member,
    isChosen,
  }: { readonly object: FederatedObject; readonly member: PlanMember; readonly isChosen: boolean },
): number | null {
  const { type } = name;
  if (!isChosen) return 0;
  if (!mayHaveReplicas(type.target) || leavesReplicas(object, member.name)) return null;
  if (allottedReplicas(object, member.name) !== null) return targetIn(schedule, name, member.name);
  const target = targetTypeOf(type);
  const rendered = render({ object, target, cluster: member, owner, isUpdate: false });
  const spec = "body" in rendered ? rendered.body["spec"] : null;
  if (!isJsonRecord(spec)) return null;
  // The default of those kinds; what others do without a number is not known.
  const { replicas = type.target.group.includes(".") ? null : 1 } = spec;
  return typeof replicas === "number" ? replicas : null;
}

export function replicasText({ decidedBy, next, target, asked, ready }: ExplainedReplicas): string {
  const now = asked === null ? "there is no copy" : `${asked} asked for, ${ready ?? 0} ready`;
  if (decidedBy === "autoscaler") return `${now}; the cluster's HorizontalPodAutoscaler decides`;
  if (decidedBy === null) return now;
  const step = next === target ? "" : `, ${next ?? 0} at first, until others are ready`;
  return `${now}; ${target ?? 0} by the ReplicaSchedulingPreference${step}`;
}
