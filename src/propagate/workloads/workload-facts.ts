/** What a copy in a member says about its replicas, read from the object as the member sends it. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";

export type WorkloadFacts = {
  /** spec.replicas: what was asked for there, by us or by somebody else. */
  readonly asked: number;
  readonly ready: number;
  /** Pods that exist, ready or not. */
  readonly running: number;
  /** Its controller has seen what was asked for last. */
  readonly isObserved: boolean;
  /** Pods that cannot be made at all, by a quota or an admission webhook say; and what the member says of it. */
  readonly refused: { readonly count: number; readonly message: string } | null;
  /** Text of a label selector for its pods; null = it cannot be said as one. */
  readonly selector: string | null;
};

/** Members write it, and it goes into a status. */
const MESSAGE_MAX = 300;

/** Null = it says nothing about replicas. */
export function workloadFacts(object: JsonRecord): WorkloadFacts | null {
  const [metadata, spec, status] = [
    partOf(object, "metadata"),
    partOf(object, "spec"),
    partOf(object, "status"),
  ];
  const { replicas } = spec;
  if (!isCount(replicas)) return null;
  const ready = status["readyReplicas"];
  const { generation } = metadata;
  const { observedGeneration } = status;
  const running = isCount(status["replicas"]) ? status["replicas"] : 0;
  return {
    asked: replicas,
    ready: isCount(ready) ? ready : 0,
    running,
    refused: refusedIn(status["conditions"], replicas - running),
    isObserved:
      typeof generation !== "number" ||
      typeof observedGeneration !== "number" ||
      observedGeneration >= generation,
    selector: selectorText(spec["selector"]),
  };
}

/** Deployments and ReplicaSets say so in a condition. */
function refusedIn(conditions: unknown, missing: number): WorkloadFacts["refused"] {
  const list = Array.isArray(conditions) ? (conditions as readonly unknown[]).filter(isJsonRecord) : [];
  const failure = list.find(({ type, status }) => type === "ReplicaFailure" && status === "True");
  if (failure === undefined || missing <= 0) return null;
  const { message } = failure;
  return { count: missing, message: typeof message === "string" ? message.slice(0, MESSAGE_MAX) : "" };
}

function selectorText(selector: unknown): string | null {
  if (!isJsonRecord(selector)) return null;
  const terms =
    "matchLabels" in selector || "matchExpressions" in selector ? termsOf(selector) : equal(selector);
  return terms === null || terms.length === 0 ? null : terms.join(",");
}

function termsOf({ matchLabels = {}, matchExpressions = [] }: JsonRecord): string[] | null {
  if (!isJsonRecord(matchLabels) || !Array.isArray(matchExpressions)) return null;
  const expressions = matchExpressions.filter(isJsonRecord).map(({ key, operator, values }) => {
    const list = Array.isArray(values) ? values.join(",") : "";
    if (operator === "In") return `${String(key)} in (${list})`;
    if (operator === "NotIn") return `${String(key)} notin (${list})`;
    return operator === "Exists" ? String(key) : `!${String(key)}`;
  });
  return [...equal(matchLabels), ...expressions];
}

/** ReplicationControllers have labels alone. */
function equal(labels: JsonRecord): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
}

function partOf(object: JsonRecord, name: string): JsonRecord {
  const part = object[name];
  return isJsonRecord(part) ? part : {};
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
