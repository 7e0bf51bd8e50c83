/** Durations: what is read, what is refused, and that both directions agree. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { formatDuration, parseDuration } from "../../src/steer/duration.ts";

describe("parseDuration", () => {
  for (const [text, seconds] of [
    ["0", 0],
    ["90", 90],
    ["90s", 90],
    ["5m", 300],
    ["1h30m", 5400],
    ["2d", 172_800],
    ["1w", 604_800],
  ] as const)
    it(`reads ${text} as ${seconds} s`, () => assert.equal(parseDuration(text), seconds));

  for (const text of ["", "-1", "1.5h", "m", "5 m", "5M", "1h 30m", "ten", "9999999999w", "1e3", "٣m", "5ms"])
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseDuration(text), null));

  it("never throws, and is within a century", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(\d{1,12}[wdhms]?){0,4}$/)), (text) => {
        const seconds = parseDuration(text);
        assert.ok(seconds === null || (Number.isInteger(seconds) && seconds >= 0 && seconds < 4e9));
      }),
    );
  });
});

describe("formatDuration", () => {
  for (const [seconds, text] of [
    [0, "0s"],
    [59.9, "59s"],
    [60, "1m"],
    [5400, "1h30m"],
    [90_061, "1d1h"],
    [604_801, "1w"],
    [-5, "0s"],
  ] as const)
    it(`says ${text} for ${seconds} s`, () => assert.equal(formatDuration(seconds), text));

  it("is read back as what it says, at most its smaller unit less", () => {
    fc.assert(
      fc.property(fc.nat(3_000_000_000), (seconds) => {
        const read = parseDuration(formatDuration(seconds)) ?? Number.NaN;
        assert.ok(read <= seconds && seconds - read < Math.max(1, seconds / 7));
      }),
    );
  });
});
