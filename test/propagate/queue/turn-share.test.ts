/** Queues take turns: a long one keeps no other waiting until it is through. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import { QueueWorker, type WorkResult } from "../../../src/propagate/queue/queue-worker.ts";
import { TurnShare } from "../../../src/propagate/queue/turn-share.ts";
import { WorkQueue } from "../../../src/propagate/queue/work-queue.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const DONE: WorkResult = { next: "done", server: "not-asked", retryAfterMs: 0 };
const ROWS = 200;

/** A clock that goes on whenever it is read, as real ones do. */
class MovingClock extends FakeClock {
  #readings = 0;

  override nowMs(): number {
    this.#readings += 1;
    return super.nowMs() + this.#readings / 10;
  }
}

it("two queues get through their rows side by side, and a third that comes later does not wait for them", async () => {
  const clock = new MovingClock();
  const share = new TurnShare(clock);
  const order: string[] = [];
  const worker = (name: string, rows: number): QueueWorker => {
    const queue = new WorkQueue<number>({ clock, random: () => 0.5, firstRetryMs: 1_000, retryMaxMs: 1_000 });
    for (let row = 0; row < rows; row++) queue.add(row, "resync");
    const work = (): Promise<WorkResult> => {
      order.push(name);
      return Promise.resolve(DONE);
    };
    return new QueueWorker({ queue, work, share, clock, log: silentLog });
  };
  const workers = [worker("a", ROWS), worker("b", ROWS)];
  for (const one of workers) one.start();
  const late = worker("c", 1);
  for (let turns = 0; ![...workers, late].every(({ isIdle }) => isIdle); turns++) {
    assert.ok(turns < 10 * ROWS, `${order.length} rows after ${turns} turns`);
    if (turns === 3) late.start();
    clock.advance(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const half = order.slice(0, ROWS).filter((name) => name === "a").length;
  assert.ok(half > ROWS / 3 && half < (2 * ROWS) / 3, `${half} of the first ${ROWS} rows are those of a`);
  assert.ok(order.indexOf("c") < ROWS, `c came after ${order.indexOf("c")} rows`);
  assert.equal(order.length, 2 * ROWS + 1);
});
