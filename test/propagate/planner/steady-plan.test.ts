/** Decisions over time: members that fail and come back, room that comes and goes, and replicas that move while all stay ready. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { planSteadily } from "../../../src/propagate/planner/steady-plan.ts";
import { preferencesOf } from "./notation.ts";
import { REGAIN_AFTER_MS, World } from "./world.ts";

/** Settles, and fails if fewer than `least` were ready at any time. */
function settleWith(world: World, least: number): void {
  world.settle((ready) => {
    assert.ok(ready >= least, `${ready} ready at ${world.shown()}`);
  });
}

describe("a member that fails and comes back", () => {
  for (const rebalance of [true, false])
    it(`${rebalance ? "with" : "without"} rebalance has its share again after the time, and others keep theirs until then`, () => {
      const world = new World("ABC", "* 1", 9, rebalance);
      world.settle();
      assert.equal(world.shown(), "A3 B3 C3");
      world.away.add("B");
      world.settle();
      assert.equal(world.shown(), "A4 B3 C5");
      assert.equal(world.decide().replicas.get("B"), 3, "what was decided for it stays written");
      world.away.delete("B");
      settleWith(world, 9);
      assert.equal(world.shown(), "A4 B3 C5");
      assert.equal(world.decide().nextMs, world.nowMs + REGAIN_AFTER_MS);
      world.nowMs += REGAIN_AFTER_MS - 1;
      settleWith(world, 9);
      assert.equal(world.shown(), "A4 B3 C5");
      world.nowMs += 1;
      settleWith(world, 9);
      assert.equal(world.shown(), "A3 B3 C3");
      assert.equal(world.decide().nextMs, null);
    });

  it("waits anew each time it fails", () => {
    const world = new World("ABC", "* 1", 9);
    world.settle();
    for (let turn = 0; turn < 10; turn++) {
      world.away.add("B");
      world.settle();
      world.away.delete("B");
      world.settle();
      world.nowMs += REGAIN_AFTER_MS - 1;
      world.settle();
      assert.equal(world.shown(), "A4 B3 C5");
    }
  });

  it("counts nowhere until its time is over: others have the whole total among them", () => {
    const world = new World("ABC", "* 1", 9);
    world.settle();
    world.away.add("B");
    world.settle();
    world.away.delete("B");
    world.away.add("A");
    world.decide();
    world.apply();
    assert.equal(world.shown(), "A4 B3 C9");
  });

  it("keeps no more than its maximum, if that was lowered", () => {
    const world = new World("ABC", "* 1", 9);
    world.settle();
    world.away.add("B");
    world.settle();
    world.away.delete("B");
    world.prefer("* 1, B 1 0..1", true);
    world.settle();
    assert.equal(world.shown(), "A4 B1 C5");
  });

  it("starts nothing until its time is over", () => {
    const world = new World("AB", "* 1", 10);
    world.away.add("B");
    world.settle();
    world.away.delete("B");
    world.settle();
    assert.equal(world.shown(), "A10 B0");
    world.nowMs += REGAIN_AFTER_MS;
    settleWith(world, 10);
    assert.equal(world.shown(), "A5 B5");
  });

  it("gets nothing in its place from others that have failed", () => {
    const world = new World("ABC", "* 1", 9);
    world.settle();
    world.away.add("B").add("C");
    world.settle();
    assert.equal(world.shown(), "A9 B3 C3");
  });
});

describe("room", () => {
  it("that is lost counts at once; what waits there stays as demand, and is retried by itself", () => {
    const world = new World("AB", "* 1", 50);
    world.settle();
    world.room("B", 10);
    world.settle();
    assert.equal(world.shown(), "A40 B25");
    assert.equal(world.ready(), 50);
    world.room("B", Number.POSITIVE_INFINITY);
    settleWith(world, 50);
    assert.equal(world.shown(), "A40 B25");
    world.nowMs += REGAIN_AFTER_MS;
    settleWith(world, 50);
    assert.equal(world.shown(), "A25 B25");
  });

  it("without rebalance what moved stays, and nothing waits", () => {
    const world = new World("AB", "* 1", 50, false);
    world.settle();
    world.room("B", 10);
    world.settle();
    assert.equal(world.shown(), "A40 B10");
    world.room("B", Number.POSITIVE_INFINITY);
    world.nowMs += REGAIN_AFTER_MS;
    settleWith(world, 50);
    world.nowMs += REGAIN_AFTER_MS;
    settleWith(world, 50);
    assert.equal(world.shown(), "A40 B10");
  });

  it("that comes back in part counts as the lowest of that time", () => {
    const world = new World("AB", "* 1", 50);
    world.settle();
    for (const room of [10, 20, 15, 24]) {
      world.room("B", room);
      world.settle();
      assert.equal(world.decide().target.replicas.get("B"), 10);
      world.nowMs += REGAIN_AFTER_MS / 4;
    }
    world.nowMs += REGAIN_AFTER_MS / 4;
    world.settle();
    assert.equal(world.decide().target.replicas.get("B"), 15);
  });

  it("that nobody has is a shortfall, and what runs stays", () => {
    const world = new World("AB", "* 1", 50);
    world.settle();
    world.room("A", 20);
    world.room("B", 10);
    world.settle();
    assert.equal(world.decide().target.shortfall, 20);
    assert.equal(world.ready(), 30);
  });
});

describe("replicas that move", () => {
  it("start before others stop, a surge at a time", () => {
    const world = new World("AB", "A 1", 10);
    world.settle();
    world.preferences = preferencesOf("B 1", true);
    const steps: string[] = [];
    world.settle((ready) => {
      assert.ok(ready >= 10);
      steps.push(world.shown());
    });
    assert.deepEqual(steps.slice(0, 5), ["A10 B2", "A9 B3", "A8 B4", "A7 B5", "A6 B6"]);
    assert.equal(world.shown(), "A0 B10");
  });

  it("wait while none becomes ready", () => {
    const world = new World("AB", "A 1", 10);
    world.settle();
    world.preferences = preferencesOf("B 1", true);
    for (let turn = 0; turn < 20; turn++) {
      world.decide();
      world.apply();
    }
    assert.equal(world.shown(), "A10 B2");
  });

  it("leave a cluster that is to have none, in the same way", () => {
    const world = new World("AB", "* 1", 10);
    world.settle();
    world.clusters = ["B"];
    settleWith(world, 10);
    assert.equal(world.shown(), "A0 B10");
  });

  it("go where bounds send them, although fewer are allowed then than asked for", () => {
    const world = new World("AB", "* 1", 10);
    world.settle();
    world.preferences = preferencesOf("* 1 0..2", true);
    settleWith(world, 4);
    assert.equal(world.shown(), "A2 B2");
  });

  /** C was to have none, has stopped its ten without a word, and is to have ten again; then all are to move to B. */
  function stoppedUnseen(): World {
    const world = new World("ABC", "A 1, C 1", 20);
    world.settle();
    world.isLagging = true;
    world.total = 10;
    world.prefer("A 1", true);
    world.decide();
    world.apply();
    assert.deepEqual([world.site("C").ready, world.site("C").shown], [0, 10]);
    world.total = 20;
    world.prefer("A 1, C 1", true);
    world.decide();
    return world;
  }

  it("do not count where they were to stop and are wanted again, until the member has seen that", () => {
    const world = stoppedUnseen();
    world.apply();
    world.prefer("B 1", true);
    for (let turn = 0; turn < 3; turn++) {
      const before = world.ready();
      world.decide();
      world.apply();
      assert.equal(world.ready(), before);
      world.start("B", 2);
    }
  });

  it("do not count beyond what the member has of the last decision", () => {
    const world = stoppedUnseen();
    world.site("C").isObserved = true;
    world.prefer("B 1", true);
    world.decide();
    world.site("B").spec = 2;
    world.start("B", 2);
    assert.equal(world.decide().replicas.get("A"), 10);
  });

  it("stop at once where they are not ready", () => {
    const world = new World("AB", "* 1", 10);
    world.settle();
    world.fail("A", 5);
    world.total = 4;
    world.decide();
    assert.deepEqual(
      [...(world.plan?.replicas ?? [])],
      [
        ["A", 2],
        ["B", 4],
      ],
    );
  });
});

describe("the first decision", () => {
  it("starts all there is, at once", () => {
    const world = new World("ABC", "* 1", 9);
    assert.deepEqual([...world.decide().replicas.values()], [3, 3, 3]);
  });

  it("after a restart goes on from what runs, and moves nothing without rebalance", () => {
    const world = new World("AB", "* 1", 10, false);
    for (const [name, count] of [
      ["A", 8],
      ["B", 2],
    ] as const) {
      world.site(name).spec = count;
      world.start(name, count);
    }
    world.settle();
    assert.equal(world.shown(), "A8 B2");
  });

  it("says nothing of a cluster that is away and unknown", () => {
    const world = new World("AB", "* 1", 10);
    world.away.add("B");
    assert.deepEqual([...world.decide().replicas], [["A", 10]]);
  });
});

describe("a decision", () => {
  it("is the same for the same, and when it is asked for again", () => {
    const world = new World("ABC", "A 3, B 1, C 1", 17);
    world.settle();
    world.preferences = preferencesOf("A 1, B 1, C 3", true);
    const request = world.request();
    const decision = planSteadily(request);
    assert.deepEqual(planSteadily(request), decision);
    assert.deepEqual(planSteadily({ ...request, before: decision }), decision);
  });

  it("counts what was decided moments ago, before a member shows it", () => {
    const world = new World("AB", "* 1", 10, false);
    world.decide();
    world.total = 12;
    assert.deepEqual([...world.decide().replicas.values()], [6, 6]);
  });
});
