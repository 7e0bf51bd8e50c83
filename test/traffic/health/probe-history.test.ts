/** The state machine of one target, its damping, and what flapping can do to it at most. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  decayed,
  FLIP_MEMORY_MS,
  DOUBLINGS_MAX,
  scaledRise,
  UNDAMPED,
} from "../../../src/traffic/health/damping.ts";
import {
  afterProbe,
  type ProbeHistory,
  neededSuccesses,
  newHistory,
  DEFAULT_THRESHOLDS,
  type ProbeState,
  type Thresholds,
} from "../../../src/traffic/health/probe-history.ts";

const intervalMs = 10_000;

type Run = { readonly history: ProbeHistory; readonly states: ProbeState[]; readonly flipsMs: number[] };

/** One probe each 10 s: "+" good, "-" bad, white space nothing. */
function run(probes: string, thresholds: Thresholds = DEFAULT_THRESHOLDS, mayFall = true): Run {
  let history = newHistory(0);
  const states: ProbeState[] = [];
  const flipsMs: number[] = [];
  for (const [i, probe] of [...probes.replaceAll(/\s/g, "")].entries()) {
    const atMs = i * intervalMs;
    const result = { isGood: probe === "+", atMs, mayFall: () => mayFall };
    const next = afterProbe(history, result, thresholds);
    if (next.flippedMs !== history.flippedMs) flipsMs.push(atMs);
    history = next;
    states.push(next.state);
  }
  return { history, states, flipsMs };
}

describe("afterProbe", () => {
  const table: readonly (readonly [claim: string, probes: string, state: ProbeState])[] = [
    ["begins unknown", "", "unknown"],
    ["is up at the first good probe", "+", "up"],
    ["is up at the first good probe after any number of bad ones", "------ +", "up"],
    ["leaves unknown what was never seen up", "-".repeat(100), "unknown"],
    ["keeps two failures up", "+ --", "up"],
    ["takes three failures in a row down", "+ ---", "down"],
    ["adds failures up: good ones between forgive nothing", "+ -+ -+ -", "down"],
    ["adds them up over four good ones", "+ - ++++ - ++++ -", "down"],
    ["forgives all after five good ones in a row", "+ -- +++++ --", "up"],
    ["counts anew after that", "+ -- +++++ ---", "down"],
    ["does not bring back by `rise` what fell just now: the fall doubled it", "+ --- +++", "down"],
    ["brings back after twice `rise`", "+ --- ++++", "up"],
    ["starts over at a bad probe while down", "+ --- +++-+++", "down"],
    ["brings back by `rise` alone once the fall is forgotten", `+ --- ${"-".repeat(62)} ++`, "up"],
    ["does not before", `+ --- ${"-".repeat(62)} +`, "down"],
    ["holds a state: three failures right after a return wait for the hold", "+ --- ++++ --", "up"],
    ["and fall once it is over", "+ --- ++++ ---", "down"],
    [
      "needs four times as many at the second return, and more at the third",
      "+ --- ++++ --- +++++++++",
      "down",
    ],
  ];
  for (const [claim, probes, state] of table) {
    it(claim, () => {
      assert.equal(run(probes).history.state, state);
    });
  }

  it("holds for holdMs, not for a number of probes", () => {
    const quick = { ...DEFAULT_THRESHOLDS, holdMs: 60_000, rise: 1 };
    assert.equal(run("+ --- +++++", quick).history.state, "down");
    assert.equal(run("+ --- ++++++", quick).history.state, "up");
  });

  it("stays up, with its failures, while the guard refuses, and asks again at each bad probe", () => {
    let asked = 0;
    let history = afterProbe(
      newHistory(0),
      { isGood: true, atMs: 0, mayFall: () => true },
      DEFAULT_THRESHOLDS,
    );
    for (let i = 1; i <= 10; i++) {
      const mayFall = (): boolean => {
        asked += 1;
        return false;
      };
      history = afterProbe(history, { isGood: false, atMs: i * intervalMs, mayFall }, DEFAULT_THRESHOLDS);
    }
    assert.deepEqual([history.state, history.failures, history.failingSinceMs, asked], ["up", 3, 10_000, 8]);
  });

  it("takes a target that loses every second probe at random down, whatever the dice say", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 300, maxLength: 300 }), (coins) => {
        const { states } = run(`+${coins.map((coin) => (coin ? "+" : "-")).join("")}`);
        return states.includes("down");
      }),
      { numRuns: 300 },
    );
  });

  it("never flips twice within the hold, whatever the probes say", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("+", "-", "++++++", "----"), { maxLength: 300 }),
        fc.integer({ min: 0, max: 120_000 }),
        (parts, holdMs) => {
          const { flipsMs } = run(parts.join(""), { fall: 1, rise: 1, forgive: 1, holdMs });
          return flipsMs.every((atMs, i) => i === 0 || atMs - (flipsMs[i - 1] as number) >= holdMs);
        },
      ),
    );
  });

  it("keeps one doubling in mind while it relapses, for ever", () => {
    assert.equal(run(`+ --- ${"+++-".repeat(300)} +++`).history.state, "down");
    assert.equal(run(`+ --- ${"+++-".repeat(300)} ++++`).history.state, "up");
  });

  it("flips once for ten minutes of 20 s on and 20 s off (multicluster §4.5 no. 3), in any phase", () => {
    for (const start of ["+", "++", "+-", "+--", "+---", "++++++++"])
      assert.ok(run(start + "++--".repeat(15)).flipsMs.length <= 1, start);
  });

  it("changes ever more rarely for a target that is good just long enough to come back", () => {
    let history = newHistory(0);
    const returnsMs: number[] = [];
    for (let i = 0; i < 5000; i++) {
      // Good exactly as long as it is down, bad as long as it is up: the worst it can do.
      const isGood = history.state !== "up";
      const next = afterProbe(
        history,
        { isGood, atMs: i * intervalMs, mayFall: () => true },
        DEFAULT_THRESHOLDS,
      );
      if (history.state === "down" && next.state === "up") returnsMs.push(i * intervalMs);
      history = next;
    }
    const gapsMs = returnsMs.slice(1).map((atMs, i) => atMs - (returnsMs[i] as number));
    const [first = 0, second = 0, third = 0] = gapsMs;
    assert.ok(first > 80_000 && second > first * 1.5 && third > second, gapsMs.slice(0, 6).join());
    // From then on about one return per five minutes and more, for ever.
    assert.ok(
      gapsMs.slice(3).every((gapMs) => gapMs > 300_000),
      gapsMs.join(),
    );
  });
});

describe("damping", () => {
  it("doubles per flip, at most 32 times, and loses a doubling in ten minutes", () => {
    assert.equal(scaledRise(2, UNDAMPED, 0), 2);
    assert.equal(scaledRise(2, { doublings: 1, atMs: 0 }, 0), 4);
    assert.equal(scaledRise(2, { doublings: 3, atMs: 0 }, 0), 16);
    assert.equal(scaledRise(2, { doublings: 3, atMs: 0 }, 2 * FLIP_MEMORY_MS), 4);
    assert.equal(scaledRise(2, { doublings: DOUBLINGS_MAX, atMs: 0 }, 0), 64);
    assert.equal(decayed({ doublings: 1, atMs: 0 }, FLIP_MEMORY_MS), 0);
  });

  it("does not grow when time goes back", () => {
    assert.equal(decayed({ doublings: 2, atMs: 1000 }, 0), 2);
  });

  it("is what a history says it needs", () => {
    const { history } = run("+ ---");
    assert.equal(neededSuccesses(history, DEFAULT_THRESHOLDS, 30_000), 4);
  });
});
