/** Decisions about clusters whose own autoscaler says how many replicas they have. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { World } from "./world.ts";

/** Settles, and fails if fewer than `least` were ready at any time. */
function settleWith(world: World, least: number): void {
  world.settle((ready) => {
    assert.ok(ready >= least, `${ready} ready at ${world.shown()}`);
  });
}

describe("a cluster with an autoscaler", () => {
  it("hinders no others from getting their share at once, whatever it runs", () => {
    const world = new World("AB", "* 1", 10);
    world.site("A").spec = 44;
    world.start("A", 44);
    world.autoscaled.add("A");
    assert.deepEqual([...world.decide().replicas.values()], [5, 5]);
  });

  it("keeps others from stopping while it runs fewer than its share", () => {
    const world = new World("AB", "B 1", 10);
    world.settle();
    world.site("A").spec = 1;
    world.start("A", 1);
    world.autoscaled.add("A");
    world.prefer("* 1", true);
    settleWith(world, 10);
    assert.equal(world.shown(), "A1 B9");
    world.site("A").spec = 8;
    world.start("A", 8);
    settleWith(world, 10);
    assert.equal(world.shown(), "A8 B5");
  });

  it("that is to have none goes when others are ready", () => {
    const world = new World("AB", "A 1", 10);
    world.settle();
    world.autoscaled.add("A");
    world.clusters = ["B"];
    world.prefer("B 1", true);
    assert.ok((world.decide().replicas.get("A") ?? 0) > 0);
    settleWith(world, 10);
    assert.equal(world.decide().replicas.get("A"), 0);
  });
});
