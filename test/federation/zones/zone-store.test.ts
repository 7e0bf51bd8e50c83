/** Zone files that are being written, vanish, or cannot be listed: zones stay as served until the new state is certain. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { formatName, nameOf } from "../../../src/dns/message/name.ts";
import { type FolderLook, lookInto } from "../../../src/federation/zones/folder-look.ts";
import { EMPTY_AFTER_MS, QUIET_MS } from "../../../src/federation/zones/quiet-folder.ts";
import { ACCEPTED_AFTER_MS } from "../../../src/federation/zones/shrunken-files.ts";
import { ZoneStore } from "../../../src/federation/zones/zone-store.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { until } from "../../support/until.ts";

const POLL_MS = 2_000;

function zoneText(hosts: number, serial: number = 1): string {
  const lines = Array.from({ length: hosts }, (_, i) => `h${i} A 192.0.2.${i + 1}`);
  return `$TTL 1h\n@ SOA ns.example.net. h.example.net. ${serial} 4h 1h 2w 5m\n NS ns.example.net.\n NS ns.example.com.\n${lines.join("\n")}\n`;
}

let top = "";
let folder = "";
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "fedns-zones-"));
  folder = join(top, "zones");
  mkdirSync(folder);
});
afterEach(() => rmSync(top, { recursive: true }));

/** A store on a driven clock. File times are shifted by the same clock, so that a test says how old a change is. */
class Rig {
  readonly clock: FakeClock = new FakeClock();
  readonly store: ZoneStore;
  looks = 0;
  changes = 0;
  /** Wall time in ms that the look gives every file that was written since the last `settle`. */
  #times: Map<string, { readonly key: string; readonly atMs: number }> = new Map();
  isListed = true;

  /** `published`: names of zones, which have 23 records and the serial 1. */
  constructor(published: readonly string[] = []) {
    this.store = new ZoneStore({
      folder,
      generated: [],
      published: published.map((name) => ({ origin: nameOf(name), serial: 1, records: 23 })),
      places: () => [],
      clock: this.clock,
      log: silentLog,
      look: () => this.#look(),
    });
  }

  async #look(): Promise<FolderLook | null> {
    const look = this.isListed ? await lookInto(folder) : null;
    this.looks++;
    if (look === null) return null;
    return new Map(
      [...look].map(([path, facts]) => {
        if (facts === null) return [path, null];
        const key = `${facts.octets} ${facts.modifiedMs} ${facts.inode}`;
        const known = this.#times.get(path);
        const atMs = known?.key === key ? known.atMs : this.clock.wallMs();
        this.#times.set(path, { key, atMs });
        return [path, { ...facts, modifiedMs: atMs }];
      }),
    );
  }

  start(signal: AbortSignal): void {
    this.store.load();
    void this.store.watch(() => {
      this.changes++;
      this.store.load();
    }, signal);
  }

  async pass(ms: number): Promise<void> {
    const looks = this.looks;
    this.clock.advance(ms);
    await until("a look", () => this.looks > looks && this.clock.pendingTimers > 0);
  }

  get zones(): readonly string[] {
    return (this.store.status["zones"] as { zone: string; records: number }[]).map(
      ({ zone, records }) => `${zone} ${records}`,
    );
  }

  get problems(): readonly string[] {
    return this.store.status["problems"] as readonly string[];
  }
}

async function begun(signal: AbortSignal): Promise<Rig> {
  const rig = new Rig();
  rig.clock.advance(60_000);
  rig.start(signal);
  await rig.pass(POLL_MS);
  rig.changes = 0;
  return rig;
}

describe("a zone file that is being written", () => {
  it("is read once it has not changed for half a second", async (t) => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(20));
    const rig = await begun(t.signal);
    assert.deepEqual(rig.zones, ["a.test. 23"]);
    writeFileSync(join(folder, "a.test.zone"), zoneText(19, 2));
    await rig.pass(POLL_MS);
    assert.deepEqual(rig.zones, ["a.test. 23"], "after the first look");
    writeFileSync(join(folder, "a.test.zone"), zoneText(21, 3));
    await rig.pass(QUIET_MS);
    assert.deepEqual(rig.zones, ["a.test. 23"], "it changed again between two looks");
    await rig.pass(QUIET_MS);
    assert.deepEqual(rig.zones, ["a.test. 24"]);
    assert.equal(rig.changes, 1);
  });

  it("changes nothing when it vanishes for a moment", async (t) => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(3));
    writeFileSync(join(folder, "b.test.zone"), zoneText(3));
    const rig = await begun(t.signal);
    renameSync(join(folder, "a.test.zone"), join(top, "away"));
    await rig.pass(POLL_MS);
    renameSync(join(top, "away"), join(folder, "a.test.zone"));
    await rig.pass(QUIET_MS);
    assert.equal(rig.changes, 0);
    assert.deepEqual(rig.zones, ["a.test. 6", "b.test. 6"]);
  });

  it("goes at the second look when it is removed", async (t) => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(3));
    writeFileSync(join(folder, "b.test.zone"), zoneText(3));
    const rig = await begun(t.signal);
    rmSync(join(folder, "a.test.zone"));
    await rig.pass(POLL_MS);
    await rig.pass(QUIET_MS);
    assert.deepEqual(rig.zones, ["b.test. 6"]);
  });
});

describe("a zone file with far fewer records and the same serial", () => {
  it("waits, reports how to load it now, and counts after ten minutes", async (t) => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(40));
    const rig = await begun(t.signal);
    writeFileSync(join(folder, "a.test.zone"), zoneText(10));
    await rig.pass(POLL_MS);
    await rig.pass(QUIET_MS);
    assert.deepEqual(rig.zones, ["a.test. 43"]);
    assert.match(rig.problems.join(), /has 13 records instead of 43 and the same serial 1: .*SIGHUP/);
    rig.clock.advance(ACCEPTED_AFTER_MS);
    await until("it is taken", () => rig.changes > 1);
    assert.deepEqual(rig.zones, ["a.test. 13"]);
    assert.doesNotMatch(rig.problems.join(), /instead of/);
  });

  it("counts at once when its serial is higher, or when an operator orders a reload", async (t) => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(40));
    const rig = await begun(t.signal);
    writeFileSync(join(folder, "a.test.zone"), zoneText(10, 2));
    await rig.pass(POLL_MS);
    await rig.pass(QUIET_MS);
    assert.deepEqual(rig.zones, ["a.test. 13"]);
    writeFileSync(join(folder, "a.test.zone"), zoneText(1, 2));
    rig.store.load(true);
    assert.deepEqual(rig.zones, ["a.test. 4"]);
  });
});

describe("a folder that cannot be listed", () => {
  it("keeps every zone, is reported, and is read again when it is back", async (t) => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(3));
    const rig = await begun(t.signal);
    rig.isListed = false;
    await rig.pass(POLL_MS);
    assert.match(rig.problems.join(), /zones:0: error: cannot be listed/);
    rig.isListed = true;
    await rig.pass(POLL_MS);
    assert.deepEqual([rig.zones, rig.problems, rig.changes], [["a.test. 6"], [], 0]);
  });

  it("keeps every zone when an operator orders a reload meanwhile", async (t) => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(3));
    const rig = await begun(t.signal);
    renameSync(folder, `${folder}.away`);
    const { zones, retained } = rig.store.load(true);
    renameSync(`${folder}.away`, folder);
    assert.deepEqual([zones.length, retained], [1, []]);
  });

  it("keeps the published zones at the start, and counts as unread until it is listed", () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "no folder");
    const rig = new Rig(["a.test", "b.test"]);
    const { retained } = rig.store.load();
    assert.deepEqual(retained.map(formatName), ["a.test.", "b.test."]);
    assert.equal(rig.store.isRead, false);
    rmSync(folder);
    mkdirSync(folder);
    writeFileSync(join(folder, "a.test.zone"), zoneText(20));
    assert.deepEqual([rig.store.load().retained, rig.store.isRead], [[], true]);
  });

  it("keeps the published zones for a minute when it is empty at the start", async (t) => {
    const rig = new Rig(["a.test"]);
    rig.start(t.signal);
    assert.deepEqual([rig.store.load().retained.map(formatName), rig.store.isRead], [["a.test."], false]);
    assert.match(rig.problems.join(), /all zone files have gone at once/);
    await rig.pass(EMPTY_AFTER_MS);
    await rig.pass(POLL_MS);
    assert.deepEqual([rig.store.load().retained, rig.store.isRead, rig.problems], [[], true, []]);
    const ordered = new Rig(["a.test"]);
    assert.deepEqual(ordered.store.load(true).retained, []);
  });

  it("keeps its zones for a minute when it is suddenly empty", async (t) => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(3));
    const rig = await begun(t.signal);
    renameSync(join(folder, "a.test.zone"), join(top, "away"));
    await rig.pass(POLL_MS);
    await rig.pass(POLL_MS);
    assert.deepEqual(rig.zones, ["a.test. 6"]);
    assert.match(rig.problems.join(), /all zone files have gone at once/);
    await rig.pass(EMPTY_AFTER_MS);
    assert.deepEqual(rig.zones, []);
  });

  it("drops its zones at once when it is empty and an operator orders a reload", async (t) => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(3));
    const rig = await begun(t.signal);
    rmSync(join(folder, "a.test.zone"));
    rig.store.load(true);
    await rig.pass(POLL_MS);
    assert.deepEqual([rig.zones, rig.problems], [[], []]);
  });
});

it("a file that may not be read keeps its zone", { skip: process.getuid?.() === 0 }, async (t) => {
  writeFileSync(join(folder, "a.test.zone"), zoneText(3));
  const rig = await begun(t.signal);
  chmodSync(join(folder, "a.test.zone"), 0o000);
  writeFileSync(join(folder, "b.test.zone"), zoneText(3));
  await rig.pass(POLL_MS);
  await rig.pass(QUIET_MS);
  assert.deepEqual(rig.zones, ["a.test. 6", "b.test. 6"]);
});

describe("a file that looks cut short at the start", () => {
  it("waits, and what an earlier run has published of it stays", async (t) => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(3));
    const rig = new Rig(["a.test"]);
    rig.clock.advance(60_000);
    rig.start(t.signal);
    assert.deepEqual(rig.store.load().retained.map(formatName), ["a.test."]);
    assert.match(
      rig.problems.join(),
      /has 6 records instead of 23 and the same serial 1: it looks cut short/,
    );
    await rig.pass(POLL_MS);
    writeFileSync(join(folder, "a.test.zone"), zoneText(20));
    await rig.pass(POLL_MS);
    await rig.pass(QUIET_MS);
    assert.deepEqual([rig.zones, rig.problems], [["a.test. 23"], []]);
  });

  it("counts at once when an operator orders it, when its serial has risen, or when it is about as long", () => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(3));
    assert.deepEqual(new Rig(["a.test"]).store.load(true).retained, []);
    writeFileSync(join(folder, "a.test.zone"), zoneText(3, 2));
    assert.deepEqual(new Rig(["a.test"]).store.load().retained, []);
    writeFileSync(join(folder, "a.test.zone"), zoneText(18));
    assert.deepEqual(new Rig(["a.test"]).store.load().retained, []);
  });
});

describe("other settings", () => {
  it("have the files of another folder served; one that cannot be listed leaves the zones as they are", async (t) => {
    writeFileSync(join(folder, "a.test.zone"), zoneText(20));
    const rig = await begun(t.signal);
    assert.deepEqual(rig.zones, ["a.test. 23"]);
    rig.store.configure({ folder: join(folder, "nowhere"), generated: [] });
    assert.equal(rig.store.load(true).zones.length, 1);
    assert.match(rig.problems.join(), /nowhere:0: error: /);
    const other = mkdtempSync(join(tmpdir(), "fedns-zones-"));
    t.after(() => rmSync(other, { recursive: true }));
    writeFileSync(join(other, "b.test.zone"), zoneText(5));
    rig.store.configure({ folder: other, generated: [] });
    rig.store.load(true);
    assert.deepEqual([rig.zones, rig.problems], [["b.test. 8"], []]);
    rig.store.configure({ folder: null, generated: [] });
    assert.deepEqual(rig.store.load(true), { zones: [], retained: [] });
    assert.deepEqual([rig.zones, rig.problems, rig.store.isRead], [[], [], true]);
  });
});
