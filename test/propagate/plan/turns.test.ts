/** A few at a time: never more than there are places, and none is lost when work fails. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { turns } from "../../../src/propagate/plan/turns.ts";

it("never more work than places at a time, first come, first served", async () => {
  const atOnce = turns(2);
  const doors = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const all = doors.map(({ promise }, index) =>
    atOnce(async () => {
      begun.push(index);
      most = Math.max(most, (running += 1));
      await promise;
      running -= 1;
      if (index === 1) throw new Error("failed");
      return index;
    }).catch(() => null),
  );
  for (const { resolve } of doors) {
    await new Promise(setImmediate);
    resolve();
  }
  assert.deepEqual(await Promise.all(all), [0, null, 2, 3, 4]);
  assert.deepEqual([begun, most, running], [[0, 1, 2, 3, 4], 2, 0]);
});
