/** A zone as data, and the zone that the settings describe. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatName, nameOf } from "../../../src/dns/message/name.ts";
import { generatedZone } from "../../../src/dns/zone/generated.ts";
import { Zone } from "../../../src/dns/zone/zone.ts";

const origin = nameOf("example.com");
const a = (octet: number) => ({ type: 1, ttlSeconds: 30, rdatas: [Uint8Array.of(192, 0, 2, octet)] });

function written(zone: Zone): string[] {
  return [...zone.nodes]
    .map(({ name, rrsets }) => `${formatName(name)} ${rrsets.map(({ type }) => type).join(",")}`)
    .sort();
}

test("a name exists with everything between it and the origin", () => {
  const zone = new Zone(origin);
  zone.put(nameOf("a.b.c.example.com"), a(1));
  assert.deepEqual(written(zone), [
    "a.b.c.example.com. 1",
    "b.c.example.com. ",
    "c.example.com. ",
    "example.com. ",
  ]);
  assert.ok(zone.has(nameOf("B.c.Example.com")));
  assert.ok(!zone.has(nameOf("x.example.com")));
});

test("an RRset takes the place of the one of its type, and leaves the others", () => {
  const zone = new Zone(origin);
  const name = nameOf("www.example.com");
  zone.put(name, a(1));
  zone.put(name, { ...a(2), type: 28 });
  zone.put(name, a(3));
  const { rrsets } = zone.node(name);
  assert.deepEqual(
    new Map(rrsets.map(({ type, rdatas }) => [type, rdatas[0]?.[3]])),
    new Map([
      [1, 3],
      [28, 2],
    ]),
  );
});

test("names outside the zone are refused", () => {
  const zone = new Zone(origin);
  for (const text of ["com", "example.org", "xexample.com", "."])
    assert.throws(() => zone.put(nameOf(text), a(1)), RangeError, text);
});

test("settings make SOA and NS at the apex, and addresses of nameservers inside the zone only", () => {
  const soa = {
    mname: nameOf("ns1.example.com"),
    rname: nameOf("x.example.com"),
    serial: 0,
    refreshSeconds: 1,
    retrySeconds: 1,
    expireSeconds: 1,
    negativeTtlSeconds: 1,
  };
  const v4 = [Uint8Array.of(192, 0, 2, 53)];
  const v6 = [new Uint8Array(16)];
  const zone = generatedZone({
    origin,
    soa,
    ttlSeconds: 60,
    nameservers: [
      { name: nameOf("ns1.example.com"), ipv4: v4, ipv6: v6 },
      { name: nameOf("ns.deep.example.com"), ipv4: v4, ipv6: [] },
      { name: nameOf("ns.example.org"), ipv4: v4, ipv6: v6 },
    ],
  });
  assert.deepEqual(written(zone), [
    "deep.example.com. ",
    "example.com. 6,2",
    "ns.deep.example.com. 1",
    "ns1.example.com. 1,28",
  ]);
  assert.equal(zone.node(origin).rrsets.find(({ type }) => type === 2)?.rdatas.length, 3);
});
