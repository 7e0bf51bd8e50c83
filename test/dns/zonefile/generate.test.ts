/** $GENERATE: what BIND's named-compilezone makes of these lines, and what is refused. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatName, nameOf } from "../../../src/dns/message/name.ts";
import { formatRdata } from "../../../src/dns/rdata/format.ts";
import { typeName } from "../../../src/dns/rdata/types.ts";
import { formatProblem } from "../../../src/dns/zone/problem.ts";
import type { ParsedZone } from "../../../src/dns/zonefile/zone-file.ts";
import { parseZoneFile } from "../../../src/dns/zonefile/zone-reader.ts";

function parse(text: string): ParsedZone {
  const readInclude = (): { readonly problem: string } => ({ problem: "no" });
  const whole = `$TTL 5\n@ SOA ns h 1 4h 1h 2w 5m\n${text}\n`;
  return parseZoneFile({ name: "z", text: whole, origin: nameOf("e.test"), readInclude });
}

/** OWNER TTL TYPE RDATA of what is below the apex, owners relative to it. */
function recordsOf({ zone, problems }: ParsedZone): string[] {
  assert.deepEqual(problems, []);
  return [...zone.nodes]
    .slice(1)
    .flatMap(({ name, rrsets }) =>
      rrsets.flatMap(({ type, ttlSeconds, rdatas }) =>
        rdatas.map(
          (rdata) =>
            `${formatName(name).replace(".e.test.", "")} ${ttlSeconds} ${typeName(type)} ${formatRdata(type, rdata)}`,
        ),
      ),
    );
}

describe("$GENERATE", () => {
  for (const [line, ...expected] of [
    ["1-3/2 h$ A 192.0.2.$", "h1 5 A 192.0.2.1", "h3 5 A 192.0.2.3"],
    [
      '6-12/6 ${0,3,x}.${8,2,o} 7 IN TXT "a$$ \\$ ${0,4,X}"',
      '006.16 7 TXT "a$" "$" "0006"',
      '00c.24 7 TXT "a$" "$" "000C"',
    ],
    ["10-10 ${0,1,n} PTR x$.", "a 5 PTR x10."],
    ["10-10 ${0,5,n}.a PTR x${0,7,N}.", "a.0.0.a 5 PTR xA.0.0.0."],
    ["10-10 ${0,4,n}b PTR .", "a.0.b 5 PTR ."],
    ["255-256 r${0,3,n} TXT a${-255}", 'rf.f 5 TXT "a0"', 'r0.0.1 5 TXT "a1"'],
    ['1-1 m$ MX "10 m$"', "m1 5 MX 10 m1.e.test."],
    ["1-1 m$ MX 10 m$", "m1 5 MX 10 m1.e.test."],
    ['1-1 q$ TXT "a b" "c $"', 'q1 5 TXT "a b" "c 1"'],
  ] as const) {
    it(`makes records as BIND does: ${line}`, () => {
      const records = recordsOf(parse(`$GENERATE ${line}`)).filter((record) => !record.startsWith("0"));
      const zeros = recordsOf(parse(`$GENERATE ${line}`)).filter((record) => record.startsWith("0"));
      assert.deepEqual([...zeros, ...records], expected);
    });
  }

  it("keeps the owner before it, and its origin", () => {
    const text = "a 5 A 192.0.2.1\n$ORIGIN sub\n$GENERATE 1-1 x$ A 192.0.2.$\n 5 TXT here";
    assert.deepEqual(recordsOf(parse(text)), ["a 5 A 192.0.2.1", 'a 5 TXT "here"', "x1.sub 5 A 192.0.2.1"]);
  });

  for (const [line, sentence] of [
    ["1-3 h$ A", "$GENERATE needs a range like 1-100 or 1-100/2, an owner, a type and RDATA"],
    ["3 h$ A 192.0.2.1", "$GENERATE needs a range like 1-100 or 1-100/2, an owner, a type and RDATA"],
    ["3-1 h$ A 192.0.2.1", '$GENERATE: "3-1" is not a range of numbers that goes up'],
    ["1-3/0 h$ A 192.0.2.1", '$GENERATE: "1-3/0" is not a range of numbers that goes up'],
    ["0-2000000000 h$ A 192.0.2.1", "$GENERATE: 2000000001 records, more than 262144"],
    ["1-2 h${-2} A 192.0.2.1", "$GENERATE: the offset -2 leads out of 0 to 2147483647"],
    [
      "1-2 h${0,2,q} A 192.0.2.1",
      '$GENERATE: "${0,2,q}" is not like ${OFFSET,WIDTH,BASE}, with base d, o, x, X, n or N',
    ],
    ["1-900 h$ A 192.0.2.256", 'A: address: "192.0.2.256" is not an IPv4 address'],
    ['1-900 h$ TXT "("', "the parenthesis is never closed"],
    ["1-900 h$ ANY x", "$GENERATE needs a range like 1-100 or 1-100/2, an owner, a type and RDATA"],
  ] as const) {
    it(`is refused, once: ${line}`, () => {
      assert.deepEqual(parse(`$GENERATE ${line}`).problems.map(formatProblem), [`z:3: error: ${sentence}`]);
    });
  }

  it("is bounded over the whole zone", () => {
    const { problems, recordCount } = parse("$GENERATE 1-200000 a$ A 192.0.2.1\n".repeat(2));
    assert.deepEqual(problems.map(formatProblem), [
      "z:4: error: $GENERATE: more than 262144 records in the zone",
    ]);
    assert.equal(recordCount, 200_001);
  });
});
