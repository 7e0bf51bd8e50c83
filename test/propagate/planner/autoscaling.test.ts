/** Minimums and maximums of an autoscaler over clusters: the worked examples, and what holds for all. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  type AutoscalingRequest,
  distributeAutoscaling,
  type SeenAutoscaler,
} from "../../../src/propagate/planner/autoscaling.ts";

const NOW_MS = 1_000_000;
const LONG_AGO_MS = NOW_MS - 120_001;

/** `c1 1,7 5 yes, c2`: bounds, current and desired replicas, and whether it is settled; `new` instead: it never scaled. */
function distributed(wanted: string, clusters: string, key = ""): string {
  const [minReplicas = 1, maxReplicas = 1] = wanted.split(",").map(Number);
  const seen = new Map<string, SeenAutoscaler>();
  const names = (clusters === "" ? [] : clusters.split(", ")).map((text) => {
    const [name = "", bounds, load = "0", settled] = text.split(" ");
    if (bounds === undefined) return name;
    const [min = 0, max = 0] = bounds.split(",").map(Number);
    const lastScaleMs = load === "new" ? null : settled === "yes" ? LONG_AGO_MS : LONG_AGO_MS + 1;
    const replicas = load === "new" ? 0 : Number(load);
    const spec = { minReplicas: min, maxReplicas: max };
    seen.set(name, { ...spec, currentReplicas: replicas, desiredReplicas: replicas, lastScaleMs });
    return name;
  });
  const request = { minReplicas, maxReplicas, clusters: names, key, seen, nowMs: NOW_MS };
  return [...distributeAutoscaling(request)]
    .map(([name, bounds]) => `${name} ${bounds.minReplicas},${bounds.maxReplicas}`)
    .join(", ");
}

describe("an autoscaler over clusters", () => {
  const table: readonly (readonly [string, string, string, string])[] = [
    ["a new cluster gets what a pristine one offers", "1,10", "c1 1,10 new, c2", "c1 1,9, c2 1,1"],
    [
      "a maximum moves from reserve to load",
      ...(["1,10", "c1 1,7 5 yes, c2 1,1 1 yes, c3 1,2 1 no", "c1 1,6, c2 1,2, c3 1,2"] as const),
    ],
    [
      "nothing moves from a cluster that scaled a moment ago",
      ...(["1,10", "c1 1,9 9 no, c2 1,1 1 yes", "c1 1,9, c2 1,1"] as const),
    ],
    ["a minimum moves to load", "4,10", "c1 3,6 3 yes, c2 1,4 3 yes", "c1 2,6, c2 2,4"],
    ["a minimum that is exceeded stays", "4,10", "c1 3,6 4 yes, c2 1,4 3 yes", "c1 3,6, c2 1,4"],
    ["the first distribution is equal", "4,10", "c1, c2", "c1 2,5, c2 2,5"],
    ["every cluster that has a maximum has a minimum", "1,9", "c1, c2, c3", "c1 1,3, c2 1,3, c3 1,3"],
    ["clusters without a share have no autoscaler", "1,3", "c1, c2, c3, c4", "c1 1,1, c4 1,2"],
    ["less is wanted: those that offer give one", "1,9", "c1 1,5 5 no, c2 1,5 2 yes", "c1 1,5, c2 1,4"],
    ["less is wanted: all give in turn", "1,6", "c1 1,5 5 no, c2 1,5 5 no", "c1 1,3, c2 1,3"],
    ["less is wanted than minimums: they fall too", "1,3", "c1 3,5 5 no, c2 1,1 1 no", "c1 1,2, c2 1,1"],
    ["less is wanted than clusters: some go", "1,1", "c1 1,5 5 no, c2 1,1 1 no", "c1 1,1"],
    [
      "more is wanted: a cluster that needs gets one, then all",
      "1,20",
      "c1 1,5 5 yes, c2 1,5 2 no",
      "c1 1,11, c2 1,9",
    ],
    ["more is wanted: a cluster without one gets it all", "1,20", "c1 1,10 5 no, c2", "c1 1,10, c2 1,10"],
    ["a cluster that left gives all back", "2,10", "c1 1,5 3 yes", "c1 2,10"],
    ["an offer that nobody needs stays", "1,10", "c1 1,9 2 yes, c2 1,1 0 yes", "c1 1,9, c2 1,1"],
    ["the last reserve stays where it is", "1,11", "c1 1,3 2 yes, c2 1,8 8 yes", "c1 1,3, c2 1,8"],
    ["without clusters there is nothing", "1,10", "", ""],
  ];
  for (const [claim, wanted, clusters, expected] of table)
    it(claim, () => {
      assert.equal(distributed(wanted, clusters), expected);
    });

  it("takes the largest reserve first", () => {
    const clusters = "c1 1,4 3 yes, c2 1,9 3 yes, c3 1,2 2 yes";
    assert.equal(distributed("1,15", clusters), "c1 1,4, c2 1,8, c3 1,3");
  });
});

const autoscalers: fc.Arbitrary<AutoscalingRequest> = fc
  .record({
    minReplicas: fc.integer({ min: 1, max: 20 }),
    room: fc.nat(30),
    clusters: fc.subarray(["a", "b", "c", "d", "e"], { minLength: 1 }),
    key: fc.string({ maxLength: 3 }),
    seen: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom("a", "b", "c", "d", "e"),
        minReplicas: fc.integer({ min: 1, max: 6 }),
        room: fc.nat(9),
        currentReplicas: fc.nat(12),
        desiredReplicas: fc.nat(12),
        lastScaleMs: fc.constantFrom(null, LONG_AGO_MS, NOW_MS),
      }),
      { selector: ({ name }) => name },
    ),
  })
  .map(({ room, seen, ...request }) => ({
    ...request,
    maxReplicas: request.minReplicas + room,
    nowMs: NOW_MS,
    seen: new Map(
      seen.map(({ name, room: more, ...one }) => [name, { ...one, maxReplicas: one.minReplicas + more }]),
    ),
  }));

describe("all distributions", () => {
  it("have the maximum, at least the minimum, and bounds that an autoscaler may have", () => {
    fc.assert(
      fc.property(autoscalers, (request) => {
        const bounds = [...distributeAutoscaling(request).values()];
        const sum = (of: "minReplicas" | "maxReplicas"): number =>
          bounds.reduce((all, one) => all + one[of], 0);
        assert.equal(sum("maxReplicas"), request.maxReplicas);
        assert.ok(sum("minReplicas") >= request.minReplicas);
        for (const one of bounds) assert.ok(one.minReplicas >= 1 && one.minReplicas <= one.maxReplicas);
      }),
      { numRuns: 3000 },
    );
  });

  it("are the same whatever the order", () => {
    fc.assert(
      fc.property(autoscalers, (request) => {
        const seen = new Map([...request.seen].toReversed());
        const turned = { ...request, clusters: request.clusters.toReversed(), seen };
        assert.deepEqual([...distributeAutoscaling(turned)], [...distributeAutoscaling(request)]);
      }),
    );
  });

  it("take no maximum below the load, unless less is wanted", () => {
    fc.assert(
      fc.property(autoscalers, (request) => {
        const has = request.clusters.reduce(
          (sum, name) => sum + (request.seen.get(name)?.maxReplicas ?? 0),
          0,
        );
        fc.pre(has <= request.maxReplicas);
        const after = distributeAutoscaling(request);
        for (const name of request.clusters) {
          const { maxReplicas = 0, desiredReplicas = 0 } = request.seen.get(name) ?? {};
          const kept = after.get(name)?.maxReplicas ?? 0;
          assert.ok(kept >= Math.min(maxReplicas, desiredReplicas));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("come to rest while the load stays as it is", () => {
    fc.assert(
      fc.property(autoscalers, (request) => {
        let seen = request.seen;
        for (let turn = 0; ; turn++) {
          const after = distributeAutoscaling({ ...request, seen });
          const next = new Map(
            [...after].map(([name, bounds]): readonly [string, SeenAutoscaler] => {
              const idle = { currentReplicas: 0, desiredReplicas: 0, lastScaleMs: null };
              return [name, { ...(seen.get(name) ?? idle), ...bounds }];
            }),
          );
          const isAtRest = [...next].every(([name, one]) => {
            const before = seen.get(name);
            return before?.maxReplicas === one.maxReplicas && before.minReplicas === one.minReplicas;
          });
          if (isAtRest) return;
          assert.ok(turn < 60, "it goes on and on");
          seen = next;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
