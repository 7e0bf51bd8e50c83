/** Durations: which texts are parsed, which are refused, and that formatting and parsing agree. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { formatDuration, parseDuration } from "../../src/kernel/duration.ts";

describe("parseDuration", () => {
  for (const [text, ms] of [
    ["0", 0],
    ["90", 90_000],
    ["90s", 90_000],
    ["5ms", 5],
    ["1s5ms", 1005],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
    ["1w", 604_800_000],
  ] as const)
    it(`reads ${text} as ${ms} ms`, () => assert.equal(parseDuration(text), ms));

  for (const text of ["", "-1", "1.5h", "m", "5 m", "5M", "1h 30m", "ten", "9999999999w", "1e3", "٣m", "5sm"])
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseDuration(text), null));

  it("never throws, and is within a century", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(\d{1,12}([wdhms]|ms)?){0,4}$/)), (text) => {
        const ms = parseDuration(text);
        assert.ok(ms === null || (Number.isInteger(ms) && ms >= 0 && ms < 4e12));
      }),
    );
  });
});

describe("formatDuration", () => {
  for (const [ms, text] of [
    [0, "0s"],
    [0.9, "0s"],
    [100, "100ms"],
    [59_900, "59s900ms"],
    [60_000, "1m"],
    [5_400_000, "1h30m"],
    [90_061_000, "1d1h"],
    [604_801_000, "1w"],
    [-5, "0s"],
  ] as const)
    it(`says ${text} for ${ms} ms`, () => assert.equal(formatDuration(ms), text));

  it("is read back as what it says, at most its smaller unit less", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (beyond) => {
        const ms = beyond % 3_000_000_000_000;
        const read = parseDuration(formatDuration(ms)) ?? Number.NaN;
        assert.ok(read <= ms && ms - read < Math.max(1, ms / 7));
      }),
    );
  });
});
