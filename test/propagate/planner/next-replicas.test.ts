/** One step: what stops, what starts, and in which order. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextReplicas } from "../../../src/propagate/planner/next-replicas.ts";

/** `A 5>2 4`: has 5, is to have 2, and 4 are ready; `/3` after it: 3 fit, and the others wait. */
function stepped(clusters: string, asked: number, surge: number): string {
  const all = clusters.split(", ").map((text) => {
    const [, cluster = "", has, target, ready, fitting] =
      /^(\w) (\d+)>(\d+) (\d+)(?:\/(\d+))?$/.exec(text) ?? [];
    const counts = { has: Number(has), target: Number(target), ready: Number(ready) };
    return { cluster, ...counts, fitting: fitting === undefined ? null : Number(fitting) };
  });
  return [...nextReplicas(all, { asked, surge })].map(([name, count]) => `${name}${count}`).join(" ");
}

describe("a step", () => {
  const table: readonly (readonly [string, string, number, number, string])[] = [
    ["starts as many as the surge allows", "A 10>5 10, B 0>5 0", 10, 2, "A10 B2"],
    ["stops as many as are ready beyond what is asked for", "A 10>5 10, B 2>5 2", 10, 2, "A8 B4"],
    ["stops nothing while fewer are ready", "A 10>5 9, B 2>5 1", 10, 2, "A9 B3"],
    ["stops first what is not ready", "A 10>5 7, B 0>5 0", 10, 2, "A7 B5"],
    ["takes in turn from all that are to have fewer", "A 10>0 10, B 10>0 10", 12, 1, "A6 B6"],
    ["gives in turn to all that are to have more", "A 0>10 0, B 0>10 0", 9, 1, "A5 B5"],
    ["counts what is ready only as far as it stays", "A 3>1 5, B 2>4 2", 5, 1, "A3 B3"],
    ["stops at once what nobody asks for", "A 10>0 10", 0, 1, "A0"],
    ["does not count what waits", "A 25>25 10/10, B 25>40 25", 50, 1, "A25 B40"],
    ["lets more wait where some wait, whatever the surge", "A 12>25 10/10, B 40>40 40", 50, 1, "A25 B40"],
    ["fills what fits before more waits", "A 8>25 8/10, B 41>41 41", 49, 1, "A9 B41"],
  ];
  for (const [claim, clusters, asked, surge, expected] of table)
    it(claim, () => {
      assert.equal(stepped(clusters, asked, surge), expected);
    });
});
