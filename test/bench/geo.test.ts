/** The `geo` bench's pure parts: queries with subnets, replies judged, prefixes found by look-ups, goals and tables. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createQuery } from "../../src/dns/message/query-record.ts";
import { readQuery, QueryStatus } from "../../src/dns/message/query.ts";
import { viewOfBytes } from "../../src/dns/message/wire.ts";
import { encodeClients } from "../../src/picture/clients/encode.ts";
import { classOfV6, CLIENTS_HEAD_WORDS, AT_START } from "../../src/picture/clients/client-table.ts";
import { PrefixTree } from "../../src/traffic/locate/prefix-tree.ts";
import { locatedV6, lookUpsV4, lookUpsV6, octetsByFamily } from "../../bench/geo/prefixes.ts";
import { randomV4, randomV6, subnetQuery, wireQueries } from "../../bench/geo/queries.ts";
import { type GeoReply, judgeGeo, readGeoReply } from "../../bench/geo/reply.ts";
import { type GeoFigures, type GeoId, geoGoals, geoTables } from "../../bench/geo/goals.ts";
import { addressesOf } from "../../bench/image/fleet.ts";
import { dnsperfArguments } from "../../bench/load/dnsperf.ts";
import { createRandom } from "../../bench/load/zone.ts";
import type { Sample, Series } from "../../bench/peers/scenario.ts";

const mebi = 2 ** 20;

describe("the queries of geo", () => {
  const prefixes = Int32Array.of(0x20010db8, 0x11223344);

  it("are read by the server with the subnet they carry", () => {
    const v6 = randomV6(prefixes, () => 0);
    for (const subnet of [{ family: 1, octets: Uint8Array.of(8, 9, 10) } as const, v6]) {
      const bytes = subnetQuery(42, subnet, 7);
      const query = createQuery();
      assert.equal(readQuery(bytes, viewOfBytes(bytes), 0, bytes.length, query), QueryStatus.Ok);
      assert.deepEqual(
        [bytes[1], query.subnetFamily, query.subnetSource],
        [7, subnet.family, 8 * subnet.octets.length],
      );
      assert.deepEqual(query.subnetAddress.slice(0, query.subnetOctets), subnet.octets);
    }
    assert.deepEqual([...v6.octets], [0x20, 0x01, 0x0d, 0xb8, 0x11, 0x22, 0x33]);
  });

  it("stand one behind the other, each behind its length, the same for the same seed", () => {
    const plan = { count: 50, services: 10_000, subnet: randomV4 };
    const file = wireQueries(plan, createRandom(1));
    const subnets = new Set<string>();
    let at = 0;
    for (let i = 0; i < plan.count; i++) {
      const end = at + 2 + file.readUInt16BE(at);
      subnets.add(file.toString("hex", end - 3, end));
      at = end;
    }
    assert.equal(at, file.length);
    assert.ok(subnets.size > 45);
    assert.deepEqual(wireQueries(plan, createRandom(1)), file);
    assert.notDeepEqual(wireQueries(plan, createRandom(2)), file);
  });

  it("are passed to dnsperf as whole messages", () => {
    const load = { port: 1, queryFile: "q", seconds: 1, clients: 1, outstanding: 1 } as const;
    const of = (isWire: boolean): readonly string[] =>
      dnsperfArguments({ ...load, transport: "udp", edns: false, isWire });
    assert.deepEqual(
      of(true).filter((word) => !of(false).includes(word)),
      ["-B"],
    );
  });
});

describe("a reply to a subnet", () => {
  const question = subnetQuery(1, { family: 1, octets: Uint8Array.of(8, 9, 10) }, 5);

  it("is read: its records, its first address, its scope", () => {
    const octets = answerTo(question, 0x0a400001, 20);
    const reply = readGeoReply(octets, 5);
    assert.deepEqual([reply?.rcode, reply?.answers, reply?.first, reply?.scope], [0, 1, 0x0a400001, 20]);
    assert.equal(readGeoReply(octets, 6), null);
    assert.throws(() => readGeoReply(octets.subarray(0, octets.length - 20), 5), RangeError);
  });

  it("has no scope without the option", () => {
    const plain = question.slice();
    plain[2] = 0x80;
    // Cookie (10) in the place of the subnet.
    plain[plain.length - 10] = 10;
    assert.equal(readGeoReply(plain, 5)?.scope, null);
  });

  const whole = (cluster: number, scope: number | null): GeoReply => ({
    rcode: 0,
    isAuthoritative: true,
    answers: 3,
    sizeBytes: 100,
    scope,
    first: addressesOf(cluster, 0, 0)[0] ?? 0,
  });

  it("is right when clients are told apart and sent to several clusters", () => {
    assert.equal(judgeGeo([whole(0, 20), whole(1, 24), whole(0, 0)]), null);
  });

  it("is wrong when it is missing, short, without scope, or the same for all clients", () => {
    const bad: readonly (readonly (GeoReply | null)[])[] = [
      [],
      [whole(0, 20), null],
      [whole(0, 20), { ...whole(1, 20), answers: 2 }],
      [whole(0, 20), { ...whole(1, 20), rcode: 2 }],
      [whole(0, 20), whole(1, null)],
      [whole(0, 20), whole(1, 0), whole(2, 0)],
      [whole(0, 20), whole(0, 24)],
    ];
    for (const replies of bad) assert.equal(typeof judgeGeo(replies), "string");
  });
});

/** The query with one A record and its scope filled in. */
function answerTo(query: Uint8Array, address: number, scope: number): Uint8Array {
  const optAt = query.length - 22;
  const record = [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4];
  const octets = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
  const message = Uint8Array.from([
    ...query.subarray(0, optAt),
    ...record,
    ...octets,
    ...query.subarray(optAt),
  ]);
  message[2] = 0x84;
  message[7] = 1;
  message[message.length - 4] = scope;
  return message;
}

describe("the prefixes of a table", () => {
  const v4 = new PrefixTree();
  v4.set(0x0a010200, 0, 24, 2);
  const v6 = new PrefixTree();
  v6.set(0x20010000, 0, 20, 1);
  v6.set(0x20010203, 0x04050607, 64, 2);
  v6.set(0x3fffffff, 0xffffffff | 0, 64, 1);
  v6.set(0xfe800000, 0, 16, 1);
  const words = encodeClients({ classes: 3, v4: v4.nodes, v6: v6.nodes });

  it("of IPv6 are all found, wherever one ends, and unallocated ones are left out", () => {
    const found = locatedV6(words);
    const ends = new Set<number>();
    for (let i = 0; i < found.length; i += 2) {
      const leaf = classOfV6(words, AT_START, found[i] as number, found[i + 1] as number);
      assert.ok((leaf & 0xffff) > 0);
      ends.add(leaf >>> 16);
    }
    // Around the exception: lengths 21 to 63 of class 1, and two of 64; the last /64 of all.
    assert.equal(found.length / 2, 44 + 2);
    assert.deepEqual([Math.min(...ends), Math.max(...ends)], [21, 64]);
    assert.deepEqual(Array.from(found.slice(-2)), [0x3fffffff, -1]);
  });

  it("share the octets of the table", () => {
    const { v4: first, v6: second } = octetsByFamily(words);
    assert.equal(first + second, words.byteLength);
    assert.ok(first > 4 * CLIENTS_HEAD_WORDS && second > 4 * 256);
    const none = encodeClients({ classes: 1, v4: new PrefixTree().nodes, v6: new PrefixTree().nodes });
    assert.deepEqual(octetsByFamily(none), { v4: none.byteLength, v6: 0 });
  });

  it("are looked up as often as requested", () => {
    const random = createRandom(1);
    const six = lookUpsV6(Int32Array.of(0x20010203, 0x04050607), 10, random);
    assert.equal(six(words, 2, 5), 3 * ((64 << 16) | 2));
    assert.ok(lookUpsV4(10, random)(words, 0, 10) > 0);
  });
});

const figures = { lowest: 40, median: 50 };
const resident = (rss: number): { rss: number; pss: number; own: number } => ({ rss, pss: rss, own: rss });

function measured(costs: Readonly<Record<string, number>>, growth: number): GeoFigures {
  const cost = (cpuMicros: number): Sample => ({
    cpuMicros,
    queriesPerSecond: 1e5,
    latencyMicros: 100,
    lostShare: 0,
    wrongShare: 0,
  });
  const series = Object.entries(costs).map(([key, micros]): Series<GeoId> => {
    const [contender = "", id = ""] = key.split(" ");
    return { scenario: id as GeoId, contender, samples: [cost(micros), cost(10 * micros)] };
  });
  const at = (rss: number) => ({ control: resident(rss * mebi), serve: resident(mebi) });
  const host = {
    source: "some",
    records: 1,
    classes: 3,
    leavesV4: 2_000_000,
    leavesV6: 4,
    octets: { v4: 9 * mebi, v6: mebi },
    buildSeconds: 6,
    builderOctets: 300 * mebi,
    before: at(100),
    after: at(100 + growth),
  };
  const table = { v4: figures, v6: figures, joins: [{ clusters: 3, nearnessMs: [9, 1, 2], joinMs: [5] }] };
  return { series, host, atEnd: at(150), table };
}

const fine = { "fedns g": 2.4, "limit g": 2, "fedns h": 9, "limit h": 2, "Knot b": 2.5, "NSD b": 2.6 };
const unmet = (one: GeoFigures): readonly string[] =>
  geoGoals(one)
    .filter(({ met }) => !met)
    .map(({ name }) => name);

describe("the goals of geo", () => {
  it("are met near the limit, below plain queries to others, whatever the cost of IPv6", () => {
    assert.deepEqual(unmet(measured(fine, 31)), []);
    assert.equal(geoGoals(measured(fine, 31)).length, 4);
  });

  it("are missed one by one", () => {
    assert.deepEqual(unmet(measured({ ...fine, "limit g": 1.9 }, 31)), ["(g) CPU per query / limit"]);
    assert.deepEqual(unmet(measured({ ...fine, "Knot b": 2.4 }, 31)), ["(g) CPU per query / Knot's plain A"]);
    assert.deepEqual(unmet(measured({ ...fine, "NSD b": 2.4 }, 31)), ["(g) CPU per query / NSD's plain A"]);
    assert.deepEqual(unmet(measured(fine, 32)), ["RSS of control with the table over before"]);
  });

  it("are not met by what was not measured", () => {
    const none = { series: [], host: null, atEnd: null, table: null };
    assert.ok(geoGoals(none).every(({ met, value }) => !met && value === null));
    const { "NSD b": _, ...withoutNsd } = fine;
    assert.deepEqual(unmet(measured(withoutNsd, 31)), ["(g) CPU per query / NSD's plain A"]);
  });

  it("come with tables whose rows are whole", () => {
    const tables = geoTables(measured(fine, 31));
    assert.equal(tables.length, 6);
    for (const { columns, rows } of tables) for (const row of rows) assert.equal(row.length, columns.length);
    assert.deepEqual(tables[3]?.rows[0], ["IPv4", "2,000,000", "9.0", "40.0", "50.0"]);
    assert.deepEqual(tables[5]?.rows, [["3", "2.0", "9.0", "5.0", "5.0"]]);
    const none = geoTables({ series: [], host: null, atEnd: null, table: null });
    assert.deepEqual(
      none.map(({ rows }) => rows),
      [[], [], []],
    );
  });
});
