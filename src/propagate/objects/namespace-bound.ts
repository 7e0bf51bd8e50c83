/**
 * Where the objects of a namespace may go, from the FederatedNamespace of its name.
 *
 *   object                                                   | may go
 *   of cluster scope, like its copies                        | anywhere
 *   in a namespace, its copies are of cluster scope          | nowhere: refused
 *   of cluster scope, its copies are in namespaces           | nowhere: refused
 *   the control plane is of one namespace                    | anywhere, but no further than its FederatedNamespace
 *   a FederatedNamespace of kube-*, default, our own         | nowhere: refused
 *   a FederatedNamespace of another name than its namespace  | nowhere: refused
 *   a FederatedNamespace                                     | anywhere
 *   in such a namespace, or in one that is not federated     | nowhere: not federated
 *   in a federated namespace                                 | where the namespace is placed
 *
 * Somebody with rights in one namespace of the host thus has no influence on what is in no namespace, or in another one.
 */
import type { ParsedObject } from "../federated/federated-object.ts";
import { type NamespaceBound, place, type PlaceableCluster } from "../placement/placement.ts";
import type { StatusInput } from "../status/object-status.ts";
import { NAMESPACES, type PropagatedType } from "./propagated-type.ts";

/** Their copies would belong to the cluster itself. */
export const CLUSTER_NAMESPACES: RegExp = /^(kube-.*|default)$/;

type BoundContext = {
  /** That of the control plane, which is not federated. */
  readonly ownNamespace: string;
  /** Null = the control plane is global; else it manages one namespace, and placement needs no FederatedNamespace. */
  readonly onlyNamespace: string | null;
  /** The same list while they are the same: what was found is kept with it. */
  readonly clusters: readonly PlaceableCluster[];
  /** The FederatedNamespace of a namespace; null = the host has none. */
  readonly federatedNamespace: (namespace: string) => ParsedObject | null;
};

type Placed = Extract<NamespaceBound, { readonly kind: "placed" }>;
/** Every copy in the namespace asks for it. */
const placements = new WeakMap<
  ParsedObject,
  { readonly clusters: readonly PlaceableCluster[]; readonly bound: Placed }
>();

/** `key`: "namespace/name" of the federated object. */
export function boundOf(
  { name, federated, target }: PropagatedType,
  key: string,
  { ownNamespace, onlyNamespace, clusters, federatedNamespace }: BoundContext,
): NamespaceBound {
  if (name === NAMESPACES) return boundOfNamespace(key, ownNamespace);
  const [namespace = ""] = key.split("/");
  const isInNamespace = namespace !== "";
  if (isInNamespace !== target.isNamespaced) {
    const scope = target.isNamespaced ? "Namespaced" : "Cluster";
    const message = `a ${target.kind} has the scope ${scope}, and so must ${federated.plural}: make their definition again with it`;
    return { kind: "refused", message };
  }
  if (!isInNamespace) return { kind: "unbounded" };
  const isOwn = onlyNamespace !== null;
  const own = boundOfNamespace(`${namespace}/${namespace}`, ownNamespace);
  const parsed = own.kind === "refused" && !isOwn ? null : federatedNamespace(namespace);
  if (parsed === null || "problem" in parsed || !parsed.object.isSpecRead)
    return { kind: isOwn ? "unbounded" : "not-federated" };
  return placedBound(parsed, clusters);
}

function placedBound(
  parsed: Extract<ParsedObject, { readonly object: unknown }>,
  clusters: readonly PlaceableCluster[],
): Placed {
  const known = placements.get(parsed);
  if (known?.clusters === clusters) return known.bound;
  const placed = place(parsed.object.placement, clusters, { kind: "unbounded" });
  const chosen = placed.filter(({ isChosen }) => isChosen).map(({ cluster }) => cluster);
  const bound: Placed = { kind: "placed", clusters: new Set(chosen) };
  placements.set(parsed, { clusters, bound });
  return bound;
}

/** Why a bound leaves no place at all; null = it leaves some. */
export function boundFailure(bound: NamespaceBound, key: string): StatusInput["failure"] {
  if (bound.kind === "refused") return { reason: "ComputePlacementFailed", message: bound.message };
  if (bound.kind !== "not-federated") return null;
  const [namespace = ""] = key.split("/");
  const message = `the namespace ${namespace} is not federated: create a FederatedNamespace ${namespace} in it`;
  return { reason: "NamespaceNotFederated", message };
}

function boundOfNamespace(key: string, ownNamespace: string): NamespaceBound {
  const [namespace = "", name = ""] = key.split("/");
  const rename = `it must have the name of its namespace: create FederatedNamespace ${namespace} in ${namespace}`;
  if (namespace !== name) return { kind: "refused", message: rename };
  const isRefused = CLUSTER_NAMESPACES.test(namespace) || namespace === ownNamespace;
  const message = `the namespace ${namespace} is never federated: it belongs to the cluster itself, or to the control plane`;
  return isRefused ? { kind: "refused", message } : { kind: "unbounded" };
}
