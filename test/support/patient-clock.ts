/**
 * A Clock that follows real time, but moves by a few milliseconds at most per turn of the event loop. While a busy machine
 * does not let the test run, its time stands still: a bound measured with it holds under any load.
 */
import type { TestContext } from "node:test";
import { FakeClock } from "./fake-clock.ts";

const TICK_MS = 2;
const STEP_MAX_MS = 5;

/** Stops with the test. */
export function patientClock(t: TestContext): FakeClock {
  const clock = new FakeClock();
  let lastMs = performance.now();
  const ticks = setInterval(() => {
    const nowMs = performance.now();
    clock.advance(Math.min(nowMs - lastMs, STEP_MAX_MS));
    lastMs = nowMs;
  }, TICK_MS);
  t.after(() => clearInterval(ticks));
  return clock;
}
