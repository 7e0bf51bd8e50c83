/**
 * Objects that are not federated, each with the reason that people are told. The first row that fits decides:
 *
 * | object | reason |
 * |---|---|
 * | with an owner reference | its owner makes it |
 * | Event, Endpoints, EndpointSlice, Pod, Lease | its cluster makes it |
 * | Secret with the token of a ServiceAccount; ConfigMap `kube-root-ca.crt`; ServiceAccount `default` | every cluster has its own |
 * | with the label of a copy | it is a copy |
 * | with a deletion timestamp | it is about to go |
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { MANAGED } from "../../propagate/federated/labels.ts";

const OWN_OF_CLUSTER: Readonly<Record<string, string>> = {
  events: "it tells what happened in this cluster",
  "events.events.k8s.io": "it tells what happened in this cluster",
  endpoints: "each cluster makes its own, from its Services",
  "endpointslices.discovery.k8s.io": "each cluster makes its own, from its Services",
  pods: "federate the workload that makes it",
  "leases.coordination.k8s.io": "it is held in this cluster",
};

/** Why no object of the kind is federated; null = some can be. `name`: plural with group. */
export function kindSkipReason(name: string): string | null {
  return OWN_OF_CLUSTER[name] ?? null;
}

/** Null: it can be federated. `name`: plural with group. */
export function skipReason(name: string, object: JsonRecord): string | null {
  const metadata = isJsonRecord(object["metadata"]) ? object["metadata"] : {};
  const owner = ownerIn(metadata["ownerReferences"]);
  // Its owner is the better answer: the workload of a Pod.
  if (owner !== null) return `it belongs to ${owner}, which makes it in each cluster`;
  const own = kindSkipReason(name) ?? (isUsual(name, object, metadata) ? "every cluster has its own" : null);
  if (own !== null) return own;
  const labels = isJsonRecord(metadata["labels"]) ? metadata["labels"] : {};
  if (labels[MANAGED] === "true") return "it is a copy of a federated object";
  return metadata["deletionTimestamp"] === undefined ? null : "it is being deleted";
}

function isUsual(name: string, object: JsonRecord, metadata: JsonRecord): boolean {
  if (name === "configmaps") return metadata["name"] === "kube-root-ca.crt";
  if (name === "serviceaccounts") return metadata["name"] === "default";
  return name === "secrets" && object["type"] === "kubernetes.io/service-account-token";
}

/** `ReplicaSet web-7d4b9`; null = none. */
function ownerIn(references: unknown): string | null {
  const all = Array.isArray(references) ? (references as readonly unknown[]).filter(isJsonRecord) : [];
  const owner = all.find(({ controller }) => controller === true) ?? all[0];
  return owner === undefined ? null : `${String(owner["kind"])} ${String(owner["name"])}`;
}
