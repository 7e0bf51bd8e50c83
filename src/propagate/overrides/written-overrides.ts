/** Overrides as `spec.overrides` has them, from those that were read: what is kept of them is read again by the same rules. */
import type { JsonRecord } from "../../kernel/json.ts";
import type { Selector } from "../../federation/hosts/selector.ts";
import type { Override } from "./parse-overrides.ts";

export function writtenOverrides(overrides: readonly Override[]): readonly JsonRecord[] {
  return overrides.map(({ clusters, operations }) => ({
    ...("name" in clusters
      ? { clusterName: clusters.name }
      : { clusterSelector: { matchExpressions: writtenSelector(clusters.selector) } }),
    clusterOverrides: operations,
  }));
}

/** Selectors of overrides have no limits of numbers. */
function writtenSelector(selector: Selector): readonly JsonRecord[] {
  return selector.map(({ key, values, isWanted }) =>
    values === null
      ? { key, operator: isWanted ? "Exists" : "DoesNotExist" }
      : { key, operator: isWanted ? "In" : "NotIn", values },
  );
}
