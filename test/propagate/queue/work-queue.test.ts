import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WorkQueue } from "../../../src/propagate/queue/work-queue.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function queue(): { readonly clock: FakeClock; readonly keys: WorkQueue<string> } {
  const clock = new FakeClock();
  const keys = new WorkQueue<string>({ clock, random: () => 0.999, firstRetryMs: 5000, retryMaxMs: 60_000 });
  return { clock, keys };
}

function taken(keys: WorkQueue<string>): string {
  const all: string[] = [];
  for (let key = keys.take(); key !== null; key = keys.take()) all.push(key);
  return all.join(" ");
}

describe("a work queue", () => {
  it("gives a key once however often it was added", () => {
    const { keys } = queue();
    for (let i = 0; i < 3; i++) keys.add("a", "change");
    assert.equal(taken(keys), "a");
    assert.equal(keys.size, 0);
  });
  it("gives changes of people before retries, and retries before a resync", () => {
    const { keys } = queue();
    keys.add("c", "resync");
    keys.add("b", "retry");
    keys.add("a", "change");
    keys.add("a2", "change");
    assert.equal(taken(keys), "a a2 b c");
  });
  it("raises a key that waits when a person changes it, and does not lower it", () => {
    const { keys } = queue();
    keys.add("a", "resync");
    keys.add("b", "resync");
    keys.add("b", "change");
    keys.add("b", "resync");
    assert.equal(taken(keys), "b a");
  });
  it("does not give a key that is taken, and gives it again when it changed meanwhile", () => {
    const { keys } = queue();
    keys.add("a", "change");
    assert.equal(keys.take(), "a");
    keys.add("a", "resync");
    assert.equal(keys.take(), null);
    keys.done("a");
    assert.equal(keys.take(), "a");
    keys.done("a");
    assert.equal(keys.take(), null);
  });
  it("waits longer after each failure, up to a bound", () => {
    const { clock, keys } = queue();
    keys.add("a", "change");
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      assert.equal(keys.take(), "a");
      keys.failed("a");
      const sinceMs = clock.nowMs();
      while (keys.nextDueMs !== null && keys.nextDueMs > clock.nowMs()) clock.advance(250);
      waits.push((clock.nowMs() - sinceMs) / 1000);
    }
    assert.deepEqual(waits, [5, 10, 20, 40, 60, 60]);
  });
  it("waits as long as the server asks", () => {
    const { clock, keys } = queue();
    keys.add("a", "change");
    keys.take();
    keys.failed("a", 9000);
    clock.advance(8900);
    assert.equal(keys.take(), null);
    clock.advance(250);
    assert.equal(keys.take(), "a");
  });
  it("ends a wait when a person changes the key, and starts with the shortest wait again", () => {
    const { clock, keys } = queue();
    keys.add("a", "change");
    for (let i = 0; i < 4; i++) {
      keys.take();
      keys.failed("a");
      clock.advance(60_000);
    }
    keys.take();
    keys.failed("a");
    keys.add("a", "resync");
    assert.equal(keys.take(), null);
    keys.add("a", "change");
    assert.equal(keys.take(), "a");
    keys.failed("a");
    clock.advance(5250);
    assert.equal(keys.take(), "a");
  });
  it("gives a key at once that failed while a person changed it", () => {
    const { keys } = queue();
    keys.add("a", "change");
    keys.take();
    keys.add("a", "change");
    keys.failed("a");
    assert.equal(keys.take(), "a");
  });
  it("waits for something else without counting a failure", () => {
    const { clock, keys } = queue();
    keys.add("a", "change");
    for (let i = 0; i < 5; i++) {
      keys.take();
      keys.later("a", 500);
      assert.equal(keys.take(), null);
      clock.advance(500);
    }
    assert.equal(keys.take(), "a");
  });
  it("forgets a key that is removed, also while it is taken", () => {
    const { clock, keys } = queue();
    keys.add("a", "change");
    keys.take();
    keys.failed("a");
    keys.remove("a");
    clock.advance(60_000);
    assert.equal(keys.take(), null);
    keys.add("b", "change");
    keys.take();
    keys.add("b", "change");
    keys.remove("b");
    keys.done("b");
    assert.equal(keys.take(), null);
    assert.equal(keys.nextDueMs, null);
  });
});
