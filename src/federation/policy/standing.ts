/**
 * What a policy says of one cluster: which tier it belongs to, and its weight there. All policies answer in these terms;
 * what is alive, ready and drained is not their business (answer/weigh.ts puts the two together).
 */

/** A cluster that declares the service, as one client would see it. */
export type Candidate = {
  readonly name: string;
  /** Of `fedns.io/weights`, whole numbers; 1 where there are none. */
  readonly weight: number;
  /** Kilometres from the client; null = not known. */
  readonly km: number | null;
  /** What it shares with the client by name: 0 it is the client's own cluster, 1 a zone, 2 a region, 3 nothing. */
  readonly kinship: number;
};

export type Standing = {
  /** The lowest that can takes all it can bear. */
  readonly tier: number;
  /** As compared with others of the tier. */
  readonly weight: number;
};

/** A cluster of weight 0 gets something only when all others can bear no more (Route 53's rule; research/dns.md §2.7). */
export const RESERVE_TIERS = 128;

/** The tier and weight of a configured weight. */
export function byWeight(weight: number): Standing {
  return weight === 0 ? { tier: RESERVE_TIERS, weight: 1 } : { tier: 0, weight };
}
