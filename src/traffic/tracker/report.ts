/** The reports of the tracker: changes of health for the picture, and a summary for /status. */
import type { Guard } from "../health/guard.ts";
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
