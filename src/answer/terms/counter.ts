/** Counters of a worker: plain additions in memory that it alone writes. The supervisor adds them up for metrics. */

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
  /** Cookies, in the order of `CookieStatus`. */
  CookieClientOnly: 25,
  CookieWrong: 26,
  CookieGood: 27,
  /** Over the rate limit: told to use TCP, not answered, answered because exempt. */
  RateSlipped: 28,
  RateDropped: 29,
  RateExempt: 30,
  /** Refused because the client may not ask, or because the fact is hidden. */
  Prohibited: 31,
  /** Truncated although the client accepts more, because its address is not proven. */
  CutShort: 32,
  /** Answers of class CHAOS. */
  Facts: 33,
  /** SERVFAIL because a commit of the picture did not end, or one followed the other. */
  Unsettled: 34,
} as const;

/** More than there are now, so that the layout of the scoreboard stays when counters are added. */
export const COUNTERS = 48;
