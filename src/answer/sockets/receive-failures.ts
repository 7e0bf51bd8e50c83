/**
 * Which errors of recvmmsg a worker lives with, and for how long.
 *
 *   EAGAIN, EINTR                                  nothing came in time, or a signal: no error at all
 *   ECONNREFUSED, EHOSTUNREACH, ENETUNREACH,       news about an earlier reply, or a rule of a firewall: the socket is
 *   EPERM, ENOBUFS, ENOMEM                         sound; but one that does nothing else is not, and must not spin
 *   anything else                                  the socket is beyond use
 */
import { OperationalError } from "../../kernel/error.ts";
import type { SystemErrorCode } from "../../kernel/error-codes.ts";

const QUIET: ReadonlySet<string> = new Set(["EAGAIN", "EINTR"]);
const PASSING: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPERM",
  "ENOBUFS",
  "ENOMEM",
]);
/** So many in a row come from clients that have gone; more than that are slowed down. */
const FREE_FAILURES = 100;
const PAUSE_MS = 20;
/** Two seconds of nothing but errors. */
const FAILURES_MAX = 200;

export class ReceiveFailures {
  readonly #pause: (ms: number) => void;
  #count = 0;

  constructor(pause: (ms: number) => void) {
    this.#pause = pause;
  }

  onSuccess(): void {
    this.#count = 0;
  }

  /** Throws an OperationalError with the error's name when the socket cannot be used. */
  onFailure(name: SystemErrorCode): void {
    if (QUIET.has(name)) {
      this.#count = 0;
      return;
    }
    this.#count++;
    if (!PASSING.has(name) || this.#count >= FAILURES_MAX)
      throw new OperationalError(name, `recvmmsg failed ${this.#count} times in a row: ${name}`);
    if (this.#count >= FREE_FAILURES) this.#pause(PAUSE_MS);
  }
}

const never = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread. */
export function pauseThread(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}
