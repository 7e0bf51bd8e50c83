/** The fleet's guard: what it holds, what it lets go, and whom it listens to. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  afterFall,
  countVoters,
  isMost,
  reviewed,
  type Voter,
  WATCHING,
} from "../../../src/traffic/health/guard.ts";
import { type ProbeHistory, newHistory } from "../../../src/traffic/health/probe-history.ts";

const nowMs = 1_000_000;
const failingSinceMs = nowMs - 25_000;

function history(change: Partial<ProbeHistory>): ProbeHistory {
  return { ...newHistory(0), state: "up", probedMs: nowMs - 1000, wasGood: true, ...change };
}
const good = history({});
const bad = history({ failures: 2, failingSinceMs, wasGood: false });
const unseen = history({ state: "unknown", failures: 3, failingSinceMs, wasGood: false });
const slow = history({ probedMs: nowMs - 50_000 });
const justFell = history({ state: "down", flippedMs: nowMs - 60_000 });
const longDown = history({ state: "down", flippedMs: nowMs - 600_000 });

/** Clusters by their targets: { a: [good, bad] }. */
function fleet(clusters: Readonly<Record<string, readonly ProbeHistory[]>>): Voter[] {
  return Object.entries(clusters).flatMap(([cluster, targets]) =>
    targets.map((one) => ({ cluster, history: one })),
  );
}
const many = (count: number, one: ProbeHistory): ProbeHistory[] => Array.from({ length: count }, () => one);

describe("the guard", () => {
  const table: readonly (readonly [claim: string, voters: Voter[], isHolding: boolean])[] = [
    ["holds when all of three clusters fail", fleet({ a: [bad], b: [bad], c: [bad] }), true],
    ["holds when both of two fail", fleet({ a: [bad], b: [bad] }), true],
    ["lets one of three go", fleet({ a: [bad], b: [good], c: [good] }), false],
    ["lets one of three go that has most targets", fleet({ a: many(98, bad), b: [good], c: [good] }), false],
    ["lets two of three go", fleet({ a: [bad], b: [bad], c: [good] }), false],
    [
      "lets small clusters go, however many",
      fleet({ a: many(98, good), b: [bad], c: [bad], d: [bad] }),
      false,
    ],
    ["holds three of four", fleet({ a: [bad], b: [bad], c: [bad], d: [good] }), true],
    ["says nothing about a single cluster", fleet({ a: many(50, bad) }), false],
    ["does not hear what was never seen up", fleet({ a: [bad], b: [unseen], c: [unseen], d: [good] }), false],
    ["does not hear who was not probed since", fleet({ a: [bad], b: [bad], c: [slow], d: [slow] }), true],
    ["counts who fell just now", fleet({ a: [justFell], b: [justFell], c: [bad], d: [good] }), true],
    ["does not count who fell long ago", fleet({ a: [longDown], b: [longDown], c: [bad], d: [good] }), false],
    [
      "calls a cluster dark by the majority of its targets",
      fleet({ a: [bad, bad, good], b: [bad, bad, good], c: [bad, bad, bad] }),
      true,
    ],
  ];
  for (const [claim, voters, isHolding] of table) {
    it(claim, () => {
      const guard = afterFall(WATCHING, () => voters, { failingSinceMs, nowMs, share: 0.7 });
      assert.equal(guard.kind === "holding", isHolding);
    });
  }

  it("lets go when the fleet is back, by the same count", () => {
    const dark = fleet({ a: [bad], b: [bad], c: [bad] });
    const guard = afterFall(WATCHING, () => dark, { failingSinceMs, nowMs, share: 0.7 });
    assert.equal(reviewed(guard, dark, nowMs + 1000, 0.7).kind, "holding");
    const half = fleet({ a: [bad], b: [bad], c: [good] });
    assert.equal(reviewed(guard, half, nowMs + 1000, 0.7).kind, "watching");
  });

  it("waits two minutes for targets that are probed rarely, then counts their last result", () => {
    const voters = fleet({ a: [bad], b: [bad], c: [slow], d: [slow] });
    const guard = afterFall(WATCHING, () => voters, { failingSinceMs, nowMs, share: 0.7 });
    assert.equal(reviewed(guard, voters, failingSinceMs + 120_000, 0.7).kind, "holding");
    const laterMs = failingSinceMs + 120_001;
    assert.equal(reviewed(guard, voters, laterMs, 0.7).kind, "watching");
    const again = afterFall(WATCHING, () => voters, { failingSinceMs, nowMs: laterMs, share: 0.7 });
    assert.equal(again.kind, "watching");
  });

  it("never holds with a share of 1, always with 0 when two clusters fail", () => {
    const dark = countVoters(fleet({ a: [bad], b: [bad] }), failingSinceMs, nowMs);
    assert.equal(isMost(dark, 1), false);
    assert.equal(isMost(dark, 0), true);
  });
});
