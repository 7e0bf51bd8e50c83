/**
 * The next decision about the replicas of an object, from the last one, what members show, and the time. Asked again with
 * the same, it decides the same.
 *
 *   what was decided moments ago  | counts as running, whether the member has carried it out or not
 *   capacity that is lost         | counts at once; what comes back counts after a time (known-capacity.ts)
 *   a cluster that is away        | others run its replicas; what was decided for it stays written and does not count
 *   a cluster that came back      | keeps what it has until its time is over, on top of the total; then it takes part again
 *   a cluster with an autoscaler  | counts with its share, and not with what the autoscaler runs: so nobody else's number depends
 *                                 | on the load there, and a process that begins decides the same; when the autoscaler goes,
 *                                 | what it ran is what runs
 *   a cluster that is to have none| keeps its ready replicas until others are ready; also those for which there is no other
 *                                 | place but a cluster that came back, until it takes part again
 *
 * The invariant, by next-replicas.ts: a decision leaves as many replicas ready as are asked for, if so many were. It may
 * have more replicas than are asked for, by the surge, by what waits for room as demand, and by what came back.
 */
import { countsFromMs, type KnownCapacity, learnCapacity } from "./known-capacity.ts";
import { nextReplicas, type StepCluster } from "./next-replicas.ts";
import { type Plan, planReplicas, type PlanRequest, type PlanRule, type Preferences } from "./planner.ts";

export type SteadyRequest = Omit<PlanRequest, "current" | "capacity"> & {
  readonly rule: PlanRule;
  /** The copies that members have; also of clusters that are to have none. */
  readonly seen: ReadonlyMap<string, ShownReplicas>;
  /** Clusters of the request that do not count for now, because they cannot be reached. */
  readonly away: ReadonlySet<string>;
  /** Clusters that decide themselves how many replicas they have. */
  readonly autoscaled: ReadonlySet<string>;
  /** Null = nothing was decided yet, or it is not known. */
  readonly before: SteadyPlan | null;
  readonly nowMs: number;
  /** How long more must fit in a cluster until that counts. */
  readonly regainAfterMs: number;
  /** Replicas that may run beyond the total while they move; at least 1. */
  readonly surge: number;
};

export type ShownReplicas = {
  /** `spec.replicas`. */
  readonly replicas: number;
  readonly ready: number;
  /** Its controller has seen `replicas`; if not, `ready` may have Pods that are stopped already. */
  readonly isObserved: boolean;
  /** Pods that wait for room, and have for so long that it will not come by itself. */
  readonly unschedulable: number;
};

export type SteadyPlan = {
  /** What is to be written now, demand included: each cluster of the request, and those that still have replicas. */
  readonly replicas: ReadonlyMap<string, number>;
  /** What this leads to; the plan of the clusters that count. */
  readonly target: Plan;
  readonly capacities: ReadonlyMap<string, KnownCapacity>;
  /** Clusters whose numbers here were not written, since they decide themselves. */
  readonly autoscaled: ReadonlySet<string>;
  /** Replicas that surely stay ready in a cluster: until it has seen what it is to have, no more count. */
  readonly ready: ReadonlyMap<string, number>;
  /** When the next decision may differ although nothing happens; null = never. */
  readonly nextMs: number | null;
};

export function planSteadily(request: SteadyRequest): SteadyPlan {
  const { clusters, away, autoscaled, seen, total, surge } = request;
  const capacities = capacitiesOf(request);
  const counted = clusters.filter((cluster) => !away.has(cluster));
  const currentBy = (countIn: typeof countOf): ReadonlyMap<string, number> =>
    new Map(counted.map((cluster) => [cluster, autoscaled.has(cluster) ? 0 : countIn(request, cluster)]));
  let current = currentBy(stayingIn);
  const planWith = (capacityOf: (known: KnownCapacity) => number): Plan => {
    const capacity = new Map([...capacities].map(([cluster, known]) => [cluster, capacityOf(known)]));
    return planReplicas({ ...request, clusters: counted, current, capacity }, request.rule);
  };
  let target = planWith(({ capacity }) => capacity);
  if (target.shortfall > 0 && !request.preferences.rebalance) {
    // What was to move has no place to go to: it stays, if it may.
    current = currentBy(countOf);
    target = planWith(({ capacity }) => capacity);
  }
  // What comes back soon gets no replicas yet, but those that it will replace stay until then.
  const isMissing =
    target.shortfall > 0 && [...capacities.values()].some(({ regained }) => regained !== null);
  const { shortfall } = isMissing ? planWith(capacityToCome) : target;
  const near = [...new Set([...counted, ...seen.keys()])].filter((cluster) => !away.has(cluster)).sort();
  const isWaiting = [...seen.values()].some(({ unschedulable }) => unschedulable > 0);
  const unlimited = isWaiting ? planWith(() => Number.POSITIVE_INFINITY) : target;
  const steps = near.map((cluster) => stepOf(request, { cluster, target, unlimited, capacities }));
  const replicas = new Map(nextReplicas(steps, { asked: total - shortfall, surge }));
  const ready = new Map<string, number>();
  for (const step of steps) {
    const count = Math.max(step.held, replicas.get(step.cluster) ?? 0);
    replicas.set(step.cluster, count);
    ready.set(step.cluster, Math.min(step.ready, count));
  }
  for (const cluster of away) {
    const written = request.before?.replicas.get(cluster) ?? seen.get(cluster)?.replicas;
    if (written !== undefined) replicas.set(cluster, written);
  }
  return { replicas, target, capacities, autoscaled, ready, nextMs: nextMsOf(capacities) };
}

function capacityToCome({ capacity, regained }: KnownCapacity): number {
  return regained === null ? capacity : (regained.capacity ?? Number.POSITIVE_INFINITY);
}

/** What counts as running: what was aimed at last, so that steps on the way do not change the aim. */
function stayingIn(request: SteadyRequest, cluster: string): number {
  const { before } = request;
  const wasHeld = (before?.capacities.get(cluster)?.regained ?? null) !== null;
  const wasScaled = before?.autoscaled.has(cluster) === true;
  const aimedAt = wasHeld || wasScaled ? undefined : before?.target.replicas.get(cluster);
  return aimedAt ?? countOf(request, cluster);
}

/** What a cluster has by the last decision, or by what runs in it. */
function countOf({ before, seen }: SteadyRequest, cluster: string): number {
  const decided = before?.autoscaled.has(cluster) === true ? undefined : before?.replicas.get(cluster);
  return decided ?? seen.get(cluster)?.replicas ?? 0;
}

function capacitiesOf(request: SteadyRequest): ReadonlyMap<string, KnownCapacity> {
  const { clusters, away, seen, before } = request;
  const capacities = new Map<string, KnownCapacity>();
  for (const cluster of clusters) {
    const limit = away.has(cluster) ? 0 : fittingIn(seen.get(cluster));
    const known = learnCapacity(before?.capacities.get(cluster) ?? null, limit, request);
    if (known !== null) capacities.set(cluster, known);
  }
  return capacities;
}

/** How many run, where some wait for room; null = none waits. What is ready has room, whatever was counted before. */
function fittingIn(copy: ShownReplicas | undefined): number | null {
  if (copy === undefined || copy.unschedulable <= 0) return null;
  return Math.max(Math.min(copy.ready, copy.replicas), copy.replicas - copy.unschedulable);
}

type Aim = {
  readonly cluster: string;
  readonly target: Plan;
  /** What would be aimed at if everything had room. */
  readonly unlimited: Plan;
  readonly capacities: ReadonlyMap<string, KnownCapacity>;
};

/** `held`: what a cluster keeps while it is not certain that what came back stays; it is on top of the step. */
function stepOf(
  request: SteadyRequest,
  { cluster, target, unlimited, capacities }: Aim,
): StepCluster & { readonly held: number } {
  const copy = request.seen.get(cluster);
  const fitting = fittingIn(copy);
  const count = countOf(request, cluster);
  const planned = target.replicas.get(cluster) ?? 0;
  const ready = readyIn(request, cluster);
  // It takes no steps: this number counts when its autoscaler goes.
  if (request.autoscaled.has(cluster) && request.clusters.includes(cluster))
    return { cluster, has: planned, target: planned, ready, fitting: null, held: 0 };
  // A minimum is asked for in any case: were it not, nothing would wait, and it would be tried again for ever.
  const least = Math.min(leastIn(request.preferences, cluster), unlimited.replicas.get(cluster) ?? 0);
  // Demand is kept where Pods wait now; without them it would start what nobody asked for.
  const goal = fitting === null ? planned : Math.max(planned + (target.overflow.get(cluster) ?? 0), least);
  const isRegaining = (capacities.get(cluster)?.regained ?? null) !== null;
  const held = isRegaining && count > goal ? Math.min(count, mostIn(request.preferences, cluster)) : 0;
  const has = held > 0 ? goal : count;
  return { cluster, has, target: goal, ready, fitting, held };
}

/** A replica that was to stop may be gone although the member shows it still, also when it is wanted again since. */
function readyIn({ before, seen }: SteadyRequest, cluster: string): number {
  const copy = seen.get(cluster);
  if (copy === undefined) return 0;
  const ready = Math.min(copy.ready, copy.replicas);
  return copy.isObserved ? ready : Math.min(ready, before?.ready.get(cluster) ?? ready);
}

function leastIn({ clusters }: Preferences, cluster: string): number {
  return (clusters.get(cluster) ?? clusters.get("*"))?.minReplicas ?? 0;
}

function mostIn({ clusters }: Preferences, cluster: string): number {
  const preference = clusters.get(cluster) ?? clusters.get("*");
  return preference === undefined ? 0 : (preference.maxReplicas ?? Number.POSITIVE_INFINITY);
}

function nextMsOf(capacities: ReadonlyMap<string, KnownCapacity>): number | null {
  const times = [...capacities.values()].flatMap((known) => countsFromMs(known) ?? []);
  return times.length === 0 ? null : Math.min(...times);
}
