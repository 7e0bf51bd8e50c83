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
  /** Cookies, in the order of `Shown`: the client's part only, one that is not good, one that is. */
  CookieNothing: 25,
  CookieWrong: 26,
  CookieGood: 27,
  /** Over the rate limit: told to use TCP, not answered, answered because exempt. */
  RateSlipped: 28,
  RateDropped: 29,
  RateExempt: 30,
  /** Refused to those who may not ask, and facts that are hidden. */
  Prohibited: 31,
  /** Truncated although the client could take more: its address is not proven. */
  CutShort: 32,
  /** CHAOS answers. */
  Facts: 33,
} as const;

/** Room for later counters without moving the others. */
export const COUNTERS = 48;
