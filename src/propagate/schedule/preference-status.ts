/**
 * The status of a ReplicaSchedulingPreference. Its condition "Scheduled":
 *
 *   preference                              | status  | reason
 *   cannot be read                          | False   | Invalid: the last valid one stays in force, or copies stay as they are
 *   its kind is not propagated              | False   | KindNotPropagated
 *   the host has no object of its name      | False   | NoObject
 *   that object cannot be read              | False   | ObjectInvalid
 *   no member may have replicas             | False   | NoClusters
 *   cannot give out all replicas            | False   | TooFewPlaces
 *   asks for what cannot be given           | True    | Adjusted
 *   else                                    | True    | Scheduled
 */
import { isJsonRecord } from "../../kernel/json.ts";
import type { Plan } from "../planner/planner.ts";

export type PreferenceState =
  | { readonly kind: "invalid"; readonly problem: string; readonly isInForce: boolean }
  | { readonly kind: "kind-not-propagated"; readonly targetKind: string }
  | { readonly kind: "no-object"; readonly object: string }
  | { readonly kind: "object-invalid"; readonly object: string }
  | { readonly kind: "no-clusters" }
  | {
      readonly kind: "planned";
      readonly plan: Plan;
      readonly total: number;
      readonly warnings: readonly string[];
    };

export type PreferenceStatus = {
  readonly observedGeneration: number;
  readonly conditions: readonly [ScheduledCondition];
  /** Sorted by name. */
  readonly clusters: readonly { readonly name: string; readonly replicas: number }[];
};

type ScheduledCondition = {
  readonly type: "Scheduled";
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
  /** RFC 3339. */
  readonly lastTransitionTime: string;
};

/** `stored`: as the host has it; the time of the condition goes on from it. */
export function preferenceStatus(
  state: PreferenceState,
  {
    generation,
    stored,
    nowMs,
  }: { readonly generation: number; readonly stored: unknown; readonly nowMs: number },
): PreferenceStatus {
  const { isScheduled, reason, message } = wordsOf(state);
  const status = isScheduled ? "True" : "False";
  const since = sinceOf(stored, status) ?? `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  return {
    observedGeneration: generation,
    conditions: [{ type: "Scheduled", status, reason, message, lastTransitionTime: since }],
    clusters: state.kind === "planned" ? numbersOf(state.plan) : [],
  };
}

type Words = { readonly isScheduled: boolean; readonly reason: string; readonly message: string };

function wordsOf(state: PreferenceState): Words {
  const failed = (reason: string, message: string): Words => ({ isScheduled: false, reason, message });
  switch (state.kind) {
    case "invalid":
      return failed(
        "Invalid",
        `${state.problem}; until then ${state.isInForce ? "the last valid preference stays in force" : "copies stay as they are"}`,
      );
    case "kind-not-propagated":
      return failed(
        "KindNotPropagated",
        `objects of the kind ${state.targetKind} are not propagated: enable their type, or correct spec.targetKind`,
      );
    case "no-object":
      return failed("NoObject", `there is no ${state.object}: create it, or delete this preference`);
    case "object-invalid":
      return failed("ObjectInvalid", `${state.object} cannot be read: its own status says why`);
    case "no-clusters":
      return failed(
        "NoClusters",
        "no cluster may have replicas: look at the placement of the namespace, and whether the clusters are ready",
      );
    case "planned":
      return plannedWords(state);
  }
}

function plannedWords({
  plan,
  total,
  warnings,
}: Extract<PreferenceState, { readonly kind: "planned" }>): Words {
  const numbers = numbersOf(plan).map(({ name, replicas }) => `${name} ${replicas}`);
  const text = [numbers.join(", "), ...warnings].join("; ");
  if (plan.shortfall > 0) {
    const given = total - plan.shortfall;
    const message = `${given} of ${total} replicas are placed: ${text}`;
    return { isScheduled: false, reason: "TooFewPlaces", message };
  }
  return { isScheduled: true, reason: warnings.length > 0 ? "Adjusted" : "Scheduled", message: text };
}

function numbersOf({ replicas, overflow }: Plan): { readonly name: string; readonly replicas: number }[] {
  return [...replicas].map(([name, number]) => ({ name, replicas: number + (overflow.get(name) ?? 0) }));
}

function sinceOf(stored: unknown, status: string): string | null {
  const conditions = isJsonRecord(stored) && Array.isArray(stored["conditions"]) ? stored["conditions"] : [];
  const before = (conditions as unknown[]).filter(isJsonRecord).find(({ type }) => type === "Scheduled");
  const since = before?.["lastTransitionTime"];
  return before?.["status"] === status && typeof since === "string" ? since : null;
}

/** Whether the host has it already; a definition without room keeps only what KubeFed's has. */
export function isStoredStatus(status: PreferenceStatus, stored: unknown): boolean {
  if (!isJsonRecord(stored)) return false;
  return Object.entries(status).every(
    ([field, value]) => JSON.stringify(stored[field]) === JSON.stringify(value),
  );
}
