/**
 * failover: one cluster after the other, in the order given; each takes what those before it cannot bear.
 *
 *   order       | clusters       | tiers
 *   a, b        | a, b           | 0, 1
 *   a, b        | b, c           | 1, 2      not in the order: behind all that are, together
 *   b, b, a     | a, b           | 1, 0      the first mention counts
 *   none        | x, y           | 0, 1      in the order of the settings
 */
import type { Candidate, Standing } from "./standing.ts";

const LAST_TIER = 255;

/** `fallback`: the clusters in the order of the settings. */
export function failover(
  candidates: readonly Candidate[],
  order: readonly string[] | null,
  fallback: readonly string[],
): Standing[] {
  const places = [...new Set(order ?? fallback)];
  return candidates.map(({ name, weight }) => {
    const place = places.indexOf(name);
    return { tier: Math.min(place < 0 ? places.length : place, LAST_TIER), weight: Math.max(1, weight) };
  });
}
