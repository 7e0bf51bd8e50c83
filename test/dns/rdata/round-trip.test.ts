/** Random RDATA of every type, written as text and read back. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { nameOf } from "../../../src/dns/message/name.ts";
import { fieldsOf, typesWithText } from "../../../src/dns/rdata/fields.ts";
import { formatRdata } from "../../../src/dns/rdata/format.ts";
import { parseRdata } from "../../../src/dns/rdata/parse.ts";
import { typeCode, typeName } from "../../../src/dns/rdata/types.ts";
import { isRdata } from "../../../src/dns/rdata/wire-form.ts";

const origin = nameOf("example.org");

const octets = (min: number, max: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: min, maxLength: max });
const lengthFirst = (part: Uint8Array): number[] => [part.length, ...part];
const wireName = fc
  .array(octets(1, 20), { maxLength: 4 })
  .map((parts) => Uint8Array.from([...parts.flatMap(lengthFirst), 0]));
const params = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 9, max: 65_534 }), octets(0, 9)), { selector: ([key]) => key })
  .map((all) =>
    Uint8Array.from(
      all
        .sort(([a], [b]) => a - b)
        .flatMap(([key, value]) => [key >> 8, key & 255, 0, value.length, ...value]),
    ),
  );
const sized = (min: number): fc.Arbitrary<Uint8Array> =>
  octets(min, 255).map((part) => Uint8Array.from(lengthFirst(part)));
const withoutZeros = (part: Uint8Array): Uint8Array =>
  part.subarray(0, part.findLastIndex((octet) => octet !== 0) + 1);
const typeSets = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 255 }), octets(1, 32)), { selector: ([window]) => window })
  .map((windows) =>
    Uint8Array.from(
      windows
        .sort(([a], [b]) => a - b)
        .map(([window, bits]) => [window, withoutZeros(bits)] as const)
        .flatMap(([window, bits]) => (bits.length === 0 ? [] : [window, bits.length, ...bits])),
    ),
  );
const hosts = fc.oneof(
  fc.constant({ kind: 0, host: new Uint8Array(0) }),
  octets(4, 4).map((host) => ({ kind: 1, host })),
  octets(16, 16).map((host) => ({ kind: 2, host })),
  wireName.map((host) => ({ kind: 3, host })),
);
function prefixOctets([isNegated, length, address]: readonly [
  boolean,
  number,
  Uint8Array,
]): readonly number[] {
  const used = withoutZeros(address);
  return [0, 1, length, (isNegated ? 0x80 : 0) | used.length, ...used];
}
const KINDS: Readonly<Record<string, fc.Arbitrary<Uint8Array>>> = {
  u8: octets(1, 1),
  algorithm: octets(1, 1),
  u16: octets(2, 2),
  u32: octets(4, 4),
  seconds: octets(4, 4),
  ipv4: octets(4, 4),
  ipv6: octets(16, 16),
  name: wireName,
  "exact-name": wireName,
  string: octets(0, 255).map((part) => Uint8Array.from(lengthFirst(part))),
  strings: fc
    .array(octets(0, 40), { minLength: 1, maxLength: 4 })
    .map((parts) => Uint8Array.from(parts.flatMap(lengthFirst))),
  tag: fc
    .constantFrom("issue", "Issuewild", "x1")
    .map((tag) => Uint8Array.from(lengthFirst(Buffer.from(tag)))),
  text: octets(0, 60),
  uri: octets(1, 60),
  hex: octets(1, 60),
  base64: octets(1, 60),
  params,
  type: octets(2, 2),
  types: typeSets,
  time: octets(4, 4),
  "certificate-type": octets(2, 2),
  salt: sized(0),
  hash: sized(1),
  eui48: octets(6, 6),
  eui64: octets(8, 8),
  locator: octets(8, 8),
  nsap: octets(1, 60),
  "optional-string": fc.oneof(fc.constant(new Uint8Array(0)), sized(0)),
  "optional-base64": octets(0, 60),
  gateway: hosts.map(({ kind, host }) => Uint8Array.of(kind, 7, ...host)),
  relay: hosts.map(({ kind, host }) => Uint8Array.of(0x80 | kind, ...host)),
  hip: fc
    .tuple(octets(1, 20), octets(1, 40), fc.array(wireName, { maxLength: 3 }))
    .map(([tag, key, names]) =>
      Uint8Array.from([tag.length, 2, 0, key.length, ...tag, ...key, ...names.flatMap((name) => [...name])]),
    ),
  prefixes: fc
    .array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 32 }), octets(0, 4)))
    .map((all) => Uint8Array.from(all.flatMap(prefixOctets))),
  services: octets(0, 30).map((ports) => Uint8Array.of(6, ...withoutZeros(ports))),
};

describe("text written by formatRdata", () => {
  for (const type of typesWithText().filter((code) => code !== typeCode("LOC"))) {
    it(`is read back to the same octets: ${typeName(type)}`, () => {
      const fields = (fieldsOf(type) ?? []).map(({ kind }) => KINDS[kind] as fc.Arbitrary<Uint8Array>);
      const whole = fc.tuple(...fields).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));
      fc.assert(
        fc.property(whole, (rdata) => {
          assert.ok(isRdata(type, rdata));
          assert.deepEqual(parseRdata(type, formatRdata(type, rdata), origin), rdata);
        }),
        { numRuns: 60 },
      );
    });
  }

  it("is read back to the same octets when they are sound, and is the generic form for all others", () => {
    fc.assert(
      fc.property(fc.constantFrom(...typesWithText(), 10, 65_280), octets(0, 40), (type, rdata) => {
        const written = formatRdata(type, rdata);
        assert.match(written, /^[ -~]*$/);
        if (isRdata(type, rdata)) assert.deepEqual(parseRdata(type, written, origin), rdata);
        else assert.match(written, /^\\# \d+/);
      }),
      { numRuns: 3000 },
    );
  });
});
