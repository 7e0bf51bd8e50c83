/** How many replicas of one object each cluster has, and would have by the plan. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { type CopyPlan, isDifference, type ObjectPlan } from "../../propagate/plan/copy-plan.ts";
import type { PlanDecisions } from "../../propagate/plan/plan-world.ts";

export type ReplicaMove = {
  readonly cluster: string;
  readonly before: number;
  /** After the next step. */
  readonly after: number;
  /** In the end, by a preference that moves replicas step by step; null = there is no other step. */
  readonly target: number | null;
};

/** Of copies whose number changes, as far as it is known. */
export function replicaMoves(plan: ObjectPlan, schedule: PlanDecisions): readonly ReplicaMove[] {
  const decided = schedule.decisionOf(plan.type, `${plan.namespace}/${plan.name}`)?.plan;
  const target = typeof decided === "object" ? decided.target : null;
  return plan.copies.filter(isDifference).flatMap((copy) => {
    const { cluster } = copy;
    const [before, after] = [countIn(copy.before), countAfter(copy)];
    if (before === null && after === null) return [];
    const move = { cluster, before: before ?? 0, after: after ?? 0 };
    const goal = isGone(copy) ? 0 : (target?.replicas.get(cluster) ?? null);
    const inTheEnd = goal === move.after ? null : goal;
    return move.before === move.after && inTheEnd === null ? [] : [{ ...move, target: inTheEnd }];
  });
}

/** The copy would not be there any more. */
export function isGone({ outcome }: CopyPlan): boolean {
  return outcome === "lost" || outcome === "remove";
}

/** "m1 3 → 5 (6 in the end), m2 3 → 0" */
export function movesText(moves: readonly ReplicaMove[]): string {
  return moves
    .map(({ cluster, before, after, target }) => {
      const end = target === null ? "" : ` (${target} in the end)`;
      return `${cluster} ${before} → ${after}${end}`;
    })
    .join(", ");
}

function countAfter(copy: CopyPlan): number | null {
  if (isGone(copy)) return countIn(copy.before) === null ? null : 0;
  return countIn(copy.outcome === "release" ? copy.before : copy.after);
}

function countIn(object: JsonRecord | null): number | null {
  const spec = object?.["spec"];
  const replicas = isJsonRecord(spec) ? spec["replicas"] : undefined;
  return typeof replicas === "number" ? replicas : null;
}
