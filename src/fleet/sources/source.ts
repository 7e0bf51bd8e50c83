/** What every source of names has in common: which objects it reads, what of them it wants, and the rights it needs. */
import type { Resource } from "../kube/resource.ts";

/** A resource a source lists and watches, in the versions it understands, the best first. */
export type Need = {
  readonly group: string;
  readonly plural: string;
  readonly versions: readonly string[];
};

/** Of which objects a source hears: settings, the same for each. */
export type ObjectFilter = {
  /** Empty = all. */
  readonly namespaces: readonly string[];
};

export function isChosen(namespaces: readonly string[], namespace: string): boolean {
  return namespaces.length === 0 || namespaces.includes(namespace);
}

export function resourcesOf({ group, plural, versions }: Need): Resource[] {
  return versions.map((version) => ({ group, version, plural }));
}
