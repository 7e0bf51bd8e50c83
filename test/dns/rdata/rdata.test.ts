/** The text of each record type: the examples of the RFCs, octet by octet, and the message for each kind of wrong text. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nameOf } from "../../../src/dns/message/name.ts";
import { typesWithText } from "../../../src/dns/rdata/fields.ts";
import { sameRdata } from "../../../src/dns/rdata/wire-form.ts";
import { formatRdata } from "../../../src/dns/rdata/format.ts";
import { parseRdata } from "../../../src/dns/rdata/parse.ts";
import { typeCode, typeName } from "../../../src/dns/rdata/types.ts";
import { RARE_VECTORS } from "./rare-vectors.ts";

const origin = nameOf("example.org");

function parse(line: string): Uint8Array | string {
  const [type = "", ...rest] = line.split(" ");
  return parseRdata(typeCode(type) ?? 0, rest.join(" "), origin);
}

const text = (characters: string): string => Buffer.from(characters, "latin1").toString("hex");
/** Labels to wire form, without the root. */
const labels = (...all: string[]): string =>
  all.map((one) => text(String.fromCharCode(one.length) + one)).join("");
const here = `${labels("example", "org")}00`;

/** Text, octets in hex, and the text that is written for them where it is another. */
const VECTORS: readonly (readonly [string, string, string?])[] = [
  ["A 192.0.2.1", "c0000201"],
  ["AAAA 2001:DB8:0:0:1:0:0:1", "20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
  ["AAAA ::ffff:192.0.2.33", "00000000000000000000ffffc0000221"],
  ["AAAA ::", "00".repeat(16)],
  ["AAAA 1:0:0:2:0:0:0:3", "00010000000000020000000000000003", "1:0:0:2::3"],
  ["NS NS1", `${labels("NS1")}${here}`, "NS1.example.org."],
  ["CNAME @", here, "example.org."],
  ["PTR a\\.b\\032c.\\100.", `${labels("a.b c", "d")}00`, "a\\.b\\032c.d."],
  ["DNAME .", "00"],
  [
    "SOA ns hostmaster 1 2h 15m 1W1d 4294967295",
    `${labels("ns")}${here}${labels("hostmaster")}${here}0000000100001c2000000384000a8c00ffffffff`,
    "ns.example.org. hostmaster.example.org. 1 7200 900 691200 4294967295",
  ],
  ["MX 10 mail", `000a${labels("mail")}${here}`, "10 mail.example.org."],
  [
    'TXT "a b" c "" "\\"\\\\\\255"',
    `03${text("a b")}01${text("c")}0003225cff`,
    '"a b" "c" "" "\\"\\\\\\255"',
  ],
  ["SRV 0 5 5060 sip.example.com.", `0000000513c4${labels("sip", "example", "com")}00`],
  // RFC 8659 §4.2, RFC 4034 §5.4 and §2.3 (key cut short), RFC 6698 §2.2, RFC 4255 §3.2, RFC 3403 §6.1.
  ['CAA 0 issue "ca1.example.net"', `0005${text("issueca1.example.net")}`],
  [
    "DS 60485 5 1 2BB183AF5F22588179A53B0A 98631FAD1A292118",
    "ec4505012bb183af5f22588179a53b0a98631fad1a292118",
    "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118",
  ],
  ["DNSKEY 256 3 RSASHA1 AQPSKmyn fzW4", "01000305" + "0103d22a6ca77f35b8", "256 3 5 AQPSKmynfzW4"],
  ["TLSA 0 0 1 d2abde240d7cd3ee6b4b28c54df034b9", "000001d2abde240d7cd3ee6b4b28c54df034b9"],
  ["SSHFP 2 1 123456789abcdef67890123456789abcdef67890", "0201123456789abcdef67890123456789abcdef67890"],
  [
    'NAPTR 100 10 "" "" "!^urn:cid:.+@([^\\\\.]+\\\\.)(.*)$!\\\\2!i" .',
    `0064000a000021${text("!^urn:cid:.+@([^\\.]+\\.)(.*)$!\\2!i")}00`,
  ],
  // RFC 9460 §D.
  ["HTTPS 0 foo.example.com.", `0000${labels("foo", "example", "com")}00`],
  ["SVCB 1 .", "000100"],
  ["SVCB 16 foo.example.com. port=53", `0010${labels("foo", "example", "com")}00000300020035`],
  ["SVCB 1 . key667=hello", `000100029b0005${text("hello")}`, '1 . key667="hello"'],
  ['SVCB 1 . key667="hello\\210qoo"', `000100029b0009${text("hello\xd2qoo")}`],
  [
    'SVCB 1 . ipv6hint="2001:db8::1,2001:db8::53:1"',
    "00010000060020" + "20010db8000000000000000000000001" + "20010db8000000000000000000530001",
    "1 . ipv6hint=2001:db8::1,2001:db8::53:1",
  ],
  [
    "SVCB 16 foo.example.org. ( alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1 )",
    `0010${labels("foo")}${here}000000040001000400010009${labels("h2", "h3-19")}00040004c0000201`,
    '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  ],
  [
    'SVCB 16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    `0010${labels("foo")}${here}0001000c${labels("f\\oo,bar", "h2")}`,
  ],
  [
    "SVCB 16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2",
    `0010${labels("foo")}${here}0001000c${labels("f\\oo,bar", "h2")}`,
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
  ],
  [
    "HTTPS 1 . alpn=h2 no-default-alpn ech=AEj+",
    `00010000010003${labels("h2")}000200000005000300` + "48fe",
    '1 . alpn="h2" no-default-alpn ech=AEj+',
  ],
  // RFC 1876 §4 (cambridge-net.kei.com), RFC 7553 §4.5.
  [
    "LOC 42 21 54 N 71 06 18 W -24m 30m",
    "00331613" + "89172dd0" + "70be15f0" + "00988d20",
    "42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m",
  ],
  ['URI 10 1 "ftp://ftp1.example.com/public"', `000a0001${text("ftp://ftp1.example.com/public")}`],
  ['HINFO PDP-11 "UNIX V7"', `06${text("PDP-11")}07${text("UNIX V7")}`, '"PDP-11" "UNIX V7"'],
  ["RP admin .", `${labels("admin")}${here}00`, "admin.example.org. ."],
  // RFC 3597 §5.
  ["TYPE731 \\# 6 abcdef 01 23 45", "abcdef012345", "\\# 6 abcdef012345"],
  ["TYPE62347 \\# 0", ""],
  ["A \\# 4 0A000001", "0a000001", "10.0.0.1"],
  ["TYPE1 10.0.0.2", "0a000002", "10.0.0.2"],
  ["NULL \\# 2 beef", "beef", "\\# 2 beef"],
  ...RARE_VECTORS,
];

/** Types that have the fields of another. */
const MISSING = "AFSDB SMIMEA NINFO RKEY CDS CDNSKEY OPENPGPKEY SPF RESINFO WALLET TA DLV".split(" ");

describe("parseRdata and formatRdata", () => {
  for (const [line, hex, written] of VECTORS) {
    it(`know ${line}`, () => {
      const rdata = parse(line);
      assert.ok(typeof rdata !== "string", String(rdata as string));
      assert.equal(Buffer.from(rdata).toString("hex"), hex);
      const type = typeCode(line.split(" ")[0] ?? "") ?? 0;
      assert.equal(formatRdata(type, rdata), written ?? line.slice(line.indexOf(" ") + 1));
    });
  }

  it("have a vector for every type, except those with the same fields as another", () => {
    const shown = new Set(VECTORS.map(([line]) => typeCode(line.split(" ")[0] ?? "")));
    const missing = typesWithText()
      .filter((type) => !shown.has(type))
      .map(typeName);
    assert.deepEqual(missing, MISSING);
  });

  for (const [line, sentence] of [
    ["A 192.0.2.256", 'A: address: "192.0.2.256" is not an IPv4 address'],
    ["A 192.0.02.1", 'A: address: "192.0.02.1" is not an IPv4 address'],
    ["A 192.0.2.1 192.0.2.2", 'A: nothing may follow, but "192.0.2.2" does'],
    ["AAAA 1::2::3", 'AAAA: address: "1::2::3" is not an IPv6 address'],
    ["AAAA 1:2:3:4:5:6:7::8", 'AAAA: address: "1:2:3:4:5:6:7::8" is not an IPv6 address'],
    ["MX mail", 'MX: preference: "mail" is not a number from 0 to 65535'],
    ["MX 10", "MX: the exchange is missing"],
    ["MX 65536 a", 'MX: preference: "65536" is not a number from 0 to 65535'],
    ["NS a..b", 'NS: nameserver: "a..b" is not a name: a label is empty'],
    ["NS .a", 'NS: nameserver: ".a" is not a name: a label is empty'],
    [
      "NS a\\1x",
      'NS: nameserver: "a\\1x" is not a name: a backslash before a digit needs three digits from 000 to 255',
    ],
    [
      "NS a\\256",
      'NS: nameserver: "a\\256" is not a name: a backslash before a digit needs three digits from 000 to 255',
    ],
    ['NS "ns"', 'NS: nameserver: "ns" is quoted; a name is written without quotation marks'],
    ["SOA a b 1 2 3 4", "SOA: the minimum is missing"],
    ["SOA a b 1 2x 3 4 5", 'SOA: refresh: "2x" is not a time in seconds, nor one like 1h30m'],
    ['TXT a="b"', 'TXT: text: a quotation mark in the middle of "a="b""; quote the whole text'],
    ['TXT "a', "TXT: the quotation mark is not closed on its line"],
    ["CAA 0 is-sue x", 'CAA: tag: "is-sue" is not a tag of letters and digits'],
    ["DS 1 8 2 abc", "DS: digest: an odd number of hexadecimal digits"],
    ["DS 1 8 2 xyz0", 'DS: digest: "xyz0" is not hexadecimal'],
    ["DS 1 WHAT 2 00", 'DS: algorithm: "WHAT" is not a DNSSEC algorithm'],
    ["DNSKEY 256 3 8 AQ=", "DNSKEY: public key: the base64 text is cut short"],
    ["DNSKEY 256 3 8 A?==", 'DNSKEY: public key: "A?==" is not base64'],
    ["DNSKEY 256 3 8 AB==", 'DNSKEY: public key: "AB==" is not base64'],
    ["TLSA 3 1 1", "TLSA: the association is missing"],
    ['URI 1 1 ""', "URI: target: must not be empty"],
    ["LOC 91 N 0 E 0", "LOC: location: the latitude is not like 52 22 23.000 N"],
    ["LOC 9 N 0 E high", "LOC: location: the altitude is not like -2.00m"],
    ["SVCB 1 . port=53 port=54", "SVCB: parameters: port is given twice"],
    ["SVCB 1 . key3=aa port=54", "SVCB: parameters: port is given twice"],
    ["SVCB 1 . key3=a", "SVCB: parameters: the value of port is not sound"],
    ["SVCB 1 . key0667=a", 'SVCB: parameters: "key0667=a" does not begin with a parameter\'s key'],
    ["SVCB 1 . key65535=a", 'SVCB: parameters: "key65535=a" does not begin with a parameter\'s key'],
    ["SVCB 1 . alpn=", 'SVCB: parameters: "alpn=" is not a value that alpn can have'],
    ["SVCB 1 . alpn=h2,,h3", 'SVCB: parameters: "alpn=h2,,h3" is not a value that alpn can have'],
    ["SVCB 1 . no-default-alpn", "SVCB: parameters: no-default-alpn needs alpn beside it"],
    ["SVCB 1 . no-default-alpn=x", "SVCB: parameters: the value of no-default-alpn is not sound"],
    ["SVCB 1 . mandatory=port", "SVCB: parameters: port is mandatory, but not given"],
    ["SVCB 1 . mandatory=mandatory", "SVCB: parameters: the value of mandatory is not sound"],
    [
      "SVCB 1 . mandatory=port,port port=1",
      'SVCB: parameters: "mandatory=port,port" is not a value that mandatory can have',
    ],
    ["A \\# 3 0a0000", "A: these octets break the rules of the type"],
    ["MX \\# 4 000ac00c", "MX: these octets break the rules of the type"],
    ["TYPE731 \\# 4 abcd", "TYPE731: \\# says 4 octets, but 2 follow"],
    ["TYPE731 \\# abcd", "TYPE731: \\# needs the number of octets after it, 0 to 65535"],
    [
      "TYPE731 abcd",
      "TYPE731: has no text form here; write \\#, the number of octets, and the octets in hexadecimal",
    ],
    ["RRSIG A 8 2 3600", "RRSIG: the expiration is missing"],
    [
      "RRSIG A 8 2 3600 20260231000000 0 1 . AAAA",
      'RRSIG: expiration: "20260231000000" is not a moment like 20260131235959, nor a number of seconds',
    ],
    ["NSEC a. A WHAT", 'NSEC: types: "WHAT" is not a record type'],
    ["NSEC \\# 5 00 0000 0001", "NSEC: these octets break the rules of the type"],
    ["NSEC3PARAM 1 0 0 abc", 'NSEC3PARAM: salt: "abc" is neither "-" nor at most 255 octets in hexadecimal'],
    ["NSEC3 1 0 0 - 2w", 'NSEC3: next owner: "2w" is not a hash in base32hex without padding'],
    ["CERT WHAT 1 8 AAAA", 'CERT: type: "WHAT" is not a certificate type'],
    ["EUI48 00-00-5e-00-53", 'EUI48: address: "00-00-5e-00-53" is not an address like 00-00-5e-00-53-2a'],
    ["L64 1 2001:db8::", 'L64: locator: "2001:db8::" is not four groups like 2001:db8:1140:1000'],
    ["NSAP 47", 'NSAP: address: "47" is not 0x and 1 to 255 octets in hexadecimal'],
    [
      "APL 1:192.0.2.0/33",
      'APL: prefixes: "1:192.0.2.0/33" is not a prefix like 1:192.0.2.0/24 or !2:2001:db8::/32',
    ],
    ["IPSECKEY 10 4 2 .", 'IPSECKEY: gateway: "4" is not a gateway type from 0 to 3'],
    ["IPSECKEY 10 1 2", "IPSECKEY: the gateway is missing"],
    ["AMTRELAY 10 2 1 192.0.2.1", 'AMTRELAY: relay: "2" is not 0 or 1'],
    ["HIP 2 00", "HIP: identity: it needs an algorithm, a tag in hexadecimal and a public key in base64"],
    ["WKS 192.0.2.1 tcp what", 'WKS: services: "what" is not a service; write the number of its port'],
  ] as const) {
    it(`refuse ${line}`, () => assert.equal(parse(line), sentence));
  }

  it("hold names to 255 octets, labels to 63, and character-strings to 255", () => {
    const label = "a".repeat(63);
    assert.notEqual(typeof parse(`NS ${label}.${label}.${label}.${"a".repeat(61)}.`), "string");
    assert.match(
      String(parse(`NS ${label}.${label}.${label}.${"a".repeat(62)}.`)),
      /it has 256 octets, more than 255$/,
    );
    assert.match(
      String(parse(`NS ${label}.${label}.${label}.${"a".repeat(61)}`)),
      /it has 267 octets, more than 255$/,
    );
    assert.match(String(parse(`NS ${label}a`)), /a label has 64 octets, more than 63$/);
    assert.equal((parse(`TXT ${"a".repeat(255)}`) as Uint8Array).length, 256);
    assert.equal(
      parse(`TXT ${"a".repeat(256)}`),
      "TXT: text: a text of 256 octets; split it, one has at most 255",
    );
  });

  it("hold RDATA to 65,535 octets", () => {
    const full = `TXT ${'"" '.repeat(65_535)}`;
    assert.equal((parse(full) as Uint8Array).length, 65_535);
    assert.equal(parse(`${full} ""`), "TXT: 65536 octets, more than 65535");
  });
});

describe("sameRdata", () => {
  const same = (type: string, a: string, b: string): boolean =>
    sameRdata(typeCode(type) ?? 0, parse(`${type} ${a}`) as Uint8Array, parse(`${type} ${b}`) as Uint8Array);

  it("ignores the case of names, and of nothing else", () => {
    assert.ok(same("MX", "10 Mail.Example.", "10 mAIL.example."));
    assert.ok(!same("MX", "65 mail.", "97 mail."));
    assert.ok(!same("TXT", "abc", "ABC"));
    assert.ok(!same("TYPE731", "\\# 1 41", "\\# 1 61"));
  });

  it("takes the target of a SVCB record to the octet (RFC 3597 §6)", () => {
    assert.ok(!same("SVCB", "1 A.example.", "1 a.example."));
  });
});
