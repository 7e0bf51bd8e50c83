/**
 * How many replicas each cluster gets, from preferences, what runs, and what fits. There are two rules.
 *
 * Both: clusters come in the order of their weights, the heaviest first; equal ones in the order of a hash of cluster and
 * object, so that the odd replicas of many objects do not all go to one cluster. Shares are rounded up in that order.
 *
 *   cluster                        | gets
 *   not named, and there is no "*" | 0
 *   weight 0                       | its minimum; without `rebalance` also what runs there, as far as the total goes
 *   weight above 0                 | its share of what is to be distributed, at most its maximum and its capacity
 *   capacity below its share       | its capacity, and the rest of its share as overflow: replicas that stay there as demand;
 *                                  | without `rebalance` only as far as no other cluster took them
 *
 *                                             | "kubefed"                            | "even"
 *   minimum                                   | comes first; weights share the rest  | weights share all; below a minimum, the minimum
 *   minimum above maximum                     | the minimum, if no round reaches it  | the maximum
 *   `rebalance`                               | nothing else counts                  | the same
 *   else, no more runs than the total         | what runs stays, and counts as share | the same
 *   else, more runs than the total            | the first in the order keep theirs   | those that are most above their share give up theirs
 *
 * "kubefed" is the planner of KubeFed and of Federation v1, number for number. "even" differs where its results were
 * reported as mistakes. With 10 and 70 running of which 50 are wanted, "kubefed" plans 0 and 50, and stops ten to start ten
 * elsewhere; "even" plans 10 and 40. With weights 2 and 3, minimums 2 and 4 and a total of 10, "kubefed" plans 3 and 7,
 * "even" 4 and 6. Where no minimum is given, and no more runs than is wanted, both rules give the same plan.
 */
import { planEvenly } from "./even.ts";
import { planAsKubefed } from "./kubefed.ts";
import { fnv1, inOrder, type Seat } from "./seats.ts";

/** Replicas are whole numbers from 0; a weight is a whole number from 0, and means something only beside other weights. */
export type ClusterPreference = {
  readonly minReplicas: number;
  /** Null = no maximum. */
  readonly maxReplicas: number | null;
  readonly weight: number;
};

export type Preferences = {
  /** May what runs be moved, so that weights are kept? */
  readonly rebalance: boolean;
  /** By name of cluster; "*" is every cluster that is not named. */
  readonly clusters: ReadonlyMap<string, ClusterPreference>;
};

export type PlanRequest = {
  readonly total: number;
  /** The clusters that may get replicas, in any order. */
  readonly clusters: readonly string[];
  readonly preferences: Preferences;
  /** What runs in a cluster; absent = 0. */
  readonly current: ReadonlyMap<string, number>;
  /** How many fit in a cluster; absent = no limit is known. */
  readonly capacity: ReadonlyMap<string, number>;
  /** `namespace/name` of the object. */
  readonly key: string;
};

export type Plan = {
  /** Every cluster of the request, also those with 0; sorted by name. */
  readonly replicas: ReadonlyMap<string, number>;
  /** What a full cluster gets on top as demand; only clusters with some. The sum of both maps may exceed the total. */
  readonly overflow: ReadonlyMap<string, number>;
  /** What is missing from the total, because no cluster may have more; overflow does not count. */
  readonly shortfall: number;
};

export type PlanRule = "kubefed" | "even";

/** The same request gives the same plan, whatever the order of clusters and preferences. */
export function planReplicas(request: PlanRequest, rule: PlanRule): Plan {
  const { total, clusters, preferences } = request;
  const seats = seatsOf(request);
  const left = (rule === "kubefed" ? planAsKubefed : planEvenly)(seats, total, preferences.rebalance);
  const replicas = new Map([...clusters].sort().map((name) => [name, 0]));
  const overflow = new Map<string, number>();
  for (const { cluster, planned, overflow: over } of seats) {
    replicas.set(cluster, planned);
    // Without rebalance, demand is kept in a full cluster only as far as no other cluster took it.
    const kept = preferences.rebalance ? over : Math.min(over, left);
    if (kept > 0) overflow.set(cluster, kept);
  }
  return { replicas, overflow, shortfall: left };
}

function seatsOf({ clusters, preferences, current, capacity, key }: PlanRequest): Seat[] {
  const others = preferences.clusters.get("*");
  const seats: Seat[] = [];
  for (const cluster of new Set(clusters)) {
    const preference = preferences.clusters.get(cluster) ?? others;
    if (preference === undefined) continue;
    seats.push({
      cluster,
      weight: preference.weight,
      min: preference.minReplicas,
      max: preference.maxReplicas ?? Number.POSITIVE_INFINITY,
      capacity: Math.max(0, capacity.get(cluster) ?? Number.POSITIVE_INFINITY),
      current: current.get(cluster) ?? 0,
      hash: fnv1(cluster + key),
      planned: 0,
      kept: 0,
      overflow: 0,
    });
  }
  return seats.sort(inOrder);
}
