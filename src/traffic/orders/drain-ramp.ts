/** The effect of time on orders: a drain lowers the share in steps, and a force or a removal expires. Times are wall time in ms. */
import type { Drain, Force, RemovalOrder } from "./order.ts";

/** Shares are not written more often than this. */
const STEP_MIN_MS = 250;

/** The share of a cluster during a drain, 255 to 0. It is 0 at the end of the ramp and not before. */
export function shareOfDrain({ fromShare, sinceMs, overMs }: Drain, nowMs: number): number {
  const elapsedMs = Math.max(0, nowMs - sinceMs);
  if (elapsedMs >= overMs) return 0;
  return Math.ceil(fromShare * (1 - elapsedMs / overMs));
}

/** When the share of a drain is 0. */
export function endOfDrainMs({ sinceMs, overMs }: Drain): number {
  return sinceMs + overMs;
}

/** When the share of a drain changes next; null = never. */
export function nextStepMs(drain: Drain, nowMs: number): number | null {
  const { sinceMs, overMs, fromShare } = drain;
  const endMs = endOfDrainMs(drain);
  if (nowMs >= endMs || fromShare === 0) return null;
  const stepMs = Math.ceil(Math.max(STEP_MIN_MS, overMs / fromShare));
  const steps = Math.floor(Math.max(0, nowMs - sinceMs) / stepMs) + 1;
  return Math.min(endMs, sinceMs + steps * stepMs);
}

export function isInForce({ untilMs }: Force | RemovalOrder, nowMs: number): boolean {
  return untilMs === null || nowMs < untilMs;
}
