/** What is known of a capacity, as it is shown over time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { type KnownCapacity, learnCapacity } from "../../../src/propagate/planner/known-capacity.ts";

/** The capacities that count after each `TIME:LIMIT`, when what comes back counts after 100. */
function learned(shown: string): string {
  let known: KnownCapacity | null = null;
  return shown
    .split(" ")
    .map((text) => {
      const [nowMs, limit] = text.split(":");
      const time = { nowMs: Number(nowMs), regainAfterMs: 100 };
      known = learnCapacity(known, limit === "none" ? null : Number(limit), time);
      return known === null || known.capacity === Number.POSITIVE_INFINITY ? "none" : known.capacity;
    })
    .join(" ");
}

describe("a capacity", () => {
  const table: readonly (readonly [string, string, string])[] = [
    ["that nobody has seen has no limit", "0:none 1:none", "none none"],
    ["that is lost counts at once", "0:none 1:9 2:5 3:0", "none 9 5 0"],
    ["that comes back counts after the time", "0:5 10:none 109:none 110:none", "5 5 5 none"],
    ["that goes again meanwhile begins anew", "0:5 10:none 60:5 70:none 110:none 170:none", "5 5 5 5 5 none"],
    [
      "that goes further counts at once, also meanwhile",
      "0:5 10:none 60:3 160:none 260:none",
      "5 5 3 3 none",
    ],
    ["counts as the lowest of the time", "0:5 10:9 50:7 110:none", "5 5 5 7"],
    [
      "that is more than the lowest has a time of its own",
      "0:5 10:7 110:none 209:none 210:none",
      "5 5 7 7 none",
    ],
    [
      "does not wait longer when the clock is set back",
      "1000:5 1010:none 0:none 99:none 100:none",
      "5 5 5 5 none",
    ],
    [
      "that was tried in vain waits twice as long",
      "0:5 10:none 110:none 120:5 130:none 329:none 330:none 340:4 350:none 749:none 750:none",
      "5 5 none 5 5 5 none 4 4 4 none",
    ],
    [
      "of which a try showed more is tried as soon",
      "0:5 10:none 110:none 120:8 130:none 230:none",
      "5 5 none 8 8 none",
    ],
    [
      "that is lost in two parts was tried in vain as well",
      "0:5 10:none 110:none 120:8 125:5 130:none 329:none 330:none",
      "5 5 none 8 5 5 5 none",
    ],
    [
      "that stayed for the longest time is as new",
      "0:5 10:none 110:none 120:5 130:none 330:none 1930:none 1940:5 1950:none 2050:none",
      "5 5 none 5 5 none none 5 5 none",
    ],
  ];
  for (const [claim, shown, expected] of table)
    it(claim, () => {
      assert.equal(learned(shown), expected);
    });

  it("is never tried in vain more often than every sixteenfold time, once it was often", () => {
    let known: KnownCapacity | null = null;
    const triedMs: number[] = [];
    for (let nowMs = 0; nowMs < 20_000; nowMs += 10) {
      const before: number = known?.capacity ?? Number.POSITIVE_INFINITY;
      // Whenever it is tried, it shows what it showed before.
      known = learnCapacity(known, before === 5 ? null : 5, { nowMs, regainAfterMs: 100 });
      if (known !== null && known.capacity > before) triedMs.push(nowMs);
    }
    const waits = triedMs.slice(1).map((ms, index) => Math.floor((ms - (triedMs[index] ?? 0)) / 100));
    assert.deepEqual(waits.slice(0, 6), [2, 4, 8, 16, 16, 16]);
  });
});

describe("capacity that comes and goes", () => {
  const REGAIN_AFTER_MS = 60_000;
  const flaps = fc.array(
    fc.record({
      goodTimes: fc.constantFrom(0.5, 1.1, 1.1, 1.3, 2.3, 4.3, 8.3, 16.3),
      good: fc.constantFrom(12, null),
      badTimes: fc.constantFrom(0.1, 0.5, 1.5),
    }),
    { minLength: 20, maxLength: 150 },
  );

  it("moves nothing to and fro: what was believed and lost is believed ever later", () => {
    fc.assert(
      fc.property(flaps, (all) => {
        let known: KnownCapacity | null = null;
        let nowMs = 0;
        let losses = 0;
        const show = (limit: number | null, times: number): void => {
          for (const endMs = nowMs + times * REGAIN_AFTER_MS; nowMs < endMs; nowMs += 5_000) {
            const before = known?.capacity ?? Number.POSITIVE_INFINITY;
            known = learnCapacity(known, limit, { nowMs, regainAfterMs: REGAIN_AFTER_MS });
            if (limit === 5 && before > 5) losses += 1;
          }
        };
        show(5, 1);
        for (const { goodTimes, good, badTimes } of all) {
          show(good, goodTimes);
          show(5, badTimes);
        }
        // One that stays for the longest time and goes then may be followed by four that are each shorter than it.
        const most = 6 + (5 * nowMs) / ((16 + 1 + 2 + 4 + 8) * REGAIN_AFTER_MS);
        assert.ok(losses <= most, `${losses} in ${nowMs / REGAIN_AFTER_MS} times`);
      }),
      { numRuns: 1000 },
    );
  });
});
