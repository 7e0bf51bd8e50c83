/**
 * What geo and nearest give one client, worked out in the plain way: the oracle for the table of nearness, which
 * production computes for all classes of clients at once.
 */
import { nearestKm } from "../../../src/federation/policy/geo.ts";
import { ranksOf, type SeenCluster } from "../../../src/federation/policy/nearest.ts";
import type { Candidate, Placement } from "../../../src/federation/policy/placement.ts";
import { POLICIES } from "../../../src/federation/policy/policies.ts";

export type SeenCandidate = Candidate & SeenCluster;

export function geoAsSeen(candidates: readonly SeenCandidate[], halfKm: number): Placement[] {
  const closest = nearestKm(candidates);
  return POLICIES.geo.place(candidates, []).map(({ tier, weight }, i) => {
    const km = candidates[i]?.km ?? closest;
    return { tier, weight: weight * 2 ** (-(km - closest) / halfKm) };
  });
}

export function nearestAsSeen(candidates: readonly SeenCandidate[]): Placement[] {
  const ranks = ranksOf(candidates);
  return POLICIES.nearest
    .place(candidates, [])
    .map(({ tier, weight }, i) => ({ tier: tier + (ranks[i] as number), weight }));
}
