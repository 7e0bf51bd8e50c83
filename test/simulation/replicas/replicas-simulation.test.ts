/** Replicas that are distributed through all that happens to a federation, from many seeds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inLong, SCALE } from "../../suite/scale.ts";
import { failureText } from "../propagate/simulate.ts";
import { BROKEN } from "./sabotage.ts";
import { simulateReplicas } from "./simulate.ts";

const STEPS = 25;
/** The short form has one kind of sabotage of so many. */
const SHORT_PART = 3;

/** What the seeds of the short form must have met. */
const MET = [
  "calm",
  "a preference decides",
  "an autoscaler decides",
  "no ready replica is taken",
  "others are ready when a replica goes",
  "the numbers are the plan's",
  "as many are ready as are asked for",
  "the template's number is there",
];

describe("simulated replicas", () => {
  it("are distributed as they must, for many seeds", async () => {
    const checks = new Map<string, number>();
    for (let seed = 1; seed <= SCALE.replicaSeeds; seed++) {
      const outcome = await simulateReplicas(seed, STEPS);
      assert.equal(failureText(outcome, "--replicas "), "");
      for (const [name, times] of outcome.counts) checks.set(name, (checks.get(name) ?? 0) + times);
    }
    for (const name of MET) assert.ok((checks.get(`check: ${name}`) ?? 0) > 0, `${name} was never checked`);
  });

  it("are the same for the same seed", async () => {
    const [first, second] = [await simulateReplicas(2, 5), await simulateReplicas(2, 5)];
    assert.deepEqual(second.story, first.story);
  });
});

describe("the simulation of replicas notices when", () => {
  for (const [index, { what, words, seed: first, sabotage }] of BROKEN.entries()) {
    it(what, index % SHORT_PART === 0 ? {} : inLong, async () => {
      const seen = new Set<string>();
      for (const seed of [first, ...Array.from({ length: SCALE.replicaTries }, (_, i) => i + 1)]) {
        const { failure } = await simulateReplicas(seed, STEPS, { sabotage });
        if (failure === null) continue;
        seen.add(failure.what);
        if (words.test(failure.what)) return;
      }
      assert.fail(`not in ${SCALE.replicaTries} seeds; seen: ${[...seen].join("; ")}`);
    });
  }
});
