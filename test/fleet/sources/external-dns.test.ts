/** Annotations of ExternalDNS and DNSEndpoints, read as ExternalDNS reads them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { parse } from "yaml";
import { claimsOfEndpoints, projectDnsEndpoint } from "../../../src/fleet/sources/dnsendpoint.ts";
import { externalDnsOf, NO_ANNOTATIONS } from "../../../src/fleet/sources/external-dns.ts";
import { declarationText } from "../../federation/hosts/claim-text.ts";

const PREFIX = "external-dns.alpha.kubernetes.io/";

function read(name: string, value: string): ReturnType<typeof externalDnsOf> {
  return externalDnsOf({ [`${PREFIX}${name}`]: value });
}

describe("annotations of ExternalDNS", () => {
  it("list hosts and targets with commas; blanks and final dots do not matter", () => {
    assert.deepEqual(read("hostname", " A.example.com., b.example.com,,a.example.com ").hosts, [
      "a.example.com",
      "b.example.com",
    ]);
    assert.deepEqual(read("target", "192.0.2.1, lb.example.net.,2001:db8::1").target, {
      addresses: ["192.0.2.1", "2001:db8::1"],
      hostnames: ["lb.example.net"],
      isOfTenant: true,
    });
    assert.equal(read("target", "").target, null);
    assert.deepEqual(read("internal-hostname", "in.example.com").internalHosts, ["in.example.com"]);
  });

  it("are never cut within a name, and hosts that are left out are reported", () => {
    const names = Array.from(
      { length: 300 },
      (_, i) => `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.h${i}.example.com`,
    );
    const { hosts, faults } = read("hostname", names.join(", "));
    assert.deepEqual(hosts, names.slice(0, 256));
    assert.deepEqual(
      faults.map(({ host }) => host),
      [names[256]],
    );
    assert.equal(read("target", Array(100).fill("192.0.2.1").join()).target?.addresses.length, 64);
  });

  it("give a TTL in seconds or as a duration of Go; values out of range are ignored", () => {
    const ttls: Readonly<Record<string, number | null>> = {
      "60": 60,
      "1m": 60,
      "1h30m": 5400,
      "1.5s": 1,
      "2147483647": 2_147_483_647,
      "2147483648": null,
      "0": null,
      "0s": null,
      "900ms": null,
      "-5": null,
      "5 m": null,
      "1m5": null,
      "1d": null,
      "": null,
    };
    for (const [text, seconds] of Object.entries(ttls))
      assert.equal(read("ttl", text).ttlSeconds, seconds, text);
  });

  it("are read with the new prefix before the old one, and not from objects of other controllers", () => {
    const both = externalDnsOf({
      [`${PREFIX}hostname`]: "old.example.com",
      "external-dns.kubernetes.io/hostname": "new.example.com",
    });
    assert.deepEqual(both.hosts, ["new.example.com"]);
    assert.equal(read("controller", "dns-controller").isForeign, false);
    assert.equal(read("controller", "mine").isForeign, true);
    assert.equal(read("access", "private").access, "private");
    assert.equal(read("access", "secret").access, "either");
    assert.equal(externalDnsOf({ other: "x", hostname: "a.example.com" }), NO_ANNOTATIONS);
  });

  it("with any value never make the reader throw", () => {
    const name = fc.constantFrom("hostname", "target", "ttl", "access", "controller", "internal-hostname");
    fc.assert(
      fc.property(name, fc.string({ maxLength: 2000 }), (which, value) => {
        const { ttlSeconds } = read(which, value);
        assert.ok(ttlSeconds === null || (ttlSeconds >= 1 && ttlSeconds <= 2_147_483_647));
      }),
    );
  });
});

const ENDPOINTS = `
apiVersion: externaldns.k8s.io/v1alpha1
kind: DNSEndpoint
metadata: { name: names, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z" }
spec:
  endpoints:
    - { dnsName: www.example.com, recordType: A, recordTTL: 180, targets: [192.0.2.2, 192.0.2.1] }
    - { dnsName: www.example.com, recordType: AAAA, targets: ["2001:db8::1"] }
    - { dnsName: www.example.com, recordType: TXT, targets: [plain text; with "quotes", '"v=spf1" " -all"'] }
    - { dnsName: alias.example.com, recordType: CNAME, targets: [www.example.com] }
    - { dnsName: _sip._udp.example.com, recordType: SRV, targets: [10 5 5060 sip.example.com] }
    - { dnsName: sub.example.com, recordType: NS, targets: [ns1.example.net, ns2.example.net] }
    - { dnsName: 1.2.0.192.in-addr.arpa, recordType: PTR, targets: [www.example.com] }
    - { dnsName: mail.example.com, recordType: MX, recordTTL: 60, targets: [10 mx1.example.com, 20 mx2.example.com] }
    - { dnsName: tel.example.com, recordType: NAPTR, targets: ['100 50 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .'] }
    - { dnsName: "*.wild.example.com", recordType: A, setIdentifier: a, targets: [192.0.2.3] }
`;

const FILTER = { namespaces: [], ttlSeconds: 300 };

describe("a DNSEndpoint", () => {
  it("may have records of all supported types", () => {
    assert.deepEqual(declarationText(projectDnsEndpoint(FILTER)(parse(ENDPOINTS))?.value), [
      'www.example.com -> 192.0.2.1 192.0.2.2 2001:db8::1 | ttl 180 | 300 TXT "plain text; with \\"quotes\\"" | 300 TXT "v=spf1" " -all"',
      "alias.example.com -> nothing | 300 CNAME www.example.com.",
      "_sip._udp.example.com -> nothing | 300 SRV 10 5 5060 sip.example.com.",
      "sub.example.com -> nothing | 300 NS ns1.example.net. | 300 NS ns2.example.net.",
      "1.2.0.192.in-addr.arpa -> nothing | 300 PTR www.example.com.",
      "mail.example.com -> nothing | 60 MX 10 mx1.example.com. | 60 MX 20 mx2.example.com.",
      'tel.example.com -> nothing | 300 NAPTR 100 50 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .',
      "*.wild.example.com -> 192.0.2.3",
    ]);
  });

  it("with an invalid endpoint loses only that one, and reports it", () => {
    const endpoints = [
      { dnsName: "a.example.com", recordType: "A", targets: ["192.0.2.1", "lb.example.net"] },
      { dnsName: "b.example.com", recordType: "AAAA", targets: ["192.0.2.1"] },
      { dnsName: "c.example.com", recordType: "MX", targets: ["mx.example.com"] },
      { dnsName: "d.example.com", recordType: "DNSKEY", targets: ["x"] },
      { dnsName: "e.example.com", recordType: "TXT", targets: [] },
      { dnsName: "-f.example.com", recordType: "TXT", targets: ["x"] },
      { dnsName: "g.example.com", targets: ["192.0.2.7"] },
    ];
    const { claims, faults } = claimsOfEndpoints(endpoints, 300);
    assert.deepEqual(
      claims.map(({ host }) => host),
      ["g.example.com"],
    );
    assert.deepEqual(
      faults.map(({ host, sentence }) => `${host} ${sentence.split(":")[0]}`),
      [
        "a.example.com A",
        "b.example.com AAAA",
        "c.example.com MX",
        "d.example.com DNSKEY",
        "e.example.com TXT",
        "-f.example.com is not the name of a record",
      ],
    );
  });

  it("has one TTL per type: the lowest of its endpoints", () => {
    const texts = [300, 60, undefined].map((recordTTL, i) => ({
      dnsName: "a.example.com",
      recordType: "TXT",
      recordTTL,
      targets: [`text ${i}`],
    }));
    const [claim] = claimsOfEndpoints(texts, 120).claims;
    assert.deepEqual(
      claim?.rrsets.map(({ ttlSeconds, rdatas }) => [ttlSeconds, rdatas.length]),
      [[60, 3]],
    );
  });

  it("splits a long text into strings of at most 255 octets", () => {
    const [claim] = claimsOfEndpoints(
      [{ dnsName: "a.example.com", recordType: "TXT", targets: ["é".repeat(200)] }],
      300,
    ).claims;
    const rdata = claim?.rrsets[0]?.rdatas[0] ?? assert.fail();
    assert.deepEqual([rdata[0], rdata[256], rdata.length], [255, 145, 402]);
  });

  it("has at most one alias per name: others are left out and reported", () => {
    const cname = (dnsName: string, ...targets: readonly string[]): object => ({
      dnsName,
      recordType: "CNAME",
      targets,
    });
    const { claims, faults } = claimsOfEndpoints(
      [
        cname("a.example.com", "one.example.net", "two.example.net"),
        cname("b.example.com", "one.example.net"),
        { ...cname("b.example.com", "two.example.net"), setIdentifier: "two" },
        cname("b.example.com", "One.example.net."),
      ],
      300,
    );
    assert.deepEqual(
      claims.flatMap(({ host, rrsets }) => [host, rrsets[0]?.rdatas.length]),
      ["b.example.com", 1],
    );
    assert.deepEqual(
      faults.map(({ host, sentence }) => `${host} ${sentence}`),
      [
        "a.example.com CNAME: a name has one alias, not several",
        "b.example.com CNAME: a name has one alias, not several",
      ],
    );
  });

  it("has no duplicate records (RFC 2181 section 5)", () => {
    const mx = {
      dnsName: "a.example.com",
      recordType: "MX",
      targets: ["10 mx.example.com", "10 MX.example.com."],
    };
    const [claim] = claimsOfEndpoints([mx, mx], 300).claims;
    assert.equal(claim?.rrsets[0]?.rdatas.length, 1);
  });

  it("leaves out and reports what exceeds a limit: texts, targets and endpoints", () => {
    const targets = Array.from({ length: 65 }, (_, i) => `192.0.2.${i}`);
    const wrong = [
      { dnsName: "a.example.com", recordType: "TXT", targets: ["x".repeat(4097)] },
      { dnsName: "b.example.com", recordType: "A", targets },
      { dnsName: "c.example.com", recordType: "A", targets: ["192.0.2.1", 7] },
    ];
    const told = claimsOfEndpoints(wrong, 300);
    assert.deepEqual(told.claims, []);
    assert.deepEqual(
      told.faults.map(({ host, sentence }) => `${host} ${sentence}`),
      [
        "a.example.com TXT: a text of 4097 octets is too long; 4096 are taken",
        "b.example.com A: has 65 targets; 64 are taken",
        "c.example.com A: has a target that is no text",
      ],
    );
    const crowd = Array.from({ length: 5 }, (_, i) => ({
      dnsName: "d.example.com",
      recordType: i < 2 ? "A" : "TXT",
      targets: Array.from({ length: 51 }, (__, j) => (i < 2 ? `192.0.${i}.${j}` : `${i} ${j}`)),
    }));
    assert.deepEqual(
      claimsOfEndpoints(crowd, 300).faults.map(({ sentence }) => sentence),
      [
        "A: with others of its name these are more than 100 addresses",
        "TXT: more than 100 records of one name",
        "TXT: more than 100 records of one name",
      ],
    );
    const many = Array.from({ length: 5000 }, (_, i) => ({
      dnsName: `n${i}.example.com`,
      recordType: "A",
      targets: ["192.0.2.1"],
    }));
    const { claims, faults } = claimsOfEndpoints(many, 300);
    assert.deepEqual([claims.length, faults.length, faults[0]?.host], [4096, 1, "n4096.example.com"]);
  });

  it("reads a long text with or without quotes alike", () => {
    const text = `v=DKIM1; k=rsa; p=${"A".repeat(400)}`;
    const rdatas = [text, `"${text}"`].map(
      (target) =>
        claimsOfEndpoints(
          [{ dnsName: "k._domainkey.example.com", recordType: "TXT", targets: [target] }],
          300,
        ).claims[0]?.rrsets[0]?.rdatas[0],
    );
    assert.equal(rdatas[0]?.length, text.length + 2);
    assert.deepEqual(rdatas[1], rdatas[0]);
  });

  it("with any content never makes the projection throw", () => {
    const odd = fc.oneof(fc.anything(), fc.constantFrom(null, [], {}, "", "x y", '"', "\\#", "10"));
    const type = fc.constantFrom("A", "TXT", "MX", "NAPTR", "SRV", "CNAME", "toString", "TYPE1");
    const endpoint = fc.record({
      dnsName: fc.oneof(odd, fc.constant("a.example.com")),
      recordType: fc.oneof(odd, type),
      targets: fc.oneof(odd, fc.array(fc.oneof(odd, fc.string()))),
      recordTTL: odd,
    });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.array(endpoint)), (endpoints) => {
        const metadata = { name: "a", namespace: "b" };
        projectDnsEndpoint(FILTER)({ metadata, spec: { endpoints } });
        projectDnsEndpoint(FILTER)(endpoints);
      }),
      { numRuns: 500 },
    );
  });
});
