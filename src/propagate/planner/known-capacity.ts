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
 *
 * Where no Pod waits, nobody knows whether more would fit: only a try shows that. Each try in vain doubles the time until the next:
 *
 *   the last time that more counted        | the time that more must fit until it counts
 *   what fitted before fits again, or less | twice as long as before, up to sixteen times the shortest
 *   it stays, or part of it                | as before
 *   it stayed for the longest time         | the shortest
 */

/** Null = there is no limit. */
type Limit = number | null;

export type KnownCapacity = {
  /** Infinity: there is no limit, and the last try is remembered. */
  readonly capacity: number;
  /** More has fitted since then; null = it does not at present. */
  readonly regained: { readonly sinceMs: number; readonly capacity: Limit } | null;
  /** How long more must fit until that counts. */
  readonly waitMs: number;
  /** When more counted last, and the capacity until then; null = what came of it is known. */
  readonly tried: { readonly atMs: number; readonly capacity: number } | null;
};

type Time = {
  readonly nowMs: number;
  /** The shortest time that more must fit until it counts. */
  readonly regainAfterMs: number;
};

const LONGEST_WAIT = 16;

/** What is known after a cluster showed `limit`; null = it has no limit. */
export function learnCapacity(known: KnownCapacity | null, limit: Limit, time: Time): KnownCapacity | null {
  if (known === null)
    return limit === null
      ? null
      : { capacity: limit, regained: null, waitMs: time.regainAfterMs, tried: null };
  const learned = hasStayed(known, time) ? { ...known, waitMs: time.regainAfterMs, tried: null } : known;
  if (isAtMost(limit, learned.capacity)) return lowered(learned, limit, time);
  if (learned.capacity === Number.POSITIVE_INFINITY) return learned.tried === null ? null : learned;
  return raised(learned, limit, time.nowMs);
}

/** When what came back counts, if it stays; null = nothing came back. */
export function countsFromMs({ regained, waitMs }: KnownCapacity): number | null {
  return regained === null ? null : regained.sinceMs + waitMs;
}

function hasStayed({ tried }: KnownCapacity, { nowMs, regainAfterMs }: Time): boolean {
  return tried !== null && nowMs - tried.atMs >= LONGEST_WAIT * regainAfterMs;
}

function lowered(known: KnownCapacity, limit: number, { regainAfterMs }: Time): KnownCapacity {
  const { tried, waitMs } = known;
  const isVain = tried !== null && limit <= tried.capacity;
  const longer = { waitMs: Math.min(2 * waitMs, LONGEST_WAIT * regainAfterMs), tried: null };
  return { ...known, capacity: limit, regained: null, ...(isVain && longer) };
}

function raised(known: KnownCapacity, limit: Limit, nowMs: number): KnownCapacity {
  // A clock that was set back starts the time anew.
  const sinceMs = Math.min(known.regained?.sinceMs ?? nowMs, nowMs);
  const lowest = known.regained === null ? limit : lower(limit, known.regained.capacity);
  if (nowMs - sinceMs < known.waitMs) return { ...known, regained: { sinceMs, capacity: lowest } };
  const capacity = lowest ?? Number.POSITIVE_INFINITY;
  const tried = { atMs: nowMs, capacity: known.capacity };
  // What fits beyond the lowest of that time has a time of its own.
  const isAll = lowest === null || isAtMost(limit, capacity);
  return { ...known, capacity, tried, regained: isAll ? null : { sinceMs: nowMs, capacity: limit } };
}

function isAtMost(limit: Limit, capacity: number): limit is number {
  return limit !== null && limit <= capacity;
}

function lower(a: Limit, b: Limit): Limit {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
