/** Requests to the planner at random: small enough that bounds, capacities and what runs collide in all ways. */
import * as fc from "fast-check";
import type { ClusterPreference, PlanRequest } from "../../../src/propagate/planner/planner.ts";

const NAMES = ["a", "b", "c", "d", "e", "f"];

const preference: fc.Arbitrary<ClusterPreference> = fc
  .record({
    weight: fc.oneof(fc.nat(4), fc.constantFrom(0, 1, 1, 1000)),
    minReplicas: fc.oneof(fc.constant(0), fc.nat(12)),
    room: fc.option(fc.nat(20), { nil: null }),
  })
  .map(({ weight, minReplicas, room }) => ({
    weight,
    minReplicas,
    maxReplicas: room === null ? null : minReplicas + room,
  }));

function countsAmong(names: readonly string[], max: number): fc.Arbitrary<ReadonlyMap<string, number>> {
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), fc.nat(max)), { selector: ([name]) => name })
    .map((entries) => new Map(entries));
}

export const requests: fc.Arbitrary<PlanRequest> = fc.record({
  total: fc.oneof(fc.nat(12), fc.nat(90)),
  clusters: fc.subarray(NAMES),
  preferences: fc.record({
    rebalance: fc.boolean(),
    clusters: fc
      .uniqueArray(fc.tuple(fc.constantFrom(...NAMES, "*", "*"), preference), {
        selector: ([name]) => name,
      })
      .map((entries) => new Map(entries)),
  }),
  current: countsAmong(NAMES, 40),
  capacity: fc.oneof(fc.constant(new Map<string, number>()), countsAmong(NAMES, 30)),
  key: fc.string({ maxLength: 4 }),
});

export function preferenceOf({ preferences }: PlanRequest, cluster: string): ClusterPreference {
  const nothing = { weight: 0, minReplicas: 0, maxReplicas: null };
  return preferences.clusters.get(cluster) ?? preferences.clusters.get("*") ?? nothing;
}

/** Is the cluster not named, and there is no "*"? */
export function isLeftOut({ preferences }: PlanRequest, cluster: string): boolean {
  return !preferences.clusters.has(cluster) && !preferences.clusters.has("*");
}

/** The most that may run in the cluster. */
export function ceilingOf(request: PlanRequest, cluster: string): number {
  if (isLeftOut(request, cluster)) return 0;
  const { maxReplicas } = preferenceOf(request, cluster);
  return Math.min(maxReplicas ?? Infinity, request.capacity.get(cluster) ?? Infinity);
}

export function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, one) => all + one, 0);
}
