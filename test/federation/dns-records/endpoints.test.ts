import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RecordEntry, ServiceDnsRecord } from "../../../src/federation/dns-records/dns-record.ts";
import { endpointsOfIngress, endpointsOfService } from "../../../src/federation/dns-records/endpoints.ts";

const DOMAIN = { name: "galactic", suffix: "example.com" };
const OBJECT = { namespace: "ns", name: "name", uid: "u", createdSeconds: 0, ttlSeconds: 180 };
const RECORD: ServiceDnsRecord = {
  ...OBJECT,
  domainRef: "galactic",
  dnsPrefix: null,
  externalName: null,
  allowsServiceWithoutEndpoints: false,
};
const [LB1, LB2, LB3] = ["10.20.30.1", "10.20.30.2", "10.20.30.3"] as const;
const c1 = (...ipv4: string[]): RecordEntry => ({
  cluster: "c1",
  region: "us",
  zones: ["us1"],
  ipv4,
  ipv6: [],
});
const c2 = (...ipv4: string[]): RecordEntry => ({
  cluster: "c2",
  region: "eu",
  zones: ["eu1"],
  ipv4,
  ipv6: [],
});

/** "us.: A 10.20.30.1": the level before the suffix, "g" for all of the federation. */
function lines(entries: readonly RecordEntry[], change: Partial<ServiceDnsRecord> = {}): readonly string[] {
  const record = { ...RECORD, ...change };
  const prefix = `${record.externalName ?? "name"}.ns.galactic.svc.`;
  const short = (name: string): string =>
    name.startsWith(prefix) ? name.slice(prefix.length).replace(/\.?example\.com$/, "") || "g" : name;
  return endpointsOfService(record, DOMAIN, entries).map(
    ({ dnsName, recordType, targets, recordTTL }) =>
      `${short(dnsName)} ${recordType} ${targets.map(short).join(" ")}${recordTTL === 180 ? "" : ` ttl ${recordTTL}`}`,
  );
}

describe("the endpoints of a ServiceDNSRecord", () => {
  const us = (addresses: string): string[] => [`us A ${addresses}`, `us1.us A ${addresses}`];
  const eu = (addresses: string): string[] => [`eu A ${addresses}`, `eu1.eu A ${addresses}`];
  const noEu = ["eu CNAME g", "eu1.eu CNAME eu"];
  const noUs = ["us CNAME g", "us1.us CNAME us"];
  const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["are none without clusters", lines([]), []],
    ["have the address at each level", lines([c1(LB1)]), [`g A ${LB1}`, ...us(LB1)]],
    [
      "have all addresses for the whole federation",
      lines([c1(LB1), c2(LB2)]),
      [`g A ${LB1} ${LB2}`, ...us(LB1), ...eu(LB2)],
    ],
    [
      "lead up from a cluster without a load balancer",
      lines([c1(LB1), c2()]),
      [`g A ${LB1}`, ...us(LB1), ...noEu],
    ],
    ["lead to a name without records when no cluster has one", lines([c1(), c2()]), [...noUs, ...noEu]],
    [
      "have all addresses of a cluster",
      lines([c1(LB1, LB3), c2(LB2)]),
      [`g A ${LB1} ${LB2} ${LB3}`, ...us(`${LB1} ${LB3}`), ...eu(LB2)],
    ],
    [
      "have a TTL of their own",
      lines([c1(LB1)], { ttlSeconds: 300 }),
      [`g A ${LB1} ttl 300`, ...us(LB1).map((line) => `${line} ttl 300`)],
    ],
    [
      "have one more name with a prefix",
      lines([c1(LB1)], { dnsPrefix: "foo" }),
      [`g A ${LB1}`, ...us(LB1), "foo.example.com CNAME g"],
    ],
    ["have another first label", lines([c1(LB1)], { externalName: "foo" }), [`g A ${LB1}`, ...us(LB1)]],
    [
      "have a name for each zone",
      lines([{ ...c1(LB1), zones: ["us1", "us2"] }, c2(LB2)]),
      [`g A ${LB1} ${LB2}`, ...us(LB1), `us2.us A ${LB1}`, ...eu(LB2)],
    ],
    [
      "have AAAA records for IPv6",
      lines([{ ...c1(LB1), ipv6: ["2001:db8::1"] }]),
      [`g A ${LB1}`, "g AAAA 2001:db8::1", ...us(LB1), "us AAAA 2001:db8::1", "us1.us AAAA 2001:db8::1"],
    ],
    [
      "of a cluster without a region are for the whole federation alone",
      lines([{ ...c1(LB1), region: null }]),
      [`g A ${LB1}`],
    ],
    [
      "join clusters of one region",
      lines([c1(LB1), { ...c1(LB2), cluster: "c3" }]),
      [`g A ${LB1} ${LB2}`, ...us(`${LB1} ${LB2}`)],
    ],
    [
      "replace an alias by the addresses of another cluster of the zone",
      lines([c1(), { ...c1(LB2), cluster: "c3" }]),
      [`g A ${LB2}`, ...us(LB2)],
    ],
  ];
  for (const [claim, actual, expected] of table)
    it(claim, () => {
      assert.deepEqual([...actual].sort(), [...expected].sort());
    });
  it("name their Service when they have another name", () => {
    const [endpoint] = endpointsOfService({ ...RECORD, externalName: "foo" }, DOMAIN, [c1(LB1)]);
    assert.deepEqual(endpoint?.labels, { serviceName: "name" });
  });
  it("are sorted by name", () => {
    const names = endpointsOfService(RECORD, DOMAIN, [c1(LB1), c2(LB2)]).map(({ dnsName }) => dnsName);
    assert.deepEqual(names, names.toSorted());
  });
});

describe("the endpoints of an IngressDNSRecord", () => {
  const record = { ...OBJECT, hosts: ["shop.example.com", "*.shop.example.com"] };
  it("have the addresses of all clusters at each host, and no levels", () => {
    assert.deepEqual(
      endpointsOfIngress(record, [c1(LB1), c2(LB2)]).map(
        ({ dnsName, targets }) => `${dnsName} ${targets.join(" ")}`,
      ),
      [`*.shop.example.com ${LB1} ${LB2}`, `shop.example.com ${LB1} ${LB2}`],
    );
  });
  it("are none without addresses", () => {
    assert.deepEqual(endpointsOfIngress(record, [c1(), c2()]), []);
  });
});
