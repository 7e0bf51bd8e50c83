/** Which version of a resource an API server has, if it has it at all: a cluster without a CRD is a sound cluster. */
import { isRecord, KubeError } from "../kube/kube-error.ts";
import type { Resource } from "../kube/resource.ts";
import type { Transport } from "../kube/transport.ts";
import { type WatchedResource, resourcesOf } from "./watched-resource.ts";

/** The first of the versions we understand that is served; null = none of them is. Throws when nobody can say. */
export async function findServed(
  transport: Transport,
  need: WatchedResource,
  signal: AbortSignal,
): Promise<Resource | null> {
  const resources = resourcesOf(need);
  // The core group is what makes a server one.
  if (need.group === "") return resources[0] ?? null;
  for (const resource of resources) if (await isServed(transport, resource, signal)) return resource;
  return null;
}

async function isServed(
  transport: Transport,
  { group, version, plural }: Resource,
  signal: AbortSignal,
): Promise<boolean> {
  const path = `/apis/${group}/${version}`;
  try {
    const { json } = await transport.gate.through(signal, () => transport.request({ path, signal }));
    const resources =
      isRecord(json) && Array.isArray(json["resources"]) ? (json["resources"] as unknown[]) : [];
    return resources.some((resource) => isRecord(resource) && resource["name"] === plural);
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return false;
    throw error;
  }
}
