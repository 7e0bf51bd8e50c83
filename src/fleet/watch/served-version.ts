/** Finds the version of a resource that an API server serves, if any: a cluster without a CRD is in order. */
import { isRecord, KubeError } from "../kube/kube-error.ts";
import type { Resource } from "../kube/resource.ts";
import type { Transport } from "../kube/transport.ts";
import { type WatchedResource, resourcesOf } from "./watched-resource.ts";

/** The first of the versions that is served; null = none. Throws when discovery fails. */
export async function findServed(
  transport: Transport,
  watched: WatchedResource,
  signal: AbortSignal,
): Promise<Resource | null> {
  const resources = resourcesOf(watched);
  // Every API server serves the core group.
  if (watched.group === "") return resources[0] ?? null;
  for (const resource of resources) if (await isServed(transport, resource, signal)) return resource;
  if (watched.isAnyVersion !== true) return null;
  const versions = (await versionsOf(transport, watched.group, signal)).filter(
    (version) => !watched.versions.includes(version),
  );
  for (const resource of resourcesOf({ ...watched, versions }))
    if (await isServed(transport, resource, signal)) return resource;
  return null;
}

/** In the server's order: the newest stable one first. */
async function versionsOf(
  transport: Transport,
  group: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = `/apis/${group}`;
  try {
    const { json } = await transport.breaker.run(signal, () => transport.request({ path, signal }));
    const versions = isRecord(json) && Array.isArray(json["versions"]) ? (json["versions"] as unknown[]) : [];
    return versions.flatMap((one) =>
      isRecord(one) && typeof one["version"] === "string" ? [one["version"]] : [],
    );
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return [];
    throw error;
  }
}

async function isServed(
  transport: Transport,
  { group, version, plural }: Resource,
  signal: AbortSignal,
): Promise<boolean> {
  const path = `/apis/${group}/${version}`;
  try {
    const { json } = await transport.breaker.run(signal, () => transport.request({ path, signal }));
    const resources =
      isRecord(json) && Array.isArray(json["resources"]) ? (json["resources"] as unknown[]) : [];
    return resources.some((resource) => isRecord(resource) && resource["name"] === plural);
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return false;
    throw error;
  }
}
