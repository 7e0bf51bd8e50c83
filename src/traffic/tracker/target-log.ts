/** Log lines about targets that change: one line for each of a few, and only a count when thousands change at once. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { ProbeState } from "../health/probe-history.ts";

const LINES_MAX = 20;
const WINDOW_MS = 10_000;

type TargetChange = {
  readonly target: string;
  readonly cluster: string;
  readonly from: ProbeState;
  readonly to: ProbeState;
  /** Why the last probe was not good. */
  readonly reason: string | null;
};

export class TargetLog {
  readonly #clock: Clock;
  readonly #log: Log;
  #lines = 0;
  #isClosed = false;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  note({ target, cluster, from, to, reason }: TargetChange): void {
    if (from === "unknown") {
      this.#log.debug({ target, cluster }, "target seen up for the first time");
      return;
    }
    if (this.#lines === 0) this.#clock.after(WINDOW_MS, () => this.#endWindow());
    this.#lines += 1;
    if (this.#lines <= LINES_MAX) this.#log.info({ target, cluster, from, to, reason }, "target changed");
  }

  close(): void {
    this.#isClosed = true;
  }

  #endWindow(): void {
    const more = this.#lines - LINES_MAX;
    this.#lines = 0;
    if (more > 0 && !this.#isClosed) this.#log.info({ more }, "more targets changed");
  }
}
