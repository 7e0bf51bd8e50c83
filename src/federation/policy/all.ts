/**
 * all: every healthy address of every cluster of the level, as Federation v1 answered (research/federation.md §1).
 *
 *   clusters | standing
 *   any      | tier 0, weight 1: nothing is drawn
 */
import type { Candidate, Standing } from "./standing.ts";

export function all(candidates: readonly Candidate[]): Standing[] {
  return candidates.map(() => ({ tier: 0, weight: 1 }));
}
