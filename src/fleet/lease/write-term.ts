/**
 * How long a holder may write, from two clocks of one process: pure arithmetic.
 *
 * The monotonic clock stands still while the machine is suspended, the wall clock goes on; the wall clock may be set, the
 * monotonic one never is. The larger elapsed time counts. A wall clock that went back could hide a suspension, so it ends the
 * term until the next renewal.
 */
import { RENEW_DEADLINE_MS } from "./elector.ts";

/** Both clocks when the last successful renewal was *started*: the earliest time at which the API server can have stored it. */
export type TermStart = { readonly nowMs: number; readonly wallMs: number };

/** NTP slews clocks by less than this within a term. */
const WALL_BACK_MAX_MS = 500;
/** A request with less time than `?timeout=` can say is not sent. */
const TIMEOUT_MIN_SECONDS = 1;

export type TermLeft =
  | { readonly timeoutSeconds: number; readonly leftMs: number }
  | { readonly reason: string };

/** `event`: what happened at `start`, for the reason. */
export function termLeft(start: TermStart, nowMs: number, wallMs: number, event: string): TermLeft {
  const monotonicMs = nowMs - start.nowMs;
  const wallElapsedMs = wallMs - start.wallMs;
  if (wallElapsedMs < monotonicMs - WALL_BACK_MAX_MS)
    return { reason: "the clock of this machine was set back" };
  const elapsedMs = Math.max(monotonicMs, wallElapsedMs);
  const leftMs = RENEW_DEADLINE_MS - elapsedMs;
  const timeoutSeconds = Math.floor(leftMs / 1000);
  if (timeoutSeconds >= TIMEOUT_MIN_SECONDS) return { timeoutSeconds, leftMs };
  return { reason: `${event} ${Math.round(elapsedMs)} ms ago, which is too long` };
}
