/**
 * The state of one target from a sequence of probe results: failures accumulate and are forgiven.
 *
 * | state   | probe | counted                                        | becomes                                           |
 * |---------|-------|------------------------------------------------|---------------------------------------------------|
 * | unknown | good  |                                                | up, at once                                       |
 * | unknown | bad   | failures + 1                                   | unknown for ever: what was never seen up may just |
 * |         |       |                                                | be probed wrongly, so it stays eligible           |
 * | up      | good  | successes + 1; the `forgive`th in a row clears | up                                                |
 * |         |       | all failures                                   |                                                   |
 * | up      | bad   | failures + 1, successes 0                      | down, if failures >= `fall`, the hold is over and |
 * |         |       |                                                | the fleet's guard (guard.ts) consents             |
 * | down    | good  | successes + 1                                  | up, if successes >= `rise` x damping (damping.ts) |
 * |         |       |                                                | and the hold is over                              |
 * | down    | bad   | successes 0; a relapse, if there were any      | down                                              |
 *
 * Failures add up; one good probe between two bad ones forgives nothing. A target that fails every second probe
 * therefore goes down, which a count of consecutive failures would never detect. At least `holdMs` pass between two flips (up
 * to down, or back). The change from unknown to up is not a flip, because the target is eligible before and after.
 */
import { afterFlip, afterRelapse, type Damping, UNDAMPED, scaledRise } from "./damping.ts";

export type ProbeState = "unknown" | "up" | "down";

export type Thresholds = {
  /** The number of unforgiven failures at which an up target goes down. */
  readonly fall: number;
  /** Good probes in a row that bring a down target up, before damping. */
  readonly rise: number;
  /** Good probes in a row that forgive all failures of an up target. */
  readonly forgive: number;
  /** The least time between two flips. */
  readonly holdMs: number;
};

export const DEFAULT_THRESHOLDS: Thresholds = { fall: 3, rise: 2, forgive: 5, holdMs: 30_000 };

/** All times in ms on the same clock as `atMs` of the probes; they may be negative. */
export type ProbeHistory = {
  readonly state: ProbeState;
  readonly sinceMs: number;
  /** Not yet forgiven, at most `fall`; 0 while down. */
  readonly failures: number;
  /** When the first of them came; null without failures. */
  readonly failingSinceMs: number | null;
  /** Good probes in a row, counted up to the number that is needed. */
  readonly successes: number;
  /** The last flip; null = none yet. */
  readonly flippedMs: number | null;
  readonly damping: Damping;
  /** The last probe; null = none yet. */
  readonly probedMs: number | null;
  readonly wasGood: boolean;
};

type ProbeResult = {
  readonly isGood: boolean;
  readonly atMs: number;
  /** Called only when nothing else keeps the target up, with the history after this probe. */
  readonly mayFall: (suspect: ProbeHistory) => boolean;
};

export function newHistory(nowMs: number): ProbeHistory {
  return {
    state: "unknown",
    sinceMs: nowMs,
    failures: 0,
    failingSinceMs: null,
    successes: 0,
    flippedMs: null,
    damping: UNDAMPED,
    probedMs: null,
    wasGood: false,
  };
}

export function afterProbe(history: ProbeHistory, probe: ProbeResult, thresholds: Thresholds): ProbeHistory {
  const seen = { ...history, probedMs: probe.atMs, wasGood: probe.isGood };
  if (history.state === "down") return whileDown(seen, probe, thresholds);
  if (probe.isGood) return whileGood(seen, probe, thresholds);
  const failures = Math.min(thresholds.fall, history.failures + 1);
  const failingSinceMs = history.failingSinceMs ?? probe.atMs;
  const suspect = { ...seen, failures, failingSinceMs, successes: 0 };
  const falls =
    history.state === "up" && failures >= thresholds.fall && !isHolding(history, probe.atMs, thresholds);
  return falls && probe.mayFall(suspect) ? flip(suspect, "down", probe.atMs) : suspect;
}

function whileGood(seen: ProbeHistory, probe: ProbeResult, { forgive }: Thresholds): ProbeHistory {
  if (seen.state === "unknown")
    return { ...seen, state: "up", sinceMs: probe.atMs, failures: 0, failingSinceMs: null, successes: 1 };
  const successes = Math.min(forgive, seen.successes + 1);
  return successes < forgive
    ? { ...seen, successes }
    : { ...seen, successes, failures: 0, failingSinceMs: null };
}

function whileDown(seen: ProbeHistory, probe: ProbeResult, thresholds: Thresholds): ProbeHistory {
  if (!probe.isGood) {
    const damping = seen.successes > 0 ? afterRelapse(seen.damping, probe.atMs) : seen.damping;
    return { ...seen, successes: 0, damping };
  }
  const successes = seen.successes + 1;
  const isBack =
    successes >= neededSuccesses(seen, thresholds, probe.atMs) && !isHolding(seen, probe.atMs, thresholds);
  return isBack ? flip(seen, "up", probe.atMs) : { ...seen, successes };
}

function flip(history: ProbeHistory, state: "up" | "down", nowMs: number): ProbeHistory {
  return {
    ...history,
    state,
    sinceMs: nowMs,
    failures: 0,
    failingSinceMs: null,
    successes: 0,
    flippedMs: nowMs,
    damping: afterFlip(history.damping, nowMs),
  };
}

/** Good probes in a row that a down target needs now. */
export function neededSuccesses(history: ProbeHistory, thresholds: Thresholds, nowMs: number): number {
  return scaledRise(thresholds.rise, history.damping, nowMs);
}

function isHolding(history: ProbeHistory, nowMs: number, { holdMs }: Thresholds): boolean {
  return history.flippedMs !== null && nowMs - history.flippedMs < holdMs;
}
