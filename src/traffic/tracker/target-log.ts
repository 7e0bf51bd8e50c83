/** Log lines about probe targets that change state: one line each, and only a count when thousands change at once. */
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
      this.#log.debug({ target, cluster }, "probe target up for the first time");
      return;
    }
    if (this.#lines === 0) this.#clock.after(WINDOW_MS, () => this.#endWindow());
    this.#lines += 1;
    if (this.#lines <= LINES_MAX)
      this.#log.info({ target, cluster, from, to, reason }, "probe target changed state");
  }

  close(): void {
    this.#isClosed = true;
  }

  #endWindow(): void {
    const more = this.#lines - LINES_MAX;
    this.#lines = 0;
    if (more > 0 && !this.#isClosed) this.#log.info({ more }, "further probe targets changed state");
  }
}
