/** A Clock that moves only when a test moves it: hours of timers run in milliseconds, in order, repeatably. */
import type { Clock } from "../../src/kernel/clock.ts";

type Timer = { readonly dueMs: number; readonly order: number; readonly action: () => void };

export class FakeClock implements Clock {
  #elapsedMs = 0;
  #order = 0;
  #startWallMs: number;
  readonly #timers = new Set<Timer>();

  constructor(startWallMs: number = Date.UTC(2026, 0, 1)) {
    this.#startWallMs = startWallMs;
  }

  /** The number of pending timers, which a leak would increase. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  wallMs(): number {
    return this.#startWallMs + this.#elapsedMs;
  }

  /** The wall clock is set; durations do not notice. */
  step(ms: number): void {
    this.#startWallMs += ms;
  }

  nowMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, action: () => void): () => void {
    this.#order += 1;
    const timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#order, action };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Moves time by `ms`. Each timer runs at its own time, including timers that are set meanwhile. */
  advance(ms: number): void {
    const targetMs = this.#elapsedMs + ms;
    while (this.#runNext(targetMs));
    this.#elapsedMs = targetMs;
  }

  /** Like `advance`, but after each timer (and at the end) promises and sockets get some turns of the event loop. */
  async advanceAsync(ms: number): Promise<void> {
    const targetMs = this.#elapsedMs + ms;
    await turns();
    while (this.#runNext(targetMs)) await turns();
    this.#elapsedMs = targetMs;
    await turns();
  }

  #runNext(targetMs: number): boolean {
    let next: Timer | null = null;
    for (const timer of this.#timers) if (timer.dueMs <= targetMs && isEarlier(timer, next)) next = timer;
    if (next === null) return false;
    this.#timers.delete(next);
    this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
    next.action();
    return true;
  }
}

function isEarlier(timer: Timer, best: Timer | null): boolean {
  if (best === null) return true;
  return timer.dueMs === best.dueMs ? timer.order < best.order : timer.dueMs < best.dueMs;
}

/** A loopback round trip takes a few turns of the event loop; five have been enough for request and answer. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
