/** The timing of a probe target that several endpoints share: the strictest of theirs. */
import type { ProbeTiming } from "../health/probe-spec.ts";

/** In the order in which they decide. */
const TIMING_NAMES = ["intervalMs", "timeoutMs", "fall", "rise", "forgive", "holdMs"] as const;

/**
 * Returns the timing with the shortest interval. If intervals are equal, the first option that differs decides, so the
 * result does not depend on the order of the endpoints. `timings`: at least one.
 */
export function strictestOf(timings: Iterable<ProbeTiming>): ProbeTiming {
  return [...timings].reduce(stricter);
}

export function sameTiming(a: ProbeTiming, b: ProbeTiming): boolean {
  return TIMING_NAMES.every((name) => a[name] === b[name]);
}

function stricter(a: ProbeTiming, b: ProbeTiming): ProbeTiming {
  for (const name of TIMING_NAMES) if (a[name] !== b[name]) return a[name] < b[name] ? a : b;
  return a;
}
