/** The elector's table, its records, and how long a holder may write. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { attemptOn, heldBy, observe, released } from "../../../src/fleet/lease/elector.ts";
import {
  leaseContent,
  type LeaseRecord,
  leaseRecordOf,
  microTime,
} from "../../../src/fleet/lease/lease-record.ts";
import { termLeft } from "../../../src/fleet/lease/write-term.ts";
import { apiObject } from "../../../src/fleet/objects/api-object.ts";

const record: LeaseRecord = {
  holder: "other",
  durationSeconds: 15,
  acquireTime: "2026-01-01T00:00:00.000000Z",
  renewTime: "2026-01-01T00:00:10.000000Z",
  transitions: 3,
};
const seen = (changes: Partial<LeaseRecord> = {}) => observe(null, { ...record, ...changes }, 1_000);

describe("an attempt on a lease", () => {
  for (const [what, observation, nowMs, attempt] of [
    ["creates a Lease that does not exist", null, 0, "create"],
    ["renews one that names us", seen({ holder: "us" }), 999_000, "renew"],
    ["takes one that was released", seen({ holder: "" }), 1_000, "take"],
    ["waits while another renews", seen(), 15_999, "wait"],
    ["takes one that has not changed for its duration", seen(), 16_000, "take"],
    ["waits for a longer duration of its holder", seen({ durationSeconds: 60 }), 60_999, "wait"],
    ["waits at least our own duration", seen({ durationSeconds: 1 }), 15_999, "wait"],
  ] as const)
    it(what, () => {
      assert.equal(attemptOn(observation, "us", nowMs), attempt);
    });

  it("counts from the first sight of a record, whatever times it has in it", () => {
    const first = seen({ renewTime: "2099-01-01T00:00:00.000000Z" });
    assert.equal(observe(first, { ...first.record }, 9_000).sinceMs, 1_000);
    assert.equal(observe(first, { ...first.record, renewTime: "2001" }, 9_000).sinceMs, 9_000);
  });

  it("counts a transition when the holder changes, and keeps the time of acquisition when it does not", () => {
    const time = microTime(Date.UTC(2026, 0, 1, 1));
    const taken = heldBy("us", record, time);
    assert.deepEqual(
      [taken.transitions, taken.acquireTime, taken.renewTime, taken.durationSeconds],
      [4, "2026-01-01T01:00:00.000000Z", "2026-01-01T01:00:00.000000Z", 15],
    );
    const renewed = heldBy("us", taken, "later");
    assert.deepEqual([renewed.transitions, renewed.acquireTime, renewed.renewTime], [4, time, "later"]);
    assert.equal(heldBy("us", null, time).transitions, 0);
    assert.deepEqual([released(taken, "end").holder, released(taken, "end").transitions], ["", 4]);
  });
});

describe("a Lease object", () => {
  const metadata = { name: "a", uid: "1", resourceVersion: "2", labels: { a: "b" } };

  it("keeps labels of others, and is read as it was written", () => {
    const content = leaseContent(record, apiObject({ metadata }));
    assert.deepEqual(content.metadata, { labels: { a: "b" } });
    assert.deepEqual(leaseRecordOf(apiObject({ ...content, metadata })), record);
  });

  it("may have anything in it", () => {
    for (const spec of [
      undefined,
      null,
      1,
      [],
      { holderIdentity: 1, leaseDurationSeconds: "x", leaseTransitions: -1 },
    ])
      assert.deepEqual(leaseRecordOf(apiObject({ metadata, spec })), {
        holder: "",
        durationSeconds: 0,
        acquireTime: "",
        renewTime: "",
        transitions: 0,
      });
    const forever = apiObject({ metadata, spec: { holderIdentity: "x", leaseDurationSeconds: 1e9 } });
    assert.equal(leaseRecordOf(forever).durationSeconds, 300);
  });
});

describe("the term of a holder", () => {
  const start = { nowMs: 5_000, wallMs: 90_000 };
  for (const [what, monotonicMs, wallMs, expected] of [
    ["is the deadline at first", 0, 0, 10],
    ["shrinks with both clocks", 4_200, 4_200, 5],
    ["ends when a request could not be timed any more", 9_001, 9_001, "was renewed 9001 ms ago"],
    ["counts the wall clock while the monotonic one stands still", 100, 9_500, "was renewed 9500 ms ago"],
    ["counts the monotonic clock while the wall clock is slewed", 6_300, 6_000, 3],
    ["ends when the wall clock was set back", 2_000, 1_400, "was set back"],
  ] as const)
    it(what, () => {
      const left = termLeft(start, start.nowMs + monotonicMs, start.wallMs + wallMs, "the lease was renewed");
      if (typeof expected === "number")
        assert.deepEqual("timeoutSeconds" in left && left.timeoutSeconds, expected);
      else assert.match("reason" in left ? left.reason : "", new RegExp(expected));
    });
});
