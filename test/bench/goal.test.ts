/** Goal arithmetic: medians, ratios round by round, bounds, and the fourteen goals of the public claim. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { atMost, below, median, medianRounds, ratioOf } from "../../bench/goal.ts";
import type { ScenarioId, Series } from "../../bench/peers/scenario.ts";
import { peerGoals, peerNames, warningsOf } from "../../bench/peers/goals.ts";

describe("median", () => {
  it("is the middle of an odd count, the mean of the middle two of an even one, and null of none", () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.equal(median([]), null);
  });
});

describe("ratioOf", () => {
  it("compares figures of the same round only, so a disturbed round does not bend the ratio", () => {
    assert.equal(ratioOf([1.1, 11, 1.1], [1, 10, 1]), 1.1);
    assert.equal(ratioOf([2, null, 3], [1, 1, null]), 2);
    assert.equal(ratioOf([], [1]), null);
  });
});

describe("medianRounds", () => {
  it("has no figure for a round in which one contender has none", () => {
    const rounds = medianRounds([
      [1, 4],
      [2, null],
      [3, 6],
    ]);
    assert.deepEqual(rounds, [2, null]);
  });
});

describe("atMost and below", () => {
  it("meet at the bound and below it, judged before rounding", () => {
    assert.deepEqual(atMost("x", 1.1, 1.1, "x"), { name: "x", goal: "<= 1.10x", value: 1.1, met: true });
    assert.deepEqual(atMost("x", 1.1001, 1.1, "x"), { name: "x", goal: "<= 1.10x", value: 1.1, met: false });
    assert.equal(below("x", 1, 1, "x").met, false);
    assert.equal(below("x", 0.999_999, 1, "x").met, true);
    assert.equal(atMost("memory", 3, 5, "ms").goal, "<= 5 ms");
  });

  it("are not met without a value", () => {
    assert.deepEqual(atMost("x", null, 1, "x"), { name: "x", goal: "<= 1.00x", value: null, met: false });
    assert.equal(below("x", null, 1, "x").met, false);
  });
});

describe("peerGoals", () => {
  it("are all met by a server at the limit, below all others", () => {
    const goals = peerGoals(
      seriesOf({ limit: 2, fedns: 2.1, gdnsd: 2.2, NSD: 3, Knot: 3, PowerDNS: 4, BIND: 6 }),
    );
    assert.equal(goals.length, 14);
    assert.deepEqual(
      goals.filter((goal) => !goal.met),
      [],
    );
  });

  it("fail one by one when a bound is passed", () => {
    const slow = peerGoals(
      seriesOf({ limit: 2, fedns: 2.25, gdnsd: 2.1, NSD: 2.2, Knot: 3, PowerDNS: 4, BIND: 6 }),
    );
    const missed = slow.filter((goal) => !goal.met).map((goal) => goal.name);
    const expected = ["a", "b", "c"].flatMap((id) =>
      ["limit", "NSD", "gdnsd"].map((o) => `(${id}) CPU per query / ${o}`),
    );
    assert.deepEqual(missed, expected);
  });

  it("compare a federated name with the peers' static one, and TCP against the peers' median", () => {
    const goals = peerGoals(
      seriesOf({ limit: 2, fedns: 2, gdnsd: 4, NSD: 8, Knot: 10, PowerDNS: 20, BIND: 40 }),
    );
    const value = (name: string): number | null | undefined =>
      goals.find((goal) => goal.name === name)?.value;
    assert.equal(value("(a) CPU per query / NSD"), 0.25);
    assert.equal(value("(t) CPU per query / median of the peers' TCP"), 0.2);
  });

  it("are not met where the peer is absent, and only there", () => {
    const goals = peerGoals(seriesOf({ limit: 2, fedns: 2, NSD: 3, Knot: 3, PowerDNS: 4, BIND: 6 }));
    const missed = goals.filter((goal) => !goal.met);
    assert.deepEqual(
      missed.map((goal) => goal.name),
      [
        ...["a", "b", "c"].map((id) => `(${id}) CPU per query / gdnsd`),
        "(t) CPU per query / median of the peers' TCP",
      ],
    );
    assert.ok(missed.every((goal) => goal.value === null));
  });

  it("are none met without fedns", () => {
    const goals = peerGoals(seriesOf({ limit: 2, gdnsd: 2, NSD: 3, Knot: 3, PowerDNS: 4, BIND: 6 }));
    assert.ok(goals.every((goal) => !goal.met && goal.value === null));
  });
});

describe("warningsOf", () => {
  it("name the contenders that lost or spoilt more than a hundredth, and only those", () => {
    const sample = { cpuMicros: 1, queriesPerSecond: 1, latencyMicros: 1, lostShare: 0.009, wrongShare: 0 };
    const series: readonly Series[] = [
      { scenario: "b", contender: "NSD", samples: [sample] },
      { scenario: "b", contender: "Knot", samples: [sample, { ...sample, lostShare: 0.02 }] },
      { scenario: "c", contender: "BIND", samples: [{ ...sample, wrongShare: 0.5 }] },
    ];
    assert.deepEqual(warningsOf(series), [
      "Knot lost up to 2.0 % of the queries of (b).",
      "BIND answered up to 50.0 % of (c) wrong.",
    ]);
  });
});

/** Two rounds of the same cost for everyone in each scenario they take part in. */
function seriesOf(costs: Readonly<Record<string, number>>): readonly Series[] {
  const ids: readonly ScenarioId[] = ["a", "b", "c", "d", "t"];
  return ids.flatMap((scenario) =>
    Object.entries(costs)
      .filter(([name]) => !(scenario === "a" && peerNames.some((peer) => peer === name)))
      .filter(([name]) => !(scenario === "t" && name === "limit"))
      .map(([contender, cpuMicros]) => {
        const sample = { cpuMicros, queriesPerSecond: 1e5, latencyMicros: 100, lostShare: 0, wrongShare: 0 };
        return { scenario, contender, samples: [sample, { ...sample, cpuMicros: cpuMicros * 10 }] };
      }),
  );
}
