/**
 * all: every healthy address of every cluster of the level, as in Federation v1.
 *
 *   clusters | placement
 *   any      | tier 0, weight 1: all clusters are in the response
 */
import type { Policy } from "./policy.ts";

export const all: Policy = {
  number: 4,
  meaning: "every address of every cluster, as in Federation v1",
  distance: "ignored",
  answersAll: true,
  place: (candidates) => candidates.map(() => ({ tier: 0, weight: 1 })),
};
