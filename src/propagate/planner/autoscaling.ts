/**
 * How minReplicas and maxReplicas of one HorizontalPodAutoscaler are distributed over clusters, and moved to where the load
 * is. The maximums of the clusters add up to the maximum that is wanted, and their minimums to at least the minimum.
 *
 *   a cluster        | when
 *   is pristine      | it never scaled, and desires 0
 *   is settled       | its last scaling is longer ago than the window (2 minutes)
 *   offers a maximum | max > min, and it is pristine, or settled with desired <= current and desired < max
 *   offers a minimum | min > 1, and it is pristine, or settled with desired = current = min
 *   needs a maximum  | settled, and current = desired = max
 *   needs a minimum  | settled, min < max, and desired > min
 *
 * What is over or missing against what is wanted is settled first:
 *
 *   the clusters have  | then
 *   more than wanted   | each that offers gives one; then all in turn, down to 1; at last the least loaded go
 *   less than wanted   | each that needs gets one, then clusters without an autoscaler get all, else all clusters in turn
 *
 * Offers that are left go to clusters that need, and to those without an autoscaler, one for one: largest reserve first. To
 * one that needs nobody gives its last reserve: it would need that back at once, and so on for ever.
 * An offer that nobody needs stays. So nothing moves without need, and no maximum falls below the load unless less is wanted.
 */
import { distributeMax, distributeMin, type Scaler } from "./scalers.ts";
import { fnv1 } from "./seats.ts";

export type AutoscalingRequest = {
  /** At least 1. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly clusters: readonly string[];
  /** `namespace/name` of the autoscaler. */
  readonly key: string;
  /** The autoscalers that clusters have. */
  readonly seen: ReadonlyMap<string, SeenAutoscaler>;
  readonly nowMs: number;
};

export type SeenAutoscaler = {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly currentReplicas: number;
  readonly desiredReplicas: number;
  /** Null = it never scaled. */
  readonly lastScaleMs: number | null;
};

type AutoscalerBounds = { readonly minReplicas: number; readonly maxReplicas: number };

const SETTLED_AFTER_MS = 120_000;

/** Clusters that are not in the result get no autoscaler; sorted by name. */
export function distributeAutoscaling(request: AutoscalingRequest): ReadonlyMap<string, AutoscalerBounds> {
  const { maxReplicas } = request;
  const minReplicas = Math.min(request.minReplicas, maxReplicas);
  const scalers = scalersOf(request);
  distributeMax(scalers, maxReplicas);
  distributeMin(scalers, minReplicas);
  const bounds = scalers
    .filter(({ max }) => max > 0)
    .map(({ cluster, min, max }) => [cluster, { minReplicas: min, maxReplicas: max }] as const);
  return new Map(bounds.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function scalersOf({ clusters, key, seen, nowMs }: AutoscalingRequest): readonly Scaler[] {
  return [...new Set(clusters)]
    .map((cluster) => ({ hash: fnv1(cluster + key), scaler: scalerOf(cluster, seen.get(cluster), nowMs) }))
    .sort((a, b) => a.hash - b.hash || (a.scaler.cluster < b.scaler.cluster ? -1 : 1))
    .map(({ scaler }) => scaler);
}

function scalerOf(cluster: string, seen: SeenAutoscaler | undefined, nowMs: number): Scaler {
  if (seen === undefined) {
    const nothing = { needsMax: false, needsMin: false, offersMax: false, offersMin: false };
    return { cluster, isNew: true, ...nothing, load: 0, min: 0, max: 0 };
  }
  const { minReplicas: min, maxReplicas: max, currentReplicas: current, desiredReplicas: desired } = seen;
  const isPristine = seen.lastScaleMs === null && desired === 0;
  const isSettled = seen.lastScaleMs !== null && nowMs - seen.lastScaleMs > SETTLED_AFTER_MS;
  return {
    cluster,
    isNew: false,
    min,
    max,
    load: desired,
    needsMax: isSettled && current === desired && desired === max,
    needsMin: isSettled && min < max && desired > min,
    offersMax: max > min && (isPristine || (isSettled && desired <= current && desired < max)),
    offersMin: min > 1 && min <= max && (isPristine || (isSettled && desired === current && desired === min)),
  };
}
