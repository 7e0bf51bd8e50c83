/** What there is to say about a preference, from what is known of its object and of the plan. */
import type { ParsedObject } from "../federated/federated-object.ts";
import { preferenceWarnings } from "../planner/preference-warnings.ts";
import type { Decision } from "./allot.ts";
import type { KnownPreference } from "./preference-watch.ts";
import type { PreferenceState } from "./preference-status.ts";

type StateOptions = {
  /** Its kind is propagated. */
  readonly isPropagated: boolean;
  /** As the host has the object; null = it does not. */
  readonly declared: ParsedObject | null;
  readonly decision: Decision | null;
  /** All of the federation. */
  readonly clusters: readonly string[];
};

/** Null = nothing is known yet. */
export function preferenceState(
  { key, targetKind, valid, problem }: KnownPreference,
  { isPropagated, declared, decision, clusters }: StateOptions,
): PreferenceState | null {
  if (problem !== null) return { kind: "invalid", problem, isInForce: valid !== null };
  if (valid === null || targetKind === null) return null;
  if (!isPropagated) return { kind: "kind-not-propagated", targetKind };
  const object = `${targetKind} ${key}`;
  if (declared === null) return { kind: "no-object", object };
  if ("problem" in declared) return { kind: "object-invalid", object };
  if (decision === null || decision.plan === "waiting" || decision.plan === "no-object") return null;
  if (decision.plan === "no-clusters") return { kind: "no-clusters" };
  const { total, preferences } = valid;
  const warnings = preferenceWarnings(preferences, { path: "spec", clusters, total });
  return { kind: "planned", plan: decision.plan.target, total, warnings: [...warnings, ...decision.short] };
}
