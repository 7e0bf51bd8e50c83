/** Traffic, placement and health together through all that happens to a federation, from many seeds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inLong, isLong, SCALE } from "../../suite/scale.ts";
import { BROKEN } from "./sabotage.ts";
import { failureText, simulateWhole } from "./simulate.ts";

const STEPS = isLong ? 10 : 4;
/** What the seeds of the short form must have met. */
const MET = [
  "calm",
  "a copy that goes is in no cache",
  "nobody is led to a copy that has gone",
  "others are ready when a replica goes",
  "the numbers are there",
];

describe("a federation as a whole", () => {
  it("leads nobody to a copy that has gone, and takes no ready replica that is needed, for many seeds", async () => {
    const checks = new Map<string, number>();
    for (let seed = 1; seed <= SCALE.wholeSeeds; seed++) {
      const outcome = await simulateWhole(seed, STEPS);
      assert.equal(failureText(outcome), "");
      for (const [name, times] of outcome.counts) checks.set(name, (checks.get(name) ?? 0) + times);
    }
    for (const name of MET) assert.ok((checks.get(`check: ${name}`) ?? 0) > 0, `${name} was never checked`);
  });

  it("is the same for the same seed", async () => {
    const [first, second] = [await simulateWhole(3, 2), await simulateWhole(3, 2)];
    assert.deepEqual(second.story, first.story);
  });
});

describe("the simulation of the whole notices when", () => {
  for (const { what, words, seed: first, steps, sabotage, isShort } of BROKEN)
    it(what, isShort ? {} : inLong, async () => {
      const seen = new Set<string>();
      for (const seed of [first, ...Array.from({ length: SCALE.wholeTries }, (_, i) => i + 1)]) {
        const { failure } = await simulateWhole(seed, steps, sabotage);
        if (failure === null) continue;
        seen.add(failure.what);
        if (words.test(failure.what)) return;
      }
      assert.fail(`not in ${SCALE.wholeTries} seeds; seen: ${[...seen].join("; ")}`);
    });
});
