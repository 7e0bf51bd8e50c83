/** A Clock on which nothing takes time: whoever waits goes on at the next turn of the event loop, and time has passed. */
import type { Clock } from "../../src/kernel/clock.ts";

export class HurriedClock implements Clock {
  #elapsedMs = 0;
  readonly #startWallMs: number;
  /** What happens meanwhile; called before each waiting ends. */
  readonly #meanwhile: () => void;

  constructor(meanwhile: () => void = () => undefined, startWallMs: number = Date.UTC(2026, 0, 1)) {
    this.#meanwhile = meanwhile;
    this.#startWallMs = startWallMs;
  }

  wallMs(): number {
    return this.#startWallMs + this.#elapsedMs;
  }

  nowMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, action: () => void): () => void {
    const due = setImmediate(() => {
      this.#elapsedMs += delayMs;
      this.#meanwhile();
      action();
    });
    return () => {
      clearImmediate(due);
    };
  }
}
