/** What an allotment means for a federated object and its copies: see the table in allotment.ts. */
import { isJsonRecord } from "../../kernel/json.ts";
import type { Allotment } from "./allotment.ts";
import type { FederatedObject } from "./federated-object.ts";

export function allotted(object: FederatedObject, allotment: Allotment | null): FederatedObject {
  if (allotment === null) return object;
  const decided = allotment.replicas ?? allotment.spec ?? null;
  if (decided === null) return { ...object, allotment };
  const placement = { clusters: [...decided.keys()], selector: null, isByPreference: true };
  return { ...object, placement, allotment };
}

export function isUndecided({ allotment }: FederatedObject, cluster: string): boolean {
  if (allotment === null) return false;
  return allotment.undecided === "all" || allotment.undecided.has(cluster);
}

/** The number that is decided for the cluster; null = none is. */
export function allottedReplicas({ allotment }: FederatedObject, cluster: string): number | null {
  if (allotment === null || allotment.autoscaled.has(cluster)) return null;
  return allotment.replicas?.get(cluster) ?? null;
}

/** The member decides how many replicas its copy has, once there is one. */
export function leavesReplicas(object: FederatedObject, cluster: string): boolean {
  if (object.allotment?.autoscaled.has(cluster) === true) return true;
  return object.retainReplicas && allottedReplicas(object, cluster) === null;
}

/** What the object says of the number in a cluster; null = nothing, or overrides may say otherwise. */
export function statedReplicas(object: FederatedObject, cluster: string): number | null {
  const { template, overrides } = object;
  const decided = allottedReplicas(object, cluster);
  if (decided !== null) return decided;
  const spec = template["spec"];
  const replicas = isJsonRecord(spec) ? spec["replicas"] : undefined;
  return typeof replicas === "number" && overrides.length === 0 ? replicas : null;
}
