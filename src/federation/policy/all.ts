/**
 * all: every healthy address of every cluster of the level, as Federation v1 answered.
 *
 *   clusters | placement
 *   any      | tier 0, weight 1: no cluster is drawn
 */
import type { Policy } from "./policy.ts";

export const all: Policy = {
  number: 4,
  meaning: "every address of every cluster, as Federation v1 answered",
  distance: "ignored",
  answersAll: true,
  place: (candidates) => candidates.map(() => ({ tier: 0, weight: 1 })),
};
