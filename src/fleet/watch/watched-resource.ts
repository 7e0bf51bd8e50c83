/** A resource that somebody wants to watch, in whichever version the API server has it. */
import type { Resource } from "../kube/resource.ts";

/** A resource a source lists and watches, in the versions it understands, the best first. */
export type WatchedResource = {
  readonly group: string;
  readonly plural: string;
  readonly versions: readonly string[];
};

/** The best version, for resources that every API server has. */
export function preferredResource({ group, plural, versions }: WatchedResource): Resource {
  return { group, version: versions[0] as string, plural };
}

export function resourcesOf({ group, plural, versions }: WatchedResource): Resource[] {
  return versions.map((version) => ({ group, version, plural }));
}
