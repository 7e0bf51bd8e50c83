/** The steps of a rollout: the table. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_ROLLOUT, type RolloutPolicy } from "../../../src/propagate/rollout/rollout-policy.ts";
import type { RolloutRecord } from "../../../src/propagate/rollout/rollout-record.ts";
import { nextRecord, type RolloutFacts } from "../../../src/propagate/rollout/rollout-step.ts";
import type { Health } from "./rollout-world.ts";

const POLICY: RolloutPolicy = {
  ...DEFAULT_ROLLOUT,
  pauseMs: 60_000,
  step: { members: 1 },
  timeoutMs: 30_000,
};

const record: RolloutRecord = {
  uid: "u",
  policy: "p",
  stable: "v1",
  target: "v2",
  phase: "rolling",
  stage: "canary",
  on: ["a"],
  passed: [],
  state: "waiting",
  sinceMs: 0,
  isPauseOver: false,
  failure: null,
  obeyed: null,
};
const done: RolloutRecord = { ...record, target: "v1", phase: "done", stage: "steps", on: [], state: "well" };
const failed: RolloutRecord = {
  ...record,
  phase: "failed",
  on: [],
  failure: { cluster: "a", reason: "it broke", atMs: 1 },
};

/** `health`: of a, b and c, in this order. */
function facts(health: readonly Health[], more: Partial<RolloutFacts> = {}): RolloutFacts {
  return {
    uid: "u",
    version: "v2",
    policy: POLICY,
    policyText: "p",
    members: health.map((one, i) => ({ name: "abc"[i] as string, health: one, reason: `it is ${one}` })),
    canaries: ["a"],
    isDifferent: false,
    isPreviousKnown: true,
    order: null,
    nowMs: 1_000,
    watchedMs: 0,
    ...more,
  };
}
const three = (first: Health): readonly Health[] => [first, "waiting", "waiting"];
const order = (what: "resume" | "back" | "restart") => ({ what, target: "v2", id: "o1", by: "me" });

type Expected = Partial<Pick<RolloutRecord, "phase" | "stage" | "on" | "passed" | "state" | "stable">>;
const TABLE: readonly [string, RolloutRecord | null, RolloutFacts, Expected][] = [
  ["the first version reaches all at once", null, facts(three("well")), { phase: "done", stable: "v2" }],
  [
    "one that comes with the annotation does not",
    null,
    facts(three("well"), { isDifferent: true }),
    { phase: "rolling", on: ["a"], stable: null },
  ],
  ["another version begins", done, facts(three("waiting")), { phase: "rolling", on: ["a"], stable: "v1" }],
  ["what is done stays done", done, facts(three("failed"), { version: "v1" }), { phase: "done" }],
  ["what has failed stays so", failed, facts(three("well")), { phase: "failed", on: [] }],
  [
    "the stable version again is done at once",
    failed,
    facts(three("well"), { version: "v1" }),
    { phase: "done", stable: "v1" },
  ],
  [
    "a third version begins with the last stable one behind it",
    record,
    facts(three("well"), { version: "v3" }),
    { phase: "rolling", on: ["a"], stable: "v1" },
  ],
  ["a canary is waited for", record, facts(three("waiting")), { phase: "rolling", state: "waiting" }],
  [
    "a canary that takes too long is given up",
    record,
    facts(three("waiting"), { watchedMs: 30_000 }),
    { phase: "failed", on: [] },
  ],
  ["a canary that failed is given up at once", record, facts(three("failed")), { phase: "failed", on: [] }],
  [
    "without a previous version nothing goes back",
    record,
    facts(three("failed"), { isPreviousKnown: false }),
    { phase: "failed", on: ["a"] },
  ],
  [
    "nor where that is asked for",
    record,
    facts(three("failed"), { policy: { ...POLICY, onFailure: "stop" } }),
    { phase: "failed", on: ["a"] },
  ],
  [
    "a canary that is away for too long proves nothing",
    record,
    facts(three("unseen"), { watchedMs: 30_000 }),
    { phase: "failed" },
  ],
  [
    "one of two canaries that is away is passed over",
    { ...record, on: ["a", "b"] },
    facts(["well", "unseen", "waiting"], { canaries: ["a", "b"], watchedMs: 30_000 }),
    { phase: "rolling", state: "well", passed: ["b"] },
  ],
  [
    "time does not count while it is held",
    record,
    facts(three("held"), { watchedMs: 1e9 }),
    { state: "held" },
  ],
  [
    "a canary that is well pauses",
    record,
    facts(three("well")),
    { stage: "canary", state: "well", on: ["a"] },
  ],
  [
    "the pause is not over",
    { ...record, state: "well" },
    facts(three("well"), { nowMs: 59_999 }),
    { stage: "canary", on: ["a"] },
  ],
  [
    "the pause is over",
    { ...record, state: "well" },
    facts(three("well"), { nowMs: 60_000 }),
    { stage: "steps", on: ["a", "b"], state: "waiting" },
  ],
  [
    "a manual pause is never over",
    { ...record, state: "well" },
    facts(three("well"), { nowMs: 1e12, policy: { ...POLICY, pauseMs: "manual" } }),
    { stage: "canary", on: ["a"] },
  ],
  [
    "a canary that is not well any more ends the pause",
    { ...record, state: "well" },
    facts(three("waiting"), { nowMs: 60_000 }),
    { stage: "canary", state: "unwell", on: ["a"] },
  ],
  [
    "and is given up when it stays so",
    { ...record, state: "unwell" },
    facts(three("waiting"), { watchedMs: 30_000 }),
    { phase: "failed", on: [] },
  ],
  [
    "the next step waits for the one before",
    { ...record, stage: "steps", on: ["a", "b"] },
    facts(["well", "waiting", "waiting"]),
    { on: ["a", "b"] },
  ],
  [
    "and for those before that",
    { ...record, stage: "steps", on: ["a", "b"] },
    facts(["waiting", "well", "waiting"]),
    { on: ["a", "b"] },
  ],
  [
    "members that answer are first",
    { ...record, stage: "canary", isPauseOver: true },
    facts(["well", "unseen", "waiting"]),
    { stage: "steps", on: ["a", "c"] },
  ],
  [
    "it is done when the last one is well",
    { ...record, stage: "steps", on: ["a", "b", "c"] },
    facts(["well", "well", "well"]),
    { phase: "done", stable: "v2", on: [] },
  ],
  [
    "the last one is not waited for beyond its time when it is away",
    { ...record, stage: "steps", on: ["a", "b", "c"] },
    facts(["well", "well", "unseen"], { watchedMs: 30_000 }),
    { phase: "done" },
  ],
  [
    "another one proves it where the canary takes no part",
    record,
    facts(["out", "waiting", "waiting"]),
    { stage: "canary", on: ["a", "b"], state: "waiting" },
  ],
  [
    "a person ends the pause",
    { ...record, state: "well" },
    facts(three("well"), { order: order("resume") }),
    { stage: "steps", on: ["a", "b"] },
  ],
  [
    "a person does not end the wait for a canary",
    record,
    facts(three("waiting"), { order: order("resume") }),
    { stage: "canary", on: ["a"] },
  ],
  [
    "a person sends it back",
    record,
    facts(three("well"), { order: order("back") }),
    { phase: "failed", on: [] },
  ],
  [
    "an order about another version means nothing",
    record,
    facts(three("waiting"), { order: { ...order("back"), target: "v1" } }),
    { phase: "rolling" },
  ],
  [
    "an order is obeyed once",
    { ...failed, obeyed: "o1" },
    facts(three("well"), { order: order("restart") }),
    { phase: "failed" },
  ],
  [
    "a person begins again",
    failed,
    facts(three("waiting"), { order: order("restart") }),
    { phase: "rolling", stage: "canary", on: ["a"] },
  ],
];

describe("the next step of a rollout", () => {
  for (const [name, before, seen, expected] of TABLE)
    it(name, () => {
      const after = nextRecord(before, seen);
      const compared = Object.fromEntries(
        Object.keys(expected).map((field) => [field, after[field as keyof RolloutRecord]]),
      );
      assert.deepEqual(compared, expected);
    });
  it("is the same record where nothing is new, so that nothing is written", () => {
    for (const [, before, seen] of TABLE) {
      const after = nextRecord(before, seen);
      const again = nextRecord(after, { ...seen, order: null, watchedMs: 0 });
      const third = nextRecord(again, { ...seen, order: null, watchedMs: 0 });
      assert.deepEqual(third, nextRecord(third, { ...seen, order: null, watchedMs: 0 }));
    }
  });
});
