/** What holds for all rollouts, whatever members and people do; and that it would be noticed if it did not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { nextRecord } from "../../../src/propagate/rollout/rollout-step.ts";
import { type Health, type NextRecord, type RolloutEvent, RolloutWorld } from "./rollout-world.ts";

const MEMBERS = ["a", "b", "c", "d", "e"];
const POLICIES = [
  "canary=a; pause=1m; step=1; timeout=30s",
  "canary=a,b; pause=0s; step=2; timeout=30s",
  "canary=c; pause=manual; step=25%; timeout=10s",
  "pause=10s",
];
const HEALTHS = ["well", "well", "well", "waiting", "failed", "held", "unseen", "out"] as const;
const event: fc.Arbitrary<RolloutEvent> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("release" as const, "revert" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("restart" as const, "look" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1_000, 10_000, 70_000) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("health" as const),
      member: fc.constantFrom(...MEMBERS),
      health: fc.constantFrom(...HEALTHS),
    }),
  },
  fc.record({ kind: fc.constant("place" as const), members: fc.subarray(MEMBERS, { minLength: 1 }) }),
  fc.record({
    kind: fc.constant("order" as const),
    what: fc.constantFrom("resume" as const, "back" as const, "restart" as const),
  }),
);

/** What does not hold for some rollout; null = all holds for all that were tried. */
function brokenBy(next: NextRecord): string | null {
  const property = fc.property(
    fc.constantFrom(...POLICIES),
    fc.array(event, { maxLength: 40 }),
    (policy, events) => {
      const world = new RolloutWorld(policy, MEMBERS, next);
      for (const one of events) world.happen(one);
    },
  );
  const { failed: isBroken, errorInstance } = fc.check(property, { numRuns: 2_000, seed: 7 });
  return isBroken ? ((errorInstance as Error | null)?.message ?? "it throws") : null;
}

describe("a rollout, whatever members and people do", () => {
  it("never has more members on an unproven version than a step, goes back when one fails, ends when all are well", () => {
    assert.equal(brokenBy(nextRecord), null);
  });
  it("ends by itself when all members are well", () => {
    for (const policy of POLICIES.filter((one) => !one.includes("manual"))) {
      const world = new RolloutWorld(policy, MEMBERS);
      world.happen({ kind: "release" });
      for (let looks = 0; looks < 40 && !world.isDone; looks++) world.happen({ kind: "wait", ms: 10_000 });
      assert.ok(world.isDone, `${policy}: ${JSON.stringify(world.record)}`);
    }
  });
  const without =
    (health: Health, instead: Health): NextRecord =>
    (before, seen) =>
      nextRecord(before, {
        ...seen,
        members: seen.members.map((one) => (one.health === health ? { ...one, health: instead } : one)),
      });
  const mutants: Readonly<Record<string, readonly [NextRecord, RegExp]>> = {
    "overlooks a failure": [without("failed", "well"), /has failed, and the rollout goes on/],
    "takes what is waited for as well": [without("waiting", "well"), /unproven|never well|nothing is proven/],
    "gives the version to one member more": [
      (before, seen) => {
        const after = nextRecord(before, seen);
        const more = MEMBERS.find((name) => !after.on.includes(name));
        return after.phase !== "rolling" || more === undefined
          ? after
          : { ...after, on: [...after.on, more] };
      },
      /have an unproven version: at most/,
    ],
    "stays where it failed": [
      (before, seen) => nextRecord(before, { ...seen, policy: { ...seen.policy, onFailure: "stop" } }),
      /did not lead back/,
    ],
  };
  for (const [name, [mutant, message]] of Object.entries(mutants))
    it(`is noticed when it ${name}`, () => {
      assert.match(brokenBy(mutant) ?? "nothing was noticed", message);
    });
});
