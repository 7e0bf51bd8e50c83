/** The `fleet` bench's own parts: its content, and goals that are computed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressOf, configText, nameOf } from "../../bench/fleet/content.ts";
import { fleetGoals, fleetTables, type Measured, megabytesPerMember } from "../../bench/fleet/goals.ts";
import { parseConfig } from "../../src/run/config/file.ts";

const good: Measured = {
  members: 100,
  services: 200,
  startMs: 3_000,
  joinMs: [300, 400],
  leaveMs: [400],
  settingsMs: [500],
  changeMs: [5, 6],
  steady: { asked: 1_000, lost: 0, wrong: 0 },
  idle: { requests: 2_000, octets: 600_000 },
  idleMs: 60_000,
  connections: 600,
  controlRss: 400e6,
  emptyRss: 150e6,
};
const met = (change: Partial<Measured>): boolean[] =>
  fleetGoals({ ...good, ...change }).map((goal) => goal.met);

describe("the fleet bench", () => {
  it("gives every service of every cluster an address of its own, and another one when it changes", () => {
    const all = [0, 1, 99].flatMap((cluster) =>
      [0, 199].flatMap((index) => [0, 1].map((version) => addressOf({ cluster, index, version }, 200))),
    );
    assert.equal(new Set(all).size, all.length);
    for (const address of all) assert.match(address, /^198\.1[89]\.\d{1,3}\.\d{1,3}$/);
    assert.equal(nameOf(7, 3), "s7.demo.bench.svc.c3.federation.example");
    assert.equal(nameOf(7, null), "s7.demo.bench.svc.federation.example");
  });

  it("has valid settings", () => {
    const plan = { port: 1053, adminPort: 9353, stateDirectory: "./state", ttlSeconds: 30 };
    const read = parseConfig(configText(plan), "/tmp/fedns.yaml");
    assert.equal(read.kind, "config", JSON.stringify(read));
  });

  it("meets its goals or misses them, one by one", () => {
    assert.deepEqual(met({}), [true, true, true, true, true, true]);
    assert.deepEqual(met({ joinMs: [300, 1_000] }), [false, true, true, true, true, true]);
    assert.deepEqual(met({ leaveMs: [Infinity] }), [true, false, true, true, true, true]);
    assert.deepEqual(met({ settingsMs: [] }), [true, true, false, true, true, true]);
    assert.deepEqual(met({ changeMs: [100] }), [true, true, true, false, true, true]);
    assert.deepEqual(met({ steady: { asked: 9, lost: 1, wrong: 1 } }), [
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it("computes what one member costs", () => {
    assert.equal(megabytesPerMember(good), 2.5);
    assert.equal(megabytesPerMember({ ...good, emptyRss: null }), null);
    const rows = new Map(fleetTables(good)[1]?.rows.map(([what = "", figure]) => [what, figure]));
    assert.equal(rows.get("requests of a member at rest, each minute"), "20.0");
    assert.equal(rows.get("kB to and from a member at rest, each minute"), "6.0");
  });
});
