/**
 * The penalty of flapping: each flip doubles the good probes that a target needs to return; ten quiet minutes undo one
 * doubling.
 *
 * Going down is a flip too. An early return therefore already needs twice `rise`: a target that is good for 20 s and bad for
 * 20 s (probed each 10 s) goes down once. It stays down, because each relapse (a bad probe after good ones, while down)
 * preserves one doubling. It preserves only one, because otherwise a target behind a link with some packet loss might not
 * return for hours.
 */
import { assert } from "../../kernel/error.ts";

/** How long one flip is remembered. */
export const FLIP_MEMORY_MS = 600_000;
/** 64 good probes with the standard `rise`: at 10 s each about as long as one flip is remembered. */
export const DOUBLINGS_MAX = 5;

export type Damping = {
  /** 0..DOUBLINGS_MAX, at `atMs`; less with each moment since. */
  readonly doublings: number;
  readonly atMs: number;
};

export const UNDAMPED: Damping = { doublings: 0, atMs: 0 };

export function afterFlip(damping: Damping, nowMs: number): Damping {
  return { doublings: Math.min(DOUBLINGS_MAX, decayed(damping, nowMs) + 1), atMs: nowMs };
}

/** A down target had good probes and now a bad one. */
export function afterRelapse(damping: Damping, nowMs: number): Damping {
  return decayed(damping, nowMs) >= 1 ? damping : { doublings: 1, atMs: nowMs };
}

/** The remaining penalty: 0..DOUBLINGS_MAX, falling steadily. */
export function decayed({ doublings, atMs }: Damping, nowMs: number): number {
  return Math.min(DOUBLINGS_MAX, Math.max(0, doublings - Math.max(0, nowMs - atMs) / FLIP_MEMORY_MS));
}

/** When the penalty will be 0; null when it is 0 now. */
export function forgottenMs(damping: Damping, nowMs: number): number | null {
  if (decayed(damping, nowMs) === 0) return null;
  // A whole ms, at which decayed() is 0 for sure.
  return Math.ceil(damping.atMs + damping.doublings * FLIP_MEMORY_MS) + 1;
}

/** Good probes in a row that a target needs to return. */
export function scaledRise(rise: number, damping: Damping, nowMs: number): number {
  const needed = Math.ceil(rise * 2 ** decayed(damping, nowMs));
  assert(needed >= rise, "damping never makes a return easier");
  return needed;
}
