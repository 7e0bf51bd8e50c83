/** An effect that is asked for without end takes place at once, and then less and less often. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { it } from "node:test";
import { Paced } from "../../../src/kernel/fair/paced.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function rig(): { readonly clock: FakeClock; readonly paced: Paced; readonly ranMs: number[] } {
  const clock = new FakeClock();
  const ranMs: number[] = [];
  const paced = new Paced({ clock, firstMs: 100, maxMs: 10_000, run: () => ranMs.push(clock.nowMs()) });
  return { clock, paced, ranMs };
}

it("asked for each millisecond of a minute, it takes place twelve times, and once more for the last", () => {
  const { clock, paced, ranMs } = rig();
  for (let i = 0; i < 60_000; i++) {
    paced.request();
    clock.advance(1);
  }
  deepEqual(ranMs, [0, 100, 300, 700, 1500, 3100, 6300, 12_700, 22_700, 32_700, 42_700, 52_700]);
  clock.advance(10_000);
  equal(ranMs.at(-1), 62_700);
});

it("asked for now and then, it takes place at once", () => {
  const { clock, paced, ranMs } = rig();
  for (let i = 0; i < 5; i++) {
    paced.request();
    clock.advance(300);
  }
  deepEqual(ranMs, [0, 300, 600, 900, 1200]);
});

it("after a storm and a quiet time it is as before", () => {
  const { clock, paced, ranMs } = rig();
  for (let i = 0; i < 2000; i++) {
    paced.request();
    clock.advance(1);
  }
  clock.advance(30_000);
  paced.request();
  clock.advance(100);
  paced.request();
  deepEqual(ranMs.slice(-2), [32_000, 32_100]);
});

it("once it has been stopped, nobody who waited is heard", () => {
  const { clock, paced, ranMs } = rig();
  paced.request();
  paced.request();
  paced.stop();
  clock.advance(1000);
  equal(ranMs.length, 1);
  ok(clock.pendingTimers === 0);
});
