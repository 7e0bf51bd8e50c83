/**
 * An effect that may be asked for without end: it takes place at once, and then with a pause after each time that doubles while
 * it is asked for again and again. Whoever asks last is heard after one pause at most.
 */
import type { Clock } from "../clock.ts";

type PacedOptions = {
  readonly clock: Clock;
  /** The pause after the first time, and after a quiet time of twice the last pause. */
  readonly firstMs: number;
  readonly maxMs: number;
  readonly run: () => void;
};

export class Paced {
  readonly #options: PacedOptions;
  #pauseMs = 0;
  #ranMs = -Infinity;
  /** Null: nobody waits. */
  #cancel: (() => void) | null = null;

  constructor(options: PacedOptions) {
    this.#options = options;
  }

  request(): void {
    if (this.#cancel !== null) return;
    const { clock } = this.#options;
    const leftMs = this.#ranMs + this.#pauseMs - clock.nowMs();
    if (leftMs <= 0) this.#run();
    else
      this.#cancel = clock.after(leftMs, () => {
        this.#cancel = null;
        this.#run();
      });
  }

  /** Who waits is not heard any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #run(): void {
    const { clock, firstMs, maxMs, run } = this.#options;
    const nowMs = clock.nowMs();
    const isAgain = nowMs - this.#ranMs < 2 * this.#pauseMs;
    this.#pauseMs = isAgain ? Math.min(maxMs, 2 * this.#pauseMs) : firstMs;
    this.#ranMs = nowMs;
    run();
  }
}
