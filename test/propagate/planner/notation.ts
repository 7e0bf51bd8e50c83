/** Short forms of what a planner gets and gives: `A16 B17` for counts, `A 1 2..10, * 1` for preferences. */
import type { ClusterPreference, Preferences } from "../../../src/propagate/planner/planner.ts";

export function counts(text: string): ReadonlyMap<string, number> {
  return new Map(
    [...text.matchAll(/([A-Z])(\d+)/g)].map(([, name = "", count]) => [name, Number(count)] as const),
  );
}

/** Each cluster as `NAME WEIGHT`, `NAME WEIGHT MIN` or `NAME WEIGHT MIN..MAX`. */
export function preferencesOf(text: string, rebalance: boolean): Preferences {
  const clusters = text.split(", ").map((one): readonly [string, ClusterPreference] => {
    const [name = "", weight, bounds = "0"] = one.split(" ");
    const [min, max] = bounds.split("..");
    const maxReplicas = max === undefined ? null : Number(max);
    return [name, { weight: Number(weight), minReplicas: Number(min), maxReplicas }];
  });
  return { rebalance, clusters: new Map(clusters) };
}
