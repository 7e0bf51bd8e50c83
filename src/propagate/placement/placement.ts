/**
 * Which clusters an object goes to, from its `spec.placement` (types.kubefed.io/v1beta1).
 *
 *   clusters         | clusterSelector    | chosen
 *   names            | any                | these clusters; the selector is ignored
 *   []               | any                | none
 *   absent or null   | absent or null     | none
 *   absent or null   | {}                 | all
 *   absent or null   | {matchLabels: {}}  | all
 *   absent or null   | with requirements  | clusters whose labels satisfy all of them
 *
 * An object in a namespace goes nowhere that its namespace does not go to:
 *
 *   namespace                                  | chosen
 *   not federated, the control plane is global | none
 *   not federated, the control plane is of one namespace | as above
 *   federated                                  | as above, and only where the namespace is placed
 *
 * A cluster that is given up together with its copies is chosen by nothing.
 *
 * Whether a cluster is ready changes nothing here: what is not seen is not for that reason placed elsewhere.
 */
import { type Labels, matchesSelector, type Selector } from "../../federation/hosts/selector.ts";

/** Absent lists and selectors are null: `[]` and `{}` mean something else. */
export type ObjectPlacement = {
  readonly clusters: readonly string[] | null;
  readonly selector: Selector | null;
  /** `clusters` are those of a preference, whatever the object says. */
  readonly isByPreference?: boolean;
};

export type PlaceableCluster = {
  readonly name: string;
  readonly labels: Labels;
  /** Wall ms when it was given up together with its copies; absent = it was not. */
  readonly leavingMs?: number;
};

/** What bounds the placement of an object in a namespace. */
export type NamespaceBound =
  /** Objects of cluster scope, and objects of a control plane that manages one namespace. */
  | { readonly kind: "unbounded" }
  | { readonly kind: "not-federated" }
  /** It is a namespace that is never federated, or a FederatedNamespace of another name than its namespace. */
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "placed"; readonly clusters: ReadonlySet<string> };

/** Why a cluster is chosen, or is not. */
type PlacementReason =
  | "listed"
  | "selected"
  | "not-listed"
  | "preferred"
  | "not-preferred"
  | "not-selected"
  | "no-placement"
  | "namespace-not-placed"
  | "namespace-not-federated"
  /** It was given up together with its copies. */
  | "cluster-leaves"
  /** The placement names a cluster that the federation does not have. */
  | "no-such-cluster";

export type ClusterPlacement = {
  readonly cluster: string;
  readonly isChosen: boolean;
  readonly reason: PlacementReason;
};

/** One entry for every cluster of the federation, and for every name that is none; sorted by name. */
export function place(
  placement: ObjectPlacement,
  clusters: readonly PlaceableCluster[],
  bound: NamespaceBound,
): ClusterPlacement[] {
  const known = new Set(clusters.map(({ name }) => name));
  const unknown = [...new Set(placement.clusters)].filter((name) => !known.has(name));
  return [
    ...clusters.map((cluster) => bounded(placedIn(placement, cluster), bound)),
    ...unknown.map((cluster) => ({ cluster, isChosen: false, reason: "no-such-cluster" as const })),
  ].sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

function placedIn(
  { clusters, selector, isByPreference = false }: ObjectPlacement,
  cluster: PlaceableCluster,
): ClusterPlacement {
  if (cluster.leavingMs !== undefined)
    return { cluster: cluster.name, isChosen: false, reason: "cluster-leaves" };
  if (clusters !== null) {
    const isChosen = clusters.includes(cluster.name);
    const [inside, outside] = isByPreference
      ? (["preferred", "not-preferred"] as const)
      : (["listed", "not-listed"] as const);
    return { cluster: cluster.name, isChosen, reason: isChosen ? inside : outside };
  }
  if (selector === null) return { cluster: cluster.name, isChosen: false, reason: "no-placement" };
  const isChosen = matchesSelector(selector, cluster.labels);
  return { cluster: cluster.name, isChosen, reason: isChosen ? "selected" : "not-selected" };
}

/** The namespace takes clusters away and never adds one. */
function bounded(placed: ClusterPlacement, bound: NamespaceBound): ClusterPlacement {
  if (!placed.isChosen || bound.kind === "unbounded") return placed;
  if (bound.kind === "not-federated" || bound.kind === "refused")
    return { ...placed, isChosen: false, reason: "namespace-not-federated" };
  return bound.clusters.has(placed.cluster)
    ? placed
    : { ...placed, isChosen: false, reason: "namespace-not-placed" };
}
