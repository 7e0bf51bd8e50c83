/**
 * nearest: all clients to the nearest cluster with free capacity: the one they are in, one in their zone, one in their region, then
 * by distance. Clusters at nearly the same distance share a tier, because databases of client addresses err by more.
 *
 *   clusters (kinship, km)                     | ranks
 *   own, region 300 km, nothing 100 km         | 0, 1, 2
 *   zone, zone                                 | 0, 0
 *   nothing 1000, nothing 1040, nothing 2000   | 0, 0, 1      within 5 % and 25 km of the first of its band
 *   nothing 1000, unknown, nothing 2000        | 0, 0, 1      an unknown distance is treated as that of the nearest
 *   unknown, unknown                           | 0, 0
 *
 * The rank is added to the tier when a query is answered (answer/select/weigh.ts).
 */
import { nearestKm } from "./geo.ts";
import { byWeight, RESERVE_TIERS } from "./placement.ts";
import type { Policy } from "./policy.ts";

export const nearest: Policy = {
  number: 1,
  meaning:
    "the cluster the client is in, else one in the client's zone, else in its region, else the nearest by distance",
  distance: "tiers",
  answersAll: false,
  place: (candidates) => candidates.map(({ weight }) => byWeight(weight)),
};

/** A cluster as one client sees it. */
export type SeenCluster = {
  /** Kilometres from the client; null = not known. */
  readonly km: number | null;
  /** What it shares with the client by name: 0 it is the client's own cluster, 1 a zone, 2 a region, 3 nothing. */
  readonly kinship: number;
};

const NO_KIN = 3;
const BAND = 1.05;
const BAND_KM = 25;
/** Tiers from RESERVE_TIERS on belong to clusters of weight 0. */
export const RANK_MAX: number = RESERVE_TIERS - 1;

/** Up to this distance a cluster is as near as one at `km`. */
export function bandEnd(km: number): number {
  return km * BAND + BAND_KM;
}

/** 0 = nearest, at most RANK_MAX. Weights do not matter. */
export function ranksOf(clusters: readonly SeenCluster[]): number[] {
  const closest = nearestKm(clusters.filter(({ kinship }) => kinship === NO_KIN));
  const byDistance = clusters
    .map(({ km, kinship }, index) => ({ index, kinship, km: kinship === NO_KIN ? (km ?? closest) : 0 }))
    .sort((a, b) => a.kinship - b.kinship || a.km - b.km);
  const ranks = clusters.map(() => 0);
  let rank = -1;
  let end = 0;
  let kinship = -1;
  for (const one of byDistance) {
    if (one.kinship !== kinship || one.km > end) {
      rank++;
      end = bandEnd(one.km);
      kinship = one.kinship;
    }
    ranks[one.index] = Math.min(rank, RANK_MAX);
  }
  return ranks;
}
