/** Wrong text in master files: the exact message for each kind, and what is left out. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nameOf } from "../../../src/dns/message/name.ts";
import { formatProblem, type Problem } from "../../../src/dns/zone/problem.ts";
import { parse, problems, recordsOf, SOA } from "./parsed.ts";

describe("problems of zone files", () => {
  for (const [text, ...found] of [
    ["a 5 A 192.0.2.1 ( \n\n", "2: error: the parenthesis is never closed"],
    ["a 5 A 192.0.2.1 )\n", "2: error: a closing parenthesis has no opening one"],
    ['a 5 TXT "x\n', "2: error: the quotation mark is not closed on its line"],
    ["a 5 TXT x\\\n", "2: error: nothing follows the backslash"],
    ["a 5 TXT x\u0007\n", "2: error: the control character with code 7 must be written as an escape (\\DDD)"],
    ["a 5 CH A 192.0.2.1\n", "2: error: class CH: only IN is served"],
    ["a 5 IN IN A 192.0.2.1\n", "2: error: the class is written twice"],
    ["a 5 6 A 192.0.2.1\n", '2: error: "6" is not a record type'],
    ["a 5x A 192.0.2.1\n", '2: error: "5x" is not a TTL (seconds, or like 1h30m) nor a record type'],
    [
      "a 2147483648 A 192.0.2.1\n",
      "2: warning: TTL 2147483648 is over 2147483647 seconds; 0 is used (RFC 2181 §8)",
    ],
    ["a 9000w A 192.0.2.1\n", '2: error: TTL "9000w" is over 2147483647 seconds'],
    ["$TTL 4000w\n", "2: warning: TTL 2419200000 is over 2147483647 seconds; 0 is used (RFC 2181 §8)"],
    ["a 5 IN\n", "2: error: the record has no type"],
    ["a\n", "2: error: the record has no type"],
    ["a 5 HOST 192.0.2.1\n", '2: error: "HOST" is not a record type'],
    ["a 5 AXFR x\n", '2: error: "AXFR" is a type for questions, not for records'],
    ["a 5 TYPE65536 x\n", '2: error: "TYPE65536" is not a record type'],
    ["a 5 MX\n", "2: error: MX: the preference is missing"],
    ["a 5 MX (\n 10\n ns..x )\n", '4: error: MX: exchange: "ns..x" is not a name: a label is empty'],
    ["a..b 5 A 192.0.2.1\n TXT the same owner\n", '2: error: "a..b" is not a name: a label is empty'],
    [
      "a.example.com. 5 A 192.0.2.1\n A 192.0.2.2\n",
      "2: warning: a.example.com. is outside of the zone example.org.; what it has is left out",
    ],
    [
      "xexample.org. 5 A 192.0.2.1\n",
      "2: warning: xexample.org. is outside of the zone example.org.; what it has is left out",
    ],
    ["$DATE 1\n", '2: error: "$DATE" is not a directive; $ORIGIN, $TTL, $INCLUDE and $GENERATE are'],
    ["$ORIGIN\n", "2: error: $ORIGIN needs one name"],
    ["$ORIGIN a..b\n", '2: error: $ORIGIN: "a..b" is not a name: a label is empty'],
    ["$TTL\n", "2: error: $TTL needs one time"],
    ["$TTL soon\n", '2: error: "soon" is not a TTL (seconds, or like 1h30m) nor a record type'],
    [
      "a 5 A 1\nb 5 A 2\nc 5 A 192.0.2.3\n",
      '2: error: A: address: "1" is not an IPv4 address',
      '3: error: A: address: "2" is not an IPv4 address',
    ],
  ] as const) {
    it(`are reported: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(
        problems(SOA + text),
        found.map((line) => `zones/example.org.zone:${line}`),
      );
    });
  }

  it("include a record without an owner or a TTL before it", () => {
    assert.deepEqual(problems(" 5 A 192.0.2.1\n 5 A 192.0.2.2\n"), [
      "zones/example.org.zone:1: error: the line begins with a blank, but no record before it has an owner",
    ]);
    assert.deepEqual(problems("a A 192.0.2.1\n"), [
      "zones/example.org.zone:1: error: the record has no TTL; write $TTL before the first record",
    ]);
  });

  it("are reported once for a set of more than 100 records and for a name of more than 100 types", () => {
    const many = Array.from(
      { length: 103 },
      (_, i) => `a 5 A 192.0.2.${i}\nb 5 TYPE${1000 + i} \\# 0\n`,
    ).join("");
    const parsed = parse(SOA + many);
    assert.deepEqual(parsed.problems.map(formatProblem), [
      "zones/example.org.zone:202: error: a.example.org. A: more than 100 records; resolvers refuse such sets",
      "zones/example.org.zone:203: error: b.example.org. has more than 100 record types",
    ]);
    assert.equal(parsed.recordCount, 201);
  });

  it("leave out what is outside of the zone, and nothing else", () => {
    const text = `${SOA}b.example.com. 5 A 192.0.2.1\n 5 TXT x\na 5 A 192.0.2.2\n`;
    assert.deepEqual(recordsOf(parse(text)), ["a.example.org. 5 A 192.0.2.2"]);
  });

  it("leave out records of signed zones, and the names that are there for them alone", () => {
    const lines = [
      "a 5 A 192.0.2.2",
      "a 5 RRSIG A 8 3 5 20260131235959 20260101000000 1 example.org. AQIDBA==",
      "@ 5 DNSKEY 257 3 8 AQIDBA==",
      "@ 5 CDS 0 0 0 00",
      "@ 5 NSEC3PARAM 1 0 0 -",
      "@ 5 ZONEMD 1 1 1 00",
      "2vptu5timamqttgl4luu9kg21e0aor3s 5 NSEC3 1 0 0 - 3vptu5timamqttgl4luu9kg21e0aor3s A RRSIG",
      "kid 5 NS ns.example.net.",
      "kid 5 DS 1 13 2 00",
    ];
    const parsed = parse(`${SOA}${lines.join("\n")}\n`);
    assert.deepEqual(recordsOf(parsed), [
      "a.example.org. 5 A 192.0.2.2",
      "kid.example.org. 5 NS ns.example.net.",
      "kid.example.org. 5 DS 1 13 2 00",
    ]);
    assert.ok(!parsed.zone.has(nameOf("2vptu5timamqttgl4luu9kg21e0aor3s.example.org")));
    assert.deepEqual(parsed.problems.map(formatProblem), [
      "zones/example.org.zone:3: warning: 6 records of DNSSEC (RRSIG, DNSKEY, CDS, NSEC3PARAM and 2 more types) left out: fedns serves no signatures yet; resolvers that validate refuse example.org. as long as the zone above has a DS record for it",
    ]);
  });

  it("of a zone with thousands of warnings are listed up to a bound, and the zone is read whole", () => {
    const text = Array.from({ length: 3000 }, (_, i) => `n${i}.example.com. 5 A 192.0.2.1\n`).join("");
    const parsed = parse(`${SOA}${text}last 5 A 192.0.2.1\n`);
    assert.deepEqual(recordsOf(parsed), ["last.example.org. 5 A 192.0.2.1"]);
    assert.equal(parsed.problems.length, 201);
    assert.match(
      formatProblem(parsed.problems.at(-1) as Problem),
      /more than 200 warnings; the rest is not listed$/,
    );
  });

  it("end after 200", () => {
    const found = problems(`${SOA}${"a 5 A x\n".repeat(100_000)}`);
    assert.equal(found.length, 201);
    assert.equal(
      found.at(-1),
      "zones/example.org.zone:201: error: more than 200 errors; the rest is not checked",
    );
  });
});
