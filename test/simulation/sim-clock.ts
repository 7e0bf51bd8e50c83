/** A clock that moves only when told. Its wall time can be set, and the timers of a process end with that process. */
import type { Clock } from "../../src/kernel/clock.ts";

type Timer = {
  readonly dueMs: number;
  readonly order: number;
  readonly action: () => void;
  readonly owner: Life;
};
type Life = { isOver: boolean };

export class SimClock {
  #elapsedMs = 0;
  #order = 0;
  #wallOffsetMs: number = Date.UTC(2026, 2, 1);
  readonly #timers = new Set<Timer>();
  /** True while something waits for promises to go on. */
  isBusy = false;

  get nowMs(): number {
    return this.#elapsedMs;
  }

  get wallMs(): number {
    return Math.floor(this.#wallOffsetMs + this.#elapsedMs);
  }

  /** Sets the wall clock. */
  jump(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** The clock of one process; `kill` cancels all its timers. */
  process(): { readonly clock: Clock; readonly kill: () => void } {
    const owner: Life = { isOver: false };
    const clock: Clock = {
      wallMs: () => this.wallMs,
      nowMs: () => this.#elapsedMs,
      after: (delayMs, action) => this.#set(delayMs, action, owner),
    };
    const kill = (): void => {
      owner.isOver = true;
      for (const timer of this.#timers) if (timer.owner === owner) this.#timers.delete(timer);
    };
    return { clock, kill };
  }

  #set(delayMs: number, action: () => void, owner: Life): () => void {
    if (owner.isOver) return () => undefined;
    this.#order += 1;
    const timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#order, action, owner };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Each timer at its own moment; promises get their turn behind each that made any. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#elapsedMs + ms;
    for (;;) {
      if (this.isBusy) await this.#drain();
      const next = this.#next(targetMs);
      if (next === null) break;
      this.#timers.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      next.action();
    }
    this.#elapsedMs = targetMs;
  }

  #next(targetMs: number): Timer | null {
    let next: Timer | null = null;
    for (const timer of this.#timers) {
      if (timer.dueMs > targetMs) continue;
      if (
        next === null ||
        timer.dueMs < next.dueMs ||
        (timer.dueMs === next.dueMs && timer.order < next.order)
      )
        next = timer;
    }
    return next;
  }

  async #drain(): Promise<void> {
    this.isBusy = false;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
