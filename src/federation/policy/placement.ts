/**
 * Tier and weight: the terms in which every policy places a cluster. Whether a cluster is ready, healthy or drained is
 * added when a query is answered (answer/select/weigh.ts).
 */

/** A cluster that declares the service. */
export type Candidate = {
  readonly name: string;
  /** As `fedns.io/weights` gives it, a whole number; 1 where there are no weights. */
  readonly weight: number;
};

export type Placement = {
  /** The lowest tier serves as many clients as its capacity allows; the next tier gets the rest. */
  readonly tier: number;
  /** Compared with the weights of the other clusters of the tier. */
  readonly weight: number;
};

/** A cluster of weight 0 serves clients only when all other clusters are at capacity, as in Amazon Route 53. */
export const RESERVE_TIERS = 128;

/** The tier and weight that a configured weight stands for. */
export function byWeight(weight: number): Placement {
  return weight === 0 ? { tier: RESERVE_TIERS, weight: 1 } : { tier: 0, weight };
}

/** The configured weight of a cluster. `weights` null: none are configured, and all clusters weigh the same. */
export function weightIn(weights: ReadonlyMap<string, number> | null, cluster: string): number {
  return weights === null ? 1 : (weights.get(cluster) ?? 0);
}
