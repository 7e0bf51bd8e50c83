/** What happens to answers when parts of the fleet fail, or fedns itself: the scenarios that probes decide. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { HealthReason } from "../../../src/traffic/health/health-reason.ts";
import { behave, createRig, endpoint, spec, textOf, trafficChanges, watchFleet } from "./rig.ts";

const minute = 60_000;

describe("when the hub is cut off", () => {
  it("no answer changes, for any size of fleet, and none when it is back", async () => {
    const sizes = fc.record({
      clusters: fc.integer({ min: 2, max: 6 }),
      addresses: fc.integer({ min: 1, max: 3 }),
      seed: fc.nat(),
      manner: fc.constantFrom("swallow" as const, "refuse" as const),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ clusters, addresses, seed, manner }) => {
        const rig = await createRig({ seed });
        const all = watchFleet(rig, clusters, addresses).flat();
        await rig.clock.advanceAsync(minute);
        behave(rig, all, manner);
        await rig.clock.advanceAsync(5 * minute);
        assert.equal(rig.tracker.status().guard, "holding");
        assert.ok(
          all.every((key) => ((rig.tracker.healthOf(key)?.reason ?? 0) & HealthReason.Guarded) !== 0),
        );
        behave(rig, all, "good");
        await rig.clock.advanceAsync(5 * minute);
        assert.deepEqual(trafficChanges(rig, 0), []);
        assert.ok(
          rig.told.every(({ health }) => health === 255),
          "nothing ramps either",
        );
        assert.equal(rig.tracker.status().guard, "watching");
        await rig.tracker.close();
      }),
      { numRuns: 12 },
    );
  });

  it("half of its packets lost are held as well", async () => {
    const rig = await createRig();
    const all = watchFleet(rig, 4, 2).flat();
    await rig.clock.advanceAsync(minute);
    for (let i = 0; i < 60; i++) {
      for (const [n, address] of all.entries())
        rig.manners.set(address, (n * 7 + i * 5) % 4 < 2 ? "good" : "refuse");
      await rig.clock.advanceAsync(5000);
    }
    assert.deepEqual(trafficChanges(rig, 0), []);
    await rig.tracker.close();
  });

  it("whose readiness flickers meanwhile does not make the guard let go", async () => {
    const rig = await createRig();
    const addresses = ["192.0.2.1", "192.0.2.2"];
    addresses.forEach((address, i) => rig.tracker.watch(address, endpoint(`c${i}`, address)));
    await rig.clock.advanceAsync(120_000);
    for (const address of addresses) rig.manners.set(address, "refuse");
    await rig.clock.advanceAsync(60_000);
    assert.equal(rig.tracker.status().guard, "holding");
    for (let i = 0; i < 5; i++) {
      rig.tracker.unwatch("192.0.2.2");
      rig.tracker.watch("192.0.2.2", endpoint("c1", "192.0.2.2"));
      await rig.clock.advanceAsync(17_000);
      assert.equal(rig.tracker.status().down, 0);
    }
    await rig.tracker.close();
  });

  it("who is still dead when the guard lets go leaves then", async () => {
    const rig = await createRig();
    const [dead = [], ...others] = watchFleet(rig, 4, 2);
    await rig.clock.advanceAsync(minute);
    behave(rig, [...dead, ...others.flat()], "swallow");
    await rig.clock.advanceAsync(2 * minute);
    behave(rig, others.flat(), "good");
    await rig.clock.advanceAsync(2 * minute);
    assert.deepEqual(trafficChanges(rig, 0).sort(), dead.map((key) => `${key} out`).sort());
    await rig.tracker.close();
  });

  it("clusters that are asked more seldom have their say as well", async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const rig = await createRig({ seed });
      const often = ["10.0.0.1", "10.0.0.2", "10.1.0.1", "10.1.0.2"];
      const seldom = ["10.2.0.1", "10.3.0.1", "10.3.0.2"];
      for (const key of often) rig.tracker.watch(key, endpoint(key.slice(0, 4), key));
      for (const key of seldom)
        rig.tracker.watch(key, endpoint(key.slice(0, 4), key, { probe: spec({ interval: "1m" }) }));
      await rig.clock.advanceAsync(3 * minute);
      behave(rig, [...often, ...seldom], "swallow");
      await rig.clock.advanceAsync(30 * minute);
      assert.deepEqual(trafficChanges(rig, 0), []);
      await rig.tracker.close();
    }
  });

  it("a restart in the middle changes nothing either", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fedns-cut-"));
    const path = join(folder, "health.json");
    const first = await createRig({ path });
    const all = watchFleet(first, 3, 2).flat();
    await first.clock.advanceAsync(minute);
    behave(first, all, "swallow");
    await first.clock.advanceAsync(minute);
    await first.tracker.close();
    const second = await createRig({ path, clock: first.clock });
    behave(second, all, "swallow");
    watchFleet(second, 3, 2);
    await second.clock.advanceAsync(5 * minute);
    assert.equal(second.tracker.status().guard, "holding");
    assert.deepEqual([trafficChanges(first, 0), trafficChanges(second, 0)], [[], []]);
    await second.tracker.close();
    await rm(folder, { recursive: true });
  });
});

describe("when clusters die", () => {
  for (const [dying, of] of [
    [1, 2],
    [1, 3],
    [2, 3],
    [6, 10],
  ] as const) {
    it(`${dying} of ${of} leave within interval x fall, the others stay`, async () => {
      for (const manner of ["refuse", "swallow"] as const) {
        const rig = await createRig({ seed: dying * of });
        const fleet = watchFleet(rig, of, 2);
        await rig.clock.advanceAsync(minute);
        const dead = fleet.slice(0, dying).flat();
        const diedMs = rig.clock.nowMs();
        behave(rig, dead, manner);
        await rig.clock.advanceAsync(5 * minute);
        assert.deepEqual(trafficChanges(rig, 0).sort(), dead.map((key) => `${key} out`).sort());
        const outMs = rig.told.filter(({ health }) => health === 0).map(({ atMs }) => atMs - diedMs);
        assert.ok(Math.max(...outMs) <= 30_000 + 250, `${manner}: ${Math.max(...outMs)} ms`);
        await rig.tracker.close();
      }
    });
  }

  it("one of three leaves although it has nearly all targets", async () => {
    const rig = await createRig();
    const keys = Array.from({ length: 40 }, (_, i) => `10.0.1.${i + 1}`);
    for (const key of keys) rig.tracker.watch(key, endpoint("big", key));
    rig.tracker.watch("10.1.0.1", endpoint("small", "10.1.0.1"));
    rig.tracker.watch("10.2.0.1", endpoint("little", "10.2.0.1"));
    await rig.clock.advanceAsync(minute);
    behave(rig, keys, "swallow");
    await rig.clock.advanceAsync(minute);
    assert.equal(trafficChanges(rig, 0).length, 40);
    await rig.tracker.close();
  });

  it("six of a hundred that swallow packets do not slow the probing of the others (no. 2)", async () => {
    // Four places: six targets that take 4 s of each 10 s want 2.4 of them, and may have two.
    const rig = await createRig({ concurrency: 4 });
    const fleet = watchFleet(rig, 100, 1).flat();
    await rig.clock.advanceAsync(minute);
    const fromMs = rig.clock.nowMs();
    behave(rig, fleet.slice(0, 6), "swallow");
    await rig.clock.advanceAsync(5 * minute);
    const gapsMs = fleet.slice(6).flatMap((key) => {
      const asked = (rig.askedMs.get(key) ?? []).filter((atMs) => atMs >= fromMs);
      return asked.slice(1).map((atMs, i) => atMs - (asked[i] as number));
    });
    assert.ok(gapsMs.length > 94 * 25);
    const slow = gapsMs.filter((gapMs) => gapMs > 10_500).length;
    assert.ok(slow < gapsMs.length / 100, `${slow} of ${gapsMs.length} probes were late`);
    assert.ok(rig.open.most <= 4);
    await rig.tracker.close();
  });
});

describe("when one flaps", () => {
  it("20 s on and 20 s off for ten minutes move traffic at most once (no. 3)", async () => {
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const rig = await createRig({ seed });
      const [flapping = []] = watchFleet(rig, 3, 1);
      await rig.clock.advanceAsync(seed * 7000);
      for (let i = 0; i < 15; i++) {
        behave(rig, flapping, "refuse");
        await rig.clock.advanceAsync(20_000);
        behave(rig, flapping, "good");
        await rig.clock.advanceAsync(20_000);
      }
      assert.ok(trafficChanges(rig, 0).length <= 1, trafficChanges(rig, 0).join());
      await rig.tracker.close();
    }
  });
});

describe("when one returns", () => {
  it("its share ramps, in steps, to the full (no. 7)", async () => {
    const rig = await createRig();
    const [[key = ""] = []] = watchFleet(rig, 3, 1);
    await rig.clock.advanceAsync(minute);
    behave(rig, [key], "refuse");
    await rig.clock.advanceAsync(minute);
    behave(rig, [key], "good");
    await rig.clock.advanceAsync(3 * minute);
    const healths = rig.told.filter((change) => change.key === key).map(({ health }) => health);
    const ramp = healths.slice(healths.lastIndexOf(0) + 1);
    assert.equal(ramp.length, 17);
    assert.deepEqual([ramp[0], ramp.at(-1)], [15, 255]);
    await rig.tracker.close();
  });

  it("a new address ramps when asked to, not those that were there at the start", async () => {
    const rig = await createRig();
    const change = { isRampedWhenNew: true, probe: null };
    assert.equal(rig.tracker.watch("a", endpoint("c", "10.0.0.1", change)).health, 255);
    rig.tracker.markInitialSyncDone();
    assert.equal(rig.tracker.watch("b", endpoint("c", "10.0.0.2", change)).health, 15);
    await rig.clock.advanceAsync(minute + 20);
    assert.equal(rig.tracker.healthOf("b")?.health, 255);
    await rig.tracker.close();
  });
});

describe("an address that was never seen up", () => {
  it("stays eligible, and says so", async () => {
    const rig = await createRig();
    behave(rig, ["10.0.0.1"], "refuse");
    rig.tracker.watch("a", endpoint("c", "10.0.0.1", { probe: spec({ fall: "1" }) }));
    await rig.clock.advanceAsync(10 * minute);
    assert.equal(rig.tracker.healthOf("a")?.health, 255);
    assert.equal(textOf(rig, "a"), "never seen up, last probe failed: connection refused");
    assert.equal(rig.tracker.targetOf("a")?.reason, "connection refused");
    const [problem, ...others] = rig.tracker.status().problems;
    assert.match(
      problem ?? "",
      /^10\.0\.0\.1 \S+ in c: never seen up for 10m: connection refused; answered all the same; is the port/,
    );
    assert.deepEqual(others, []);
    await rig.tracker.close();
  });
});
