/**
 * What is known of a cluster's capacity, so that replicas do not go back and forth between it and others. What is lost counts
 * at once; what comes back counts when it stayed for some time, and as much as was there all of that time.
 *
 *   now                                    | counts
 *   the cluster is away                    | 0 fit
 *   Pods cannot be scheduled               | what was asked for without them fits
 *   no Pod waits                           | there is no limit
 *   less than was known fits, or as much   | the new limit, at once
 *   more than was known fits               | the known limit; after the time, the lowest of the limits since
 */

/** Null = there is no limit. */
type Limit = number | null;

export type KnownCapacity = {
  readonly capacity: number;
  /** More has fitted since then; null = it does not at present. */
  readonly regained: { readonly sinceMs: number; readonly capacity: Limit } | null;
};

/** What is known after a cluster showed `limit`; null = it has no limit. */
export function learnCapacity(
  known: KnownCapacity | null,
  limit: Limit,
  time: { readonly nowMs: number; readonly regainAfterMs: number },
): KnownCapacity | null {
  if (known === null || isAtMost(limit, known.capacity))
    return limit === null ? null : { capacity: limit, regained: null };
  const { nowMs, regainAfterMs } = time;
  // A clock that was set back starts the time anew.
  const sinceMs = Math.min(known.regained?.sinceMs ?? nowMs, nowMs);
  const capacity = known.regained === null ? limit : lower(limit, known.regained.capacity);
  if (nowMs - sinceMs < regainAfterMs) return { ...known, regained: { sinceMs, capacity } };
  if (capacity === null) return null;
  // What fits beyond the lowest of that time has a time of its own.
  return { capacity, regained: isAtMost(limit, capacity) ? null : { sinceMs: nowMs, capacity: limit } };
}

/** When what came back counts, if it stays; null = nothing came back. */
export function countsFromMs(known: KnownCapacity | null, regainAfterMs: number): number | null {
  return known === null || known.regained === null ? null : known.regained.sinceMs + regainAfterMs;
}

function isAtMost(limit: Limit, capacity: number): boolean {
  return limit !== null && limit <= capacity;
}

function lower(a: Limit, b: Limit): Limit {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
