/** The judgement of an endpoint: the table of its file, ramps, and when it changes by itself. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { rampAt } from "../../../src/traffic/health/ramp.ts";
import {
  type ProbeHistory,
  newHistory,
  DEFAULT_THRESHOLDS,
} from "../../../src/traffic/health/probe-history.ts";
import { type Facts, judge, HealthReason, reasonText } from "../../../src/traffic/health/health-reason.ts";

function history(change: Partial<ProbeHistory>): ProbeHistory {
  return { ...newHistory(0), probedMs: 5, wasGood: true, ...change };
}
const up = history({ state: "up" });
const failing = history({ state: "up", failures: 3, failingSinceMs: 1, wasGood: false });
const down = history({
  state: "down",
  wasGood: false,
  flippedMs: 0,
  damping: { doublings: 1, atMs: 0 },
});

function facts(change: Partial<Facts>): Facts {
  return {
    history: null,
    thresholds: DEFAULT_THRESHOLDS,
    isGuardHolding: false,
    forced: null,
    rampMs: 60_000,
    ...change,
  };
}

describe("judge", () => {
  const table: readonly (readonly [Partial<Facts>, health: number, text: string])[] = [
    [{}, 255, "not probed"],
    [{ history: history({}) }, 255, "never seen up"],
    [{ history: history({ wasGood: false, failures: 3 }) }, 255, "never seen up, last probe failed"],
    [{ history: up }, 255, "up"],
    [{ history: failing }, 255, "up, last probe failed"],
    [{ history: failing, isGuardHolding: true }, 255, "up, last probe failed, kept by the fleet guard"],
    [{ history: up, isGuardHolding: true }, 255, "up"],
    [{ history: down }, 0, "down, last probe failed, its return is delayed: it went up and down"],
    [
      { history: down, isGuardHolding: true },
      0,
      "down, last probe failed, its return is delayed: it went up and down",
    ],
    [{ forced: "down" }, 0, "forced down, not probed"],
    [{ history: up, forced: "down" }, 0, "forced down, up"],
    [{ history: down, forced: "up" }, 255, "forced up, down, last probe failed"],
  ];
  for (const [change, health, text] of table) {
    it(`gives ${health} for: ${text}`, () => {
      const judgement = judge(facts(change), null, 10);
      assert.deepEqual([judgement.health, reasonText(judgement.reason)], [health, text]);
    });
  }

  it("ramps from a return to the full share, in steps, and says when the next one comes", () => {
    const out = judge(facts({ history: down }), null, 0);
    let judgement = judge(facts({ history: up }), out, 1000);
    const seen = [judgement.health];
    while (judgement.nextMs !== null) {
      assert.ok((judgement.reason & HealthReason.Ramping) !== 0);
      const before = judge(facts({ history: up }), judgement, judgement.nextMs - 1);
      assert.equal(before.health, judgement.health, "nothing changes before it says so");
      judgement = judge(facts({ history: up }), judgement, judgement.nextMs);
      seen.push(judgement.health);
    }
    assert.equal(seen.length, 17);
    assert.ok(
      seen.every((health, i) => i === 0 || health > (seen[i - 1] as number)),
      seen.join(),
    );
    assert.deepEqual([seen[0], seen.at(-1), judgement.reason & HealthReason.Ramping], [15, 255, 0]);
  });

  it("does not ramp what was never out: a start, an unknown that turns up, a hold that ends", () => {
    assert.equal(judge(facts({ history: up }), null, 0).health, 255);
    const unknown = judge(facts({ history: history({}) }), null, 0);
    assert.equal(judge(facts({ history: up }), unknown, 1).health, 255);
    const guarded = judge(facts({ history: failing, isGuardHolding: true }), null, 0);
    assert.equal(judge(facts({ history: up }), guarded, 1).health, 255);
  });

  it("ramps after a force down is cleared, and not at a force up", () => {
    const out = judge(facts({ history: up, forced: "down" }), null, 0);
    assert.equal(judge(facts({ history: up }), out, 1).health, 15);
    assert.equal(judge(facts({ history: up, forced: "up" }), out, 1).health, 255);
    assert.equal(judge(facts({ history: up, rampMs: 0 }), out, 1).health, 255);
  });

  it("keeps its date while only a ramp, damping or a single probe come and go", () => {
    const out = judge(facts({ history: down }), null, 0);
    const back = judge(facts({ history: history({ state: "up", sinceMs: 500 }) }), out, 500);
    assert.equal(back.sinceMs, 500);
    const later = judge(
      facts({ history: history({ state: "up", sinceMs: 500, wasGood: false }) }),
      back,
      90_000,
    );
    assert.equal(later.sinceMs, 500);
    const forced = judge(facts({ history: up, forced: "down" }), later, 100_000);
    assert.equal(forced.sinceMs, 100_000);
  });

  it("needs no timer for a steady endpoint, and one for the end of damping", () => {
    assert.equal(judge(facts({ history: up }), null, 10).nextMs, null);
    const out = judge(facts({ history: down }), null, 10);
    assert.ok(out.nextMs !== null && out.nextMs > 10);
    const calm = judge(facts({ history: down }), out, out.nextMs);
    assert.deepEqual([calm.nextMs, calm.reason & HealthReason.Damped], [null, 0]);
  });
});

describe("rampAt", () => {
  it("is between 1 and 254 until it is over, never falls, and always names a later moment", () => {
    const times = fc.tuple(
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.integer({ min: 0, max: 3_600_000 }),
      fc.integer({ min: 0, max: 4_000_000 }),
      fc.integer({ min: 0, max: 100_000 }),
    );
    fc.assert(
      fc.property(times, ([fromMs, rampMs, afterMs, moreMs]) => {
        const one = rampAt(fromMs, rampMs, fromMs + afterMs);
        const two = rampAt(fromMs, rampMs, fromMs + afterMs + moreMs);
        const isOver = one.nextMs === null;
        assert.ok(isOver ? one.health === 255 : one.health >= 1 && one.health < 255);
        assert.ok(one.nextMs === null || one.nextMs > fromMs + afterMs);
        assert.ok(two.health >= one.health);
        if (afterMs >= rampMs) assert.ok(isOver);
      }),
    );
  });
});
