/** Problems of zones that can be read but should not be served as they are. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatName, isAtOrBelow, type Name, nameOf } from "../../../src/dns/message/name.ts";
import { checkZone, type ReservedNames, serialOf, type ZoneCheck } from "../../../src/dns/zonefile/check.ts";
import { isSerialAfter } from "../../../src/dns/zonefile/check-apex.ts";
import { formatProblem, hasErrors } from "../../../src/dns/zone/problem.ts";
import { parseZoneFile } from "../../../src/dns/zonefile/zone-reader.ts";

const SOA = "$TTL 1h\n@ SOA ns.example.net. h.example.net. 7 4h 1h 2w 5m\n";
const NS = "@ NS ns.example.net.\n@ NS ns.example.com.\n";

/** Problems of a zone that parses without one. */
function check(text: string, options: Partial<ZoneCheck> = {}): string[] {
  const { zone, positionOf, problems } = parseZoneFile({
    name: "z",
    text,
    origin: nameOf("example.org"),
    readInclude: () => ({ problem: "no" }),
  });
  assert.deepEqual(problems.map(formatProblem), []);
  return checkZone({ zone, positionOf, ...options }).map(formatProblem);
}

describe("checkZone", () => {
  it("finds nothing in a correct zone", () => {
    const text = `${SOA}${NS}a A 192.0.2.1\n*.w A 192.0.2.1\nsub NS ns.sub\nns.sub AAAA ::1\n@ MX 10 a\n@ MX 5 any.w\nx NS any.w\nx DS 1 8 2 00\nd DNAME a\nn MX 0 .\n`;
    assert.deepEqual(check(text), []);
  });

  /** Lines behind SOA (2) and NS (3, 4): from line 5 on. */
  for (const [claim, lines, ...found] of [
    [
      "a CNAME beside other records",
      "a CNAME b.\na TXT x\na A 192.0.2.1\n",
      "5: error: a.example.org. CNAME: is beside TXT, A; an alias has no other records",
    ],
    [
      "two CNAMEs at one name",
      "a CNAME b.\na CNAME c.\n",
      "6: error: a.example.org. has more than one CNAME record",
    ],
    [
      "a CNAME at the top",
      "@ CNAME b.\n",
      "5: error: example.org. CNAME: the apex of a zone cannot be an alias",
    ],
    [
      "DS records at the top",
      "@ DS 1 13 2 bb\n",
      "5: error: example.org. DS: belongs into the zone above, at the delegation (RFC 4035 §2.4)",
    ],
    [
      "aliases in a circle",
      "a CNAME b\nb CNAME a\nc CNAME a\n",
      "5: warning: a.example.org. CNAME: the alias leads back to itself",
      "6: warning: b.example.org. CNAME: the alias leads back to itself",
    ],
    [
      "a DNAME beside a CNAME",
      "a DNAME b.\na CNAME c.\n",
      "6: error: a.example.org. CNAME: is beside DNAME; an alias has no other records",
    ],
    [
      "two DNAMEs at one name",
      "a DNAME b.\na DNAME c.\n",
      "6: error: a.example.org. has more than one DNAME record",
    ],
    [
      "a DNAME at a zone cut",
      "a DNAME b.\na NS c.\n",
      "5: error: a.example.org. DNAME: is beside NS; a name cannot be both delegated and redirected",
    ],
    [
      "data below a DNAME",
      "a DNAME b.\nc.d.a A 192.0.2.1\na TXT x\n",
      "6: error: c.d.a.example.org. is below the DNAME at a.example.org.; nothing may be there (RFC 6672 §2.4)",
    ],
    [
      "data at and below a cut",
      "a NS b.\na TXT x\na A 192.0.2.1\nx.a NS c.\ny.a MX 1 none\n",
      "6: warning: a.example.org. TXT is at the zone cut a.example.org. and never answered",
      "7: warning: a.example.org. A is at the zone cut a.example.org. and never answered; it is glue for no nameserver",
      "8: warning: x.a.example.org. NS is below the zone cut a.example.org. and never answered",
      "9: warning: y.a.example.org. MX is below the zone cut a.example.org. and never answered",
    ],
    [
      "glue that is not needed",
      "a NS b.\nn.a A 192.0.2.1\n",
      "6: warning: n.a.example.org. A is below the zone cut a.example.org. and never answered; it is glue for no nameserver",
    ],
    [
      "missing glue",
      "a NS N.A\na NS a\n",
      "5: warning: a.example.org. NS: N.A.example.org. has no glue; without its address here (A or AAAA) it cannot be found",
      "6: warning: a.example.org. NS: a.example.org. has no glue; without its address here (A or AAAA) it cannot be found",
    ],
    [
      "a nameserver of the zone below a cut without glue",
      "a NS b.\n@ NS n.a\n",
      "6: warning: example.org. NS: n.a.example.org. has no glue; without its address here (A or AAAA) it cannot be found",
    ],
    [
      "a nameserver below another cut without glue",
      "a NS b.\nc NS n.a\n",
      "6: warning: c.example.org. NS: n.a.example.org. is below the zone cut a.example.org. and has no glue here; the delegation depends on that cut",
    ],
    [
      "nameservers without address",
      "@ NS n\na NS m\nm TXT x\n",
      "5: warning: example.org. NS: n.example.org. has no address (A or AAAA); nobody can reach it",
      "6: warning: a.example.org. NS: m.example.org. has no address (A or AAAA); nobody can reach it",
    ],
    [
      "targets that are aliases",
      "a CNAME b.\n*.w CNAME b.\nd DNAME b.\n@ NS a\n@ MX 1 x.w\ns SRV 1 1 1 x.d\n",
      "8: warning: example.org. NS: a.example.org. is an alias; it should have addresses itself (RFC 2181 §10.3)",
      "9: warning: example.org. MX: x.w.example.org. is an alias; it should have addresses itself (RFC 2181 §10.3)",
      "10: warning: s.example.org. SRV: x.d.example.org. is an alias; it should have addresses itself (RFC 2181 §10.3)",
    ],
    [
      "mail and service hosts without address",
      "@ MX 1 m\ns SRV 1 1 1 t\n",
      "5: warning: example.org. MX: m.example.org. has no address (A or AAAA)",
      "6: warning: s.example.org. SRV: t.example.org. has no address (A or AAAA)",
    ],
    ["a second SOA", "@ SOA a. b. 8 4h 1h 2w 5m\n", "5: error: example.org. has more than one SOA record"],
    [
      "a SOA that is not at the top",
      "a SOA a. b. 8 4h 1h 2w 5m\n",
      "5: error: a.example.org. SOA: belongs to the apex of the zone, example.org.",
    ],
    [
      "NS and DNAME at wildcards",
      "*.a NS b.\n*.c DNAME d.\n",
      "5: warning: *.a.example.org. NS: has no meaning at a wildcard (RFC 4592 §4.2, §4.4)",
      "6: warning: *.c.example.org. DNAME: has no meaning at a wildcard (RFC 4592 §4.2, §4.4)",
    ],
    [
      "DS where nothing is delegated",
      "a DS 1 8 2 00\n",
      "5: warning: a.example.org. DS: nothing is delegated there",
    ],
    [
      "parameters of an alias",
      "a HTTPS 0 b. port=1\nc SVCB 0 b.\n",
      "5: warning: a.example.org. HTTPS: priority 0 is an alias; its parameters are ignored",
    ],
  ] as const) {
    it(`reports ${claim}`, () => {
      assert.deepEqual(
        check(SOA + NS + lines),
        found.map((line) => `z:${line}`),
      );
    });
  }

  it("reports sets that do not fit into an answer", () => {
    const text = `"${"x".repeat(255)}" `.repeat(254);
    assert.deepEqual(check(`${SOA}${NS}a TXT ${text}\na TXT b\na TXT ${"c ".repeat(200)}\n`), [
      "z:5: error: a.example.org. TXT: 65462 octets do not fit into one answer",
    ]);
  });

  it("reports a missing SOA, missing nameservers, and a single one", () => {
    assert.deepEqual(check("a 1h A 192.0.2.1\n"), [
      "z:0: error: the zone example.org. has no SOA record",
      "z:0: error: example.org. has no NS record",
    ]);
    assert.deepEqual(check(SOA), ["z:2: error: example.org. has no NS record"]);
    assert.deepEqual(check(`${SOA}@ NS ns.example.net.\n`), [
      "z:3: warning: example.org. has only one nameserver; a zone needs two (RFC 1034 §4.1)",
    ]);
  });

  it("reports SOA numbers and names that make no sense", () => {
    assert.deepEqual(check(`$TTL 1h\n@ SOA a me@x.y. 1 60 90 30 5\n${NS}a CNAME b.\n`), [
      "z:2: warning: SOA: refresh 60 is below 14400 seconds",
      "z:2: warning: SOA: retry 90 is below 3600 seconds",
      "z:2: warning: SOA: retry 90 is not below refresh 60",
      "z:2: warning: SOA: expire 30 is below 604800 seconds",
      "z:2: warning: SOA: expire 30 is not above refresh 60",
      "z:2: warning: SOA: minimum 5, the TTL of negative answers, is not from 300 to 86400 seconds",
      "z:2: warning: SOA: the primary nameserver a.example.org. is an alias",
      "z:2: warning: SOA: the mailbox me@x.y. has an @; write a dot instead",
    ]);
  });

  it("reports a serial that was not raised", () => {
    assert.deepEqual(check(SOA + NS, { previousSerial: 6 }), []);
    assert.deepEqual(check(SOA + NS, { previousSerial: 7 }), [
      "z:2: warning: SOA: the serial 7 is not higher than 7, which is served now",
    ]);
    assert.deepEqual(check(SOA + NS, { previousSerial: 2 ** 32 - 3 }), []);
  });

  it("does not report records as missing when some lines could not be read", () => {
    assert.deepEqual(check("a 1h NS n.a\n", { isPartial: true }), []);
  });

  it("adds the messages about reserved names, and accepts targets there", () => {
    const ladder = nameOf("svc.example.org");
    const owns = (name: Name): boolean => isAtOrBelow(name, ladder);
    const reserved: ReservedNames = {
      owns,
      messagesAt: ({ name }) =>
        owns(name) ? [{ severity: "warning", message: `${formatName(name)} is the federation's` }] : [],
    };
    assert.deepEqual(check(`${SOA}${NS}x.svc A 192.0.2.1\n@ MX 1 y.svc\n@ MX 1 svc\n`, { reserved }), [
      "z:5: warning: x.svc.example.org. is the federation's",
    ]);
  });

  it("stops after 200 problems", () => {
    const many = Array.from({ length: 1000 }, (_, i) => `a${i} NS n.a${i}\n`).join("");
    assert.equal(check(SOA + NS + many).length, 201);
  });
});

describe("isSerialAfter", () => {
  it("follows the serial arithmetic of RFC 1982", () => {
    assert.ok(isSerialAfter(1, 0) && isSerialAfter(0, 2 ** 32 - 1) && isSerialAfter(2 ** 31 - 1, 0));
    assert.ok(!isSerialAfter(0, 0) && !isSerialAfter(0, 1) && !isSerialAfter(2 ** 31, 0));
  });
});

describe("serialOf", () => {
  it("is the SOA's serial, or null", () => {
    const parse = (text: string) =>
      parseZoneFile({
        name: "z",
        text,
        origin: nameOf("example.org"),
        readInclude: () => ({ problem: "no" }),
      });
    assert.equal(serialOf(parse(SOA).zone), 7);
    assert.equal(serialOf(parse("").zone), null);
    assert.ok(!hasErrors(parse(SOA).problems));
  });
});
