/**
 * The status of a plain object in the host as its own kind has it, so that tools read it as in one cluster: the sum of its copies.
 *
 *   kind                    | numbers                      | conditions
 *   Deployment              | sums                         | Available, Progressing
 *   ReplicaSet, DaemonSet   | sums                         |
 *   HorizontalPodAutoscaler | sums; the latest scaling     |
 *   Job                     | sums; the earliest start     | Complete when all copies are, with the latest end; Failed when any is
 *   Service, Ingress        | where all are reached        |
 *   others                  | they have no status of ours  |
 *
 * `observedGeneration` is that of the object when every copy has been made from it and its controller has seen the copy; until then it
 * stays as it was, and `kubectl rollout status` waits.
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { balancerStatus, hasBalancer } from "./balancer-status.ts";
import type { ConditionFact, PlainCopy } from "./plain-copy.ts";
import { availability, deploymentConditions, jobConditions } from "./native-conditions.ts";

type NativeInput = {
  readonly kind: string;
  /** The object in the host. */
  readonly generation: number;
  readonly spec: JsonRecord;
  /** Its status as the host has it. */
  readonly before: JsonRecord;
  readonly copies: readonly PlainCopy[];
  /** The time as an API server writes it. */
  readonly now: string;
};

const SUMS: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"],
  ReplicaSet: ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
  DaemonSet: [
    "desiredNumberScheduled",
    "currentNumberScheduled",
    "updatedNumberScheduled",
    "numberReady",
    "numberAvailable",
    "numberUnavailable",
    "numberMisscheduled",
  ],
  Job: ["active", "ready", "succeeded", "failed"],
  HorizontalPodAutoscaler: ["currentReplicas", "desiredReplicas"],
};

/** Objects of the kind have a status that copies are summed up in. */
export function hasNativeStatus(kind: string): boolean {
  return Object.hasOwn(SUMS, kind) || hasBalancer(kind);
}

/** Null = the host has it already, or objects of the kind have none. */
export function nativeStatus(input: NativeInput): JsonRecord | null {
  const { kind, copies, before, spec } = input;
  if (hasBalancer(kind)) return balancerStatus(kind, spec, before, copies);
  const names = SUMS[kind];
  if (names === undefined || (kind === "Job" && hasEnded(before))) return null;
  const sums = Object.fromEntries(names.map((name) => [name, sumOf(copies, name)]));
  const status = { ...sums, ...observed(input), ...timesOf(kind, copies), ...conditionsOf(input, sums) };
  return isStoredStatus(status, before) ? null : status;
}

/** API servers refuse changes after that. */
function hasEnded({ conditions }: JsonRecord): boolean {
  const list: readonly unknown[] = Array.isArray(conditions) ? conditions : [];
  return list.some(
    (one) =>
      isJsonRecord(one) &&
      (one["type"] === "Complete" || one["type"] === "Failed") &&
      one["status"] === "True",
  );
}

function observed({ kind, generation, copies }: NativeInput): JsonRecord {
  // A Job has no such field.
  const isDone = kind !== "Job" && copies.every(({ isApplied, isObserved }) => isApplied && isObserved);
  return isDone ? { observedGeneration: generation } : {};
}

function conditionsOf(input: NativeInput, sums: Readonly<Record<string, number>>): JsonRecord {
  const { kind, spec, copies, before, now } = input;
  const stored = Array.isArray(before["conditions"]) ? before["conditions"].filter(isJsonRecord) : [];
  if (kind === "Deployment") {
    const { replicas = 1 } = spec;
    const facts = [availability(copies), deploymentConditions(copies, sums, Number(replicas))];
    return { conditions: facts.map((fact) => timed(fact, stored, now)) };
  }
  if (kind !== "Job") return {};
  const facts = jobConditions(copies, spec, sums);
  return facts.length === 0 ? {} : { conditions: facts.map((fact) => timed(fact, stored, now)) };
}

/** Times go on from what the host has. */
function timed(fact: ConditionFact, stored: readonly JsonRecord[], now: string): JsonRecord {
  const last = stored.find(({ type }) => type === fact.type);
  const isSame = last?.["status"] === fact.status;
  const isSaid = isSame && last?.["reason"] === fact.reason && last["message"] === fact.message;
  const updated = isSaid ? (last["lastUpdateTime"] ?? last["lastProbeTime"] ?? now) : now;
  const isOfJob = fact.type !== "Available" && fact.type !== "Progressing";
  return {
    ...fact,
    [isOfJob ? "lastProbeTime" : "lastUpdateTime"]: updated,
    lastTransitionTime: isSame ? (last?.["lastTransitionTime"] ?? now) : now,
  };
}

function timesOf(kind: string, copies: readonly PlainCopy[]): JsonRecord {
  const timesIn = (name: string): readonly string[] =>
    copies
      .map(({ status }) => status[name])
      .filter((time) => typeof time === "string")
      .sort();
  if (kind === "HorizontalPodAutoscaler") {
    const last = timesIn("lastScaleTime").at(-1);
    return last === undefined ? {} : { lastScaleTime: last };
  }
  if (kind !== "Job") return {};
  const [start] = timesIn("startTime");
  const ends = timesIn("completionTime");
  const isOver = copies.length > 0 && ends.length === copies.length;
  return { ...(start !== undefined && { startTime: start }), ...(isOver && { completionTime: ends.at(-1) }) };
}

function sumOf(copies: readonly PlainCopy[], name: string): number {
  return copies.reduce((sum, { status }) => sum + (typeof status[name] === "number" ? status[name] : 0), 0);
}

/** API servers leave out numbers that are 0. */
function isStoredStatus(status: JsonRecord, before: JsonRecord): boolean {
  return Object.entries(status).every(([name, value]) =>
    typeof value === "number"
      ? (before[name] ?? 0) === value
      : Array.isArray(value)
        ? isStoredList(value, before[name])
        : before[name] === value,
  );
}

function isStoredList(ours: readonly JsonRecord[], stored: unknown): boolean {
  return (
    Array.isArray(stored) &&
    stored.length === ours.length &&
    ours.every((one, i) => {
      const other: unknown = stored[i];
      return isJsonRecord(other) && Object.entries(one).every(([name, value]) => other[name] === value);
    })
  );
}
