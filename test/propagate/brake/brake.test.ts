/** What holds changes of copies: the table. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Brake, type ChangesPause } from "../../../src/propagate/brake/brake.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const LIMITS = {
  loss: { percent: 30, objects: 2 },
  radius: { updatesPerMinute: 1, removalsPerMinute: null, clustersPerMinute: null },
};

function brakeWith(): { brake: Brake; clock: FakeClock; pauses: ChangesPause[] } {
  const clock = new FakeClock();
  const pauses: ChangesPause[] = [];
  const brake = new Brake({ limits: LIMITS, clock, onPause: (pause) => pauses.push(pause) });
  return { brake, clock, pauses };
}

describe("changes of copies", () => {
  it("wait until it is known whether they are paused and what the host has, and nothing is said", () => {
    const { brake } = brakeWith();
    assert.equal(brake.hold("update", 1, "m1")?.reason, null);
    brake.ordered(null, null);
    assert.equal(brake.hold("remove", 1, "m1")?.reason, null);
    brake.hostKnown();
    assert.equal(brake.hold("remove", 1, "m1"), null);
  });
  it("are not new copies, nor what writes nothing", () => {
    const { brake } = brakeWith();
    brake.hostWentBack();
    for (const action of ["create", "none", "wait", "refuse"] as const)
      assert.equal(brake.hold(action, 1, "m1"), null);
    for (const action of ["update", "take-over", "adopt", "remove", "release"] as const)
      assert.match(brake.hold(action, 1, "m1")?.reason ?? "", /^changes are paused: .*fedns resume/);
  });
  it("wait for the next minute when the minute is full", () => {
    const { brake } = brakeWith();
    brake.ordered(null, null);
    brake.hostKnown();
    assert.equal(brake.hold("update", 1, "m1"), null);
    assert.match(brake.hold("update", 2, "m1")?.reason ?? "", /updatesPerMinute/);
    assert.notEqual(brake.hold("update", 2, "m1")?.againMs, null);
  });
  it("are paused when the host loses too much, once", () => {
    const { brake, pauses } = brakeWith();
    brake.ordered(null, null);
    for (const row of [1, 2, 3, 4]) brake.seen(row, null);
    brake.hostKnown();
    brake.seen(1, 1000);
    brake.seen(1, 1000);
    assert.equal(pauses.length, 0);
    brake.gone(2);
    assert.equal(pauses.length, 0, "the two are more than a minute apart");
    brake.gone(3);
    assert.deepEqual(pauses.length, 1);
    brake.gone(4);
    assert.equal(pauses.length, 1);
  });
  it("are paused for deletions that were asked for while no process was looking", () => {
    const { brake, pauses } = brakeWith();
    brake.seen(1, 1000);
    brake.seen(2, 2000);
    brake.seen(3, null);
    brake.ordered(null, null);
    assert.equal(pauses.length, 0);
    brake.hostKnown();
    assert.equal(pauses.length, 1);
  });
  it("go on when a person resumes, and deletions before that are meant", () => {
    const { brake, pauses } = brakeWith();
    brake.ordered({ reason: "r", since: "s" }, null);
    brake.hostKnown();
    assert.notEqual(brake.hold("remove", 1, "m1"), null);
    brake.ordered(null, 5000);
    brake.seen(1, 4000);
    brake.seen(2, 4001);
    brake.gone(1);
    assert.deepEqual([brake.hold("remove", 1, "m1"), pauses.length], [null, 0]);
  });
  it("are not paused by a type that is not propagated any more", () => {
    const { brake, pauses } = brakeWith();
    brake.ordered(null, null);
    brake.hostKnown();
    for (const row of [1, 2, 3]) brake.seen(row, null);
    for (const row of [1, 2, 3]) brake.forget(row);
    for (const row of [1, 2, 3]) brake.gone(row);
    assert.equal(pauses.length, 0);
  });
});
