/** One process of a replica after another: whose lease the next one may take, and when. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  attemptOn,
  LEASE_DURATION_MS,
  observe,
  RENEW_DEADLINE_MS,
} from "../../../src/fleet/lease/elector.ts";
import { LeasePermit } from "../../../src/fleet/lease/lease-permit.ts";
import { identityOf, isEarlier, quietAfterMs } from "../../../src/fleet/lease/succession.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const succession = { replica: "host_1", number: 3, quietAfterMs: 0 };

describe("a holder of the lease", () => {
  for (const [what, holder, isEarlierOne] of [
    ["an earlier process of this replica", "host_1_2", true],
    ["the first process of this replica", "host_1_0", true],
    ["this process", "host_1_3", false],
    ["a later number, which cannot be", "host_1_4", false],
    ["another replica of the same machine", "host_10_2", false],
    ["a replica whose name goes on", "host_1_2_1", false],
    ["nobody", "", false],
    ["a number that is none", "host_1_two", false],
    ["a number that is none, but would be read as one", "host_1_ 2", false],
  ] as const)
    it(`that is ${what} has ${isEarlierOne ? "" : "not "}ended for sure`, () => {
      assert.equal(isEarlier(holder, succession), isEarlierOne);
    });

  it("that has ended is followed at once, and any other when its lease has run out", () => {
    const lease = { durationSeconds: 15, acquireTime: "", renewTime: "", transitions: 0 };
    const seen = observe(null, { ...lease, holder: "host_1_2" }, 0);
    const isOver = (holder: string): boolean => isEarlier(holder, succession);
    assert.equal(attemptOn(seen, identityOf(succession), 1, isOver), "take");
    assert.equal(
      attemptOn(seen, "host_2_3", 1, (holder) => isEarlier(holder, { ...succession, replica: "host_2" })),
      "wait",
    );
    assert.equal(
      attemptOn(seen, identityOf(succession), 1, () => false),
      "wait",
      "its writes may still come",
    );
  });
});

it("what a dead process had sent is waited for, longer than its longest request and less long than a lease", () => {
  assert.equal(quietAfterMs(0), 0);
  assert.ok(quietAfterMs(1) > RENEW_DEADLINE_MS && quietAfterMs(1) < LEASE_DURATION_MS);
});

describe("open writes", () => {
  function rig() {
    const clock = new FakeClock();
    const counts: number[] = [];
    const permit = new LeasePermit(clock, (count) => counts.push(count));
    const now = { nowMs: clock.nowMs(), wallMs: clock.wallMs() };
    permit.renewed(now);
    permit.checked(now, null);
    return { clock, permit, count: () => counts.at(-1) ?? 0 };
  }

  it("are counted before they are sent, and until they are answered", () => {
    const { permit, count } = rig();
    const [first, second] = [permit.ask(), permit.ask()];
    assert.equal(count(), 2);
    first.settled(true);
    first.settled(true);
    assert.equal(count(), 1);
    second.settled(true);
    assert.equal(count(), 0);
  });

  it("without an answer stay open until the server has given up", () => {
    const { clock, permit, count } = rig();
    permit.ask().settled(false);
    assert.equal(count(), 1);
    clock.advance(RENEW_DEADLINE_MS - 1);
    assert.equal(count(), 1);
    clock.advance(1);
    assert.equal(count(), 0);
  });

  it("that are aborted when the lease is lost stay open as well", () => {
    const { permit, count } = rig();
    const grant = permit.ask();
    grant.signal.addEventListener("abort", () => grant.settled(false));
    permit.lose("another process holds it");
    assert.equal(count(), 1);
  });
});
