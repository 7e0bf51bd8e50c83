/** Master files: the meaning of the text, and the exact message for each kind of wrong text. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatName, nameOf } from "../../../src/dns/message/name.ts";
import { formatRdata } from "../../../src/dns/rdata/format.ts";
import { typeName } from "../../../src/dns/rdata/types.ts";
import { FILES_MAX } from "../../../src/dns/zonefile/include.ts";
import { formatProblem } from "../../../src/dns/zone/problem.ts";
import type { ParsedZone } from "../../../src/dns/zonefile/zone-file.ts";
import { parseZoneFile } from "../../../src/dns/zonefile/zone-reader.ts";

const SOA = "@ 3600 SOA ns.example.net. h.example.net. 1 4h 1h 2w 5m\n";

function parse(text: string | Uint8Array, files: Readonly<Record<string, string>> = {}): ParsedZone {
  return parseZoneFile({
    name: "zones/example.org.zone",
    text,
    origin: nameOf("example.org"),
    readInclude: (path) =>
      Object.hasOwn(files, path)
        ? { text: files[path] as string }
        : { problem: "cannot be read: there is no such file" },
  });
}

function recordsOf({ zone }: ParsedZone): string[] {
  const lines: string[] = [];
  for (const { name, rrsets } of zone.nodes) {
    for (const { type, ttlSeconds, rdatas } of rrsets) {
      for (const rdata of rdatas)
        if (type !== 6)
          lines.push(`${formatName(name)} ${ttlSeconds} ${typeName(type)} ${formatRdata(type, rdata)}`);
    }
  }
  return lines;
}

/** The records behind a SOA; there must be no problem. */
function records(text: string, files: Readonly<Record<string, string>> = {}): string[] {
  const parsed = parse(text, files);
  assert.deepEqual(parsed.problems, []);
  return recordsOf(parsed);
}

function problems(text: string | Uint8Array, files: Readonly<Record<string, string>> = {}): string[] {
  return parse(text, files).problems.map(formatProblem);
}

describe("parseZoneFile", () => {
  it("takes owner, TTL, class and type in every order the RFC allows, in any case", () => {
    const text = `${SOA}a 5 IN A 192.0.2.1\nb IN 5 A 192.0.2.1\nc in a 192.0.2.1\nd CLASS1 aaaa ::1\ne TYPE1 192.0.2.1\n`;
    assert.deepEqual(records(text), [
      "a.example.org. 5 A 192.0.2.1",
      "b.example.org. 5 A 192.0.2.1",
      "c.example.org. 5 A 192.0.2.1",
      "d.example.org. 5 AAAA ::1",
      "e.example.org. 5 A 192.0.2.1",
    ]);
  });

  it("gives a line that begins with a blank the last owner, across comments, empty lines and $ORIGIN", () => {
    const text = `${SOA}a 5 A 192.0.2.1\n\n ; only a comment\n$ORIGIN sub\n\tTXT x\n`;
    assert.deepEqual(records(text), ["a.example.org. 5 A 192.0.2.1", 'a.example.org. 5 TXT "x"']);
  });

  it("completes relative names with the origin, which may be relative itself", () => {
    const text = `${SOA}$ORIGIN b\nx 5 NS y\n$ORIGIN a\n@ 5 NS y.\n$ORIGIN Example.ORG.\nz 5 NS y\n`;
    assert.deepEqual(records(text), [
      "x.b.example.org. 5 NS y.b.example.org.",
      "a.b.example.org. 5 NS y.",
      "z.example.org. 5 NS y.Example.ORG.",
    ]);
  });

  it("makes owners lower case and leaves names in RDATA as they are written", () => {
    assert.deepEqual(records(`${SOA}WWW 5 CNAME Web\n`), ["www.example.org. 5 CNAME Web.example.org."]);
  });

  it("ignores line ends, comments and blanks within parentheses", () => {
    const text = `${SOA}a 5 MX ( ; the preference )\n 10 ; "the\n\t mail)\nb 5 TXT (x)(y)\n`;
    assert.deepEqual(records(text), [
      "a.example.org. 5 MX 10 mail.example.org.",
      'b.example.org. 5 TXT "x" "y"',
    ]);
  });

  it("reads quotes, escapes and line ends of every system", () => {
    const text = `\ufeff${SOA}a 5 TXT "; ( ) \\" \\\\ \\065" b\\ c\\; d"e"\r\n\\@ 5 A 192.0.2.1\r\n\\$x 5 A 192.0.2.1`;
    assert.deepEqual(records(text), [
      'a.example.org. 5 TXT "; ( ) \\" \\\\ A" "b c;" "d" "e"',
      "@.example.org. 5 A 192.0.2.1",
      "$x.example.org. 5 A 192.0.2.1",
    ]);
  });

  it("prefers the written TTL, then $TTL, then the last written one, then the SOA's minimum", () => {
    const soa = "SOA n. h. 1 4h 1h 2w 7\n";
    assert.deepEqual(
      records(`$TTL 1d\n@ ${soa}a 1h30m A 192.0.2.1\nb A 192.0.2.1\n$TTL 9\nc A 192.0.2.1\n`),
      ["a.example.org. 5400 A 192.0.2.1", "b.example.org. 86400 A 192.0.2.1", "c.example.org. 9 A 192.0.2.1"],
    );
    assert.deepEqual(records(`@ 8 ${soa}a A 192.0.2.1\nb 5 A 192.0.2.1\nc A 192.0.2.1\n`), [
      "a.example.org. 8 A 192.0.2.1",
      "b.example.org. 5 A 192.0.2.1",
      "c.example.org. 5 A 192.0.2.1",
    ]);
    assert.deepEqual(records(`@ ${soa}b 5 A 192.0.2.1\nc A 192.0.2.1\n`), [
      "b.example.org. 5 A 192.0.2.1",
      "c.example.org. 7 A 192.0.2.1",
    ]);
  });

  it("makes the zone of the given origin, or of the SOA's owner after $ORIGIN", () => {
    const origin = (text: string): string => formatName(parse(text).zone.origin);
    assert.equal(origin(SOA), "example.org.");
    assert.equal(origin(`$ORIGIN example.net.\n${SOA}`), "example.net.");
    assert.equal(origin(`$ORIGIN net.\n${SOA.replace("@", "example")}`), "example.net.");
    assert.equal(origin(`${SOA}$ORIGIN example.net.\n`), "example.org.");
    assert.equal(origin("; nothing\n"), "example.org.");
  });

  it("takes the lowest TTL of a set, and drops duplicate records", () => {
    const parsed = parse(`${SOA}a 9 NS N.\nb 1 A 192.0.2.1\na 5 NS m.\na 9 NS n.\n`);
    assert.deepEqual(recordsOf(parsed), [
      "a.example.org. 5 NS N.",
      "a.example.org. 5 NS m.",
      "b.example.org. 1 A 192.0.2.1",
    ]);
    assert.deepEqual(parsed.problems.map(formatProblem), [
      "zones/example.org.zone:4: warning: a.example.org. NS: TTL 5 beside TTL 9 of the same set; 5 is used for all",
      "zones/example.org.zone:5: warning: a.example.org. NS: TTL 9 beside TTL 5 of the same set; 5 is used for all",
      "zones/example.org.zone:5: warning: a.example.org. NS: the same record is in zones/example.org.zone:2; this one is dropped",
    ]);
    assert.equal(parsed.recordCount, 4);
  });

  it("knows the file and line of each record", () => {
    const parsed = parse(`${SOA}\n\na 5 (\n A 192.0.2.1 )\n$INCLUDE x.inc\n`, {
      "x.inc": "\nb 5 A 192.0.2.2\n",
    });
    const place = (name: string): unknown =>
      parsed.positionOf(parsed.zone.node(nameOf(name)).rrsets[0]?.rdatas[0]);
    assert.deepEqual(place("a.example.org"), { file: "zones/example.org.zone", line: 4 });
    assert.deepEqual(place("b.example.org"), { file: "zones/x.inc", line: 2 });
    assert.deepEqual(place("none.example.org"), { file: "zones/example.org.zone", line: 0 });
  });
});

describe("$INCLUDE", () => {
  it("reads a file with its own origin, and restores origin and owner afterwards", () => {
    const files = { "sub/x.inc": " 5 TXT inherited\n@ 5 A 192.0.2.1\n$ORIGIN deep\ny 5 A 192.0.2.2\n" };
    assert.deepEqual(
      records(
        `${SOA}a 5 A 192.0.2.9\n$INCLUDE sub/x.inc hosts ; a comment\n 5 TXT here\nb 5 A 192.0.2.3\n`,
        files,
      ),
      [
        "a.example.org. 5 A 192.0.2.9",
        'a.example.org. 5 TXT "inherited"',
        'a.example.org. 5 TXT "here"',
        "hosts.example.org. 5 A 192.0.2.1",
        "y.deep.hosts.example.org. 5 A 192.0.2.2",
        "b.example.org. 5 A 192.0.2.3",
      ],
    );
  });

  it("keeps the origin when it names none, and accepts quoted file names", () => {
    assert.deepEqual(records(`${SOA}$ORIGIN a\n$INCLUDE "x y"\n`, { "x y": "@ 5 A 192.0.2.1\n" }), [
      "a.example.org. 5 A 192.0.2.1",
    ]);
  });

  for (const [path, sentence] of [
    ["/etc/passwd", '$INCLUDE "/etc/passwd": a path that begins with / leads out of the zone\'s folder'],
    ["../x", '$INCLUDE "../x": a path with .. leads out of the zone\'s folder'],
    ["a/../../x", '$INCLUDE "a/../../x": a path with .. leads out of the zone\'s folder'],
    ["a/./x", '$INCLUDE "a/./x": the path has an empty step or a "."'],
    ["a//x", '$INCLUDE "a//x": the path has an empty step or a "."'],
    ["a\\\\x", '$INCLUDE "a\\\\x": the path has a backslash'],
    ['""', "$INCLUDE needs the name of a file"],
    ["gone", '$INCLUDE "gone": cannot be read: there is no such file'],
    ["a b c", "$INCLUDE needs a file and, optionally, an origin"],
    ["a b..c", '$INCLUDE: "b..c" is not a name: a label is empty'],
  ] as const) {
    it(`refuses ${path}`, () => {
      assert.deepEqual(problems(`${SOA}$INCLUDE ${path}\n`), [
        `zones/example.org.zone:2: error: ${sentence}`,
      ]);
    });
  }

  it("refuses circles, and limits depth and number", () => {
    assert.deepEqual(problems(`${SOA}$INCLUDE a\n`, { a: "$INCLUDE b\n", b: "\n$INCLUDE a\n" }), [
      "zones/b:2: error: $INCLUDE: the file includes itself",
    ]);
    const deep = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, `$INCLUDE f${i + 1}\n`]));
    assert.deepEqual(problems(`${SOA}$INCLUDE f0\n`, deep), [
      "zones/f7:1: error: $INCLUDE: more than 8 files inside each other",
    ]);
    const wide = { a: "$INCLUDE b\n".repeat(40), b: "$INCLUDE c\n".repeat(40), c: "; nothing\n" };
    assert.equal(
      problems(`${SOA}$INCLUDE a\n`, wide)[0],
      `zones/b:14: error: $INCLUDE: the zone has more than ${FILES_MAX} files`,
    );
  });
});

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
    ["a 2147483648 A 192.0.2.1\n", '2: error: TTL "2147483648" is over 2147483647 seconds'],
    ["a 4000w A 192.0.2.1\n", '2: error: TTL "4000w" is over 2147483647 seconds'],
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
      "2: error: a.example.com. is outside of the zone example.org.",
    ],
    ["xexample.org. 5 A 192.0.2.1\n", "2: error: xexample.org. is outside of the zone example.org."],
    [
      "$GENERATE 1-9 a$ A 192.0.2.$\n",
      '2: error: "$GENERATE" is not a directive; $ORIGIN, $TTL and $INCLUDE are',
    ],
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

  it("end after 200", () => {
    const found = problems(`${SOA}${"a 5 A x\n".repeat(100_000)}`);
    assert.equal(found.length, 201);
    assert.equal(
      found.at(-1),
      "zones/example.org.zone:201: error: more than 200 problems; the rest is not checked",
    );
  });
});
