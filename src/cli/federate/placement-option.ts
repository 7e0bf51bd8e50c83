/** `spec.placement` from the options of a command: `--clusters a,b`, `--cluster-selector tier=gold`, or else all clusters. */
import { parseSelector } from "../../federation/hosts/selector.ts";
import type { JsonRecord } from "../../kernel/json.ts";

type PlacementOptions = {
  readonly clusters?: readonly string[];
  readonly clusterSelector?: string;
};

/** A text is a problem. */
export function placementOf({ clusters, clusterSelector }: PlacementOptions): JsonRecord | string {
  if (clusters !== undefined && clusterSelector !== undefined)
    return "--clusters and --cluster-selector exclude each other";
  if (clusters !== undefined) return { clusters: [...new Set(clusters)].map((name) => ({ name })) };
  const requirements = parseSelector(clusterSelector ?? "");
  if (requirements === null)
    return `--cluster-selector ${JSON.stringify(clusterSelector)} is no selector, like tier=gold,region in (eu,us)`;
  const labels: Record<string, string> = {};
  const expressions: JsonRecord[] = [];
  for (const { key, values, isWanted } of requirements) {
    const [value, ...others] = values ?? [];
    const isEqual = isWanted && value !== undefined && others.length === 0 && !Object.hasOwn(labels, key);
    if (isEqual) labels[key] = value;
    else if (values === null) expressions.push({ key, operator: isWanted ? "Exists" : "DoesNotExist" });
    else expressions.push({ key, operator: isWanted ? "In" : "NotIn", values });
  }
  return {
    clusterSelector: {
      ...(Object.keys(labels).length > 0 && { matchLabels: labels }),
      ...(expressions.length > 0 && { matchExpressions: expressions }),
    },
  };
}
