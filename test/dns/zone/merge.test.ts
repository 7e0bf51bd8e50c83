/** A zone file merged with the zone that the settings describe for the same domain. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RecordType } from "../../../src/dns/message/code.ts";
import { nameOf } from "../../../src/dns/message/name.ts";
import { mergeZones } from "../../../src/dns/zone/merge.ts";
import { Zone } from "../../../src/dns/zone/zone.ts";

const a = (last: number): { type: number; ttlSeconds: number; rdatas: Uint8Array[] } => ({
  type: RecordType.A,
  ttlSeconds: 60,
  rdatas: [Uint8Array.of(192, 0, 2, last)],
});

function zoneWith(records: Readonly<Record<string, ReturnType<typeof a>>>): Zone {
  const zone = new Zone(nameOf("example.com"));
  for (const [name, rrset] of Object.entries(records)) zone.put(nameOf(name), rrset);
  return zone;
}

const addressAt = (zone: Zone, name: string): number | undefined =>
  zone.node(nameOf(name)).rrsets[0]?.rdatas[0]?.[3];

test("what both say the file says; what one of them says stays, and neither is changed", () => {
  const base = zoneWith({ "ns1.example.com": a(1), "only-base.example.com": a(2) });
  const file = zoneWith({ "ns1.example.com": a(3), "only-file.example.com": a(4) });
  const merged = mergeZones(base, file);
  assert.deepEqual(
    ["ns1", "only-base", "only-file"].map((label) => addressAt(merged, `${label}.example.com`)),
    [3, 2, 4],
  );
  assert.equal(addressAt(base, "ns1.example.com"), 1);
  assert.equal(base.has(nameOf("only-file.example.com")), false);
});

test("an alias in the file stands alone", () => {
  const base = zoneWith({ "www.example.com": a(1) });
  const alias = { type: RecordType.CNAME, ttlSeconds: 60, rdatas: [nameOf("elsewhere.example.net")] };
  const merged = mergeZones(base, zoneWith({ "www.example.com": alias }));
  assert.deepEqual(merged.node(nameOf("www.example.com")).rrsets, [alias]);
});
