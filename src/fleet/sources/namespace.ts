/** Labels of namespaces: what `namespaceSelector` in the settings and listeners of Gateways choose by. */
import type { Labels } from "../../federation/hosts/selector.ts";
import type { WatchedResource } from "../watch/watched-resource.ts";

export const namespaceNeeds: readonly WatchedResource[] = [
  { group: "", plural: "namespaces", versions: ["v1"] },
];

export function sameLabels(a: Labels, b: Labels): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
