/** Slots of requests: a burst of one purpose delays no other, and slots come back whatever happens. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { RequestSlots } from "../../../src/fleet/kube/request-slots.ts";

const { signal } = new AbortController();

/** Lets promises that are settled run their course. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("a burst of one purpose delays no other", async () => {
  const slots = new RequestSlots();
  const taken: string[] = [];
  const burst = Array.from({ length: 50 }, (_, count) =>
    slots.take("write", signal).then((giveBack) => {
      taken.push(`write ${count}`);
      return giveBack;
    }),
  );
  await turn();
  assert.deepEqual(taken, ["write 0", "write 1", "write 2"]);
  for (const purpose of ["lease", "status", "read", "event"] as const) await slots.take(purpose, signal);
  (await burst[1])?.();
  await turn();
  assert.equal(taken.at(-1), "write 3", "the one that waited longest is next");
});

it("a slot is given back once, however often its function is called", async () => {
  const slots = new RequestSlots();
  const first = await slots.take("event", signal);
  const waiting = [slots.take("event", signal), slots.take("event", signal)];
  first();
  first();
  let isSecondTaken = false;
  void waiting[1]?.then(() => (isSecondTaken = true));
  await turn();
  assert.equal(isSecondTaken, false);
  (await waiting[0])?.();
  await waiting[1];
});

it("a request that no longer waits leaves its place to the next", async () => {
  const slots = new RequestSlots();
  const first = await slots.take("event", signal);
  const abort = new AbortController();
  const aborted = slots.take("event", abort.signal);
  const next = slots.take("event", signal);
  abort.abort(new Error("no longer wanted"));
  await assert.rejects(aborted, /no longer wanted/);
  first();
  (await next)();
  (await slots.take("event", signal))();
  await assert.rejects(slots.take("event", abort.signal), /no longer wanted/);
});
