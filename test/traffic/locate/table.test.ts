/** From networks and databases to the table: who wins where, and how places become classes. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import * as fc from "fast-check";
import { distanceKm } from "../../../src/federation/members/distance.ts";
import { type LocatedNetwork, prefixOf } from "../../../src/traffic/locate/network.ts";
import { CELLS_MAX, ClientClasses } from "../../../src/traffic/locate/client-classes.ts";
import { PrefixTree } from "../../../src/traffic/locate/prefix-tree.ts";
import { readTable, writeTable } from "../../../src/traffic/locate/table-file.ts";
import { buildTable, type ClientTable, type Gathered } from "../../../src/traffic/locate/table.ts";
import { checkClients } from "../../../src/picture/clients/check.ts";
import { AT_START, CLASS_SPECIAL, classOfV4, classOfV6 } from "../../../src/picture/clients/client-table.ts";

type Whereabouts = Partial<Omit<LocatedNetwork, "cidr">>;

function network(cidr: string, where: Whereabouts): LocatedNetwork {
  return { cidr, cluster: null, region: null, location: null, ...where };
}

/** A database of one place in all of IPv4 and of IPv6. */
function everywhere(): Gathered {
  const places = new ClientClasses();
  const place = places.add(52.52, 13.4, 1);
  const [v4, v6] = [new PrefixTree(), new PrefixTree()];
  v4.set(0, 0, 0, place);
  v6.set(0, 0, 0, place);
  return { source: "test", v4, v6, places, records: 2, warnings: [] };
}

/** "the class as text /length of the prefix that has it". */
function whereIs(table: ClientTable, address: string): string {
  assert.equal(checkClients(table.words, 0, table.words.length), null);
  const prefix = prefixOf(`${address}/${address.includes(":") ? 64 : 32}`);
  assert.ok(prefix !== null);
  const { family, high, low } = prefix;
  const found =
    family === 4 ? classOfV4(table.words, AT_START, high) : classOfV6(table.words, AT_START, high, low);
  const number = found & 0xffff;
  const { kind, ...rest } = table.classes[number] ?? { kind: "special" };
  if (number !== CLASS_SPECIAL) assert.ok(number < table.classes.length);
  return [kind, ...Object.values(rest)].join(" ") + ` /${found >>> 16}`;
}

describe("the table of clients", () => {
  it("treats all clients alike without a database and networks", () => {
    const table = buildTable(null, []);
    assert.deepEqual(table.classes, [{ kind: "unknown" }]);
    for (const address of ["8.8.8.8", "10.0.0.1", "2a00::", "fe80::"])
      assert.equal(whereIs(table, address), "unknown /0");
  });

  it("has the networks of the settings alone, at once", () => {
    const table = buildTable(null, [
      network("10.8.0.0/16", { cluster: "eu-central" }),
      network("193.206.0.0/16", { region: "eu-south-1" }),
      network("2001:db8:8::/48", { location: { latitude: 1, longitude: 2 } }),
      network("198.51.100.0/24", { region: "our-own-region" }),
    ]);
    assert.equal(whereIs(table, "10.8.255.1"), "cluster eu-central /16");
    assert.equal(whereIs(table, "193.206.1.1"), "region eu-south-1 45.46 9.19 /16");
    assert.equal(whereIs(table, "2001:db8:8:ffff::"), "place 1 2 /48");
    assert.equal(whereIs(table, "198.51.100.9"), "region our-own-region   /24");
    assert.equal(whereIs(table, "193.207.0.1"), "unknown /16");
  });

  it("lets the longest network win, and networks win over special addresses and the database", () => {
    const table = buildTable(everywhere(), [
      network("192.0.2.128/25", { cluster: "inner" }),
      network("192.0.0.0/16", { cluster: "outer" }),
      network("11.0.0.0/8", { cluster: "outer" }),
      network("fd00:1::/32", { cluster: "inner" }),
    ]);
    assert.equal(whereIs(table, "192.0.2.128"), "cluster inner /25");
    assert.equal(whereIs(table, "192.0.2.127"), "cluster outer /25");
    assert.equal(whereIs(table, "11.255.255.255"), "cluster outer /8");
    assert.equal(whereIs(table, "10.1.2.3"), "special /8");
    assert.equal(whereIs(table, "fd00:1:2::"), "cluster inner /32");
    assert.equal(whereIs(table, "fd00:2::"), "special /31");
    assert.equal(whereIs(table, "8.8.8.8"), "place 52.52 13.4 /7");
    assert.equal(table.classes.length, 4);
  });

  it("marks addresses that are not routed on the Internet by whole blocks, whatever a database says", () => {
    const table = buildTable(everywhere(), []);
    const blocks = {
      "10.200.0.1": 8,
      "100.64.1.1": 10,
      "127.0.0.1": 8,
      "169.254.169.254": 16,
      "172.31.255.255": 12,
      "192.168.0.1": 16,
      "198.19.0.1": 15,
      "203.0.113.5": 24,
      "239.1.1.1": 3,
      "255.255.255.255": 3,
      "2001:db8:ffff::": 32,
      "fdff::": 7,
      "febf:1::": 9,
      "ff02::1": 8,
      "::1": 64,
    };
    for (const [address, length] of Object.entries(blocks))
      assert.equal(whereIs(table, address), `special /${length}`, address);
    for (const address of [
      "9.255.255.255",
      "11.0.0.0",
      "100.128.0.0",
      "172.32.0.0",
      "192.0.3.0",
      "2001:db7::",
      "2001:db9::",
      "2002::",
    ])
      assert.match(whereIs(table, address), /^place/, address);
  });

  it("has one class for networks of the same place", () => {
    const many = Array.from({ length: 300 }, (_, i) =>
      network(`20.${i % 256}.${i >> 8}.0/24`, { cluster: "one" }),
    );
    assert.equal(buildTable(null, many).classes.length, 2);
  });
});

describe("places", () => {
  const coordinate = fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  });

  it("become classes that stand near them, however many there are, at the poles and the date line too", () => {
    const corners = [90, -90, 89.9, 0.5].flatMap((latitude) =>
      [180, -180, 0.1].map((longitude) => ({ latitude, longitude })),
    );
    fc.assert(
      fc.property(fc.array(coordinate, { minLength: 1, maxLength: 60 }), (some) => {
        const classes = new ClientClasses();
        const all = [...corners, ...some].filter(
          ({ latitude, longitude }) => latitude !== 0 || longitude !== 0,
        );
        const numbers = all.map(({ latitude, longitude }) => classes.add(latitude, longitude, 1));
        const { cells, cellOf } = classes.gather();
        for (const [i, place] of all.entries()) {
          const cell = cells[(cellOf[numbers[i] as number] as number) - 1];
          assert.ok(cell !== undefined);
          // The diagonal of a square of 1.5 degrees is 236 km; those at the poles are not quite square.
          assert.ok(distanceKm(place, cell) < 330, `${JSON.stringify(place)} in ${JSON.stringify(cell)}`);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("stand where most of the addresses are", () => {
    const classes = new ClientClasses();
    classes.add(50, 8.1, 1);
    classes.add(50, 8.2, 999);
    assert.deepEqual(classes.gather().cells, [{ latitude: 50, longitude: 8.2 }]);
  });

  it("get larger cells when there would be too many classes", () => {
    const classes = new ClientClasses();
    for (let latitude = -89.5; latitude < 90; latitude += 1)
      for (let longitude = -179.5; longitude < 180; longitude += 1) classes.add(latitude, longitude, 1);
    const { cells } = classes.gather();
    assert.ok(cells.length > CELLS_MAX / 3 && cells.length <= CELLS_MAX, `${cells.length} cells`);
  });

  it("are nowhere for anything but coordinates, and for the zeros that stand for none", () => {
    const classes = new ClientClasses();
    for (const [latitude, longitude] of [
      [null, null],
      [0, 0],
      [91, 0],
      [0, 181],
      [Number.NaN, 1],
      ["1", 2],
      [1, Infinity],
    ])
      assert.equal(classes.add(latitude, longitude, 1), 0);
    assert.equal(classes.size, 0);
  });
});

describe("the table's file", () => {
  const folder = mkdtempSync(join(tmpdir(), "fedns-table-"));
  after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "clients");
  const saved = {
    key: { database: "one", networks: "[]" },
    table: buildTable(everywhere(), [network("20.0.0.0/8", { cluster: "west" })]),
  };

  it("gives back what was put in", () => {
    writeTable(path, saved);
    assert.deepEqual(readTable(path), saved);
  });

  it("is as if it were not there when it is cut short or any octet is another", () => {
    assert.equal(readTable(join(folder, "none")), null);
    writeTable(path, saved);
    const sound = readFileSync(path);
    for (let at = 0; at < sound.length; at += at < 60 ? 1 : 331) {
      const damaged = Buffer.from(sound);
      damaged[at] = (damaged[at] as number) ^ 1;
      writeFileSync(path, damaged);
      assert.equal(readTable(path), null, `octet ${at}`);
      writeFileSync(path, sound.subarray(0, at));
      assert.equal(readTable(path), null, `${at} octets`);
    }
  });
});
