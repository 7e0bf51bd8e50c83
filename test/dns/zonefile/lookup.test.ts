/**
 * What a zone file's names get, row by row, written down by hand: the differential test compares
 * thousands of zones with other servers, where they are installed; this needs none.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nameOf } from "../../../src/dns/message/name.ts";
import { parseZoneFile } from "../../../src/dns/zonefile/zone-reader.ts";
import type { Message, Record } from "../../support/decode.ts";
import { ask, type Front, openFront } from "../../support/worker-context.ts";

const LONG = "l".repeat(60);
const ZONE = `$TTL 600
@ SOA ns h 7 14400 3600 604800 300
@ NS ns
@ NS ns.sub
ns A 192.0.2.53
www A 192.0.2.80
www TXT "x"
alias CNAME www
twice CNAME alias
gone CNAME nothing
empty CNAME a.ent
out CNAME www.example.net.
loop CNAME pool
pool CNAME loop
x.a.ent A 192.0.2.1
sub NS ns.sub
ns.sub A 192.0.2.54
signed NS ns.sub
signed DS 1 13 2 ${"00".repeat(32)}
below CNAME x.sub
*.wild A 192.0.2.7
x.ent.wild A 192.0.2.8
*.link CNAME www
d DNAME e
x.e A 192.0.2.9
far DNAME ${LONG}.${LONG}.${LONG}.example.net.
twist CNAME x.d
${Array.from({ length: 12 }, (_, i) => `c${i} CNAME c${i + 1}`).join("\n")}
c12 A 192.0.2.12
`;

const TYPES: Readonly<{ [name: string]: number }> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  HINFO: 13,
  TXT: 16,
  AAAA: 28,
  DNAME: 39,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  MAILB: 253,
  ANY: 255,
  UNKNOWN: 65_280,
};

function open(): Front {
  return openZones(["example.org", ZONE]);
}

/** Zones by name and text; a text without an SOA gets one. They are not checked. */
function openZones(...zones: readonly (readonly [name: string, text: string])[]): Front {
  const front = openFront("zone example.com\n ns ns.example.net");
  const parsed = zones.map(([name, text]) => {
    const whole = text.includes(" SOA ") ? text : `$TTL 600\n@ SOA ns h 7 14400 3600 604800 300\n${text}\n`;
    const readInclude = (): { readonly problem: string } => ({ problem: "no" });
    const { zone, problems } = parseZoneFile({ name: "z", text: whole, origin: nameOf(name), readInclude });
    assert.deepEqual(problems, []);
    return zone;
  });
  front.publisher.setZones(parsed, []);
  front.publisher.flush();
  return front;
}

/** "rcode aa: answer; authority; additional", sections as TYPE DATA or TYPE alone where the data is long. */
function shown({ rcode, aa, answer, authority, additional }: Message): string {
  const names = new Map(Object.entries(TYPES).map(([name, type]) => [type, name]));
  const one = ({ type, data }: Record): string => {
    const isLong = type === TYPES["SOA"] || type === TYPES["DS"] || type === TYPES["HINFO"];
    return isLong ? (names.get(type) ?? "") : `${names.get(type)} ${data.replace(".example.org.", "")}`;
  };
  const sections = [answer, authority, additional].map((records) => records.map(one).sort().join(" "));
  return `${rcode}${aa ? " aa" : ""}: ${sections.join("; ")}`;
}

const NO_DATA = "0 aa: ; SOA; ";
const NO_NAME = "3 aa: ; SOA; ";
const REFERRAL = "0: ; NS ns.sub; A 192.0.2.54";

const ROWS: readonly (readonly [row: string, name: string, type: string, expected: string])[] = [
  ["an existing name and type", "www", "A", "0 aa: A 192.0.2.80; ; "],
  ["another type", "www", "AAAA", NO_DATA],
  ["no such name", "nothing", "A", NO_NAME],
  ["nothing below a name that is there", "x.www", "A", NO_NAME],
  ["an empty non-terminal", "ent", "A", NO_DATA],
  ["one further down", "a.ent", "AAAA", NO_DATA],
  ["the SOA", "", "SOA", "0 aa: SOA; ; "],
  ["no key", "", "DNSKEY", NO_DATA],
  ["below a cut", "a.b.sub", "A", REFERRAL],
  ["at a cut", "sub", "A", REFERRAL],
  ["the NS at a cut", "sub", "NS", REFERRAL],
  ["the address of a glue name", "ns.sub", "A", REFERRAL],
  ["DS at a cut that has none", "sub", "DS", NO_DATA],
  ["DS at a cut that has it", "signed", "DS", "0 aa: DS; ; "],
  ["DS below a cut", "x.sub", "DS", REFERRAL],
  ["DS at the top", "", "DS", NO_DATA],
  ["a wildcard", "any.wild", "A", "0 aa: A 192.0.2.7; ; "],
  ["over several labels", "a.b.c.wild", "A", "0 aa: A 192.0.2.7; ; "],
  ["a wildcard without the type", "any.wild", "TXT", NO_DATA],
  ["the wildcard itself", "*.wild", "A", "0 aa: A 192.0.2.7; ; "],
  ["the name above it", "wild", "A", NO_DATA],
  ["a wildcard that is an alias", "any.link", "A", "0 aa: A 192.0.2.80 CNAME www; ; "],
  ["below the wildcard's own name", "x.*.wild", "A", NO_NAME],
  ["an empty non-terminal under it", "ent.wild", "A", NO_DATA],
  ["below that one", "y.ent.wild", "A", NO_NAME],
  ["an alias", "alias", "A", "0 aa: A 192.0.2.80 CNAME www; ; "],
  ["an alias of an alias", "twice", "A", "0 aa: A 192.0.2.80 CNAME alias CNAME www; ; "],
  ["an alias of nothing", "gone", "A", "3 aa: CNAME nothing; SOA; "],
  ["an alias of an empty non-terminal", "empty", "A", "0 aa: CNAME a.ent; SOA; "],
  ["an alias out of the zone", "out", "A", "0 aa: CNAME www.example.net.; ; "],
  ["a loop", "loop", "A", "0 aa: CNAME loop CNAME pool; ; "],
  ["the alias asked for", "twice", "CNAME", "0 aa: CNAME alias; ; "],
  ["every type", "www", "ANY", "0 aa: HINFO; ; "],
  ["every type of an empty non-terminal", "ent", "ANY", NO_DATA],
  ["every type of no name", "nothing", "ANY", NO_NAME],
  ["an alias into a cut", "below", "A", "0 aa: CNAME x.sub; NS ns.sub; A 192.0.2.54"],
  ["below a DNAME", "x.d", "A", "0 aa: A 192.0.2.9 CNAME x.e DNAME e; ; "],
  ["at a DNAME", "d", "A", NO_DATA],
  ["the DNAME asked for", "d", "DNAME", "0 aa: DNAME e; ; "],
  ["to no name", "y.d", "A", "3 aa: CNAME y.e DNAME e; SOA; "],
  ["through an alias", "twist", "A", "0 aa: A 192.0.2.9 CNAME x.d CNAME x.e DNAME e; ; "],
  ["RRSIG", "www", "RRSIG", NO_DATA],
  ["NSEC", "www", "NSEC", NO_DATA],
  ["an unknown type", "www", "UNKNOWN", NO_DATA],
];

describe("a name in a zone file", () => {
  for (const [row, name, type, expected] of ROWS) {
    it(`is answered as the table says: ${row}`, () => {
      const full = name === "" ? "example.org" : `${name}.example.org`;
      assert.equal(shown(ask(open(), { name: full, type: TYPES[type] as number })), expected);
    });
  }

  it("that does not exist gets a negative answer with the lesser of the SOA's TTL and MINIMUM", () => {
    const [soa] = ask(open(), { name: "nothing.example.org", type: 1 }).authority;
    assert.deepEqual([soa?.name, soa?.ttl], ["example.org.", 300]);
  });

  it("at the apex has the zone's nameservers", () => {
    const { rcode, aa, answer } = ask(open(), { name: "example.org", type: 2 });
    assert.deepEqual(
      [rcode, aa, answer.map(({ data }) => data).sort()],
      [0, true, ["ns.example.org.", "ns.sub.example.org."]],
    );
  });

  it("outside of the zone is refused, without a referral", () => {
    for (const name of ["example.net", "org", "."])
      assert.equal(shown(ask(open(), { name, type: 2 })), "5: ; ; ", name);
  });

  it("is followed through eight aliases and no further", () => {
    const { rcode, answer } = ask(open(), { name: "c0.example.org", type: 1 });
    assert.deepEqual([rcode, answer.length, answer.every(({ type }) => type === 5)], [0, 8, true]);
  });

  it("that a DNAME makes too long is YXDOMAIN, with the DNAME", () => {
    const { rcode, answer } = ask(open(), { name: `${LONG}.${LONG}.far.example.org`, type: 1 });
    assert.deepEqual([rcode, answer.map(({ type }) => type)], [6, [39]]);
  });

  it("that a DNAME makes from the question is a pointer into it", () => {
    const front = openZones(["example.org", "self DNAME @"]);
    const { octets, answer } = ask(front, { name: "self.self.example.org", type: TYPES["DNAME"] as number });
    assert.deepEqual(
      answer.map(({ data }) => data),
      ["example.org.", "self.example.org."],
    );
    // Header, question, DNAME with its whole target, CNAME with two octets.
    assert.equal(octets, 12 + 27 + (12 + 13) + (12 + 2));
  });

  it("at the top of a zone has the DS records of the zone above, never its own", () => {
    const inner = ["kid.example.org", "@ DS 1 13 2 bb"] as const;
    const front = openZones(["example.org", "kid NS ns.example.net.\nkid DS 1 13 2 aa"], inner);
    const asked = { name: "kid.example.org", type: TYPES["DS"] as number };
    assert.deepEqual(
      ask(front, asked).answer.map(({ data }) => data),
      ["00010d02aa"],
    );
    assert.equal(shown(ask(openZones(["example.org", "kid NS ns.example.net."], inner), asked)), NO_DATA);
    assert.equal(shown(ask(openZones(inner), asked)), NO_DATA);
  });

  it("gets NOTIMP or no data for transfers and mailbox types", () => {
    const { rcode, answer } = ask(open(), { name: "www.example.org", type: TYPES["MAILB"] as number });
    assert.ok([0, 4].includes(rcode), String(rcode));
    assert.deepEqual(answer, []);
  });
});
