/**
 * Zone files that are nearly right: the parser never throws, reports where the text is wrong, and everything it accepts
 * can be served.
 */
import assert from "node:assert/strict";
import { nameOf } from "../../src/dns/message/name.ts";
import { hasErrors } from "../../src/dns/zone/problem.ts";
import type { FileText } from "../../src/dns/zonefile/zone-file.ts";
import { parseZoneFile } from "../../src/dns/zonefile/zone-reader.ts";
import type { Zone } from "../../src/dns/zone/zone.ts";
import { makeWorld, zoneText } from "../differential/world.ts";
import { askBytes } from "../support/worker-context.ts";
import { encodeQuery } from "../support/query.ts";
import { fuzzFront } from "./front.ts";
import { damage } from "./octets.ts";
import type { Random } from "./random.ts";
import { checkReply } from "./reply-check.ts";
import type { Target } from "./target.ts";

/** Publishing costs a hundred times as much as reading. */
const PUBLISHED_ONE_IN = 100;
const RRSET_OCTETS_MAX = 65_535;
const TTL_MAX = 2 ** 31 - 1;

const WORDS = [
  "$ORIGIN",
  "$TTL",
  "$INCLUDE",
  "$GENERATE 1-9 a$ A 192.0.2.$",
  "@",
  "*",
  "(",
  ")",
  ";",
  '"',
  "\\",
  "\\#",
  "\\000",
  "\\999",
  "\\.",
  "\t",
  "\n",
  "\r\n",
  "\u0000",
  "\u00ff",
  "IN",
  "CH",
  "ANY",
  "TYPE65280",
  "TYPE1",
  "TYPE65536",
  "CLASS1",
  "1h",
  "1w2d3h4m5s",
  "4294967296",
  "-1",
  "99999999999",
  "A 192.0.2.1",
  "AAAA ::1",
  "AAAA 2001:db8::192.0.2.1",
  "NS ns",
  "CNAME a",
  "MX 10 mail",
  'TXT "a;b" c "\\"" ',
  "SRV 0 0 53 ns",
  'CAA 0 issue "x"',
  "DS 1 13 2 00ff",
  "TLSA 3 1 1 00",
  "SSHFP 4 2 00",
  'NAPTR 1 1 "s" "x" "" .',
  "HTTPS 1 . alpn=h2,h3 port=443 ipv4hint=192.0.2.1",
  "SVCB 0 a",
  "DNAME b",
  "LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
  'URI 1 1 "https://a"',
  "DNSKEY 256 3 13 AAAA",
  "SOA ns host 1 2 3 4 5",
  "$INCLUDE self",
  "$INCLUDE ../../up",
  "$INCLUDE other x",
  "\\# 4 c0000201",
  "a.b.c.example.",
  "l".repeat(63),
  "l".repeat(64),
  "a.".repeat(130),
] as const;

export function zoneFileTarget(): Target {
  return { boundMs: 500, make: makeText, attack };
}

function makeText(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  const other = seeds.length > 0 ? random.pick(seeds) : new Uint8Array(0);
  if (seeds.length > 0 && random.percent(40))
    return damage(sprinkle(random.pick(seeds), random), other, random, 4);
  const { zones } = makeWorld(random.word(), 1);
  const text = Buffer.from(zones.map(zoneText).join(""));
  return damage(sprinkle(text, random), other, random, 3);
}

/** Some words of the language where they may not belong. */
function sprinkle(text: Uint8Array, random: Random): Uint8Array {
  let whole = Buffer.from(text).toString("latin1");
  for (let i = random.below(4); i > 0; i--) {
    const at = random.percent(50)
      ? whole.indexOf("\n", random.below(whole.length + 1)) + 1
      : random.below(whole.length + 1);
    whole = `${whole.slice(0, at)}${random.pick([" ", "\n", ""])}${random.pick(WORDS)}${random.pick([" ", "\n", ""])}${whole.slice(at)}`;
  }
  return new Uint8Array(Buffer.from(whole, "latin1"));
}

function attack(input: Uint8Array): void {
  const readInclude = (path: string): { readonly text: FileText } | { readonly problem: string } =>
    path === "self"
      ? { text: input }
      : path === "other"
        ? { text: "a A 192.0.2.1\n" }
        : { problem: "is not there" };
  const { zone, problems, recordCount } = parseZoneFile({
    name: "fuzz.zone",
    text: input,
    origin: nameOf("w000001.test"),
    readInclude,
  });
  assert.ok(problems.length <= 201, "a bounded list of problems");
  for (const { line, message } of problems)
    assert.ok(line >= 0 && message !== "", "a problem has a line and a text");
  assert.ok(recordCount >= 0);
  if (hasErrors(problems)) return;
  checkZone(zone);
  if ((input.length + (input[input.length >> 1] ?? 0)) % PUBLISHED_ONE_IN === 0) serve(zone);
}

function checkZone(zone: Zone): void {
  for (const { name, rrsets } of zone.nodes) {
    assert.ok(name.length <= 255 && name.at(-1) === 0, "a name of at most 255 octets");
    for (const { ttlSeconds, rdatas } of rrsets) {
      assert.ok(ttlSeconds >= 0 && ttlSeconds <= TTL_MAX, `a TTL of 31 bits, not ${ttlSeconds}`);
      assert.ok(rdatas.length > 0, "no empty RRset");
      for (const rdata of rdatas) assert.ok(rdata.length <= RRSET_OCTETS_MAX, "RDATA that fits its length");
      assert.equal(
        new Set(rdatas.map((rdata) => Buffer.from(rdata).toString("hex"))).size,
        rdatas.length,
        "no record twice",
      );
    }
  }
}

/** A zone without errors can be published, and answers all its names with sound messages. */
function serve(zone: Zone): void {
  const front = fuzzFront(1 << 20, [zone]);
  for (const { name, rrsets } of zone.nodes) {
    for (const type of [1, 255, ...rrsets.map((rrset) => rrset.type)]) {
      const query = encodeQuery({ name, type, edns: {} });
      checkReply(query, askBytes(front, query), false);
      checkReply(query, askBytes(front, query, true), true);
    }
  }
}
