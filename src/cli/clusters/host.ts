/** The host cluster as commands see it: its uid, and the members that it declares. */
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { read, readAll } from "../../fleet/objects/read.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { CLUSTERS } from "../../fleet/host-objects/host-types.ts";
import { preferredResource } from "../../fleet/watch/watched-resource.ts";
import { BUILT_IN, objectTitle } from "../membership/planned-object.ts";
import type { ClusterConnection } from "./connect.ts";
import { stepError, stepRefused } from "./step-error.ts";

/** The uid of the namespace kube-system: it tells one cluster from another, whatever their names and addresses. */
export async function clusterUid(cluster: ClusterConnection, signal: AbortSignal): Promise<string> {
  const path = "/api/v1/namespaces/kube-system";
  try {
    const { json } = await cluster.transport.request({ path, signal });
    return (json as ApiObject).metadata.uid;
  } catch (error) {
    throw stepError(`${cluster.name}: Namespace kube-system`, error, BUILT_IN.Namespace.plural);
  }
}

/** All KubeFedClusters of the namespace. Throws an OperationalError that names `fedns init` where they are not served. */
export async function declaredClusters(
  host: ClusterConnection,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly ApiObject[]> {
  const resource = preferredResource(CLUSTERS);
  const step = `${host.name}: KubeFedClusters in ${namespace}`;
  try {
    return await readAll(host.transport, { resource, namespace }, { signal });
  } catch (error) {
    if (refusalOf(error, { plural: resource.plural }).kind === "kind-not-served")
      throw stepRefused(step, "this cluster is no host yet; run fedns init first");
    throw stepError(step, error, resource.plural);
  }
}

/** Null: there is none of this name, or the host does not serve the kind at all. */
export async function declaredCluster(
  host: ClusterConnection,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<ApiObject | null> {
  try {
    return await read(host.transport, key, { signal });
  } catch (error) {
    if (refusalOf(error, key.resource).kind === "kind-not-served") return null;
    throw stepError(`${host.name}: ${objectTitle("KubeFedCluster", key)}`, error, key.resource.plural);
  }
}
