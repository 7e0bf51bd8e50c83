/** What is known of a capacity, as it is shown over time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
      return known?.capacity ?? "none";
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
  ];
  for (const [claim, shown, expected] of table)
    it(claim, () => {
      assert.equal(learned(shown), expected);
    });
});
