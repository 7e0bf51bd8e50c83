/** One true time, and processes whose clocks run at other rates, jump, and stand still with them. */
import type { Clock } from "../../../src/kernel/clock.ts";
import { Chance } from "../../simulation/chance.ts";

type SimulatedEvent = {
  readonly atMs: number;
  readonly order: number;
  readonly process: SimulatedProcess | null;
  readonly action: () => void;
};

export class TrueTime {
  nowMs = 0;
  readonly random: () => number;
  #order = 0;
  readonly #events = new Set<SimulatedEvent>();

  constructor(seed: number) {
    const chance = new Chance(seed);
    this.random = () => chance.next();
  }

  /** Between the two, evenly. */
  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  /** An event of a process waits while the process stands still. */
  at(atMs: number, process: SimulatedProcess | null, action: () => void): () => void {
    this.#order += 1;
    const event = { atMs: Math.max(atMs, this.nowMs), order: this.#order, process, action };
    this.#events.add(event);
    return () => {
      this.#events.delete(event);
    };
  }

  /** Runs all events until then, each followed by what it causes and by `check`. */
  async run(untilMs: number, check: () => void): Promise<void> {
    for (let event = this.#next(); event !== null && event.atMs <= untilMs; event = this.#next()) {
      this.#events.delete(event);
      this.nowMs = event.atMs;
      const { process } = event;
      if (process?.isDead === true) continue;
      if (process !== null && process.stillUntilMs > this.nowMs) {
        this.at(process.stillUntilMs, process, event.action);
        continue;
      }
      event.action();
      await new Promise((resolve) => setImmediate(resolve));
      check();
    }
    this.nowMs = untilMs;
  }

  #next(): SimulatedEvent | null {
    let first: SimulatedEvent | null = null;
    for (const event of this.#events)
      if (
        first === null ||
        event.atMs < first.atMs ||
        (event.atMs === first.atMs && event.order < first.order)
      )
        first = event;
    return first;
  }
}

export class SimulatedProcess implements Clock {
  readonly name: string;
  isDead = false;
  /** Nothing of this process runs before. */
  stillUntilMs = 0;
  readonly #time: TrueTime;
  readonly #rate: number;
  #wallOffsetMs: number;
  /** How long the machine was suspended: the monotonic clock does not count it. */
  #suspendedMs = 0;

  constructor(time: TrueTime, name: string, rate: number) {
    this.#time = time;
    this.name = name;
    this.#rate = rate;
    this.#wallOffsetMs = Date.UTC(2026, 0, 1) + time.between(-3_600_000, 3_600_000);
  }

  nowMs(): number {
    return (this.#time.nowMs - this.#suspendedMs) * this.#rate;
  }

  wallMs(): number {
    return this.#time.nowMs * this.#rate + this.#wallOffsetMs;
  }

  after(delayMs: number, action: () => void): () => void {
    const dueMs = this.nowMs() + Math.max(0, delayMs);
    let cancel = (): void => undefined;
    const arm = (): void => {
      const leftMs = (dueMs - this.nowMs()) / this.#rate;
      cancel = this.#time.at(this.#time.nowMs + leftMs, this, leftMs > 0.001 ? arm : action);
    };
    arm();
    return () => cancel();
  }

  /** The machine sleeps: its wall clock goes on, its monotonic clock does not. */
  suspend(forMs: number): void {
    this.stillUntilMs = this.#time.nowMs + forMs;
    this.#suspendedMs += forMs;
  }

  /** The process does not run (SIGSTOP, a garbage collection, a busy machine): both clocks go on. */
  stall(forMs: number): void {
    this.stillUntilMs = this.#time.nowMs + forMs;
  }

  setWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }
}
