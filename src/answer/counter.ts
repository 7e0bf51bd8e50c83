/** What a worker counts: one slot per fact, plain additions in memory of its own, summed by whoever scrapes. */

/** Slots of a counter array. `Rcode` is the first of 17: one per response code up to BADVERS. */
export const Counter = {
  QueriesUdp: 0,
  QueriesStream: 1,
  Ignored: 2,
  Truncated: 3,
  Climbed: 4,
  FailedOpen: 5,
  Retried: 6,
  Faults: 7,
  Rcode: 8,
} as const;

/** Room for later counters without moving the others. */
export const COUNTERS = 32;
