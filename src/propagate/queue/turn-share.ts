/**
 * How much of one turn of the event loop all queues together may take. Work that sends nothing ends without a pause: a queue of
 * twenty thousand copies would go on for seconds, fifty of them for minutes, and the lease could not be renewed meanwhile.
 */
import type { Clock } from "../../kernel/clock.ts";

const TURN_MS = 10;

export class TurnShare {
  readonly #clock: Clock;
  #endMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whoever asks goes on in the next turn. */
  get isUsedUp(): boolean {
    if (this.#endMs === null) {
      this.#endMs = this.#clock.nowMs() + TURN_MS;
      this.#clock.after(0, () => {
        this.#endMs = null;
      });
    }
    return this.#clock.nowMs() >= this.#endMs;
  }
}
