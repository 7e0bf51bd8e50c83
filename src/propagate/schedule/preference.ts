/** A ReplicaSchedulingPreference (scheduling.kubefed.io/v1alpha1) of KubeFed, read and checked. */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { parsePreferences } from "../planner/parse-preferences.ts";
import type { Preferences } from "../planner/planner.ts";

export const PREFERENCES = {
  group: "scheduling.kubefed.io",
  plural: "replicaschedulingpreferences",
  versions: ["v1alpha1"],
} as const;

export type ReplicaPreference = {
  /** "FederatedDeployment": of the object with the same namespace and name. */
  readonly targetKind: string;
  /** Of all members together. */
  readonly total: number;
  readonly preferences: Preferences;
  /** Only members that spec.placement selects get replicas. */
  readonly intersects: boolean;
};

/** `targetKind` null = it cannot be read either. */
export type ParsedPreference =
  | { readonly preference: ReplicaPreference }
  | { readonly targetKind: string | null; readonly problem: string };

/** `object`: whole, as the host sent it. A problem names the field and the cure. */
export function parsePreference(object: unknown): ParsedPreference {
  const spec = specOf(object);
  const { targetKind, totalReplicas: total, intersectWithClusterSelector: intersects = false } = spec;
  if (typeof targetKind !== "string" || targetKind === "")
    return { targetKind: null, problem: "spec.targetKind must name a federated kind: FederatedDeployment" };
  if (!Number.isInteger(total) || Number(total) < 0 || Number(total) > INT32_MAX)
    return {
      targetKind,
      problem: `spec.totalReplicas must be a whole number from 0 to ${INT32_MAX}`,
    };
  if (typeof intersects !== "boolean")
    return { targetKind, problem: "spec.intersectWithClusterSelector must be true or false" };
  const { clusters, rebalance } = spec;
  // Which clusters there are, and so what cannot be carried out, is another question.
  const parsed = parsePreferences(
    { clusters, rebalance },
    { path: "spec", clusters: [], total: Number(total) },
  );
  if ("problem" in parsed) return { targetKind, problem: parsed.problem };
  return { preference: { targetKind, total: Number(total), preferences: parsed.preferences, intersects } };
}

const INT32_MAX = 2_147_483_647;

function specOf(object: unknown): JsonRecord {
  const spec = isJsonRecord(object) ? object["spec"] : undefined;
  return isJsonRecord(spec) ? spec : {};
}
