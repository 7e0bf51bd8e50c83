/**
 * The real database that comes with fedns: what the table says is what the library says. The long form has the whole table
 * built as a running fedns does; the short form makes a table of a part of the addresses by the same functions.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import geoip from "geoip-lite";
import { systemClock } from "../../../src/kernel/clock.ts";
import { distanceKm } from "../../../src/federation/members/distance.ts";
import { buildInChild } from "../../../src/traffic/locate/build.ts";
import { BUILT_IN, databaseOf, editionOf } from "../../../src/traffic/locate/database.ts";
import { gatherV4, gatherV6 } from "../../../src/traffic/locate/geoip.ts";
import { ClientClasses } from "../../../src/traffic/locate/client-classes.ts";
import { PrefixTree } from "../../../src/traffic/locate/prefix-tree.ts";
import { buildTable, type ClientTable } from "../../../src/traffic/locate/table.ts";
import { readTable } from "../../../src/traffic/locate/table-file.ts";
import { AT_START, classOfV4, classOfV6 } from "../../../src/picture/clients/client-table.ts";
import { isLong, SCALE } from "../../suite/scale.ts";

const folder = mkdtempSync(join(tmpdir(), "fedns-geoip-"));
after(() => rmSync(folder, { recursive: true }));

/** What the short form reads: 8.0.0.0/7 and 2a00::/12. */
const PART_V4 = { start: 0x08000000, end: 0x0a000000 } as const;
const PART_V6 = { start: 0x2a000000, end: 0x2a100000 } as const;
const RECORD_OCTETS = 48;
/** The builder has the lowest priority of all. */
const BUILD_WITHIN_MS = 500_000;

async function wholeTable(): Promise<ClientTable> {
  const database = databaseOf(BUILT_IN);
  const edition = editionOf(database);
  assert.ok(edition !== null);
  const path = join(folder, "clients");
  const order = { database, networks: [], key: { database: edition, networks: "" }, path };
  assert.deepEqual(
    await buildInChild({ order, clock: systemClock }, AbortSignal.timeout(BUILD_WITHIN_MS)),
    [],
  );
  return (readTable(path) ?? assert.fail()).table;
}

function partOfTable(): ClientTable {
  const database = databaseOf(BUILT_IN);
  assert.ok(database.kind === "geoip-lite");
  const [v4, v6, places] = [new PrefixTree(), new PrefixTree(), new ClientClasses()];
  const recordsV4 = gatherV4(v4, places, PART_V4.start, PART_V4.end);
  const file = readFileSync(join(database.folder, "geoip-city6.dat"));
  const [start, end] = [offsetOf(file, PART_V6.start), offsetOf(file, PART_V6.end)];
  const recordsV6 = gatherV6(v6, places, file.subarray(start, end)) ?? assert.fail();
  const records = recordsV4 + recordsV6;
  return buildTable({ source: "geoip-lite", v4, v6, places, records, warnings: [] }, []);
}

/** Where the first record stands whose addresses do not begin with less than these 32 bits. The file is sorted. */
function offsetOf(file: Buffer, high: number): number {
  let at = 0;
  while (at < file.length && file.readUInt32BE(at) < high) at += RECORD_OCTETS;
  return at;
}

describe(`the table made of ${isLong ? "" : "a part of "}geoip-lite`, () => {
  let table: ClientTable;

  before(async () => {
    table = isLong ? await wholeTable() : partOfTable();
  });

  /** A generator of 32-bit numbers; the same ones in every run. */
  let state = 20_261_121;
  function random(): number {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state ^ (state >>> 15)) | 0;
  }

  function misses(found: number, entry: ReturnType<typeof geoip.lookup>): boolean {
    const one = table.classes[found & 0xffff];
    const [latitude, longitude] = entry?.ll ?? [null, null];
    const isUnknown = latitude === null || longitude === null || (latitude === 0 && longitude === 0);
    if (one === undefined || one.kind !== "place") return !isUnknown;
    return isUnknown || distanceKm({ latitude, longitude }, one) > 240;
  }

  it("says of any IPv4 address what the library says, to the size of a cell", () => {
    let known = 0;
    for (let i = 0; i < SCALE.locateAddresses; i++) {
      const address = isLong ? random() : PART_V4.start + (random() & (PART_V4.end - PART_V4.start - 1));
      const found = classOfV4(table.words, AT_START, address);
      const entry = geoip.lookup(address >>> 0);
      assert.ok(!misses(found, entry), `${address >>> 0} ${JSON.stringify(entry)}`);
      if (entry !== null) known += 1;
    }
    assert.ok(known > SCALE.locateAddresses / 2);
  });

  it("says of IPv6 addresses what the library says, but where the library's own records overlap", () => {
    let missed = 0;
    let known = 0;
    for (let i = 0; i < SCALE.locateAddresses; i++) {
      const [high, low] = [
        PART_V6.start | (random() & (PART_V6.end - PART_V6.start - 1)),
        random() & 0xffff0000,
      ];
      const found = classOfV6(table.words, AT_START, high, low);
      const entry = geoip.lookup(`${hex(high)}:${hex(low)}::1`);
      if (misses(found, entry)) missed += 1;
      if (entry !== null) known += 1;
    }
    assert.ok(known > SCALE.locateAddresses / 40, `${known} known`);
    assert.ok(missed < known / 200, `${missed} of ${known} missed`);
  });

  it("tells prefixes of places, and is as large as client-classes.ts says where it is whole", () => {
    const google = classOfV4(table.words, AT_START, 0x08080808);
    assert.ok(google >>> 16 >= 8 && google >>> 16 <= 24);
    if (!isLong) return;
    const figures = [table.classes.length, table.leavesV4, table.leavesV6, table.words.byteLength];
    for (const [i, expected] of [3602, 2_293_643, 437_403, 12_866_944].entries()) {
      const actual = figures[i] as number;
      assert.ok(Math.abs(actual - expected) < expected / 5, `${actual} is far from ${expected}`);
    }
    assert.match(table.source, /^geoip-lite 2\./);
  });
});

function hex(word: number): string {
  return `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`;
}

describe("the data file for IPv6", () => {
  it("is not believed when its records are not what the library makes of them", () => {
    const record = Buffer.alloc(48);
    record.writeUInt32BE(0x2a000000);
    record.writeUInt32BE(0x2affffff, 16);
    record.writeUInt32BE(0xffffffff, 20);
    record.writeInt32BE(123_456, 36);
    record.writeInt32BE(123_456, 40);
    for (const file of [
      record,
      Buffer.concat([record, record.subarray(0, 20)]),
      Buffer.alloc(0),
      Buffer.alloc(4800),
    ])
      assert.equal(gatherV6(new PrefixTree(), new ClientClasses(), file), null);
  });
});
