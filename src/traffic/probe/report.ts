/** What the book tells others about health: changes for the picture, endpoints for explaining, the whole for /status. */
import { questionText } from "../health/probe-spec.ts";
import type { Force } from "../health/saved.ts";
import { neededSuccesses, penaltyOf, type ProbeState } from "../health/probe-history.ts";
import type { Guard } from "../health/guard.ts";
import type { ProbeCounts, ProbeTarget, ProbeTargets } from "./probe-targets.ts";

/** For the picture. */
export type HealthChange = {
  readonly key: string;
  /** 0 = down .. 255 = full share. */
  readonly health: number;
  /** Bits of `Verdict`. */
  readonly verdict: number;
  /** Since when the lasting part of the verdict holds: ms since the epoch. */
  readonly sinceWallMs: number;
};

export type EndpointHealth = Omit<HealthChange, "key"> & {
  readonly address: string;
  readonly cluster: string;
  /** The verdict in words. */
  readonly text: string;
  readonly forced: Force | null;
  /** The real state, also while it is forced; null = not probed. */
  readonly probe: TargetHealth | null;
};

type TargetHealth = {
  /** The question in one line, and how often it is asked. */
  readonly question: string;
  readonly intervalMs: number;
  readonly state: ProbeState;
  readonly sinceWallMs: number;
  /** Null = no probe has ended yet. */
  readonly probedWallMs: number | null;
  /** How the last probe ended when it was not good. */
  readonly reason: string | null;
  /** Not yet forgiven, of so many that take it down. */
  readonly failures: number;
  readonly fall: number;
  /** Good ones in a row, and while it is down: of so many that bring it back now. */
  readonly successes: number;
  readonly needed: number;
  /** Flips that still make a return longer. */
  readonly penalty: number;
  /** Endpoints that share this target. */
  readonly users: number;
};

export type HealthTrackerStatus = {
  readonly endpoints: number;
  readonly targets: number;
  readonly unknown: number;
  readonly up: number;
  readonly down: number;
  /** Probes under way, and those that wait for a place. */
  readonly running: number;
  readonly waiting: number;
  readonly probes: Readonly<ProbeCounts>;
  readonly guard: Guard["kind"];
  readonly guardSinceWallMs: number | null;
  readonly forced: number;
  /** The last write of the state file that succeeded, and why a later one did not. */
  readonly savedWallMs: number | null;
  readonly saveError: string | null;
};

/** `toWall`: a moment of the targets' clock as ms since the epoch. */
export function describeTarget(
  target: ProbeTarget,
  nowMs: number,
  toWall: (atMs: number) => number,
): TargetHealth {
  const { history, timing } = target;
  return {
    question: questionText(target.question),
    intervalMs: timing.intervalMs,
    state: history.state,
    sinceWallMs: toWall(history.sinceMs),
    probedWallMs: history.probedMs === null ? null : toWall(history.probedMs),
    reason: target.reason,
    failures: history.failures,
    fall: timing.fall,
    successes: history.successes,
    needed: neededSuccesses(history, timing, nowMs),
    penalty: penaltyOf(history, nowMs),
    users: target.users.size,
  };
}

/** The part of the status that the targets know. */
export function targetStatus(
  targets: ProbeTargets,
  toWall: (atMs: number) => number,
): Omit<HealthTrackerStatus, "endpoints" | "forced" | "savedWallMs" | "saveError"> {
  const states = { unknown: 0, up: 0, down: 0 };
  for (const { history } of targets.all) states[history.state] += 1;
  const { guard, size, load, counts } = targets;
  return {
    targets: size,
    ...states,
    ...load,
    probes: { ...counts },
    guard: guard.kind,
    guardSinceWallMs: guard.kind === "watching" ? null : toWall(guard.sinceMs),
  };
}
