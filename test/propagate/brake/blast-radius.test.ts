/** How much may be changed within a minute. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BlastRadius, type RadiusLimits } from "../../../src/propagate/brake/blast-radius.ts";

const NONE: RadiusLimits = { updatesPerMinute: null, removalsPerMinute: null, clustersPerMinute: null };

describe("a blast radius", () => {
  it("holds removals of more objects than a minute may bring, and no updates", () => {
    const radius = new BlastRadius({ ...NONE, removalsPerMinute: 2 });
    const remove = (row: number, cluster: string, nowMs: number) =>
      radius.hold({ kind: "removal", row, cluster }, nowMs);
    assert.equal(remove(1, "m1", 1000), null);
    assert.equal(remove(2, "m1", 2000), null);
    assert.equal(remove(2, "m2", 2000), null, "an object counts once");
    const held = remove(3, "m1", 3000);
    assert.deepEqual([held?.untilMs, /removalsPerMinute/.test(held?.reason ?? "")], [61_000, true]);
    assert.equal(radius.hold({ kind: "update", row: 3, cluster: "m1" }, 3000), null);
    assert.equal(remove(3, "m1", 61_000), null);
  });

  it("holds changes of one object in more clusters than a minute may bring, and no others", () => {
    const radius = new BlastRadius({ ...NONE, clustersPerMinute: 1 });
    const update = (row: number, cluster: string) => radius.hold({ kind: "update", row, cluster }, 0);
    assert.equal(update(1, "m1"), null);
    assert.equal(update(1, "m1"), null, "again in the same cluster");
    assert.match(update(1, "m2")?.reason ?? "", /clustersPerMinute/);
    assert.equal(update(2, "m2"), null);
  });

  it("counts what goes along with a namespace, in one minute after the other", () => {
    const radius = new BlastRadius({ ...NONE, removalsPerMinute: 3 });
    const along = [10, 11, 12, 13, 14];
    const hold = (row: number, nowMs: number, more: readonly number[] = []) =>
      radius.hold({ kind: "removal", row, cluster: "m1", along: more }, nowMs);
    assert.match(hold(1, 0, along)?.reason ?? "", /removalsPerMinute.*5 in it go along/);
    assert.equal(hold(10, 1, []), null, "what is counted may go by itself");
    assert.notEqual(hold(14, 2, []), null);
    assert.notEqual(hold(1, 3, along), null, "asking again counts nothing again");
    assert.equal(hold(1, 60_000, along), null);
    assert.notEqual(hold(2, 60_001), null, "the namespace and the two that were left fill the minute");
  });
  it("lets a namespace go at last where one removal a minute is the bound", () => {
    const radius = new BlastRadius({ ...NONE, removalsPerMinute: 1 });
    const hold = (nowMs: number) =>
      radius.hold({ kind: "removal", row: 1, cluster: "m1", along: [10, 11] }, nowMs);
    assert.deepEqual(
      [0, 1, 2].map((minute) => hold(minute * 60_000) === null),
      [false, false, true],
    );
  });
  it("counts anew what goes along when it was not asked for in between", () => {
    const radius = new BlastRadius({ ...NONE, removalsPerMinute: 2 });
    const hold = (nowMs: number) =>
      radius.hold({ kind: "removal", row: 1, cluster: "m1", along: [10, 11, 12] }, nowMs);
    assert.notEqual(hold(0), null);
    assert.notEqual(hold(600_000), null);
    assert.equal(hold(660_000), null);
  });
  it("does not count what wrote nothing, unless another cluster was written to", () => {
    const radius = new BlastRadius({ ...NONE, updatesPerMinute: 1 });
    const hold = (row: number, cluster: string) => radius.hold({ kind: "update", row, cluster }, 0);
    assert.equal(hold(1, "m1"), null);
    radius.undone({ kind: "update", row: 1, cluster: "m1" }, 0);
    assert.equal(hold(2, "m1"), null);
    assert.equal(hold(2, "m2"), null);
    radius.undone({ kind: "update", row: 2, cluster: "m2" }, 0);
    assert.notEqual(hold(3, "m1"), null);
  });

  const errors: readonly [string, readonly string[], number, boolean][] = [
    ["most changes are refused in two clusters", ["m1", "m2"], 20, true],
    ["one cluster refuses everything", ["m1"], 20, false],
    ["most changes are done", ["m1", "m2"], 60, false],
  ];
  for (const [what, clusters, changes, isHeld] of errors)
    it(`${isHeld ? "holds" : "does not hold"} changes when ${what}`, () => {
      const radius = new BlastRadius(NONE);
      for (let row = 0; row < changes; row++) radius.hold({ kind: "update", row, cluster: "m3" }, 0);
      for (let i = 0; i < 20; i++) radius.failed(clusters[i % clusters.length] as string, 0);
      const held = radius.hold({ kind: "update", row: 1000, cluster: "m3" }, 0);
      assert.equal(held !== null, isHeld);
      assert.equal(radius.hold({ kind: "update", row: 1000, cluster: "m3" }, 60_000), null);
    });
});
