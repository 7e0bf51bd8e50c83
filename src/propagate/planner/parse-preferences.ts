/**
 * Reads the preferences of clusters: `rebalance` and `clusters` of a ReplicaSchedulingPreference, and the JSON text in which
 * annotations of Federation v1 have the same fields. What cannot be carried out as written is a warning: the plan comes as
 * near as it can. What can only be a mistake is a problem.
 *
 *   clusters                        | result
 *   absent, null or {}              | {"*": {weight: 1}}: all clusters equally
 *   a minimum above its maximum     | problem
 *   a number below 0 or no integer  | problem
 *   a name that is no cluster       | warning
 *   minimums that exceed the total  | warning
 *   maximums that do not reach it   | warning
 *   a field that preferences lack   | warning
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { closestWord } from "../../kernel/suggestion.ts";
import type { ClusterPreference, Preferences } from "./planner.ts";
import { preferenceWarnings, shortened } from "./preference-warnings.ts";

/** `problem` names the field and the cure. */
type ParsedPreferences =
  | { readonly preferences: Preferences; readonly warnings: readonly string[] }
  | { readonly problem: string };

export type PreferenceContext = {
  /** Where the preferences are: `spec`, or the name of an annotation. */
  readonly path: string;
  /** All clusters of the federation. */
  readonly clusters: readonly string[];
  /** Replicas that are wanted in all clusters together. */
  readonly total: number;
};

/** What replicas are in a KubeFed type, int64; numbers above 2^53 are rounded, which no total can tell. */
const REPLICAS_MAX = 2 ** 63;
const REPLICAS_MAX_TEXT = "9223372036854775807";
const FIELDS = ["rebalance", "clusters"];
const CLUSTER_FIELDS = ["minReplicas", "maxReplicas", "weight"];
const EQUALLY: ReadonlyMap<string, ClusterPreference> = new Map([
  ["*", { minReplicas: 0, maxReplicas: null, weight: 1 }],
]);
const UNKNOWN_MAX = 10;

/** `text` is the value of an annotation. */
export function parsePreferencesText(text: string, context: PreferenceContext): ParsedPreferences {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {
      problem: `${context.path} must be JSON, such as {"rebalance":true,"clusters":{"*":{"weight":1}}}`,
    };
  }
  const parsed = parsePreferences(value, context);
  if ("problem" in parsed) return parsed;
  const unknown = isJsonRecord(value) ? unknownFields(value, context.path, FIELDS) : [];
  return { ...parsed, warnings: [...unknown, ...parsed.warnings] };
}

/** `value` has `rebalance` and `clusters`; other fields are not looked at. */
export function parsePreferences(value: unknown, context: PreferenceContext): ParsedPreferences {
  const { path } = context;
  if (!isJsonRecord(value)) return { problem: `${path} must be an object with rebalance and clusters` };
  const rebalance = value["rebalance"] ?? false;
  if (typeof rebalance !== "boolean") return { problem: `${path}.rebalance must be true or false` };
  const clusters = parseClusters(value["clusters"] ?? {}, `${path}.clusters`);
  if ("problem" in clusters) return clusters;
  const preferences = { rebalance, clusters: clusters.clusters };
  return { preferences, warnings: [...clusters.unknown, ...preferenceWarnings(preferences, context)] };
}

type ParsedClusters =
  | { readonly clusters: ReadonlyMap<string, ClusterPreference>; readonly unknown: readonly string[] }
  | { readonly problem: string };

function parseClusters(value: unknown, path: string): ParsedClusters {
  if (!isJsonRecord(value))
    return { problem: `${path} must map names of clusters to preferences: {CLUSTER: {weight: 1}}` };
  const clusters = new Map<string, ClusterPreference>();
  const unknown: string[] = [];
  for (const [name, one] of Object.entries(value)) {
    const place = `${path}${stepTo(name)}`;
    if (name === "") return { problem: `${path} has a preference without a name: name a cluster, or "*"` };
    const preference = parseCluster(one ?? {}, place);
    if (typeof preference === "string") return { problem: preference };
    clusters.set(name, preference);
    if (isJsonRecord(one) && unknown.length < UNKNOWN_MAX)
      unknown.push(...unknownFields(one, place, CLUSTER_FIELDS));
  }
  return { clusters: clusters.size === 0 ? EQUALLY : clusters, unknown };
}

/** A text is a problem. */
function parseCluster(value: unknown, path: string): ClusterPreference | string {
  if (!isJsonRecord(value))
    return `${path} must be an object with weight, minReplicas and maxReplicas, such as {weight: 1}`;
  const minReplicas = value["minReplicas"] ?? 0;
  if (!isReplicas(minReplicas)) return replicasProblem(`${path}.minReplicas`, minReplicas);
  const maxReplicas = value["maxReplicas"] ?? null;
  if (maxReplicas !== null && !isReplicas(maxReplicas))
    return replicasProblem(`${path}.maxReplicas`, maxReplicas);
  const weight = value["weight"] ?? 0;
  if (!isReplicas(weight)) return replicasProblem(`${path}.weight`, weight);
  if (!Number.isSafeInteger(weight))
    return `${path}.weight must be at most ${Number.MAX_SAFE_INTEGER}: weights are relative, so divide all of them`;
  if (maxReplicas !== null && minReplicas > maxReplicas)
    return `${path}.minReplicas ${minReplicas} is above its maxReplicas ${maxReplicas}: lower the one or raise the other`;
  return { minReplicas, maxReplicas, weight };
}

function isReplicas(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= REPLICAS_MAX;
}

function replicasProblem(path: string, value: unknown): string {
  const quoted = typeof value === "string" && value.trim() !== "" && isReplicas(Number(value));
  return `${path} must be a whole number from 0 to ${REPLICAS_MAX_TEXT}${quoted ? ", without quotes" : ""}`;
}

function unknownFields(value: JsonRecord, path: string, fields: readonly string[]): string[] {
  return Object.keys(value)
    .filter((name) => !fields.includes(name))
    .slice(0, UNKNOWN_MAX)
    .map((name) => {
      const closest = closestWord(name, fields);
      const cure = closest === null ? `there are ${fields.join(", ")}` : `did you mean ${closest}?`;
      return `${path}${stepTo(name)} means nothing: ${cure}`;
    });
}

/** How a path goes on to a name; names that are long or odd are quoted and cut. */
function stepTo(name: string): string {
  if (/^[\w-]{1,63}$/.test(name)) return `.${name}`;
  return `[${JSON.stringify(shortened(name))}]`;
}
