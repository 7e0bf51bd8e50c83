/**
 * Conditions of a plain object in the host, from those of its copies.
 *
 *   copies of a Deployment                | Available
 *   all are available                     | True
 *   some are not, or there is none        | False, with the clusters
 *
 *   copies of a Deployment                | Progressing
 *   one has exceeded its deadline         | False, ProgressDeadlineExceeded: kubectl rollout status fails
 *   all its replicas are up to date and available | True, NewReplicaSetAvailable
 *   else                                  | True, ReplicaSetUpdated, with the clusters that refuse it
 *
 *   copies of a Job                       | condition
 *   one has failed                        | Failed
 *   all are complete                      | Complete
 *   else                                  | none
 *
 * The API server wants a Job that ends to have met its criteria before: so it gets that condition as well.
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { ConditionFact, PlainCopy } from "./plain-copy.ts";

const MESSAGE_MAX_CHARACTERS = 1_000;

export function availability(copies: readonly PlainCopy[]): ConditionFact {
  const lacking = copies.filter((copy) => !has(copy, "Available"));
  const isOk = lacking.length === 0 && copies.length > 0;
  const message = isOk
    ? "Deployment has minimum availability in all clusters."
    : copies.length === 0
      ? "It is placed in no cluster."
      : `Deployment does not have minimum availability in ${namesOf(lacking)}.`;
  return isOk
    ? { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message }
    : { type: "Available", status: "False", reason: "MinimumReplicasUnavailable", message };
}

export function deploymentConditions(
  copies: readonly PlainCopy[],
  sums: Readonly<Record<string, number>>,
  replicas: number,
): ConditionFact {
  const type = "Progressing";
  const late = copies.filter(
    ({ status }) => conditionIn(status, type)["reason"] === "ProgressDeadlineExceeded",
  );
  if (late.length > 0) {
    const message = `Deployment has exceeded its progress deadline in ${namesOf(late)}.`;
    return { type, status: "False", reason: "ProgressDeadlineExceeded", message };
  }
  const failing = copies.filter(({ isApplied }) => !isApplied);
  const isUpdated =
    copies.every(({ isObserved }) => isObserved) && sums["updatedReplicas"] === sums["replicas"];
  const isAvailable = (sums["availableReplicas"] ?? 0) >= replicas;
  if (failing.length === 0 && isUpdated && isAvailable) {
    const message = "Deployment has successfully progressed in all clusters.";
    return { type, status: "True", reason: "NewReplicaSetAvailable", message };
  }
  const message =
    failing.length === 0
      ? "Deployment is progressing."
      : failing.map(({ cluster, problem }) => `${cluster}: ${problem ?? "in progress"}`).join("; ");
  return {
    type,
    status: "True",
    reason: "ReplicaSetUpdated",
    message: message.slice(0, MESSAGE_MAX_CHARACTERS),
  };
}

export function jobConditions(
  copies: readonly PlainCopy[],
  { completions }: JsonRecord,
  sums: Readonly<Record<string, number>>,
): readonly ConditionFact[] {
  const failed = copies.filter((copy) => has(copy, "Failed"));
  if (failed.length > 0) {
    const { reason = "BackoffLimitExceeded" } = conditionIn(failed[0]?.status ?? {}, "Failed");
    const said = {
      status: "True",
      reason: String(reason),
      message: `Job has failed in ${namesOf(failed)}.`,
    } as const;
    return [
      { type: "FailureTarget", ...said },
      { type: "Failed", ...said },
    ];
  }
  const isAll = copies.length > 0 && copies.every((copy) => copy.isApplied && has(copy, "Complete"));
  // A cluster may run no part of it yet.
  const isEnough = typeof completions !== "number" || (sums["succeeded"] ?? 0) >= completions;
  if (!isAll || !isEnough) return [];
  const said = {
    status: "True",
    reason: "CompletionsReached",
    message: "Job is complete in all clusters.",
  } as const;
  return [
    { type: "SuccessCriteriaMet", ...said },
    { type: "Complete", ...said },
  ];
}

function has({ status }: PlainCopy, type: string): boolean {
  return conditionIn(status, type)["status"] === "True";
}

function conditionIn({ conditions }: JsonRecord, type: string): JsonRecord {
  const list: readonly unknown[] = Array.isArray(conditions) ? conditions : [];
  return list.filter(isJsonRecord).find((one) => one["type"] === type) ?? {};
}

function namesOf(copies: readonly PlainCopy[]): string {
  return copies
    .map(({ cluster }) => cluster)
    .sort()
    .join(", ");
}
