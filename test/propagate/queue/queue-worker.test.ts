import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { silentLog } from "../../../src/kernel/log.ts";
import { QueueWorker, type WorkResult } from "../../../src/propagate/queue/queue-worker.ts";
import { TurnShare } from "../../../src/propagate/queue/turn-share.ts";
import { WorkQueue } from "../../../src/propagate/queue/work-queue.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const GOOD: WorkResult = { next: "done", server: "answers", retryAfterMs: 0 };

/** A worker whose work ends when the test says so. */
function rig(rows: number) {
  const clock = new FakeClock();
  const queue = new WorkQueue<number>({ clock, random: () => 0.999, firstRetryMs: 1000, retryMaxMs: 60_000 });
  const open = new Map<number, (result: WorkResult | Promise<never>) => void>();
  const worker = new QueueWorker({
    queue,
    clock,
    share: new TurnShare(clock),
    log: silentLog,
    work: (row) => new Promise((resolve) => open.set(row, resolve)),
  });
  for (let row = 0; row < rows; row++) queue.add(row, "change");
  worker.start();
  const end = async (row: number, result: WorkResult | Promise<never> = GOOD): Promise<void> => {
    open.get(row)?.(result);
    open.delete(row);
    await turn();
  };
  return { clock, queue, worker, open, end };
}

describe("the worker of a queue", () => {
  it("works on eight copies at a time, and on the next when one ends", async () => {
    const { open, end } = rig(20);
    assert.equal(open.size, 8);
    await end(0);
    assert.equal(open.size, 8);
    assert.equal(open.has(8), true);
  });
  it("works on more at a time while the member answers, up to sixteen", async () => {
    const { open, end, worker } = rig(500);
    for (let row = 0; row < 400; row++) await end(row);
    assert.equal(open.size, 16);
    assert.equal(worker.load.limit, 16);
  });
  it("works on half as many when the member is busy, after the time that it asks for", async () => {
    const { clock, open, end, worker } = rig(20);
    await end(0, { next: "retry", server: "busy", retryAfterMs: 2000 });
    for (let row = 1; row < 8; row++) await end(row);
    assert.equal(open.size, 0);
    clock.advance(2000);
    assert.equal(open.size, worker.load.limit);
    assert.equal(worker.load.limit, 5);
  });
  it("works on half as many once for all that the server refuses together, and says who refused", async () => {
    const { clock, open, end, worker } = rig(40);
    for (let row = 0; row < 8; row++)
      await end(row, { next: "later", server: "limited", retryAfterMs: 1000 });
    assert.deepEqual([worker.load.limit, worker.load.limitedBy], [4, "priority-and-fairness"]);
    assert.equal(open.size, 0);
    clock.advance(1000);
    assert.equal(open.size, 4);
    const [again = 0] = [...open.keys()];
    await end(again, { next: "later", server: "busy", retryAfterMs: 0 });
    assert.deepEqual([worker.load.limit, worker.load.limitedBy], [2, "overload"]);
    for (const row of Array.from(open.keys())) await end(row);
    clock.advance(1000);
    for (let times = 0; times < 4; times++) for (const row of Array.from(open.keys())) await end(row);
    assert.equal(worker.load.limitedBy, null);
  });
  it("tries again later what ended with an error, and goes on with the others", async () => {
    const { clock, open, end, worker } = rig(9);
    await end(0, Promise.reject(new RangeError("Maximum call stack size exceeded")));
    assert.deepEqual([open.has(0), open.has(8)], [false, true]);
    for (let row = 1; row < 9; row++) await end(row);
    assert.equal(worker.load.running, 0);
    clock.advance(1000);
    assert.equal(open.has(0), true);
  });
  it("rests when the member does not answer, and longer each time", async () => {
    const { clock, open, end } = rig(1);
    const silent: WorkResult = { next: "retry", server: "silent", retryAfterMs: 0 };
    await end(0, silent);
    clock.advance(1250);
    assert.equal(open.size, 1);
    await end(0, silent);
    clock.advance(1750);
    assert.equal(open.size, 0);
    clock.advance(500);
    assert.equal(open.size, 1);
  });
  it("goes on at once when the member is back", async () => {
    const { clock, queue, open, end, worker } = rig(1);
    for (let i = 0; i < 8; i++) {
      await end(0, { next: "retry", server: "silent", retryAfterMs: 0 });
      clock.advance(61_000);
    }
    await end(0, { next: "retry", server: "silent", retryAfterMs: 0 });
    queue.add(0, "change");
    worker.poke();
    assert.equal(open.size, 0);
    worker.resume();
    assert.equal(open.size, 1);
  });
  it("works on a copy again that has to be decided again", async () => {
    const { open, end } = rig(1);
    await end(0, { ...GOOD, next: "again" });
    assert.equal(open.has(0), true);
  });
  it("takes nothing more when it is stopped", async () => {
    const { open, end, worker } = rig(20);
    worker.stop();
    await end(0);
    assert.equal(open.size, 7);
  });
  it("is idle when nothing waits", async () => {
    const { end, worker } = rig(1);
    assert.equal(worker.isIdle, false);
    await end(0);
    assert.equal(worker.isIdle, true);
  });
  it("gives others a turn when its work needs no answer", async () => {
    let nowMs = 0;
    const timers: (() => void)[] = [];
    const clock = { wallMs: () => 0, nowMs: () => nowMs, after: (_: number, act: () => void) => later(act) };
    const later = (act: () => void): (() => void) => {
      timers.push(act);
      return () => void timers.splice(timers.indexOf(act), timers.includes(act) ? 1 : 0);
    };
    const queue = new WorkQueue<number>({ clock, random: () => 0, firstRetryMs: 1000, retryMaxMs: 60_000 });
    const worked: number[] = [];
    /** Each decision takes a millisecond. */
    const work = (row: number): Promise<WorkResult> => {
      worked.push(row);
      nowMs += 1;
      return Promise.resolve({ ...GOOD, server: "not-asked" });
    };
    const worker = new QueueWorker({ queue, clock, share: new TurnShare(clock), work, log: silentLog });
    for (let row = 0; row < 100; row++) queue.add(row, "change");
    worker.start();
    await turn();
    assert.equal(worked.length, 10);
    for (let n = 0; n < 9; n++) {
      for (const act of timers.splice(0)) act();
      await turn();
    }
    assert.equal(worked.length, 100);
  });
});
