/**
 * How much of one turn of the event loop all queues together may take, and whose turn it is. Work that sends nothing ends without a
 * pause: a queue of twenty thousand copies would go on for seconds, fifty of them for minutes, and the lease could not be renewed
 * meanwhile.
 *
 * Queues take turns: one with twenty thousand rows does not keep the others waiting until it is through. And all members
 * get to the same object at about the same time, so that it has to be parsed once.
 */
import type { Clock } from "../../kernel/clock.ts";

const TURN_MS = 10;
/** Rows of one queue in a turn, while others wait. */
const ROWS_AT_ONCE = 16;

export class TurnShare {
  readonly #clock: Clock;
  #endMs: number | null = null;
  /** Rows that each queue has begun in this turn. */
  readonly #begun = new Map<object, number>();
  /** Those that go on in the next turn, in the order in which they came. */
  readonly #waiting = new Map<object, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the queue may begin one more row now. If not, `go` is called in the next turn. */
  begin(queue: object, go: () => void): boolean {
    const endMs = (this.#endMs ??= this.#turn());
    const begun = this.#begun.get(queue) ?? 0;
    const mayBegin = this.#clock.nowMs() < endMs && (begun < ROWS_AT_ONCE || this.#waiting.size === 0);
    if (mayBegin) this.#begun.set(queue, begun + 1);
    else this.#waiting.set(queue, go);
    return mayBegin;
  }

  /** It waits no more. */
  leave(queue: object): void {
    this.#waiting.delete(queue);
  }

  #turn(): number {
    this.#clock.after(0, () => {
      this.#endMs = null;
      this.#begun.clear();
      const waiting = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const go of waiting) go();
    });
    return this.#clock.nowMs() + TURN_MS;
  }
}
