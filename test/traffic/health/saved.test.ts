/** What is saved about health comes back, older; what makes no sense does not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { decayed } from "../../../src/traffic/health/damping.ts";
import { fromSaved, type HealthMemory, SAVED_FOR_MS, toSaved } from "../../../src/traffic/health/saved.ts";
import {
  afterProbe,
  type ProbeHistory,
  newHistory,
  DEFAULT_THRESHOLDS,
} from "../../../src/traffic/health/probe-history.ts";

function fallen(): ProbeHistory {
  let history = newHistory(0);
  for (const [i, isGood] of [true, false, false, false].entries())
    history = afterProbe(history, { isGood, atMs: i * 10_000, mayFall: () => true }, DEFAULT_THRESHOLDS);
  return history;
}

const memory: HealthMemory = {
  targets: new Map([["192.0.2.1 tcp://:443", fallen()]]),
  ramps: new Map([["a/b", 35_000]]),
  forced: new Map([
    ["c", { state: "down", untilWallMs: null }],
    ["d", { state: "up", untilWallMs: 1_000_060_000 }],
  ]),
};
const saved = toSaved(memory, { nowMs: 40_000, wallMs: 1_000_000_000 });
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("fromSaved", () => {
  it("gives back what was saved, on another clock, aged by the time away", () => {
    const back = fromSaved(throughJson(saved), { nowMs: 5, wallMs: 1_000_020_000 });
    const history = back?.targets.get("192.0.2.1 tcp://:443");
    assert.equal(history?.state, "down");
    // It fell 10 s before it was saved, and 20 s passed.
    assert.deepEqual([history.sinceMs, history.flippedMs], [5 - 30_000, 5 - 30_000]);
    assert.ok(decayed(history.damping, 5) < 1 && decayed(history.damping, 5) > 0.9);
    assert.equal(back?.ramps.get("a/b"), 5 - 25_000);
    assert.deepEqual(back?.forced, memory.forced);
  });

  it("lets forces run out, and holds no history for more than a day", () => {
    const moment = { nowMs: 0, wallMs: 1_000_000_000 + SAVED_FOR_MS + 1 };
    const back = fromSaved(saved, moment);
    assert.deepEqual([back?.targets.size, back?.ramps.size, [...(back?.forced.keys() ?? [])]], [0, 0, ["c"]]);
  });

  it("takes a clock that was set back as no time away", () => {
    const back = fromSaved(saved, { nowMs: 0, wallMs: 5 });
    assert.equal(back?.targets.get("192.0.2.1 tcp://:443")?.sinceMs, -10_000);
  });

  it("leaves a wrong entry out and keeps the others", () => {
    const entry = saved.targets[0];
    const odd = [
      { ...entry, state: "sideways" },
      { ...entry, ageMs: -1 },
      { ...entry, doublings: 99 },
      null,
      7,
    ];
    const back = fromSaved({ ...saved, targets: [...odd, entry] }, { nowMs: 0, wallMs: 1_000_000_000 });
    assert.deepEqual([back?.targets.size, back?.refused], [1, 5]);
  });

  it("is null for what is nothing of ours, and never throws", () => {
    for (const raw of [null, 7, "x", [], {}, { ...saved, version: 2 }, { ...saved, savedWallMs: "now" }])
      assert.equal(fromSaved(raw, { nowMs: 0, wallMs: 0 }), null);
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (targets, ramps) => {
        fromSaved({ ...saved, targets, ramps }, { nowMs: 0, wallMs: 0 });
        fromSaved({ ...saved, targets: [targets], ramps: [ramps] }, { nowMs: 0, wallMs: 0 });
      }),
    );
  });
});
