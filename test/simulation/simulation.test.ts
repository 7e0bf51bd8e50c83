/** A federation through everything that happens to federations, from many seeds; `npm run simulate` goes on for longer. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inLong, SCALE } from "../suite/scale.ts";
import { BROKEN } from "./sabotage.ts";
import { tail } from "./shares.ts";
import { failureText, simulate } from "./simulate.ts";

/** Of the runs in which the product was broken on purpose. */
const STEPS = 40;
/** The short form has one kind of sabotage of so many. */
const SHORT_PART = 3;
/** One of so many seeds must notice a deliberate fault. */
const TRIES = 12;

describe("a simulated federation", () => {
  it("keeps every invariant, for many seeds", async () => {
    const checks = new Map<string, number>();
    for (const seed of Array.from({ length: SCALE.simulationSeeds }, (_, i) => i + 1)) {
      const outcome = await simulate(seed, SCALE.simulationSteps);
      assert.equal(failureText(outcome), "");
      for (const [name, times] of outcome.counts) checks.set(name, (checks.get(name) ?? 0) + times);
    }
    for (const name of [
      "shares",
      "calm",
      "a commit amid an answer",
      "first alias alone",
      "fail open at the top",
      "what is proved to be drained is answered by nobody",
    ])
      assert.ok((checks.get(`check: ${name}`) ?? 0) > 0, `${name} was never checked`);
  });

  it("is the same for the same seed", async () => {
    const [first, second] = [await simulate(8, 20), await simulate(8, 20)];
    assert.deepEqual([...second.counts], [...first.counts]);
  });
});

describe("the simulation notices when", () => {
  for (const [index, { what, words, firstSeed = 1, sabotage }] of BROKEN.entries()) {
    it(what, index % SHORT_PART === 0 ? {} : inLong, async () => {
      const seen: string[] = [];
      for (let seed = firstSeed; seed < firstSeed + TRIES; seed++) {
        const { failure } = await simulate(seed, STEPS, sabotage);
        if (failure === null) continue;
        seen.push(failure.what);
        if (words.test(failure.what)) return;
      }
      assert.fail(`not in ${TRIES} seeds; seen: ${seen.join("; ")}`);
    });
  }
});

describe("Pearson's test", () => {
  it("gives the probability of a count", () => {
    // Quantiles of the distribution, from tables.
    for (const [freedom, square] of [
      [1, 10.828],
      [2, 13.816],
      [3, 16.266],
      [4, 18.467],
      [5, 20.515],
    ] as const)
      assert.ok(Math.abs(tail(square, freedom) - 0.001) < 1e-6, `${freedom}: ${tail(square, freedom)}`);
  });
});
