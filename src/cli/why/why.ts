/** The answer to why, as a value: both halves of it, joined cluster by cluster, and which half is missing. */
import type { Traffic } from "../traffic/ask-shares.ts";
import type { Shares } from "../traffic/shares.ts";
import { type ClusterLine, clusterLines } from "./cluster-lines.ts";
import type { PlacementHalf } from "./placement-half.ts";

export type Why = {
  /** "Service shop/web", or the name that was asked for. */
  readonly title: string;
  readonly shares: Shares | null;
  /** "shop/web"; null = it is not federated, or that is not known. */
  readonly service: string | null;
  /** "FederatedDeployment shop/web" */
  readonly workloads: readonly string[];
  readonly clusters: readonly ClusterLine[];
  /** What could not be asked, with the cure: "the traffic: …". */
  readonly missing: readonly string[];
  readonly notes: readonly string[];
  readonly hasProblems: boolean;
};

/** `problem`: why it cannot be read, with the cure. */
export type PlacementRead =
  | { readonly kind: "known"; readonly placement: PlacementHalf }
  | { readonly kind: "unknown"; readonly problem: string };

export function whyOf(
  title: string,
  halves: { readonly traffic: Traffic; readonly placement: PlacementRead },
): Why {
  const shares = halves.traffic.kind === "known" ? halves.traffic.shares : null;
  const placement = halves.placement.kind === "known" ? halves.placement.placement : null;
  const clusters = clusterLines({ placement, shares });
  const objects = placement === null ? [] : [placement.service ?? [], placement.workloads].flat();
  const wrong = objects.flatMap(({ kind, namespace, name, problem, type }) => {
    const sentence = type.isPropagated ? problem : `its type ${type.name} is switched off`;
    return sentence === null ? [] : [`${kind} ${namespace}/${name}: ${sentence}`];
  });
  return {
    title,
    shares,
    service: placement?.service ? `${placement.service.namespace}/${placement.service.name}` : null,
    workloads: (placement?.workloads ?? []).map(
      ({ kind, namespace, name }) => `${kind} ${namespace}/${name}`,
    ),
    clusters,
    missing: [
      ...(halves.traffic.kind === "unknown" ? [`the traffic: ${halves.traffic.problem}`] : []),
      ...(halves.placement.kind === "unknown" ? [`the placement: ${halves.placement.problem}`] : []),
    ],
    notes: [...wrong, ...(placement?.notes ?? [])],
    hasProblems:
      wrong.length > 0 || clusters.some(({ reasons }) => reasons.some(({ isProblem }) => isProblem)),
  };
}
