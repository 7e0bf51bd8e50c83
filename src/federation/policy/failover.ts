/**
 * failover: one cluster after the other, in the order given; each serves the clients that exceed the capacity of those before it.
 *
 *   order       | clusters       | tiers
 *   a, b        | a, b           | 0, 1
 *   a, b        | b, c           | 1, 2      clusters that the order does not name come last, together
 *   b, b, a     | a, b           | 1, 0      the first mention counts
 */
import type { Policy } from "./policy.ts";

const LAST_TIER = 255;

export const failover: Policy = {
  number: 3,
  meaning: "the first available cluster in `fedns.io/failover-order`",
  distance: "ignored",
  answersAll: false,
  place: (candidates, order) => {
    const names = [...new Set(order)];
    return candidates.map(({ name, weight }) => {
      const at = names.indexOf(name);
      return { tier: Math.min(at < 0 ? names.length : at, LAST_TIER), weight: Math.max(1, weight) };
    });
  },
};
