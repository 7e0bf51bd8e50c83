/** Broken and hostile zone files: the reader and the check return for each of them in bounded time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nameOf } from "../../../src/dns/message/name.ts";
import { isRdata } from "../../../src/dns/rdata/wire-form.ts";
import { formatRdata } from "../../../src/dns/rdata/format.ts";
import { parseRdata } from "../../../src/dns/rdata/parse.ts";
import { checkZone } from "../../../src/dns/zonefile/check.ts";
import { RECORDS_PER_RRSET_MAX, TYPES_PER_NAME_MAX } from "../../../src/dns/zone/rrset-collector.ts";
import { hasErrors } from "../../../src/dns/zone/problem.ts";
import type { ParsedZone } from "../../../src/dns/zonefile/zone-file.ts";
import { parseZoneFile } from "../../../src/dns/zonefile/zone-reader.ts";
import { SCALE } from "../../suite/scale.ts";
import { type Dice, diceOf, zoneText } from "./zone-text.ts";

const origin = nameOf("example.org");

/** Reads and checks the text, and asserts that the result is sound. */
function readAndCheck(text: Uint8Array): ParsedZone {
  const parsed = parseZoneFile({
    name: "z",
    text,
    origin,
    readInclude: (path) => (path.length % 2 === 0 ? { text } : { problem: "no" }),
  });
  const { zone, positionOf, problems } = parsed;
  const checked = checkZone({ zone, positionOf, isPartial: hasErrors(problems) });
  assert.ok(problems.length <= 402 && checked.length <= 402);
  for (const { message, line } of [...problems, ...checked]) {
    assert.match(message, /^[ -~§]+$/, "messages are printable");
    assert.ok(message.length < 1200 && line >= 0);
  }
  for (const { name, rrsets } of zone.nodes) {
    assert.ok(name.length <= 255 && rrsets.length <= TYPES_PER_NAME_MAX);
    for (const { type, ttlSeconds, rdatas } of rrsets) {
      assert.ok(ttlSeconds >= 0 && ttlSeconds < 2 ** 31 && rdatas.length <= RECORDS_PER_RRSET_MAX);
      for (const rdata of rdatas) {
        assert.ok(isRdata(type, rdata));
        assert.deepEqual(parseRdata(type, formatRdata(type, rdata), origin), Uint8Array.from(rdata));
      }
    }
  }
  return parsed;
}

/** An idle machine needs a second or two; if the time grew with the square of the length, it would be an hour. */
const BOUND_MS = 60_000;
const SPECIAL = Buffer.from('();"\\\n\r\t $@.*0123456789\0\xff', "latin1");
const WORDS = [
  "$INCLUDE aa b\n",
  "$ORIGIN .\n",
  "$GENERATE 1-99 a$ A 192.0.2.$\n",
  '$GENERATE 0-2000000000/9 ${0,99,n} TXT "$',
  "\\# 65535 ",
  "(",
  '"',
  "\\999",
  "SOA ",
  "4294967296 ",
  "mandatory=alpn ",
  "@ CNAME @\n",
];

function mutate(dice: Dice, text: Buffer): Buffer {
  let bytes: Buffer = Buffer.from(text);
  for (let i = dice.roll(12); i >= 0; i--) {
    const at = dice.roll(bytes.length + 1);
    const kind = dice.roll(5);
    if (kind === 0 && at < bytes.length) bytes[at] = dice.roll(256);
    else if (kind === 1 && at < bytes.length) bytes[at] = dice.pick([...SPECIAL]);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + dice.roll(40))]);
    else if (kind === 3)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(dice.pick(WORDS)), bytes.subarray(at)]);
    else bytes = Buffer.concat([bytes, bytes.subarray(at, at + dice.roll(200))]);
  }
  return bytes;
}

/** The seed is in the test's name, so that a failure can be repeated. */
function tried(what: string, make: (dice: Dice, seed: number) => Uint8Array): void {
  const first = Number(process.env["FUZZ_SEED"] ?? 1);
  const count = Number(process.env["FUZZ_FILES"] ?? SCALE.hostileFiles);
  it(`is read and checked without an error of ours: ${what}, ${count} files from seed ${first}`, () => {
    for (let seed = first; seed < first + count; seed++) {
      try {
        readAndCheck(make(diceOf(seed), seed));
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
}

describe("any file", () => {
  tried("random octets", (dice) => Uint8Array.from({ length: dice.roll(2000) }, () => dice.roll(256)));
  tried("random octets with a meaning in zone files", (dice) =>
    Uint8Array.from({ length: dice.roll(2000) }, () =>
      dice.is(0.7) ? dice.pick([...SPECIAL]) : 97 + dice.roll(26),
    ),
  );
  tried("zones with faults", (dice, seed) => mutate(dice, Buffer.from(zoneText(seed, 20))));

  // Each is some megabytes in a shape that takes a careless reader the square of its length.
  const many = SCALE.hostileLength;
  for (const [shape, text] of [
    ["opening parentheses", "(".repeat(10 * many)],
    ["closing parentheses", ")\n".repeat(many)],
    ["quotation marks", '"'.repeat(10 * many + 1)],
    ["a quoted text without end", `a 5 TXT "${"x".repeat(10 * many)}`],
    ["backslashes", "\\".repeat(10 * many + 1)],
    ["one word", `a 5 TXT ${"x".repeat(10 * many)}`],
    ["many words", `a 5 TXT ${"x ".repeat(5 * many)}`],
    ["empty lines in parentheses", `a 5 TXT ( ${"\n".repeat(10 * many)} x )`],
    ["one long name", `${"a.".repeat(5 * many)} 5 A 192.0.2.1\n`],
    [
      "labels upon labels",
      Array.from({ length: many / 20 }, (_, i) => `${"a.".repeat(100)}x${i} 5 A 192.0.2.1\n`).join(""),
    ],
    ["types upon types", Array.from({ length: many * 0.3 }, (_, i) => `a 5 TYPE${i + 256} \\# 0\n`).join("")],
    ["records upon records", Array.from({ length: many }, (_, i) => `a 5 TXT ${i}\n`).join("")],
    ["the same record", "a 5 A 192.0.2.1\n".repeat(many)],
    [
      "parameters",
      `a 5 SVCB 1 . ${Array.from({ length: many * 0.15 }, (_, i) => `key${i + 100}=x`).join(" ")}\n`,
    ],
    [
      "delegations",
      Array.from({ length: many / 4 }, (_, i) => `d${i} 5 NS ns.d${i}\nns.d${i} 5 A 192.0.2.1\n`).join(""),
    ],
    ["aliases in a row", Array.from({ length: many / 4 }, (_, i) => `c${i} 5 CNAME c${i + 1}\n`).join("")],
  ] as const) {
    it(`is read and checked in bounded time: ${shape}`, () => {
      const startMs = performance.now();
      readAndCheck(Buffer.from(`@ 5 SOA a b 1 2 3 4 5\n@ NS a.\n${text}`));
      assert.ok(performance.now() - startMs < BOUND_MS);
    });
  }
});
