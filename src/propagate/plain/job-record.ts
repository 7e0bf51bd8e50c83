/**
 * What each cluster was given of a plain Job, written down in an annotation of the Job before the cluster gets its part: no cluster runs
 * its part again, also when it has removed what is done, or when fedns is started anew.
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { PlainCopy } from "./plain-copy.ts";

/** fedns's own: the uid of the Job, and by cluster what it was given and how it ended. */
export const JOB_SHARES = "fedns.io/job-shares";

export type JobPart = {
  readonly parallelism: number;
  /** Null = the Pods find out by themselves when the work is done. */
  readonly completions: number | null;
  /** Counts once it has ended. */
  readonly succeeded: number;
  /** "Gone": it was taken away before its end. Null = it has not ended. */
  readonly end: "Complete" | "Failed" | "Gone" | null;
  /** As its cluster has written it; null = not known. */
  readonly endTime: string | null;
};

export type JobRecord = ReadonlyMap<string, JobPart>;

export function recordText(record: JobRecord, uid: string): string {
  const clusters = Object.fromEntries([...record].sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify({ uid, clusters });
}

/** Empty when there is none, or when it is about another Job of the name. A text is a problem. */
export function recordIn({ annotations, uid }: JsonRecord): JobRecord | string {
  const text = isJsonRecord(annotations) ? annotations[JOB_SHARES] : undefined;
  if (text === undefined) return new Map();
  const value = parsed(text);
  if (!isJsonRecord(value) || !isJsonRecord(value["clusters"])) return PROBLEM;
  if (value["uid"] !== uid) return new Map();
  const parts = Object.entries(value["clusters"]).map(([cluster, part]) => [cluster, partOf(part)] as const);
  const record = new Map<string, JobPart>();
  for (const [cluster, part] of parts) {
    if (part === null) return PROBLEM;
    record.set(cluster, part);
  }
  return record;
}

/** Parts that have ended in clusters that show nothing of them any more. */
export function endedParts(metadata: JsonRecord, shown: ReadonlySet<string>): readonly PlainCopy[] {
  const record = recordIn(metadata);
  if (typeof record === "string") return [];
  return [...record].flatMap(([cluster, { end, endTime, succeeded }]): PlainCopy[] => {
    if (end === null || shown.has(cluster)) return [];
    const conditions = [{ type: end === "Failed" ? "Failed" : "Complete", status: "True" }];
    const status = { succeeded, conditions, ...(endTime !== null && { completionTime: endTime }) };
    return [{ cluster, isApplied: true, isObserved: true, problem: null, status }];
  });
}

const PROBLEM = `${JOB_SHARES} is written by fedns and cannot be read: take it away, if no cluster has run a part of the Job yet`;
const ENDS = ["Complete", "Failed", "Gone"] as const;

function partOf(value: unknown): JobPart | null {
  if (!isJsonRecord(value)) return null;
  const { parallelism, completions, succeeded, end, endTime } = value;
  const known = ENDS.find((one) => one === end) ?? null;
  if (!isCount(parallelism) || !isCount(succeeded) || (end !== null && known === null)) return null;
  if (completions !== null && !isCount(completions)) return null;
  return {
    parallelism,
    completions,
    succeeded,
    end: known,
    endTime: typeof endTime === "string" ? endTime : null,
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parsed(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
