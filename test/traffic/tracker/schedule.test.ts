/** When things are due: the queue, the alarm, and the gap between two probes of one target. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { newHistory } from "../../../src/traffic/health/probe-history.ts";
import { DEFAULT_TIMING } from "../../../src/traffic/health/probe-annotations.ts";
import { Alarm } from "../../../src/traffic/tracker/alarm.ts";
import { DueQueue } from "../../../src/traffic/tracker/due-queue.ts";
import { spacingOf } from "../../../src/traffic/tracker/schedule.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { createRig, endpoint, spec } from "./rig.ts";

describe("DueQueue", () => {
  it("gives back everything, the earliest first, and nothing early, as a sorted list does", () => {
    const commands = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 100 })), { maxLength: 200 });
    fc.assert(
      fc.property(commands, (list) => {
        const queue = new DueQueue<number>();
        let model: number[] = [];
        for (const [isPush, at] of list) {
          if (isPush) {
            queue.push(at, at);
            model.push(at);
          } else {
            model.sort((a, b) => a - b);
            const expected = model[0] !== undefined && model[0] <= at ? model.shift() : null;
            assert.equal(queue.popDue(at)?.item ?? null, expected);
          }
          assert.equal(queue.size, model.length);
        }
        queue.prune((item) => item % 2 === 0);
        model = model.filter((item) => item % 2 === 0).sort((a, b) => a - b);
        for (const item of model) assert.equal(queue.popDue(1000)?.item, item);
        assert.equal(queue.nextMs, null);
      }),
    );
  });
});

describe("Alarm", () => {
  it("rings once at the moment that was set last, with one timer for all", () => {
    const clock = new FakeClock();
    const rung: string[] = [];
    const [a, b, c] = [{ name: "a" }, { name: "b" }, { name: "c" }];
    const alarm = new Alarm<{ name: string }>(clock, ({ name }) => rung.push(`${name}${clock.nowMs()}`));
    alarm.set(a, 50);
    alarm.set(b, 10);
    alarm.set(c, 30);
    alarm.set(a, 20);
    alarm.clear(c);
    assert.equal(clock.pendingTimers, 1);
    clock.advance(100);
    assert.deepEqual([rung, clock.pendingTimers], [["b10", "a20"], 0]);
  });

  it("does not grow with items that are set anew again and again", () => {
    const clock = new FakeClock();
    let rung = 0;
    const alarm = new Alarm<object>(clock, () => (rung += 1));
    const item = {};
    for (let i = 0; i < 100_000; i++) alarm.set(item, 1000 + (i % 997));
    clock.advance(5000);
    assert.deepEqual([rung, clock.pendingTimers], [1, 0]);
  });
});

describe("spacingOf", () => {
  const up = { ...newHistory(0), state: "up" as const };
  it("is the interval, and less for an up target that fails, so that fall x interval is enough for all", () => {
    assert.equal(spacingOf({ history: up, timing: DEFAULT_TIMING }), 10_000);
    assert.equal(spacingOf({ history: { ...up, failures: 1 }, timing: DEFAULT_TIMING }), 8000);
    assert.equal(
      spacingOf({ history: { ...up, failures: 1, state: "down" }, timing: DEFAULT_TIMING }),
      10_000,
    );
  });

  it("never overlaps two probes, and never lets a death take longer than interval x fall to show", () => {
    const timings = fc.record({
      intervalMs: fc.integer({ min: 1000, max: 3_600_000 }),
      part: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
      fall: fc.integer({ min: 2, max: 100 }),
    });
    fc.assert(
      fc.property(timings, ({ intervalMs, part, fall }) => {
        const timeoutMs = Math.floor(intervalMs * part);
        const timing = { ...DEFAULT_TIMING, intervalMs, timeoutMs, fall };
        const gapMs = spacingOf({ history: { ...up, failures: 1 }, timing });
        assert.ok(gapMs >= timeoutMs);
        // It dies right after a good probe began: one interval, then fall - 1 gaps, and the last time-out.
        assert.ok(intervalMs + (fall - 1) * gapMs + timeoutMs <= fall * intervalMs + 1e-6);
      }),
    );
  });

  it("spreads first probes over the interval, and later ones stay apart", async () => {
    const rig = await createRig();
    for (let i = 0; i < 200; i++)
      rig.tracker.watch(`k${i}`, endpoint("c", `10.0.0.${i}`, { probe: spec({ interval: "10s" }) }));
    await rig.clock.advanceAsync(60_000);
    const perSecond = Array<number>(60).fill(0);
    for (const moments of rig.askedMs.values())
      for (const atMs of moments)
        perSecond[Math.floor(atMs / 1000)] = (perSecond[Math.floor(atMs / 1000)] ?? 0) + 1;
    assert.ok(Math.max(...perSecond) <= 45 && Math.min(...perSecond.slice(1, 59)) >= 5, perSecond.join());
    await rig.tracker.close();
  });
});
