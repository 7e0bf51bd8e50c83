/**
 * The real processes under one fault after the other: no wrong answer, no denial of a name that exists, and never ready
 * while questions stay unanswered. `npm run chaos -- --minutes N` goes on for as long as one likes.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { inLong, SCALE } from "../suite/scale.ts";
import { chaos } from "./chaos.ts";

/** Faults that are over soon; `npm run chaos` has all of them. */
const QUICK: readonly string[] = [
  "the API of a member refuses",
  "a member is over its quota",
  "the connections of a member are reset",
  "the history of a member is compacted",
  "serve is killed",
  "control is killed",
  "cannot be listed",
  "in two halves",
  "is killed in the middle of a commit",
  "a service cannot be published",
  "a member of the host refuses writes",
  "behind our back",
];
const SEED = 7;

it("no fault makes an answer wrong, and each is recovered from", inLong, async (t) => {
  const { tally, struck, faults } = await chaos(t, {
    seed: SEED,
    durationMs: SCALE.chaosMs,
    only: QUICK,
    onProgress: (line) => t.diagnostic(line),
  });
  assert.deepEqual(faults, []);
  assert.ok(struck.size > 0 && tally.answered > 0);
});
