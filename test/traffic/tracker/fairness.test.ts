/** Probes of several clusters: slow ones, and too many of one do not delay those of another. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, it } from "node:test";
import { behave, createRig, endpoint, type Manner, type Rig, spec } from "./rig.ts";

const eachSecond = spec({ interval: "1s", timeout: "500ms" });

/** So many targets of one cluster at the default interval of 10 s and time-out of 4 s. */
function watch(rig: Rig, cluster: string, count: number, manner: Manner): string[] {
  const keys = Array.from({ length: count }, (_, i) => `10.${cluster.length}.${i >> 8}.${i & 255}`);
  behave(rig, keys, manner);
  for (const key of keys) rig.tracker.watch(`${cluster}/${key}`, endpoint(cluster, key));
  return keys;
}

/** The longest time between two probes of an address since `fromMs`. */
function longestGapMs(rig: Rig, address: string, fromMs = 0): number {
  const asked = [fromMs, ...(rig.askedMs.get(address) ?? []).filter((atMs) => atMs >= fromMs)];
  return Math.max(...[...asked, rig.clock.nowMs()].slice(1).map((atMs, i) => atMs - (asked[i] as number)));
}

describe("while the probes of one cluster want four times the slots that there are", () => {
  for (const [claim, manner] of [
    ["and are slow", "slow"],
    ["and are never answered", "swallow"],
  ] as const)
    it(`${claim}, a probe of another takes place each second`, async () => {
      const rig = await createRig();
      watch(rig, "greedy", 640, manner);
      await rig.clock.advanceAsync(20_000);
      rig.tracker.watch("calm", endpoint("calm", "192.0.2.1", { probe: eachSecond }));
      await rig.clock.advanceAsync(30_000);
      ok(longestGapMs(rig, "192.0.2.1", 20_000) <= 1000);
      ok(rig.open.now <= 64);
      await rig.tracker.close();
    });

  it("and so do those of three other clusters, it does too", async () => {
    const rig = await createRig();
    for (const cluster of ["g", "gr", "gre", "gree"]) watch(rig, cluster, 160, "slow");
    rig.tracker.watch("calm", endpoint("calm", "192.0.2.1", { probe: eachSecond }));
    await rig.clock.advanceAsync(30_000);
    ok(longestGapMs(rig, "192.0.2.1") <= 1000);
    await rig.tracker.close();
  });

  it("an address of another that fails is seen back within its interval", async () => {
    const rig = await createRig();
    behave(rig, ["192.0.2.1"], "refuse");
    rig.tracker.watch("calm", endpoint("calm", "192.0.2.1", { probe: eachSecond }));
    await rig.clock.advanceAsync(10_000);
    watch(rig, "greedy", 640, "swallow");
    await rig.clock.advanceAsync(60_000);
    ok(longestGapMs(rig, "192.0.2.1") <= 1000);
    await rig.tracker.close();
  });

  it("and there are too few slots for one of each, the next one that is free is for the other", async () => {
    const rig = await createRig({ concurrency: 4 });
    watch(rig, "greedy", 40, "slow");
    await rig.clock.advanceAsync(20_000);
    rig.tracker.watch("calm", endpoint("calm", "192.0.2.1", { probe: eachSecond }));
    await rig.clock.advanceAsync(60_000);
    ok(longestGapMs(rig, "192.0.2.1", 20_000) <= 1000 + 3900);
    ok(rig.open.most <= 4);
    await rig.tracker.close();
  });

  it("it is told which cluster is late, and what to do", async () => {
    const rig = await createRig();
    watch(rig, "greedy", 640, "slow");
    rig.tracker.watch("calm", endpoint("calm", "192.0.2.1", { probe: eachSecond }));
    await rig.clock.advanceAsync(60_000);
    const late = rig.tracker.status().problems.filter((line) => line.includes("wait for a slot"));
    equal(late.length, 1);
    match(
      late[0] ?? "",
      /^greedy: \d+ of its probes wait for a slot, the oldest for .* raise health.concurrency/,
    );
    await rig.tracker.close();
  });
});

it("a cluster alone has all slots, and again when the others have left", async () => {
  const rig = await createRig();
  rig.tracker.watch("calm", endpoint("calm", "192.0.2.1"));
  watch(rig, "greedy", 640, "slow");
  await rig.clock.advanceAsync(20_000);
  // The others are for calm, and for targets of both that fail.
  equal(rig.open.now, 64 - 12);
  rig.tracker.unwatch("calm");
  await rig.clock.advanceAsync(1);
  equal(rig.open.now, 64);
  await rig.tracker.close();
});

it("the timing that one cluster wants for an address does not count for another that has it too", async () => {
  const rig = await createRig();
  rig.tracker.watch("calm", endpoint("calm", "192.0.2.1"));
  const strict = spec({ interval: "1s", timeout: "100ms", fall: "1", rise: "100" });
  rig.tracker.watch("greedy", endpoint("greedy", "192.0.2.1", { probe: strict }));
  await rig.clock.advanceAsync(20_000);
  behave(rig, ["192.0.2.1"], "refuse");
  await rig.clock.advanceAsync(1100);
  behave(rig, ["192.0.2.1"], "good");
  await rig.clock.advanceAsync(10_000);
  equal(rig.tracker.healthOf("greedy")?.health, 0);
  equal(rig.tracker.healthOf("calm")?.health, 255);
  await rig.tracker.close();
});

describe("over the limits", () => {
  const limits = { all: 6, each: 4, own: 1 };
  const probed = (rig: Rig, cluster: string, keys: readonly string[]): number =>
    keys.filter((key) => rig.tracker.targetOf(`${cluster}/${key}`) !== null).length;

  it("of a cluster, targets wait, and are probed when others of it go", async () => {
    const rig = await createRig({ limits });
    const keys = watch(rig, "greedy", 10, "good");
    equal(probed(rig, "greedy", keys), 4);
    for (const key of keys.slice(0, 3)) rig.tracker.unwatch(`greedy/${key}`);
    await rig.clock.advanceAsync(10_000);
    deepEqual(
      keys.map((key) => rig.askedMs.has(key)),
      [false, false, false, true, true, true, true, false, false, false],
    );
    await rig.tracker.close();
  });

  it("of all, another cluster has room of its own, and what waits of it comes in turn", async () => {
    const rig = await createRig({ limits });
    const first = watch(rig, "greedy", 10, "good");
    watch(rig, "greedy-too", 10, "good");
    const calm = watch(rig, "calm", 3, "good");
    equal(probed(rig, "calm", calm), 1);
    for (const key of first) rig.tracker.unwatch(`greedy/${key}`);
    equal(probed(rig, "calm", calm), 2);
    await rig.tracker.close();
  });

  it("what does not want to be probed any more does not wait any more", async () => {
    const rig = await createRig({ limits });
    const keys = watch(rig, "greedy", 6, "good");
    const [first, , , , fifth, sixth] = keys.map((key) => `greedy/${key}`);
    rig.tracker.watch(fifth as string, endpoint("greedy", keys[4] as string, { probe: null }));
    rig.tracker.unwatch(sixth as string);
    rig.tracker.unwatch(first as string);
    equal(rig.tracker.status().targets, 3);
    await rig.tracker.close();
  });
});
