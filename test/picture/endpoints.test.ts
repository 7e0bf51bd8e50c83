/** Endpoint indexes: one owner each, given out again only when no reader can still look at the old owner's health. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { compactInto } from "../../src/picture/write/compact.ts";
import { isPool, poolOf } from "../../src/picture/content/decode.ts";
import { Header } from "../../src/picture/format/layout.ts";
import { type Memory, memoryOf } from "../../src/picture/format/memory.ts";
import { recordsOf, SERVICES } from "../../src/picture/format/table.ts";
import { EndpointRanges } from "../../src/picture/write/endpoints.ts";
import { newPicture, openPicture, type TestPicture } from "../support/picture.ts";
import { wireName } from "../support/query.ts";

const stamp = { wallSeconds: 1 };

function put(picture: TestPicture, service: string, counts: readonly number[]): void {
  const members = counts.map((count, cluster) => ({
    cluster,
    tier: 0,
    readyEndpoints: 1,
    wantedEndpoints: 1,
    weight: 1,
    ipv4: Array.from({ length: count }, (_, i) => 1000 * cluster + i),
    ipv6: [],
    since: 7,
  }));
  const key = Uint8Array.from(wireName(`${service}.n`).slice(0, -1));
  if (members.length === 0) picture.writer.removePool(0, key);
  else picture.writer.putPool(0, key, members);
  picture.writer.commit(stamp);
}

/** Indexes in use, each once. */
function used(memory: Memory): number[] {
  const all: number[] = [];
  for (const at of recordsOf(memory.u32, SERVICES)) {
    if (!isPool(memory, at)) continue;
    for (const { firstEndpoint, ipv4, ipv6 } of poolOf(memory, at).members)
      all.push(...Array.from({ length: ipv4.length + ipv6.length }, (_, i) => firstEndpoint + i));
  }
  return all;
}

test("a range that was freed is given out again after its commit has been seen by all readers, not before", () => {
  const ranges = new EndpointRanges(0, 100);
  const first = ranges.take(3, 0);
  ranges.release(first, 3, 10);
  assert.notEqual(ranges.take(3, 8), first);
  assert.equal(ranges.take(3, 10), first);
  assert.notEqual(ranges.take(3, 10), first);
});

test("no two addresses ever share an index, whatever comes and goes", () => {
  const steps = fc.array(
    fc.record({
      service: fc.constantFrom("a", "b", "c"),
      counts: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
      isRestart: fc.boolean(),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(steps, (list) => {
      let picture = newPicture({ octets: 1 << 20 });
      for (const { service, counts, isRestart } of list) {
        put(picture, service, counts);
        const indexes = used(picture.memory);
        assert.equal(new Set(indexes).size, indexes.length);
        assert.ok(indexes.every((index) => index < (picture.memory.u32[Header.EndpointsEnd] as number)));
        if (isRestart) picture = openPicture(picture.memory);
      }
    }),
    { numRuns: 100 },
  );
});

test("readers that lag behind keep freed indexes from being used again", () => {
  const picture = newPicture();
  const seen = picture.memory.u32[Header.Serial] as number;
  picture.passedSerial = () => seen;
  const lots: number[] = [];
  for (let i = 0; i < 20; i++) {
    put(picture, "a", [1 + (i % 2)]);
    lots.push(...used(picture.memory));
  }
  assert.equal(new Set(lots).size, lots.length);
  picture.passedSerial = () => picture.memory.u32[Header.Serial] as number;
  const end = picture.memory.u32[Header.EndpointsEnd];
  for (let i = 0; i < 20; i++) put(picture, "a", [1 + (i % 2)]);
  assert.equal(picture.memory.u32[Header.EndpointsEnd], end, "nothing new was taken");
});

/** Addresses come and go for long; ten are in use at any time. */
function churn(picture: TestPicture, rounds: number): void {
  for (let i = 0; i < rounds; i++) {
    put(picture, "a", [1 + (i % 10)]);
    put(picture, "a", []);
  }
}

test("indexes that were free before a restart are given out after it", () => {
  let picture = newPicture({ octets: 8 << 20, endpointCapacity: 200 });
  for (let restart = 0; restart < 20; restart++) {
    churn(picture, 10);
    picture = openPicture(picture.memory);
  }
  assert.ok((picture.memory.u32[Header.EndpointsEnd] as number) <= 100);
});

test("indexes that were free before a compaction are given out after it", () => {
  let picture = newPicture({ octets: 1 << 20, endpointCapacity: 200 });
  for (let compaction = 0; compaction < 20; compaction++) {
    churn(picture, 10);
    const fresh = memoryOf(new ArrayBuffer(1 << 20));
    compactInto(picture.memory, fresh, () => undefined);
    picture = openPicture(fresh);
  }
  assert.ok((picture.memory.u32[Header.EndpointsEnd] as number) <= 100);
});

test("the range at index 0 is freed too when its member has no addresses any more", () => {
  const picture = newPicture({ endpointCapacity: 20 });
  for (let i = 0; i < 10; i++) {
    put(picture, "a", [3]);
    put(picture, "a", [0]);
  }
  assert.equal(picture.memory.u32[Header.EndpointsEnd], 3);
});
