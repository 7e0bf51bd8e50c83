/**
 * One step from the replicas that clusters have to those they are to have. Replicas start first, as far as a surge allows,
 * and others stop as far as more are ready than asked for. So we take away no ready replica that is needed:
 *
 *   ready after the step ≥ the smaller of: asked for, and ready before the step
 *
 * where a cluster has at most as many ready replicas as it is to have, and those that are not ready stop first.
 *
 *   a cluster that is to have | gets in this step
 *   as many as it has         | what it has
 *   fewer                     | what is ready in it, and of those as many fewer as others have ready beyond what is asked for
 *   more                      | its part of what is left to the total and the surge, when the others have stopped;
 *                           | where others wait for room already, what is to wait there is added at once
 */
import { addInTurn, takeInTurn } from "./turns.ts";

type Step = {
  /** Ready replicas that are asked for, as far as the clusters may have them. */
  readonly asked: number;
  /** Replicas that may run while those they replace still do; at least 1. */
  readonly surge: number;
};

export type StepCluster = {
  readonly cluster: string;
  /** What was decided last, or what runs if nothing was. */
  readonly has: number;
  /** What it is to have in the end. */
  readonly target: number;
  readonly ready: number;
  /** How many run there at most, as it shows now: the others wait for room. Null = none waits. */
  readonly fitting: number | null;
};

/** Replicas of each cluster after the step. The same step again changes nothing until more are ready. */
export function nextReplicas(clusters: readonly StepCluster[], step: Step): ReadonlyMap<string, number> {
  const next = new Map(clusters.map(({ cluster, has }) => [cluster, has]));
  const has = ({ cluster }: StepCluster): number => next.get(cluster) ?? 0;
  shrink(clusters, next, step.asked);
  const running = clusters.reduce((sum, one) => sum + Math.min(has(one), one.fitting ?? has(one)), 0);
  const growing = clusters.filter((one) => has(one) < one.target);
  const allowed = Math.max(0, step.asked + step.surge - running);
  addInTurn(growing, allowed, {
    each: Math.max(1, Math.floor(allowed / Math.max(1, growing.length))),
    roomOf: (one) => Math.min(one.target, one.fitting ?? one.target) - has(one),
    apply: (one, count) => {
      next.set(one.cluster, has(one) + count);
    },
  });
  // Demand does not run, so no surge limits it.
  for (const one of growing)
    if (one.fitting !== null && has(one) >= one.fitting) next.set(one.cluster, one.target);
  return next;
}

function shrink(clusters: readonly StepCluster[], next: Map<string, number>, asked: number): void {
  const shrinking = clusters.filter(({ has, target }) => has > target);
  for (const { cluster, has, target, ready } of shrinking)
    next.set(cluster, Math.max(target, Math.min(has, ready)));
  const staying = clusters.reduce((sum, { has, ready }) => sum + Math.min(has, ready), 0);
  takeInTurn(shrinking, staying - asked, {
    roomOf: ({ cluster, target }) => (next.get(cluster) ?? 0) - target,
    apply: ({ cluster }, count) => {
      next.set(cluster, (next.get(cluster) ?? 0) - count);
    },
  });
}
