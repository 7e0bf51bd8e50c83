/** Permission to write to one cluster. It is asked before each request is sent, because a lease may be lost at any time. */

export type WriteGrant = {
  /** For `?timeout=`: the API server gives up after this time, while the permission still lasts. At least 1. */
  readonly timeoutSeconds: number;
  /** Aborts when the permission is lost. */
  readonly signal: AbortSignal;
  /** The request has ended. `isKnown` false: it may still be carried out. */
  settled(isKnown: boolean): void;
};

export type WritePermit = {
  /** Throws OperationalError WRITE_NOT_PERMITTED with the reason; then nothing is sent. */
  ask(): WriteGrant;
};

/** For writes that need no lease: commands that a person runs, Leases themselves, Events. */
export function freePermit(timeoutSeconds: number): WritePermit {
  const { signal } = new AbortController();
  return { ask: () => ({ timeoutSeconds, signal, settled: () => undefined }) };
}
