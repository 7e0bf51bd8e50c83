/** The `image` bench's pure parts: the fleet and its addresses, quantiles, and goals that are computed from figures. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  addressesOf,
  clusters,
  drawServiceName,
  encodeQueries,
  levels,
  octetsOf,
} from "../../bench/image/fleet.ts";
import { imageGoals, octetsPerRecord, octetsPerService, type Sizing } from "../../bench/image/goals.ts";
import { readReply } from "../../bench/load/ask.ts";
import { quantile, roundsOf, spreadOf } from "../../bench/load/quantile.ts";

describe("quantile", () => {
  it("is a value that was measured, by nearest rank, in any order of values", () => {
    const values = Array.from({ length: 200 }, (_, i) => 200 - i);
    assert.equal(quantile(values, 0.5), 100);
    assert.equal(quantile(values, 0.99), 198);
    assert.equal(quantile(values, 1), 200);
    assert.equal(quantile([7], 0.99), 7);
    assert.equal(quantile([], 0.5), null);
  });

  it("keeps a change that was never seen as the highest of all", () => {
    assert.deepEqual(spreadOf([1, Infinity, 2]), { count: 3, p50: 2, p99: Infinity, highest: Infinity });
  });

  it("takes the median of the rounds, so that one disturbed round does not decide, and still reports the highest", () => {
    const spread = roundsOf([1, 2, 50, 90, 1, 4, 7], 2);
    assert.deepEqual(spread, { count: 7, p50: 1, p99: 4, highest: 90 });
    assert.deepEqual(roundsOf([], 2), { count: 0, p50: null, p99: null, highest: null });
  });
});

describe("the fleet", () => {
  it("has seven levels over three clusters", () => {
    assert.equal(clusters.length, 3);
    assert.equal(new Set(levels).size, 7);
  });

  it("gives each cluster, version and neighbouring service three addresses of its own, ascending", () => {
    const seen = new Set<number>();
    for (const cluster of [0, 1, 2]) {
      for (const service of [0, 1, 255]) {
        for (const version of [0, 1, 1020, 4095]) {
          const addresses = addressesOf(cluster, service, version);
          assert.deepEqual(
            addresses,
            [...addresses].sort((a, b) => a - b),
          );
          for (const address of addresses) seen.add(address);
        }
      }
    }
    assert.equal(seen.size, 3 * 3 * 4 * 3);
    assert.deepEqual([...octetsOf(addressesOf(1, 2, 0)[1] ?? 0)], [10, 64, 0, 9]);
  });

  it("draws services up to the last one at every level", () => {
    const drawn = [0, 0.999_999].map((value) => drawServiceName(1_000, () => value));
    assert.deepEqual(drawn, [
      "s0.demo.bench.svc.federation.example",
      "s999.demo.bench.svc.a.ap-northeast.federation.example",
    ]);
  });

  it("lays queries one behind the other, each with its own ID", () => {
    const { bytes, starts } = encodeQueries(["a.example", "bb.example"]);
    const [first = 0, second = 0, end = 0] = starts;
    assert.deepEqual([first, second, end], [0, 27, 55]);
    const reply = bytes.slice(second, end);
    reply[2] = 0x80;
    assert.notEqual(readReply(reply, 1), null);
    assert.equal(readReply(reply, 0), null);
  });
});

const spread = { count: 100, p50: 1.5, p99: 4.9, highest: 30 };

function sizing(services: number, records: number, fileOctets: number): Sizing {
  const times = { zoneMs: 1, federationMs: 1, publishMs: 1 };
  return {
    services,
    records,
    figures: { ...times, liveOctets: 1, fileOctets, residentOctets: 1 },
    serviceLookupsPerSecond: 1,
    recordLookupsPerSecond: null,
    change: spread,
    join: { ...spread, p50: 9 },
    compactMs: 1,
    loadPerSecond: 20_000,
  };
}

describe("the goals of image", () => {
  const sizings = [sizing(1_000, 0, 24_000_000), sizing(1_500, 0, 600_000), sizing(1_500, 1_000, 750_000)];

  it("count the whole file for services, and what records add to the same fleet", () => {
    assert.equal(octetsPerService(sizings), 400);
    assert.equal(octetsPerRecord(sizings), 150);
  });

  it("are all there and met where every figure is within its bound", () => {
    const goals = imageGoals(sizings);
    assert.equal(goals.length, 8);
    assert.deepEqual(new Set(goals.map(({ met }) => met)), new Set([true]));
  });

  it("are missed by a slow p99 of one size, and by a change that was never seen", () => {
    const slow = { ...sizing(2_000, 0, 1), change: { ...spread, p99: 5 } };
    const lost = { ...sizing(3_000, 0, 1), change: { ...spread, p99: Infinity } };
    const missed = imageGoals([...sizings, slow, lost]).filter(
      ({ name, met }) => name.startsWith("change") && !met,
    );
    assert.deepEqual(
      missed.map(({ name }) => name),
      ["change p99, 2,000 services", "change p99, 3,000 services"],
    );
  });

  it("have no value and are not met where nothing was measured", () => {
    const none = { count: 0, p50: null, p99: null, highest: null };
    const goals = imageGoals([{ ...sizing(1_000, 0, 1), figures: null, change: none, join: none }]);
    assert.deepEqual(
      goals.map(({ value, met }) => [value, met]),
      [
        [null, false],
        [null, false],
        [null, false],
        [null, false],
      ],
    );
  });
});
