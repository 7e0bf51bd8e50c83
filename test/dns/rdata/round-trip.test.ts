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
      fc.property(fc.constantFrom(...typesWithText(), 46, 65_280), octets(0, 40), (type, rdata) => {
        const written = formatRdata(type, rdata);
        assert.match(written, /^[ -~]*$/);
        if (isRdata(type, rdata)) assert.deepEqual(parseRdata(type, written, origin), rdata);
        else assert.match(written, /^\\# \d+/);
      }),
      { numRuns: 3000 },
    );
  });
});
