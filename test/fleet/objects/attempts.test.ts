/** Attempts: one at a time for each name, and after failures with growing pauses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Attempts } from "../../../src/fleet/objects/changed-writes.ts";
import { FakeClock } from "../../support/fake-clock.ts";

test("attempts pause for 5 s after a failure, then twice as long each time, at most 5 minutes, and begin anew after a success", async () => {
  const clock = new FakeClock();
  const attempts = new Attempts(clock);
  let count = 0;
  const fail = async (): Promise<boolean> => {
    const before = count;
    await attempts.run(
      "a",
      () => Promise.reject(new Error(String(++count))),
      () => true,
    );
    return count > before;
  };
  assert.equal(await fail(), true);
  for (const pauseMs of [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
    clock.advance(pauseMs - 1);
    assert.equal(await fail(), false, `after ${pauseMs - 1} ms`);
    clock.advance(1);
    assert.equal(await fail(), true, `after ${pauseMs} ms`);
  }
  clock.advance(300_000);
  await attempts.run(
    "a",
    () => Promise.resolve(),
    () => true,
  );
  assert.equal(await fail(), true);
  clock.advance(5_000);
  assert.equal(await fail(), true);
});

test("names do not wait for each other, a failure that need not wait does not, and names that go are forgotten", async () => {
  const attempts = new Attempts(new FakeClock());
  const done: string[] = [];
  const run = (name: string, hasToWait: boolean): Promise<void> =>
    attempts.run(
      name,
      () => {
        done.push(name);
        return Promise.reject(new Error(name));
      },
      () => hasToWait,
    );
  for (let i = 0; i < 2; i++) {
    await run("waits", true);
    await run("does not", false);
  }
  attempts.keepOnly(new Set(["does not"]));
  await run("waits", true);
  assert.deepEqual(done, ["waits", "does not", "does not", "waits"]);
});

test("an attempt that is under way is the only one", async () => {
  const attempts = new Attempts(new FakeClock());
  const answer = Promise.withResolvers<void>();
  let count = 0;
  const attempt = (): Promise<void> => {
    count += 1;
    return answer.promise;
  };
  const first = attempts.run("a", attempt, () => true);
  await attempts.run("a", attempt, () => true);
  assert.equal(count, 1);
  answer.resolve();
  await first;
  await attempts.run("a", attempt, () => true);
  assert.equal(count, 2);
});
