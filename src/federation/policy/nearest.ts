/**
 * nearest: all clients to the nearest cluster that can bear them: their own, one in their zone, in their region, then by
 * distance. Clusters that are as good as equally near share a tier: databases of addresses err by more than that.
 *
 *   clusters (kinship, km)                     | tiers
 *   own, region 300 km, nothing 100 km         | 0, 1, 2
 *   zone, zone                                 | 0, 0
 *   nothing 1000, nothing 1040, nothing 2000   | 0, 0, 1      within 5 % and 25 km of the first of its band
 *   nothing 1000, unknown, nothing 2000        | 0, 0, 1      where nobody knows, it is as near as the nearest
 *   unknown, unknown                           | 0, 0
 */
import { nearestKm } from "./geo.ts";
import { byWeight, type Candidate, RESERVE_TIERS, type Standing } from "./standing.ts";

const BAND = 1.05;
const BAND_KM = 25;

/** Up to this distance a cluster is as near as one at `km`. */
export function bandEnd(km: number): number {
  return km * BAND + BAND_KM;
}

export function nearest(candidates: readonly Candidate[]): Standing[] {
  const ranks = ranksOf(candidates);
  return candidates.map(({ weight }, i) => {
    const standing = byWeight(weight);
    return { ...standing, tier: standing.tier + (ranks[i] as number) };
  });
}

/** 0 = nearest, at most RESERVE_TIERS - 1. Weights do not matter. */
export function ranksOf(candidates: readonly Pick<Candidate, "km" | "kinship">[]): number[] {
  const closest = nearestKm(candidates.filter(({ kinship }) => kinship === NO_KIN));
  const byDistance = candidates
    .map(({ km, kinship }, index) => ({ index, kinship, km: kinship === NO_KIN ? (km ?? closest) : 0 }))
    .sort((a, b) => a.kinship - b.kinship || a.km - b.km);
  const ranks = candidates.map(() => 0);
  let rank = -1;
  let end = 0;
  let kinship = -1;
  for (const one of byDistance) {
    if (one.kinship !== kinship || one.km > end) {
      rank++;
      end = bandEnd(one.km);
      kinship = one.kinship;
    }
    ranks[one.index] = Math.min(rank, RESERVE_TIERS - 1);
  }
  return ranks;
}

const NO_KIN = 3;
