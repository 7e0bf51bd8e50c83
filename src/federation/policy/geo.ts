/**
 * geo: the share falls with distance, and halves every `halfKm` kilometres that a cluster is farther than the nearest.
 *
 *   clusters (km), halfKm 500     | parts
 *   100, 600                      | 1, 1/2
 *   100, 600, 1100                | 1, 1/2, 1/4
 *   9000, 9500                    | 1, 1/2          only the difference counts
 *   100, unknown                  | 1, 1            where nobody knows, it is as near as the nearest
 *   weights 3 and 1; 100, 600     | 3, 1/2          weights multiply
 *   weights 1 and 0; 600, 100     | 1, reserve      a cluster of weight 0 only when the others cannot
 */
import { byWeight, type Candidate, type Standing } from "./standing.ts";

export function geo(candidates: readonly Candidate[], halfKm: number): Standing[] {
  const nearest = nearestKm(candidates);
  return candidates.map(({ weight, km }) => {
    const standing = byWeight(weight);
    return { ...standing, weight: standing.weight * 2 ** -halvings(km ?? nearest, nearest, halfKm) };
  });
}

/** How often the share has halved. */
export function halvings(km: number, nearest: number, halfKm: number): number {
  return (km - nearest) / halfKm;
}

export function nearestKm(candidates: readonly Pick<Candidate, "km">[]): number {
  const known = candidates.flatMap(({ km }) => (km === null ? [] : [km]));
  return known.length === 0 ? 0 : Math.min(...known);
}
