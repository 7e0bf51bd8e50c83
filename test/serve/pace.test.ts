/** Resting between batches: only when it pays, never for long, and forgotten as soon as queries come slowly. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../src/serve/pace.ts";

const nowMs = new Float64Array(1);

/** The rests, in microseconds, after batches of `count` that come every `everyMs`. */
function rests(pace: Pace, batches: number, count: number, everyMs: number): number[] {
  return Array.from({ length: batches }, () => {
    nowMs[0] = (nowMs[0] as number) + everyMs;
    return pace.rest(count, nowMs);
  });
}

test("a server that is asked now and then never rests", () => {
  for (const everyMs of [1000, 10, 1, 0.1, 0.03])
    assert.ok(rests(new Pace(), 100, 1, everyMs).every((us) => us === 0));
});

test("small batches at a high rate are followed by a rest of as long as sixteen queries take", () => {
  // 400,000 queries a second, two at a time.
  const settled = rests(new Pace(), 200, 2, 0.005).slice(160);
  for (const us of settled) assert.ok(us >= 35 && us <= 41, String(us));
});

test("no rest is longer than fifty microseconds", () => {
  // 60,000 queries a second: sixteen of them would take longer.
  assert.deepEqual(new Set(rests(new Pace(), 100, 1, 1 / 60).slice(80)), new Set([50]));
});

test("a batch that has paid for its wake-up is followed by the next at once", () => {
  assert.ok(rests(new Pace(), 100, 16, 0.04).every((us) => us === 0));
});

test("after a pause the next query is answered without one", () => {
  const pace = new Pace();
  rests(pace, 100, 2, 0.005);
  const [first = 1] = rests(pace, 1, 1, 5000);
  assert.equal(first, 0);
});
