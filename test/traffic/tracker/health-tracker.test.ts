/** The health tracker: shared targets, forces, reports, and its bounds. */
import assert from "node:assert/strict";
import { Denial } from "../../../src/traffic/health/probe-failure.ts";
import { describe, it } from "node:test";
import { TARGET_LIMITS } from "../../../src/traffic/tracker/target-room.ts";
import { behave, createRig, endpoint, type Rig, spec, textOf, trafficChanges, watchFleet } from "./rig.ts";

const minute = 60_000;
const address = "10.0.0.1";
const asked = (rig: Rig): number => rig.askedMs.get(address)?.length ?? 0;

describe("watch", () => {
  it("probes an address once for all endpoints of a cluster with the same probe", async () => {
    const rig = await createRig();
    for (const key of ["a", "b", "c"]) rig.tracker.watch(key, endpoint("c", address));
    await rig.clock.advanceAsync(10 * minute);
    assert.ok(asked(rig) >= 60 && asked(rig) <= 67, String(asked(rig)));
    assert.deepEqual([rig.tracker.status().endpoints, rig.tracker.status().targets], [3, 1]);
    assert.equal(rig.tracker.targetOf("a")?.users.size, 3);
    behave(rig, [address], "refuse");
    await rig.clock.advanceAsync(minute);
    assert.deepEqual(trafficChanges(rig, 0).sort(), ["a out", "b out", "c out"]);
    await rig.tracker.close();
  });

  it("asks other questions, and other addresses, by themselves", async () => {
    const rig = await createRig();
    rig.tracker.watch("a", endpoint("c", address));
    rig.tracker.watch("b", endpoint("c", address, { probe: spec({}, "tcp://:80") }));
    rig.tracker.watch("d", endpoint("c", "10.0.0.2"));
    assert.equal(rig.tracker.status().targets, 3);
    await rig.tracker.close();
  });

  it("goes on with what it knows when only times or thresholds change, by the strictest of all who ask", async () => {
    const rig = await createRig();
    rig.tracker.watch("a", endpoint("c", address));
    await rig.clock.advanceAsync(minute);
    behave(rig, [address], "refuse");
    await rig.clock.advanceAsync(minute);
    rig.tracker.watch("a", endpoint("c", address, { probe: spec({ interval: "30s" }) }));
    assert.equal(rig.tracker.healthOf("a")?.health, 0);
    assert.equal(rig.tracker.targetOf("a")?.timing.intervalMs, 30_000);
    rig.tracker.watch("b", endpoint("c", address, { probe: spec({ interval: "2s" }) }));
    assert.equal(rig.tracker.targetOf("a")?.timing.intervalMs, 2000);
    rig.tracker.unwatch("b");
    assert.equal(rig.tracker.targetOf("a")?.timing.intervalMs, 30_000);
    await rig.tracker.close();
  });

  it("stops with the last who wants to know, also in the middle of a probe, and leaves no timer", async () => {
    const rig = await createRig();
    const idle = rig.clock.pendingTimers;
    behave(rig, [address], "swallow");
    rig.tracker.watch("a", endpoint("c", address));
    rig.tracker.watch("b", endpoint("c", address));
    await rig.clock.advanceAsync(10_000);
    rig.tracker.unwatch("a");
    assert.equal(rig.open.now, 1);
    rig.tracker.unwatch("b");
    await rig.clock.advanceAsync(minute);
    assert.deepEqual([rig.open.now, rig.tracker.status().targets, rig.clock.pendingTimers], [0, 0, idle]);
    await rig.tracker.close();
  });

  it("remembers a target that comes back soon: a Service made anew is still down, and damped", async () => {
    const rig = await createRig();
    rig.tracker.watch("a", endpoint("c", address));
    await rig.clock.advanceAsync(minute);
    behave(rig, [address], "refuse");
    await rig.clock.advanceAsync(minute);
    rig.tracker.unwatch("a");
    await rig.clock.advanceAsync(minute);
    assert.equal(rig.tracker.watch("a", endpoint("c", address)).health, 0);
    rig.tracker.unwatch("a");
    await rig.clock.advanceAsync(70 * minute);
    assert.equal(rig.tracker.watch("a", endpoint("c", address)).health, 255);
    await rig.tracker.close();
  });

  it("gives an endpoint that loses its probe its share back, slowly", async () => {
    const rig = await createRig();
    rig.tracker.watch("a", endpoint("c", address));
    await rig.clock.advanceAsync(minute);
    behave(rig, [address], "refuse");
    await rig.clock.advanceAsync(minute);
    assert.equal(rig.tracker.watch("a", endpoint("c", address, { probe: null })).health, 15);
    await rig.clock.advanceAsync(2 * minute);
    assert.equal(rig.told.at(-1)?.health, 255);
    assert.equal(textOf(rig, "a"), "not probed");
    await rig.tracker.close();
  });
});

describe("onChange", () => {
  it("tells each endpoint once at first, then only what changed, and many at once", async () => {
    const rig = await createRig();
    const fleet = watchFleet(rig, 10, 5);
    await rig.clock.advanceAsync(20);
    assert.equal(rig.told.length, 50);
    await rig.clock.advanceAsync(minute);
    const steady = rig.told.length;
    // Each of them turned from unknown to up; one that was probed at once told both in one.
    assert.ok(steady > 90 && steady <= 100, String(steady));
    await rig.clock.advanceAsync(10 * minute);
    assert.equal(rig.told.length, steady);
    behave(rig, fleet[0] ?? [], "refuse");
    await rig.clock.advanceAsync(35_000);
    assert.ok(rig.told.slice(steady).every(({ key }) => key.startsWith("10.0.")));
    await rig.tracker.close();
  });

  it("dates a change of health in wall time", async () => {
    const rig = await createRig();
    rig.tracker.watch("a", endpoint("c", address));
    await rig.clock.advanceAsync(minute);
    behave(rig, [address], "refuse");
    await rig.clock.advanceAsync(minute);
    const down = rig.told.find(({ health }) => health === 0);
    const epochMs = rig.clock.wallMs() - rig.clock.nowMs();
    assert.ok(down !== undefined && Math.abs(down.sinceWallMs - epochMs - down.atMs) <= 21);
    await rig.tracker.close();
  });

  it("tells nothing after close", async () => {
    const rig = await createRig();
    watchFleet(rig, 2, 2);
    await rig.tracker.close();
    await rig.clock.advanceAsync(minute);
    assert.deepEqual([rig.told.length, rig.clock.pendingTimers <= 1], [0, true]);
  });
});

describe("force", () => {
  it("beats the probes both ways, shows the real state, and ends by itself", async () => {
    const rig = await createRig();
    rig.tracker.watch("a", endpoint("c", address));
    await rig.clock.advanceAsync(minute);
    rig.tracker.force("a", "down", rig.clock.wallMs() + 90_000);
    await rig.clock.advanceAsync(20);
    assert.equal(rig.told.at(-1)?.health, 0);
    assert.deepEqual([textOf(rig, "a"), rig.tracker.targetOf("a")?.history.state], ["forced down, up", "up"]);
    await rig.clock.advanceAsync(90_000);
    assert.equal(rig.told.at(-1)?.health, 15, "it ramps");
    assert.equal(rig.tracker.forces().size, 0);
    behave(rig, [address], "refuse");
    rig.tracker.force("a", "up");
    await rig.clock.advanceAsync(minute);
    assert.equal(rig.tracker.healthOf("a")?.health, 255);
    rig.tracker.force("a", null);
    await rig.clock.advanceAsync(20);
    assert.equal(rig.told.at(-1)?.health, 0);
    await rig.tracker.close();
  });
});

describe("a probe that tells nothing", () => {
  it("changes nothing, whatever we could not do", async () => {
    const rig = await createRig();
    rig.tracker.watch("a", endpoint("c", address));
    await rig.clock.advanceAsync(minute);
    behave(rig, [address], "broken");
    await rig.clock.advanceAsync(10 * minute);
    assert.equal(rig.tracker.healthOf("a")?.health, 255);
    assert.ok(rig.tracker.status().probes.unclear > 50);
    assert.equal(rig.tracker.targetOf("a")?.reason, "we could not ask (EMFILE)");
    await rig.tracker.close();
  });

  it("is also one whose time-out came far too late: our process was stopped", async () => {
    const plain = await createRig();
    const { clock } = plain;
    let lateMs = 0;
    const stalling = {
      wallMs: () => clock.wallMs(),
      nowMs: () => clock.nowMs() + lateMs,
      after: (delayMs: number, action: () => void) =>
        clock.after(delayMs, () => {
          // Each time-out finds that ten seconds more have passed than it was told to wait.
          if (delayMs === 4000) lateMs += 10_000;
          action();
        }),
    };
    const rig = await createRig({ clock, trackerClock: stalling });
    rig.tracker.watch("a", endpoint("c", address));
    await clock.advanceAsync(minute);
    behave(rig, [address], "swallow");
    await clock.advanceAsync(5 * minute);
    assert.equal(rig.tracker.healthOf("a")?.health, 255);
    assert.equal(rig.tracker.targetOf("a")?.reason, "inconclusive: the prober was overloaded");
    await rig.tracker.close();
    await plain.tracker.close();
  });
});

describe("what is bounded", () => {
  it("the lines about targets that change at once", async () => {
    const lines: string[] = [];
    const note = (_: unknown, message: string): void => void lines.push(message);
    const rig = await createRig({ log: { debug: () => undefined, info: note, warn: note, error: note } });
    const fleet = watchFleet(rig, 3, 60);
    await rig.clock.advanceAsync(minute);
    assert.equal(lines.length, 0);
    behave(rig, fleet[0] ?? [], "refuse");
    await rig.clock.advanceAsync(minute);
    assert.ok(lines.length > 20 && lines.length <= 44, String(lines.length));
    assert.ok(lines.includes("further probe targets changed state"));
    await rig.tracker.close();
  });

  it("the targets: what is too many is not probed, and said", async () => {
    const rig = await createRig();
    for (let i = 0; i <= TARGET_LIMITS.each; i++)
      rig.tracker.watch(`k${i}`, endpoint("c", `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`));
    assert.deepEqual(
      [rig.tracker.status().targets, rig.tracker.status().probes.refused],
      [TARGET_LIMITS.each, 1],
    );
    assert.equal(textOf(rig, `k${TARGET_LIMITS.each}`), `not probed: ${Denial.Crowded}`);
    await rig.tracker.close();
  });
});
