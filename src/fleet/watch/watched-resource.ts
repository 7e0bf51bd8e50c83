/** A resource that somebody wants to watch, in whichever version the API server has it. */
import type { Resource } from "../kube/resource.ts";

/** A resource a source lists and watches, in the versions it understands, the best first. */
export type WatchedResource = {
  readonly group: string;
  readonly plural: string;
  readonly versions: readonly string[];
};

export function resourcesOf({ group, plural, versions }: WatchedResource): Resource[] {
  return versions.map((version) => ({ group, version, plural }));
}
