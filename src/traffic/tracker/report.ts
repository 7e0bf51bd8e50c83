/** The reports of the tracker: changes of health for the picture, and a summary for /status. */
import type { Guard } from "../health/guard.ts";
import { formatDuration } from "../../kernel/duration.ts";
import { failureBits, failureCure, isDenied } from "../health/probe-failure.ts";
import type { ProbeCounts, ProbeTargets } from "./probe-targets.ts";

/** For the picture. */
export type HealthChange = {
  readonly key: string;
  /** 0 = down .. 255 = full share. */
  readonly health: number;
  /** Bits of `HealthReason`. */
  readonly reason: number;
  /** When the lasting part of `reason` last changed: ms since the epoch. */
  readonly sinceWallMs: number;
};

export type HealthTrackerStatus = {
  readonly endpoints: number;
  readonly targets: number;
  readonly unknown: number;
  readonly up: number;
  readonly down: number;
  /** Probes that are running, and probes that wait for a free slot. */
  readonly running: number;
  readonly waiting: number;
  readonly probes: Readonly<ProbeCounts>;
  /**
   * Clusters whose probes are late, targets that no probe may go to, and those that were not seen up for longer than their
   * threshold, with why and the cure; at most PROBLEMS_MAX.
   */
  readonly problems: readonly string[];
  readonly guard: Guard["kind"];
  readonly guardSinceWallMs: number | null;
  readonly forced: number;
  /** The last write of the state file that succeeded, and why a later one did not. */
  readonly savedWallMs: number | null;
  readonly saveError: string | null;
};

/** The part of the status derived from the probe targets. */
export function targetStatus(
  targets: ProbeTargets,
  nowMs: number,
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
    problems: problemsOf(targets, nowMs),
    guard: guard.kind,
    guardSinceWallMs: guard.kind === "watching" ? null : toWall(guard.sinceMs),
  };
}

const PROBLEMS_MAX = 20;

/** What was never seen up is answered all the same, so nobody else notices that a probe asks at the wrong port or path. */
function problemsOf({ all, late }: ProbeTargets, nowMs: number): readonly string[] {
  const problems = lateProblems(late).slice(0, PROBLEMS_MAX);
  for (const { key, cluster, history, timing, reason } of all) {
    if (history.state !== "unknown" || reason === null) continue;
    const unseenMs = nowMs - history.sinceMs;
    const bits = failureBits(reason);
    if (!isDenied(bits) && unseenMs <= timing.fall * timing.intervalMs) continue;
    if (problems.length >= PROBLEMS_MAX) break;
    const what = isDenied(bits) ? "not probed" : `never seen up for ${formatDuration(unseenMs)}`;
    problems.push(`${key} in ${cluster}: ${what}: ${reason}; answered all the same; ${failureCure(bits)}`);
  }
  return problems;
}

function lateProblems(late: ProbeTargets["late"]): string[] {
  const worstMs = new Map<string, { count: number; lateMs: number }>();
  for (const [{ cluster }, lateMs] of late) {
    const worst = worstMs.get(cluster) ?? { count: 0, lateMs: 0 };
    worstMs.set(cluster, { count: worst.count + 1, lateMs: Math.max(worst.lateMs, lateMs) });
  }
  return [...worstMs].map(
    ([cluster, { count, lateMs }]) =>
      `${cluster}: ${count} of its probes wait for a slot, the oldest for ${formatDuration(lateMs)}: too many are slow; ` +
      "raise health.concurrency, or give its probes shorter time-outs or longer intervals",
  );
}
