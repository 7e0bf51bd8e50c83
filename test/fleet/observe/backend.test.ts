/** backendOf and countsOf: addresses are checked and sorted, endpoints are counted once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ANY_ADDRESS } from "../../support/address-rules.ts";
import { addressRules } from "../../../src/federation/members/refused.ts";
import { NO_ANNOTATIONS } from "../../../src/federation/members/backend.ts";
import { backendOf, countsOf } from "../../../src/fleet/observe/backend.ts";

/** With endpoints that no other slice has. */
const slice = (addressType: string, count: number) => ({
  addressType,
  ready: Array.from({ length: count }, () => ++lastId),
  waiting: [],
});
let lastId = 0;
const NONE = { readyEndpoints: 0, wantedEndpoints: 0 };

test("addresses are sorted and unique in both families", () => {
  const { backend, refusals } = backendOf(
    ["192.0.2.2", "2001:db8::2", "192.0.2.1", "2001:DB8::1", "192.0.2.2", "::ffff:192.0.2.1"],
    NONE,
    NO_ANNOTATIONS,
    ANY_ADDRESS,
  );
  assert.deepEqual(backend, {
    readyEndpoints: 0,
    wantedEndpoints: 0,
    annotations: NO_ANNOTATIONS,
    ipv4: [0xc0000201, 0xc0000202],
    ipv6: ["20010db8000000000000000000000001", "20010db8000000000000000000000002"],
  });
  assert.deepEqual(refusals, []);
});

test("IPv4 addresses above 2^31 are sorted as unsigned numbers", () => {
  assert.deepEqual(
    backendOf(["200.0.0.1", "9.0.0.1", "100.0.0.1"], NONE, NO_ANNOTATIONS, ANY_ADDRESS).backend.ipv4,
    [0x09000001, 0x64000001, 0xc8000001],
  );
});

test("refused addresses are left out and reported with the reason", () => {
  const rules = addressRules({ allow: ["192.0.2.0/24"], deny: [] });
  const { backend, refusals } = backendOf(
    ["127.0.0.1", "lb.example.net", "10.0.0.1", "192.0.2.1"],
    NONE,
    NO_ANNOTATIONS,
    rules,
  );
  assert.deepEqual(backend.ipv4, [0xc0000201]);
  assert.deepEqual(
    refusals.map(({ address }) => address),
    ["127.0.0.1", "lb.example.net", "10.0.0.1"],
  );
  assert.ok(refusals.every(({ reason }) => reason.length > 5));
});

test("slices of one family add up, and the larger family counts", () => {
  const ready = (...slices: readonly ReturnType<typeof slice>[]): number => countsOf(slices).readyEndpoints;
  assert.equal(ready(), 0);
  assert.equal(ready(slice("IPv4", 100), slice("IPv4", 3)), 103);
  assert.equal(ready(slice("IPv4", 3), slice("IPv6", 3)), 3);
  assert.equal(ready(slice("IPv4", 2), slice("IPv6", 3), slice("IPv6", 1)), 4);
  assert.equal(ready(slice("IPv4", 0)), 0);
});

test("an endpoint in several slices counts once, and is ready when any of them says so", () => {
  const one = (ready: readonly number[], waiting: readonly number[]) => ({
    addressType: "IPv4",
    ready,
    waiting,
  });
  const counts = (...slices: readonly ReturnType<typeof one>[]): readonly number[] => {
    const { readyEndpoints, wantedEndpoints } = countsOf(slices);
    return [readyEndpoints, wantedEndpoints];
  };
  assert.deepEqual(counts(one([1], []), one([], [1])), [1, 1]);
  assert.deepEqual(counts(one([], [1]), one([], [1])), [0, 1]);
  assert.deepEqual(counts(one([1, 2], []), one([2, 3], [])), [3, 3]);
  assert.deepEqual(counts(one([1], [2]), one([2], [3])), [2, 3]);
  assert.deepEqual(counts(one([1], [1])), [1, 1]);
  assert.equal(countsOf([one([1], [2]), one([2], [3])], true).readyEndpoints, 3);
});

test("the order of addresses and slices does not matter", () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant("junk"));
  fc.assert(
    fc.property(fc.array(address, { maxLength: 10 }), (addresses) => {
      const reversed = backendOf(addresses.toReversed(), NONE, NO_ANNOTATIONS, ANY_ADDRESS).backend;
      assert.deepEqual(backendOf(addresses, NONE, NO_ANNOTATIONS, ANY_ADDRESS).backend, reversed);
    }),
  );
});
