/** The truth tables at the top of each policy, and what all policies have in common. */
import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import * as fc from "fast-check";
import { RESERVE_TIERS, type Placement, weightIn } from "../../../src/federation/policy/placement.ts";
import {
  goesByPlace,
  hasAllInAnswer,
  hasTiersByDistance,
  hasWeightsByDistance,
  POLICIES,
  policyNameOf,
} from "../../../src/federation/policy/policies.ts";
import { geoAsSeen, nearestAsSeen, type SeenCandidate } from "./as-seen.ts";

function cluster(name: string, facts: Partial<SeenCandidate> = {}): SeenCandidate {
  return { name, weight: 1, km: null, kinship: 3, ...facts };
}
const at = (...kms: readonly (number | null)[]): SeenCandidate[] =>
  kms.map((km, i) => cluster(`c${i}`, { km }));
const tiers = (placements: readonly Placement[]): number[] => placements.map(({ tier }) => tier);
const parts = (placements: readonly Placement[]): number[] => placements.map(({ weight }) => weight);

describe("geo", () => {
  const cases: readonly [string, readonly SeenCandidate[], readonly number[]][] = [
    ["the share halves every 500 km", at(100, 600), [1, 1 / 2]],
    ["and halves again", at(100, 600, 1100), [1, 1 / 2, 1 / 4]],
    ["only the difference counts", at(9000, 9500), [1, 1 / 2]],
    ["an unknown distance counts as the nearest", at(100, null), [1, 1]],
    ["without any known distance, all are alike", at(null, null), [1, 1]],
    [
      "weights multiply",
      [cluster("a", { weight: 3, km: 100 }), cluster("b", { weight: 1, km: 600 })],
      [3, 1 / 2],
    ],
  ];
  for (const [claim, candidates, expected] of cases)
    it(claim, () => assert.deepEqual(parts(geoAsSeen(candidates, 500)), expected));
  it("keeps a cluster of weight 0 in reserve, however near", () => {
    const candidates = [cluster("a", { km: 600 }), cluster("b", { weight: 0, km: 100 })];
    assert.deepEqual(tiers(geoAsSeen(candidates, 500)), [0, RESERVE_TIERS]);
  });
});

describe("nearest", () => {
  const kin = (kinship: number, km: number | null = null): SeenCandidate =>
    cluster(`k${kinship}`, { kinship, km });
  const cases: readonly [string, readonly SeenCandidate[], readonly number[]][] = [
    ["the own cluster, the region, then distance", [kin(0), kin(2, 300), kin(3, 100)], [0, 1, 2]],
    ["two in the client's zone share a tier", [kin(1, 5), kin(1, 90)], [0, 0]],
    ["nearly equal distances share a tier", at(1000, 1040, 2000), [0, 0, 1]],
    ["in whatever order they come", at(2000, 1040, 1000), [1, 0, 0]],
    ["an unknown distance counts as the nearest", at(1000, null, 2000), [0, 0, 1]],
    ["without any known distance, all are alike", at(null, null), [0, 0]],
  ];
  for (const [claim, candidates, expected] of cases)
    it(claim, () => assert.deepEqual(tiers(nearestAsSeen(candidates)), expected));
});

describe("weighted", () => {
  const named = (
    weights: Readonly<Record<string, number>> | null,
    ...names: readonly string[]
  ): Placement[] => {
    const map = weights === null ? null : new Map(Object.entries(weights));
    return [
      ...POLICIES.weighted.place(
        names.map((name) => ({ name, weight: weightIn(map, name) })),
        [],
      ),
    ];
  };
  it("goes by the weights, and who is not mentioned is in reserve", () => {
    const placements = named({ "us-west": 3, "eu-central": 1 }, "us-west", "eu-central", "ap-south");
    assert.deepEqual(parts(placements), [3, 1, 1]);
    assert.deepEqual(tiers(placements), [0, 0, RESERVE_TIERS]);
  });
  it("all of weight 0 share alike", () => {
    const placements = named({ a: 0, b: 0 }, "a", "b");
    assert.deepEqual(
      [tiers(placements), parts(placements)],
      [
        [RESERVE_TIERS, RESERVE_TIERS],
        [1, 1],
      ],
    );
  });
  it("no weights at all are equal weights", () => assert.deepEqual(parts(named(null, "a", "b")), [1, 1]));
});

describe("failover", () => {
  const order = (names: readonly string[], ...clusters: readonly string[]): number[] =>
    tiers(
      POLICIES.failover.place(
        clusters.map((name) => cluster(name)),
        names,
      ),
    );
  it("goes by the order", () => assert.deepEqual(order(["a", "b"], "b", "a"), [1, 0]));
  it("puts who is not in it behind", () => assert.deepEqual(order(["a", "b"], "b", "c", "d"), [1, 2, 2]));
  it("counts the first mention", () => assert.deepEqual(order(["b", "b", "a"], "a", "b"), [1, 0]));
});

test("all draws nothing", () => {
  assert.deepEqual(POLICIES.all.place(at(1, 2), []), [
    { tier: 0, weight: 1 },
    { tier: 0, weight: 1 },
  ]);
});

test("every policy gives every cluster a tier that fits into an octet and a weight that is not lost", () => {
  const candidate = fc.record({
    name: fc.constantFrom("a", "b", "c"),
    weight: fc.integer({ min: 0, max: 10_000 }),
    km: fc.option(fc.double({ min: 0, max: 20_038, noNaN: true })),
    kinship: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 128 }), (candidates) => {
      for (const placements of [
        ...Object.values(POLICIES).map(({ place }) => place(candidates, ["b"])),
        nearestAsSeen(candidates),
        geoAsSeen(candidates, 500),
      ]) {
        assert.equal(placements.length, candidates.length);
        for (const { tier, weight } of placements)
          assert.ok(Number.isInteger(tier) && tier >= 0 && tier < 256 && weight > 0, `${tier} ${weight}`);
      }
    }),
  );
});

describe("the table of policies", () => {
  it("has a number of its own for each policy, which fits into an octet", () => {
    const numbers = Object.values(POLICIES).map(({ number }) => number);
    assert.equal(new Set(numbers).size, numbers.length);
    assert.ok(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 256));
  });
  it("keeps the numbers that pictures on disk have", () => {
    const numbers = Object.entries(POLICIES).map(([name, { number }]) => [name, number]);
    const expected = { geo: 0, nearest: 1, weighted: 2, failover: 3, all: 4 };
    assert.partialDeepStrictEqual(Object.fromEntries(numbers), expected);
  });
  it("says by number what it says by name", () => {
    for (const [name, { number, distance, answersAll }] of Object.entries(POLICIES)) {
      assert.equal(policyNameOf(number), name);
      assert.equal(goesByPlace(number), distance !== "ignored");
      assert.equal(hasWeightsByDistance(number), distance === "weights");
      assert.equal(hasTiersByDistance(number), distance === "tiers");
      assert.equal(hasAllInAnswer(number), answersAll);
    }
  });
  it("treats a number that it does not have as a policy by weights", () => {
    assert.equal(policyNameOf(200), "policy 200");
    assert.ok(!goesByPlace(200) && !hasAllInAnswer(200));
  });
});
