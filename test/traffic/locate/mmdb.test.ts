/** Files in MaxMind's format: read by their own prefixes, whatever their form; and nothing in them hangs or crashes. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import * as fc from "fast-check";
import { Reader } from "mmdb-lib";
import { OperationalError } from "../../../src/kernel/error.ts";
import { gatherMmdb } from "../../../src/traffic/locate/mmdb.ts";
import { walkTree } from "../../../src/traffic/locate/mmdb-tree.ts";
import type { Gathered } from "../../../src/traffic/locate/table.ts";
import { entryAt, mmdb, type MmdbOptions } from "./mmdb-writer.ts";
import { cut, longestMatch, prefixes } from "./prefixes.ts";

const folder = mkdtempSync(join(tmpdir(), "fedns-mmdb-"));
after(() => rmSync(folder, { recursive: true }));

function gathered(octets: Buffer): Gathered {
  const path = join(folder, "test.mmdb");
  writeFileSync(path, octets);
  return gatherMmdb(path);
}

function refusal(octets: Buffer): OperationalError {
  try {
    gathered(octets);
  } catch (error) {
    assert.ok(error instanceof OperationalError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "the file is accepted" });
}

/** Coordinates by place number; 0 has none. */
function coordinates(database: Gathered): readonly (readonly [number, number] | null)[] {
  const { cells, cellOf } = database.places.gather(0.01);
  return [...cellOf].map((cell) => {
    const found = cells[cell - 1];
    return found === undefined ? null : [found.latitude, found.longitude];
  });
}

function placeAt(
  database: Gathered,
  high: number,
  low: number,
  family: 4 | 6,
): readonly [number, number] | null {
  const tree = family === 4 ? database.v4 : database.v6;
  return coordinates(database)[tree.classOf(high, low)] ?? null;
}

const forms = [24, 28, 32].flatMap((recordBits) =>
  [4, 6].map((family) => ({ recordBits, family }) as Pick<MmdbOptions, "recordBits" | "family">),
);

describe("a database in MaxMind's format", () => {
  for (const form of forms) {
    it(`with records of ${form.recordBits} bits and addresses of IPv${form.family} gives each prefix its place`, () => {
      const database = gathered(
        mmdb({
          ...form,
          entries: [
            ["1.0.0.0/8", entryAt(10.5, 20.5)],
            ["1.2.0.0/16", entryAt(-30.25, 40.75)],
            ["1.2.3.4/32", entryAt(50, 60.5)],
            ...(form.family === 6
              ? [
                  ["2a00:1234::/32", entryAt(1.5, 2.5)] as const,
                  ["2a00:1234:5678:9abc::/64", entryAt(3.5, 4.5)] as const,
                ]
              : []),
          ],
        }),
      );
      assert.deepEqual(placeAt(database, 0x01ffffff, 0, 4), [10.5, 20.5]);
      assert.deepEqual(placeAt(database, 0x0102ffff, 0, 4), [-30.25, 40.75]);
      assert.deepEqual(placeAt(database, 0x01020304, 0, 4), [50, 60.5]);
      assert.equal(placeAt(database, 0x02000000, 0, 4), null);
      assert.deepEqual(placeAt(database, 0x2a001234, -1, 6), form.family === 6 ? [1.5, 2.5] : null);
      assert.deepEqual(placeAt(database, 0x2a001234, 0x56789abc, 6), form.family === 6 ? [3.5, 4.5] : null);
      assert.equal(database.source, "test.mmdb (Test-City), built 2026-05-28");
    });
  }

  it("is read as its longest prefixes say, and as the library reads it", () => {
    const any = fc.record({
      form: fc.constantFrom(...forms),
      all: prefixes(32),
      asked: fc.array(fc.integer(), { minLength: 1, maxLength: 20 }),
    });
    fc.assert(
      fc.property(any, ({ form, all, asked }) => {
        const known = all.filter(({ length }) => length > 0);
        fc.pre(known.length > 0);
        const entries = known.map(
          ({ high, length, value }) => [`${quads(high)}/${length}`, entryAt(value + 1.5, 9.5)] as const,
        );
        const octets = mmdb({ ...form, entries });
        const database = gathered(octets);
        const reader = new Reader<never>(octets);
        const found = coordinates(database);
        for (const address of [
          ...asked,
          ...known.map(({ high }) => high),
          ...known.map(({ high, length }) => high | ~cut(-1, 0, length).high),
        ]) {
          const place = found[database.v4.classOf(address, 0)] ?? null;
          const isKnown = reader.get(quads(address)) !== null;
          const expected = isKnown ? [longestMatch(known, [address, 0]) + 1.5, 9.5] : null;
          assert.deepEqual(place, expected, quads(address));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is walked once where aliases lead to the same branch", () => {
    const entries = [["8.8.8.0/24", entryAt(5.5, 5.5)] as const, ["2a00::/16", entryAt(6.5, 6.5)] as const];
    const octets = mmdb({ recordBits: 28, family: 6, entries, hasAliases: true });
    assert.notEqual(new Reader<never>(octets).get("2002:808:808::1"), null);
    const database = gathered(octets);
    assert.equal(database.records, 2);
    assert.equal(placeAt(database, 0x20020808, 0x08080000, 6), null);
    assert.deepEqual(placeAt(database, 0x08080808, 0, 4), [5.5, 5.5]);
  });

  it("has in a divided /64 what the first address has", () => {
    const { metadata } = new Reader<never>(
      mmdb({ recordBits: 24, family: 6, entries: [["2a00::/64", entryAt(1.5, 1.5)]] }),
    );
    const deep = mmdb({ recordBits: 24, family: 6, entries: [["2a00::/64", entryAt(1.5, 1.5)]] });
    // The record that pointed to the data points to a new node, and the first record of that node to the data.
    const last = metadata.nodeCount - 1;
    const pointer = deep.readUIntBE(last * 6, 3);
    const grown = Buffer.concat([
      deep.subarray(0, last * 6),
      Buffer.alloc(12),
      deep.subarray((last + 1) * 6),
    ]);
    const nothing = metadata.nodeCount + 1;
    for (const [i, record] of [last + 1, nothing, pointer + 1, nothing].entries())
      grown.writeUIntBE(record, last * 6 + 3 * i, 3);
    const count = grown.indexOf("node_count") + "node_count".length;
    grown.writeUInt32BE(metadata.nodeCount + 1, count + 1);
    const others = grown.subarray(0, last * 6);
    for (let i = 0; i < others.length; i += 3)
      if (others.readUIntBE(i, 3) === metadata.nodeCount) others.writeUIntBE(nothing, i, 3);
    assert.deepEqual(placeAt(gathered(grown), 0x2a000000, 0, 6), [1.5, 1.5]);
  });

  it("passes over entries without sound coordinates", () => {
    const database = gathered(
      mmdb({
        recordBits: 24,
        family: 4,
        entries: [
          ["1.0.0.0/8", entryAt(90.5, 0)],
          ["2.0.0.0/8", entryAt(0, 0)],
          ["3.0.0.0/8", { location: { latitude: "1", longitude: 2 } }],
          ["4.0.0.0/8", "text"],
          ["5.0.0.0/8", { location: ["latitude"] }],
          ["6.0.0.0/8", entryAt(1.5, -180)],
        ],
      }),
    );
    assert.equal(database.records, 1);
    for (let octet = 1; octet < 6; octet++) assert.equal(placeAt(database, octet << 24, 0, 4), null);
    assert.deepEqual(placeAt(database, 6 << 24, 0, 4), [1.5, -180]);
  });
});

describe("a database that is of no use", () => {
  it("is refused with what to do: one of countries, one that is missing, one that is none", () => {
    const entries = [["1.0.0.0/8", { country: { iso_code: "DE" } }] as const];
    const countries = refusal(mmdb({ recordBits: 24, family: 4, entries, type: "GeoLite2-Country" }));
    assert.deepEqual(
      [countries.code, countries.message],
      ["DATABASE_UNFIT", "it has no coordinates; use a database of cities, not of countries or networks"],
    );
    assert.throws(() => gatherMmdb(join(folder, "none")), {
      name: "OperationalError",
      code: "DATABASE_UNREADABLE",
    });
    assert.throws(() => gatherMmdb(folder), { name: "OperationalError", code: "DATABASE_UNREADABLE" });
    for (const octets of [Buffer.alloc(0), Buffer.from("hello"), Buffer.alloc(100_000, 255)])
      assert.equal(refusal(octets).code, "DATABASE_DAMAGED");
  });

  it("is refused when its tree leads back into itself, or doubles without end", () => {
    const count = 4000;
    const shapes: Record<string, (node: number, side: 0 | 1) => number> = {
      "each node leads to itself": (node) => node,
      "each node leads to the first": () => 0,
      "each node leads to the next, twice": (node) => Math.min(node + 1, count - 1),
      "the same, and IPv4 is empty": (node, side) =>
        node + side === 0 ? count : Math.min(node + 1, count - 1),
    };
    for (const [shape, next] of Object.entries(shapes)) {
      const octets = Buffer.alloc(6 * count);
      for (let node = 0; node < count; node++) {
        octets.writeUIntBE(next(node, 0), node * 6, 3);
        octets.writeUIntBE(next(node, 1), node * 6 + 3, 3);
      }
      for (const family of [4, 6]) {
        const walk = (): void =>
          walkTree({ octets, nodeCount: count, recordBits: 24, family }, () =>
            assert.fail("nothing is there"),
          );
        assert.throws(walk, { code: "DATABASE_DAMAGED" }, shape);
      }
    }
  });

  it("is refused, or read, but never crashes or hangs: cut short, and with octets changed", () => {
    const sound = mmdb({
      recordBits: 28,
      family: 6,
      hasAliases: true,
      entries: [
        ["1.0.0.0/8", entryAt(10.5, 20.5)],
        ["9.9.9.0/24", entryAt(1.5, 2.5)],
        ["2a00::/32", entryAt(3.5, 4.5)],
      ],
    });
    const change = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(sound.length), change, fc.boolean(), (length, changes, isCut) => {
        const octets = Buffer.from(sound);
        for (const [index, value] of changes) octets[index] = value;
        try {
          gathered(isCut ? octets.subarray(0, length) : octets);
        } catch (error) {
          assert.ok(error instanceof OperationalError, String(error));
        }
      }),
      { numRuns: 400, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true },
    );
  });
});

function quads(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}
