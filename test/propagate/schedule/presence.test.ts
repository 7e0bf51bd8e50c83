/** Whether a member counts: a moment away changes nothing, and one that comes back has to stay for a while. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { MemberPresence } from "../../../src/propagate/workloads/presence.ts";

it("a member counts once it is seen, is missed after a minute, and counts again after 20 seconds", () => {
  const presence = new MemberPresence(0);
  const steps: [number, "seen" | "unseen" | "not-yet", boolean | null][] = [
    [0, "not-yet", null],
    [5_000, "seen", true],
    [6_000, "unseen", true],
    [65_999, "unseen", true],
    [66_000, "unseen", false],
    [70_000, "seen", false],
    [89_999, "seen", false],
    [90_000, "seen", true],
    [91_000, "unseen", true],
    [92_000, "seen", true],
    [200_000, "seen", true],
  ];
  for (const [nowMs, state, counts] of steps) {
    presence.look(state, nowMs);
    assert.equal(presence.counts, counts, `at ${nowMs} ms`);
  }
});

it("a member that is never seen does not count after 20 seconds", () => {
  const presence = new MemberPresence(0);
  presence.look("unseen", 19_999);
  assert.equal(presence.counts, null);
  assert.equal(presence.look("unseen", 20_000), true);
  assert.equal(presence.counts, false);
});
