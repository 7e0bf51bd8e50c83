/**
 * What each cluster is to run of a plain Job now, from its record and from what clusters show.
 *
 *   the cluster                               | its copy
 *   was given a part that is written down     | has the completions it was given, and its share of the parallelism
 *   is to be given one, not written down yet  | is not made: the record comes first
 *   has ended its part, or was never given any | stays as it is, or away
 *   is not selected any more                  | goes; what had succeeded counts
 */
import type { JsonRecord } from "../../kernel/json.ts";
import type { Allotment, SpecNumbers } from "../federated/allotment.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { planJob, type StartedJob } from "../planner/jobs.ts";
import type { PlanRule } from "../planner/planner.ts";
import { JOB_SHARES, type JobPart, type JobRecord, recordText } from "./job-record.ts";

/** What a cluster shows of its part. */
export type SeenPart = Omit<JobPart, "end"> & { readonly end: "Complete" | "Failed" | null };

type JobSight = {
  readonly object: FederatedObject;
  /** As the host has it. */
  readonly record: JobRecord;
  /** Those that the Job is placed in, also the ones that cannot be reached. */
  readonly placed: readonly string[];
  readonly seen: ReadonlyMap<string, SeenPart>;
  readonly rule: PlanRule;
};

export function shareJob({ object, record, placed, seen, rule }: JobSight): Allotment {
  const { shares, template, namespace, name, uid } = object;
  const parts = new Map<string, JobPart>();
  for (const cluster of new Set([...record.keys(), ...seen.keys()]))
    parts.set(cluster, known(record.get(cluster), seen.get(cluster)));
  const { completions } = (template["spec"] ?? {}) as JsonRecord;
  const plan = planJob(
    {
      parallelism: shares?.total ?? 1,
      completions: typeof completions === "number" ? completions : null,
      clusters: placed,
      preferences: shares?.preferences ?? { rebalance: false, clusters: new Map() },
      key: `${namespace ?? ""}/${name}`,
      started: new Map([...parts].map(([cluster, part]) => [cluster, startedOf(part)])),
    },
    rule,
  );
  const spec = new Map<string, SpecNumbers>();
  const undecided = new Set(placed);
  for (const [cluster, share] of plan.shares) {
    if (!record.has(cluster)) continue;
    spec.set(
      cluster,
      share.completions === null
        ? { parallelism: share.parallelism }
        : { ...share, completions: share.completions },
    );
    undecided.delete(cluster);
  }
  const next = new Map<string, JobPart>();
  for (const [cluster, part] of parts)
    next.set(
      cluster,
      placed.includes(cluster) || part.end !== null ? written(part) : { ...part, end: "Gone" },
    );
  for (const [cluster, share] of plan.shares)
    if (!next.has(cluster)) next.set(cluster, { ...share, succeeded: 0, end: null, endTime: null });
  const annotations = next.size === 0 ? {} : { [JOB_SHARES]: recordText(next, uid) };
  return { replicas: null, undecided, autoscaled: new Set(), spec, annotations };
}

/** What was written down is what was given; what the cluster shows is how far it is. */
function known(given: JobPart | undefined, seen: SeenPart | undefined): JobPart {
  if (given === undefined) return seen as JobPart;
  if (seen === undefined || given.end !== null) return given;
  return { ...seen, completions: given.completions };
}

/** A record that followed each Pod would be written all the time. */
function written(part: JobPart): JobPart {
  return part.end === null ? { ...part, succeeded: 0 } : part;
}

function startedOf({ parallelism, completions, succeeded, end }: JobPart): StartedJob {
  const given = end === "Gone" && completions !== null ? succeeded : completions;
  return { parallelism, completions: given, succeeded, isFinished: end !== null };
}
