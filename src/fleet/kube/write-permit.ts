/** Permission to write to one cluster. It is asked before each request is sent, because a lease may be lost at any time. */
import { OperationalError } from "../../kernel/error.ts";
import { KubeError } from "./kube-error.ts";

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

/** The request was refused, or never sent. */
export function isOutcomeKnown(error: unknown): boolean {
  if (error instanceof KubeError) return error.status < 500;
  return error instanceof OperationalError && error.code === "WRITE_NOT_PERMITTED";
}

/** Throws OperationalError WRITE_NOT_PERMITTED. The request waited for a connection, and its `?timeout=` is fixed already. */
export function assertStillPermitted(permit: WritePermit | undefined, grant: WriteGrant): void {
  const now = permit?.ask();
  now?.settled(true);
  if (now === undefined || now.timeoutSeconds >= grant.timeoutSeconds - 1) return;
  throw new OperationalError("WRITE_NOT_PERMITTED", "nothing was written: connecting took too long");
}
