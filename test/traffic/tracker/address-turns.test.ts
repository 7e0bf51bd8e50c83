/** One address is probed so many times a second, whoever names it, and has so many different questions. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Denial } from "../../../src/traffic/health/probe-failure.ts";
import { reasonText } from "../../../src/traffic/health/health-reason.ts";
import { AddressTurns } from "../../../src/traffic/tracker/address-turns.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { createRig, endpoint, type Rig, spec } from "./rig.ts";

const VICTIM = "192.0.2.1";

/** The most probes that an address had within any second. */
function mostASecond(rig: Rig, address: string): number {
  const times = rig.askedMs.get(address) ?? [];
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
}

/** So many questions of one address, each a second. */
function flood(rig: Rig, count: number, name = "f", clusters = 3): void {
  const every = { interval: "1s", timeout: "400ms" };
  for (let i = 0; i < count; i++) {
    const probe = spec(every, `http://:80/${name}${i}`);
    rig.tracker.watch(`${name}${i}`, endpoint(`c${i % clusters}`, VICTIM, { probe }));
  }
}

describe("one address", () => {
  it("has no more probes a second than it may, however many objects of however many clusters ask", async () => {
    const rig = await createRig({ concurrency: 10_000, probesPerAddress: 20 });
    flood(rig, 200);
    await rig.clock.advanceAsync(20_000);
    assert.equal(mostASecond(rig, VICTIM), 20);
    await rig.tracker.close();
  });

  it("has no more of them when objects come and go all the time", async () => {
    const rig = await createRig({ concurrency: 10_000, probesPerAddress: 5 });
    for (let round = 0; round < 40; round++) {
      flood(rig, 40, `r${round}-`);
      await rig.clock.advanceAsync(250);
      for (let i = 0; i < 40; i++) rig.tracker.unwatch(`r${round}-${i}`);
    }
    assert.ok(mostASecond(rig, VICTIM) <= 6, `${mostASecond(rig, VICTIM)}`);
    await rig.tracker.close();
  });

  it("has no more of them when they all fail, or never end", async () => {
    for (const manner of ["refuse", "swallow"] as const) {
      const rig = await createRig({ concurrency: 10_000, probesPerAddress: 10 });
      rig.manners.set(VICTIM, manner);
      flood(rig, 100);
      await rig.clock.advanceAsync(10_000);
      assert.ok(mostASecond(rig, VICTIM) <= 10, manner);
      await rig.tracker.close();
    }
  });

  it("does not slow the probes of another", async () => {
    const rig = await createRig({ concurrency: 10_000 });
    flood(rig, 200);
    const probe = spec({ interval: "1s", timeout: "400ms" });
    rig.tracker.watch("other", endpoint("c9", "192.0.2.2", { probe }));
    await rig.clock.advanceAsync(20_000);
    assert.ok((rig.askedMs.get("192.0.2.2") ?? []).length >= 20);
    await rig.tracker.close();
  });

  it("lets each question have its turn in ten seconds, and refuses those beyond", async () => {
    const rig = await createRig({ concurrency: 10_000, probesPerAddress: 2 });
    flood(rig, 20, "f", 1);
    await rig.clock.advanceAsync(12_000);
    const { up, targets } = rig.tracker.status();
    assert.deepEqual([targets, up], [20, 20]);
    flood(rig, 1, "more", 1);
    const { probes, targets: still } = rig.tracker.status();
    assert.deepEqual([still, probes.refused], [20, 1]);
    const { health, reason } = rig.tracker.healthOf("more0") ?? assert.fail();
    assert.deepEqual([health, reasonText(reason)], [255, `not probed: ${Denial.Crowded}`]);
    // The same question is no other.
    rig.tracker.watch("same", endpoint("c0", VICTIM, { probe: spec({}, "http://:80/f0") }));
    assert.equal(rig.tracker.status().probes.refused, 1);
    // The one that was refused is asked as soon as another is gone.
    rig.tracker.unwatch("f5");
    assert.notEqual(rig.tracker.targetOf("more0"), null);
    assert.equal(rig.tracker.status().targets, 20);
    assert.equal(rig.tracker.status().probes.refused, 1);
    // Another cluster has questions of its own.
    rig.tracker.watch("other", endpoint("c7", VICTIM, { probe: spec({}, "http://:80/new") }));
    assert.equal(rig.tracker.status().targets, 21);
    await rig.tracker.close();
  });

  it("is asked what was refused when it may be asked more", async () => {
    const rig = await createRig({ probesPerAddress: 1 });
    flood(rig, 25, "f", 1);
    assert.deepEqual([rig.tracker.status().targets, rig.tracker.status().probes.refused], [10, 15]);
    const settings = { guardShare: 0.5, concurrency: 100 };
    rig.tracker.configure({ ...settings, probesPerAddress: 2 });
    assert.equal(rig.tracker.status().targets, 20);
    rig.tracker.configure({ ...settings, probesPerAddress: 1 });
    for (let i = 0; i < 10; i++) rig.tracker.unwatch(`f${i}`);
    assert.equal(rig.tracker.status().targets, 10);
    rig.tracker.unwatch("f10");
    assert.equal(rig.tracker.status().targets, 10);
    await rig.tracker.close();
  });

  it("is asked something else instead, also when it may be asked no more", async () => {
    const rig = await createRig({ probesPerAddress: 1, limits: { all: 10, each: 10, own: 0 } });
    flood(rig, 10, "f", 1);
    for (let i = 0; i < 30; i++) {
      const probe = spec({}, `http://:80/other${i}`);
      rig.tracker.watch("f3", endpoint("c0", VICTIM, { probe }));
      assert.equal(rig.tracker.targetOf("f3")?.question, probe.question);
      assert.equal(rig.tracker.status().targets, 10);
    }
    await rig.tracker.close();
  });
});

describe("turns", () => {
  it("go round in the order of asking, and nothing is kept of an address that nobody asks", () => {
    const clock = new FakeClock();
    const had: string[] = [];
    const turns = new AddressTurns<{ readonly address: string; readonly name: string }>({
      clock,
      perSecond: 10,
      onTurn: ({ name }) => void had.push(`${name} ${clock.nowMs()}`),
    });
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => ({ address: VICTIM, name }));
    for (const one of [a, b, c, d]) turns.ask(one ?? assert.fail());
    turns.leave(c ?? assert.fail());
    assert.equal(turns.waiting, 2);
    clock.advance(1000);
    assert.deepEqual(had, ["a 0", "b 100", "d 200"]);
    assert.deepEqual([turns.waiting, clock.pendingTimers], [0, 0]);
    turns.ask(c ?? assert.fail());
    assert.deepEqual(had.slice(3), ["c 1000"]);
    turns.close();
  });
});
