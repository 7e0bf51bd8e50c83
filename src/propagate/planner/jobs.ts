/**
 * How a Job is split: which clusters run it, with how much of its parallelism, and how many of its completions. A cluster
 * runs its part once and to its end. `completions` of a Job cannot be changed, so what a cluster was given stays given.
 *
 *   cluster                            | completions                   | parallelism
 *   its Job has finished, or failed    | what it was given counts      | none; the others have it
 *   its Job runs                       | what it was given             | its share, at least 1 as far as it goes
 *   its Job runs, it is not placed now | what has succeeded counts     | none; the Job goes, and the others have the rest
 *   placed, without a Job              | its share of what is not given | its share; without parallelism it gets no Job
 *
 * Parallelism is shared by the preferences. Completions are shared by the weights alone, without minimums and maximums,
 * among the clusters that have got parallelism; if one of those has no weight, by their parallelism. So the sum of what is
 * given is what was asked for, and a cluster whose share is 0 gets no Job.
 *
 * A Job without completions is done when one of its Pods says so: after the first cluster has finished no other starts.
 */
import { type ClusterPreference, planReplicas, type PlanRule, type Preferences } from "./planner.ts";

export type JobRequest = {
  readonly parallelism: number;
  /** Null = the Pods find out by themselves when the work is done. */
  readonly completions: number | null;
  /** Where the Job is placed, also the clusters that cannot be reached. */
  readonly clusters: readonly string[];
  readonly preferences: Preferences;
  /** `namespace/name` of the Job. */
  readonly key: string;
  /**
   * The Jobs that clusters have or had. One that finished is told for ever, also when its cluster has removed it. One that
   * was taken away before its end is told as finished, with what had succeeded as its completions.
   */
  readonly started: ReadonlyMap<string, StartedJob>;
};

export type StartedJob = {
  readonly parallelism: number;
  /** Null as in the request. */
  readonly completions: number | null;
  readonly succeeded: number;
  /** Complete or Failed. */
  readonly isFinished: boolean;
};

type JobShare = { readonly parallelism: number; readonly completions: number | null };

export type JobPlan = {
  /** The clusters that run the Job, or start it. In all others nothing is written, and what has finished stays as it is. */
  readonly shares: ReadonlyMap<string, JobShare>;
  /** Completions that no cluster can be given; 0 for a Job without completions. */
  readonly missing: number;
};

const NOTHING: ClusterPreference = { minReplicas: 0, maxReplicas: null, weight: 0 };

export function planJob(request: JobRequest, rule: PlanRule): JobPlan {
  const { clusters, started, completions } = request;
  const placed = [...new Set(clusters)].sort();
  const running = placed.filter((cluster) => started.get(cluster)?.isFinished === false);
  const isOver = completions === null && [...started.values()].some(({ isFinished }) => isFinished);
  const open = completions === null ? 0 : Math.max(0, completions - givenOf(started, new Set(placed)));
  const isWorkLeft = completions === null ? !isOver : open > 0;
  const free = isWorkLeft ? placed.filter((cluster) => !started.has(cluster)) : [];

  const offered = parallelismOf(request, { clusters: [...running, ...free], atLeastOne: running }, rule);
  const able = free.filter((cluster) => (offered.get(cluster) ?? 0) > 0);
  const given = completions === null ? null : completionsOf(request, { open, able, offered }, rule);
  const starting = given === null ? able : able.filter((cluster) => (given.get(cluster) ?? 0) > 0);

  const part = { clusters: [...running, ...starting], atLeastOne: [...running, ...starting] };
  const parallelism = parallelismOf(request, part, rule);
  const shares = new Map<string, JobShare>();
  for (const cluster of part.clusters.toSorted())
    shares.set(cluster, {
      parallelism: parallelism.get(cluster) ?? 0,
      completions: started.get(cluster)?.completions ?? given?.get(cluster) ?? null,
    });
  return { shares, missing: starting.length > 0 ? 0 : open };
}

/** Completions that are done or that a cluster is to do. */
function givenOf(started: ReadonlyMap<string, StartedJob>, placed: ReadonlySet<string>): number {
  let given = 0;
  for (const [cluster, { completions, succeeded, isFinished }] of started)
    given += isFinished || placed.has(cluster) ? (completions ?? 0) : succeeded;
  return given;
}

type Part = { readonly clusters: readonly string[]; readonly atLeastOne: readonly string[] };

function parallelismOf(
  { parallelism, completions, started, preferences, key }: JobRequest,
  { clusters, atLeastOne }: Part,
  rule: PlanRule,
): ReadonlyMap<string, number> {
  const wanted = new Map(preferences.clusters);
  for (const cluster of atLeastOne) {
    const preference = wanted.get(cluster) ?? wanted.get("*") ?? NOTHING;
    const { minReplicas, maxReplicas } = preference;
    const most = maxReplicas === null ? null : Math.max(1, maxReplicas);
    wanted.set(cluster, { ...preference, minReplicas: Math.max(1, minReplicas), maxReplicas: most });
  }
  // Pods that found the work done are not replaced by others elsewhere.
  const finished = completions === null ? [...started.values()].filter(({ isFinished }) => isFinished) : [];
  const spent = finished.reduce((sum, job) => sum + job.parallelism, 0);
  return spread({ total: Math.max(0, parallelism - spent), clusters, wanted, key }, rule);
}

type Open = {
  readonly open: number;
  readonly able: readonly string[];
  readonly offered: ReadonlyMap<string, number>;
};

function completionsOf(
  { preferences, key }: JobRequest,
  { open, able, offered }: Open,
  rule: PlanRule,
): ReadonlyMap<string, number> {
  const weightOf = (cluster: string): number =>
    (preferences.clusters.get(cluster) ?? preferences.clusters.get("*") ?? NOTHING).weight;
  const isByWeight = able.every((cluster) => weightOf(cluster) > 0);
  const wanted = new Map(
    able.map((cluster) => {
      const weight = isByWeight ? weightOf(cluster) : (offered.get(cluster) ?? 0);
      return [cluster, { ...NOTHING, weight }] as const;
    }),
  );
  return spread({ total: open, clusters: able, wanted, key }, rule);
}

type Spread = {
  readonly total: number;
  readonly clusters: readonly string[];
  readonly wanted: ReadonlyMap<string, ClusterPreference>;
  readonly key: string;
};

/** What runs and what fits plays no part in Jobs. */
function spread({ total, clusters, wanted, key }: Spread, rule: PlanRule): ReadonlyMap<string, number> {
  const preferences = { rebalance: true, clusters: wanted };
  const request = { total, clusters, preferences, current: new Map(), capacity: new Map(), key };
  return planReplicas(request, rule).replicas;
}
