/** What a plan for one object may mean for clients: where nothing of it would be left, and where it would come. */
import type { ObjectPlan } from "../../propagate/plan/copy-plan.ts";
import type { PropagatedType } from "../../propagate/objects/propagated-type.ts";
import { keyOfCopy } from "../../propagate/objects/propagated-type.ts";
import type { ObjectName } from "./load-objects.ts";
import { isGone, type ReplicaMove } from "./replica-moves.ts";

export type ClientChange = {
  readonly object: ObjectName;
  /** `replicas`: how many are there now; null = it is not counted. */
  readonly gone: readonly { readonly cluster: string; readonly replicas: number | null }[];
  readonly arriving: readonly string[];
};

/** Null = clients cannot notice it. */
export function clientChange(
  type: PropagatedType,
  plan: ObjectPlan,
  moves: readonly ReplicaMove[],
): ClientChange | null {
  const countOf = (name: string): number | null =>
    moves.find(({ cluster }) => cluster === name)?.before ?? null;
  const gone = plan.copies.filter(isGone).map(({ cluster }) => ({ cluster, replicas: countOf(cluster) }));
  const emptied = moves
    .filter(
      ({ cluster, after, target }) => (target ?? after) === 0 && !gone.some((one) => one.cluster === cluster),
    )
    .map(({ cluster, before }) => ({ cluster, replicas: before }));
  const arriving = plan.copies.filter(({ outcome }) => outcome === "create").map(({ cluster }) => cluster);
  if (gone.length + emptied.length + arriving.length === 0) return null;
  return { object: { type, key: keyOfCopy(type, plan) }, gone: [...gone, ...emptied], arriving };
}
