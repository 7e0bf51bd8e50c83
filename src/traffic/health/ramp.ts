/**
 * Slow start: the share of a returning endpoint rises in steps, so that cold caches and pools do not get the full load at once.
 *
 *     health 255 |                ______     rampMs is cut into at most 16 steps of at least a second;
 *                |          __----           step k of n gives 255 x (k + 1) / (n + 1), so the first
 *              1 |    __----                 step already brings some clients, and n ends it.
 *                +----|----------|------> time
 *                   fromMs    fromMs + rampMs
 */

export const FULL_HEALTH = 255;
/** Finer steps would be lost in the resolvers' caches, and each one is a write to the picture. */
const STEPS_MAX = 16;
const STEP_MIN_MS = 1000;
/** A ramp longer than an hour would be a drain, and draining is an operator's decision. */
export const RAMP_MAX_MS = 3_600_000;

/** `nextMs`: when the value changes by itself; null when the ramp is over. */
export function rampAt(
  fromMs: number,
  rampMs: number,
  nowMs: number,
): { readonly health: number; readonly nextMs: number | null } {
  const steps = Math.min(STEPS_MAX, Math.floor(rampMs / STEP_MIN_MS));
  if (steps < 1 || nowMs >= fromMs + rampMs) return { health: FULL_HEALTH, nextMs: null };
  const stepMs = rampMs / steps;
  const step = Math.min(steps - 1, Math.max(0, Math.floor((nowMs - fromMs) / stepMs)));
  const nextMs = Math.ceil(fromMs + (step + 1) * stepMs);
  return { health: Math.max(1, Math.round((FULL_HEALTH * (step + 1)) / (steps + 1))), nextMs };
}
