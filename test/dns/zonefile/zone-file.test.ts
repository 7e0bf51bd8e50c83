/** Master files: the meaning of the text. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatName, nameOf } from "../../../src/dns/message/name.ts";
import { formatProblem } from "../../../src/dns/zone/problem.ts";
import { parse, records, recordsOf, SOA } from "./parsed.ts";

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
