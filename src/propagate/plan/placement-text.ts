/** Why a cluster is in or out, in one sentence, with the cure where something is wrong. */
import { closestWord } from "../../kernel/suggestion.ts";
import type { ClusterPlacement } from "../placement/placement.ts";
import type { PlacementSaid } from "./copy-plan.ts";

const SENTENCES: Readonly<Record<Exclude<ClusterPlacement["reason"], "no-such-cluster">, string>> = {
  listed: "spec.placement.clusters names it",
  preferred: "its ReplicaSchedulingPreference counts it in",
  "not-preferred": "its ReplicaSchedulingPreference leaves it out",
  selected: "its labels match spec.placement.clusterSelector",
  "not-listed": "spec.placement.clusters does not name it",
  "not-selected": "its labels do not match spec.placement.clusterSelector",
  "no-placement": "spec.placement has neither clusters nor clusterSelector; add one",
  "cluster-leaves": "its KubeFedCluster is being deleted together with its copies",
  "namespace-not-placed": "its FederatedNamespace is not placed there; add the cluster to its placement",
  "namespace-not-federated": "its namespace is not federated",
};

/** `clusters`: the names of the federation's clusters. */
export function placementSaid(
  { cluster, isChosen, reason }: ClusterPlacement,
  clusters: readonly string[],
): PlacementSaid {
  if (reason !== "no-such-cluster") return { isChosen, reason, sentence: SENTENCES[reason] };
  const near = closestWord(cluster, clusters);
  const cure = near === null ? "correct the name, or join the cluster" : `did you mean ${near}?`;
  return { isChosen, reason, sentence: `the federation has no cluster of this name; ${cure}` };
}

export const DELETED: PlacementSaid = {
  isChosen: false,
  reason: "deleted",
  sentence: "the federated object is being deleted",
};

export const UNREADABLE: PlacementSaid = {
  isChosen: false,
  reason: "unreadable",
  sentence: "the federated object cannot be read",
};
