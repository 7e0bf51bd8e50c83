/** A federation whose workloads are propagated through all that happens to it, from many seeds. `npm run simulate:propagate` goes on. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inLong, SCALE } from "../../suite/scale.ts";
import { BROKEN } from "./sabotage.ts";
import { failureText, simulate } from "./simulate.ts";

const STEPS = 25;
/** The short form has one kind of sabotage of so many. */
const SHORT_PART = 3;

/** What the seeds of the short form must have met. */
const MET = [
  "calm",
  "a copy is as wanted",
  "a copy is deleted",
  "a copy is released",
  "a finalizer goes",
  "a status is true",
  "a whole copy is made",
  "no more writes than changes",
  "the lease",
];

describe("a simulated propagator", () => {
  it("keeps what must hold, for many seeds", async () => {
    const checks = new Map<string, number>();
    for (const seed of Array.from({ length: SCALE.propagateSeeds }, (_, i) => i + 1)) {
      const outcome = await simulate(seed, STEPS);
      assert.equal(failureText(outcome), "");
      for (const [name, times] of outcome.counts) checks.set(name, (checks.get(name) ?? 0) + times);
    }
    for (const name of MET) assert.ok((checks.get(`check: ${name}`) ?? 0) > 0, `${name} was never checked`);
  });

  it("is the same for the same seed", async () => {
    const [first, second] = [await simulate(3, 10), await simulate(3, 10)];
    assert.deepEqual(second.story, first.story);
    assert.deepEqual([...second.counts], [...first.counts]);
  });
});

describe("the simulation of the propagator notices when", () => {
  for (const [index, { what, words, seed: first, sabotage }] of BROKEN.entries()) {
    it(what, index % SHORT_PART === 0 ? {} : inLong, async () => {
      const seen = new Set<string>();
      for (const seed of [first, ...Array.from({ length: SCALE.propagateTries }, (_, i) => i + 1)]) {
        const { failure } = await simulate(seed, STEPS, { sabotage });
        if (failure === null) continue;
        seen.add(failure.what);
        if (words.test(failure.what)) return;
      }
      assert.fail(`not in ${SCALE.propagateTries} seeds; seen: ${[...seen].join("; ")}`);
    });
  }
});
