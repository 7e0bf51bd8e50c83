/**
 * geo: the share of a cluster halves for every `halfKm` kilometres by which it is farther away than the nearest cluster.
 *
 *   clusters (km), halfKm 500     | parts
 *   100, 600                      | 1, 1/2
 *   100, 600, 1100                | 1, 1/2, 1/4
 *   9000, 9500                    | 1, 1/2          only the difference counts
 *   100, unknown                  | 1, 1            an unknown distance is treated as that of the nearest
 *   weights 3 and 1; 100, 600     | 3, 1/2          weights multiply
 *   weights 1 and 0; 600, 100     | 1, reserve      a cluster of weight 0 is used only when the others are at capacity
 *
 * How far a share has fallen is counted in steps: per client and cluster when clusters or clients move (nearness.ts),
 * and turned into a factor of the weight when a query is answered (answer/select/weigh.ts).
 */
import { byWeight } from "./placement.ts";
import type { Policy } from "./policy.ts";

export const geo: Policy = {
  number: 0,
  meaning:
    "any; the share of a cluster halves for every 500 km (`traffic.halfDistanceKm`) by which it is farther from the client than the nearest cluster",
  distance: "weights",
  answersAll: false,
  place: (candidates) => candidates.map(({ weight }) => byWeight(weight)),
};

/** Makes a share right to a quarter of a percent. */
const STEPS_PER_HALVING = 256;
const STEPS_MAX = 0xffff;

/** How far the share of a cluster at `km` has fallen: 0 at the nearest one, at most 65535. */
export function stepsAt(km: number, nearest: number, halfKm: number): number {
  return Math.min(STEPS_MAX, Math.round((STEPS_PER_HALVING * (km - nearest)) / halfKm));
}

/** What is left of a share after so many steps, above 0 to 1. */
export function shareAfter(steps: number): number {
  return 2 ** (-steps / STEPS_PER_HALVING);
}

/** Kilometres beyond the nearest cluster after so many steps. */
export function kmBeyond(steps: number, halfKm: number): number {
  return (steps / STEPS_PER_HALVING) * halfKm;
}

/** The least of the known distances; 0 when none is known. */
export function nearestKm(clusters: readonly { readonly km: number | null }[]): number {
  const known = clusters.flatMap(({ km }) => (km === null ? [] : [km]));
  return known.length === 0 ? 0 : Math.min(...known);
}
