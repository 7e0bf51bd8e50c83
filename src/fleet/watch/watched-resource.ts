/** A resource to watch, in one of several versions. */
import type { Resource } from "../kube/resource.ts";

/** `versions`: those that we understand, the best first. */
export type WatchedResource = {
  readonly group: string;
  readonly plural: string;
  readonly versions: readonly string[];
  /** Where none of them is served, any other version of the group will do. Default: no. */
  readonly isAnyVersion?: boolean;
  /** Only the objects of this namespace; absent = of all. */
  readonly namespace?: string;
};

/** The resource in its best version, for resources that every API server serves. */
export function preferredResource({ group, plural, versions }: WatchedResource): Resource {
  return { group, version: versions[0] as string, plural };
}

export function resourcesOf({ group, plural, versions, namespace }: WatchedResource): Resource[] {
  return versions.map((version) => ({
    group,
    plural,
    version,
    ...(namespace !== undefined && { namespace }),
  }));
}
