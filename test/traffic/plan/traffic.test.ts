/** What holds of each address when it is probed, forced, drained, when it comes back, and after the control process was gone. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { cachedUntilAt, Header, SHARES_AT } from "../../../src/picture/format/layout.ts";
import { newPicture, type TestPicture } from "../../support/picture.ts";
import { end, type Life, live } from "../orders/life.ts";

const KEY = "demo/hello";
const WEST = "192.0.2.10";
const WEST_TOO = "192.0.2.11";
const EAST = "198.51.100.10";
const WEST_V6 = "2001:db8:1::a";
const FULL = 255;
const PROBED = {
  "fedns.io/probe": "tcp://:443",
  "fedns.io/probe-interval": "1s",
  "fedns.io/probe-timeout": "400ms",
};
const SLOW = { "fedns.io/slow-start": "1m" };

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "fedns-life-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function open(
  t: TestContext,
  dead: ReadonlySet<string> = new Set(),
): Promise<{ readonly life: Life; readonly picture: TestPicture; readonly folder: string }> {
  const picture = newPicture();
  const folder = folderOf(t);
  const life = await live({ picture, folder, dead });
  t.after(() => end(life));
  return { life, picture, folder };
}

/** Every address of the picture was answered. */
function handOut({ memory }: TestPicture): void {
  const at = cachedUntilAt(memory.u32[Header.EndpointCapacity] as number);
  memory.u32.fill(2 ** 31, at, at + (memory.u32[Header.EndpointsEnd] as number));
}

describe("a force", () => {
  it("of one address of a whole cluster takes it out wherever it is, and gives it back", async (t) => {
    const { life } = await open(t);
    life.put("us-west", KEY, { addresses: [WEST, WEST_V6] });
    life.put("us-west", "demo/other", { addresses: [WEST_TOO] });
    for (const address of [WEST, WEST_V6]) {
      life.force("down", { address });
      assert.deepEqual([life.health(address), life.health(WEST_TOO)], [0, FULL]);
      life.force("none", { address });
      assert.equal(life.health(address), FULL);
    }
  });

  it("down of a whole cluster leaves nothing behind when it is cleared, whatever changed meanwhile", async (t) => {
    const { life, picture } = await open(t);
    life.put("us-west", KEY, { addresses: [WEST] });
    life.force("down", {});
    assert.equal(picture.memory.u8[SHARES_AT], 0);
    life.put("us-west", KEY, { ready: 2, addresses: [WEST] });
    life.force("none", {});
    assert.deepEqual([life.health(WEST), picture.memory.u8[SHARES_AT]], [FULL, FULL]);
  });

  it("up of a whole cluster raises what probes have down, and ends", async (t) => {
    const dead = new Set<string>();
    const { life } = await open(t, dead);
    life.put("us-west", KEY, { addresses: [WEST], says: PROBED });
    await life.clock.advanceAsync(2_000);
    dead.add(WEST);
    await life.clock.advanceAsync(40_000);
    assert.equal(life.health(WEST), 0);
    life.force("up", {});
    assert.equal(life.health(WEST), FULL);
    life.force("none", {});
    assert.equal(life.health(WEST), 0);
  });

  it("that is taken back is forgotten, also for addresses that are not watched otherwise", async (t) => {
    const { life } = await open(t);
    life.put("us-west", KEY, { addresses: [WEST] });
    life.force("down", { service: KEY, address: WEST });
    assert.equal(life.tracker.status().forced, 1);
    life.force("none", { service: KEY, address: WEST });
    assert.deepEqual([life.tracker.status().forced, life.health(WEST)], [0, FULL]);
  });
});

it("what a probe has down stays out after control was gone, before its cluster is heard and after", async (t) => {
  const dead = new Set<string>();
  const { life, picture, folder } = await open(t, dead);
  life.put("us-west", KEY, { addresses: [WEST, WEST_TOO], says: PROBED });
  life.put("eu-central", KEY, { addresses: [EAST], says: PROBED });
  await life.clock.advanceAsync(2_000);
  dead.add(WEST);
  await life.clock.advanceAsync(40_000);
  assert.deepEqual([WEST, WEST_TOO, EAST].map(life.health), [0, FULL, FULL]);
  await end(life);
  const next = await live({ picture, folder, dead });
  t.after(() => end(next));
  assert.equal(next.health(WEST), 0);
  // The service is written anew: another cluster is heard, and the wait for this one is over.
  next.put("eu-central", KEY, { ready: 2, addresses: [EAST], says: PROBED });
  next.publisher.complete();
  next.publisher.flush();
  assert.deepEqual([WEST, WEST_TOO, EAST].map(next.health), [0, FULL, FULL]);
  next.force("down", { service: KEY, address: WEST_TOO });
  assert.deepEqual([WEST, WEST_TOO].map(next.health), [0, 0]);
  next.force("none", { service: KEY, address: WEST_TOO });
  next.put("us-west", KEY, { addresses: [WEST, WEST_TOO], says: PROBED });
  await next.clock.advanceAsync(5_000);
  assert.equal(next.health(WEST), 0);
  dead.delete(WEST);
  await next.clock.advanceAsync(120_000);
  assert.equal(next.health(WEST), FULL);
});

describe("slow start", () => {
  async function settled(t: TestContext): Promise<{ readonly life: Life; readonly picture: TestPicture }> {
    const opened = await open(t);
    opened.life.tracker.markInitialSyncDone();
    return opened;
  }
  const isRamping = (health: number | null): boolean => health !== null && health > 0 && health < FULL;

  it("is for what comes back after nothing was ready", async (t) => {
    const { life } = await settled(t);
    life.put("us-west", KEY, { addresses: [WEST], says: SLOW });
    assert.equal(life.health(WEST), FULL);
    life.put("us-west", KEY, { ready: 0, addresses: [WEST], says: SLOW });
    life.put("us-west", KEY, { addresses: [WEST, WEST_TOO], says: SLOW });
    assert.ok(isRamping(life.health(WEST)));
    assert.equal(life.health(WEST_TOO), FULL);
    await life.clock.advanceAsync(61_000);
    assert.equal(life.health(WEST), FULL);
  });

  it("does not apply to addresses that were in answers before they were watched", async (t) => {
    for (const says of [
      SLOW,
      { "fedns.io/slow-start": "1m new" },
      { ...PROBED, "fedns.io/slow-start": "1m new" },
    ]) {
      const { life, picture } = await settled(t);
      life.put("us-west", KEY, { addresses: [WEST] });
      handOut(picture);
      life.put("us-west", KEY, { addresses: [WEST], says });
      await life.clock.advanceAsync(3_000);
      assert.equal(life.health(WEST), FULL, JSON.stringify(says));
    }
  });

  it("is for a copy that joins another cluster, from when it is ready, where that is asked for", async (t) => {
    for (const [says, isSlow] of [
      [{ "fedns.io/slow-start": "1m new" }, true],
      [SLOW, false],
    ] as const) {
      const { life } = await settled(t);
      life.put("us-west", KEY, { addresses: [WEST], says });
      await life.clock.advanceAsync(120_000);
      life.put("eu-central", KEY, { ready: 0, addresses: [EAST], says });
      await life.clock.advanceAsync(120_000);
      life.put("eu-central", KEY, { ready: 2, addresses: [EAST], says });
      assert.equal(isRamping(life.health(EAST)), isSlow, JSON.stringify(says));
      await life.clock.advanceAsync(61_000);
      assert.deepEqual([WEST, EAST].map(life.health), [FULL, FULL]);
    }
  });

  it("is for new addresses where that is asked for", async (t) => {
    const { life, picture } = await settled(t);
    const says = { "fedns.io/slow-start": "1m new" };
    life.put("us-west", KEY, { addresses: [WEST] });
    handOut(picture);
    life.put("us-west", KEY, { addresses: [WEST, WEST_TOO], says });
    assert.equal(life.health(WEST), FULL);
    assert.ok(isRamping(life.health(WEST_TOO)));
  });
});

it("a probe that is switched off does not come back with a mistake", async (t) => {
  const { life } = await open(t);
  life.put("us-west", KEY, { addresses: [WEST], says: PROBED });
  assert.equal(life.tracker.status().targets, 1);
  life.put("us-west", KEY, { addresses: [WEST], says: { "fedns.io/probe": "tcp:443" } });
  assert.equal(life.tracker.status().targets, 1);
  life.put("us-west", KEY, { addresses: [WEST], says: { "fedns.io/probe": "off" } });
  assert.equal(life.tracker.status().targets, 0);
  life.put("us-west", KEY, { addresses: [WEST], says: { "fedns.io/probe": "tcp:443" } });
  assert.equal(life.tracker.status().targets, 0);
});
