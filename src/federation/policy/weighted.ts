/**
 * weighted: shares by the configured weights alone, wherever the client is.
 *
 *   weights                          | standing
 *   us-west=3, eu-central=1          | us-west 3, eu-central 1
 *   ... and ap-south not mentioned   | ap-south reserve: like weight 0
 *   a=0, b=0                         | both reserve, so each gets half
 *   no weights at all                | 1 each
 */
import { byWeight, type Candidate, type Standing } from "./standing.ts";

export function weighted(candidates: readonly Candidate[]): Standing[] {
  return candidates.map(({ weight }) => byWeight(weight));
}

/** The weight of a cluster when `weights` says something about any. */
export function weightIn(weights: ReadonlyMap<string, number> | null, cluster: string): number {
  return weights === null ? 1 : (weights.get(cluster) ?? 0);
}
