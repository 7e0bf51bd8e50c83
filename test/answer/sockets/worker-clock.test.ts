/** The second of the wall clock is never an earlier one: until when caches have an address is counted from it. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { WorkerClock } from "../../../src/answer/sockets/worker-clock.ts";
import { FakeClock } from "../../support/fake-clock.ts";

it("the second of a batch is that of the wall clock, wherever in a second the clock was read first", () => {
  for (const startMs of [0, 1, 500, 999]) {
    const clock = new FakeClock();
    clock.advance(startMs);
    const context = { nowMs: new Float64Array(1), nowSeconds: 0 };
    const worker = new WorkerClock(context as never, clock);
    for (let i = 0; i < 40; i++) {
      worker.update();
      assert.equal(context.nowSeconds, Math.floor(clock.wallMs() / 1000), `${startMs} ms, batch ${i}`);
      clock.advance(97);
    }
  }
});
