/** Labels of namespaces: what `namespaceSelector` in the settings and listeners of Gateways choose by. */
import { textMap, at, isLabel, text } from "./raw.ts";
import type { Labels } from "../claim/selector.ts";
import type { Projected } from "../kube/store.ts";
import type { Need } from "./source.ts";

export const namespaceNeeds: readonly Need[] = [{ group: "", plural: "namespaces", versions: ["v1"] }];

export function projectNamespace(object: unknown): Projected<Labels> | null {
  const name = text(at(object, "metadata", "name"));
  return isLabel(name) ? { key: name, value: textMap(at(object, "metadata", "labels")) } : null;
}

export function sameLabels(a: Labels, b: Labels): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
