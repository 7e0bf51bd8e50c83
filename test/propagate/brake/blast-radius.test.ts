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
