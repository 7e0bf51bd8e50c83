/** A due queue with the one timer that goes with it. */
import type { Clock } from "../../kernel/clock.ts";
import { DueQueue } from "./due-queue.ts";

/** Stale entries are thrown out when there are so many more of them than of live ones. */
const STALE_MAX = 1024;

/** Calls `onDue` for each item at its moment. An item set anew forgets its earlier moment. */
export class Alarm<T extends object> {
  readonly #clock: Clock;
  readonly #onDue: (item: T) => void;
  readonly #queue: DueQueue<T> = new DueQueue();
  readonly #moments: Map<T, number> = new Map();
  #armedMs: number = Infinity;
  #disarm: () => void = () => undefined;

  constructor(clock: Clock, onDue: (item: T) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  set(item: T, dueMs: number): void {
    if (this.#moments.get(item) === dueMs) return;
    this.#moments.set(item, dueMs);
    this.#queue.push(dueMs, item);
    if (this.#queue.size > 2 * this.#moments.size + STALE_MAX)
      this.#queue.prune((one, atMs) => this.#moments.get(one) === atMs);
    this.#arm();
  }

  clear(item: T): void {
    this.#moments.delete(item);
  }

  close(): void {
    this.#disarm();
    this.#moments.clear();
    this.#queue.prune(() => false);
  }

  #arm(): void {
    const nextMs = this.#queue.nextMs ?? Infinity;
    if (nextMs >= this.#armedMs || nextMs === Infinity) return;
    this.#disarm();
    this.#armedMs = nextMs;
    this.#disarm = this.#clock.after(Math.max(0, nextMs - this.#clock.nowMs()), () => {
      this.#armedMs = Infinity;
      this.#ring();
    });
  }

  #ring(): void {
    // A timer may come a fraction of a millisecond early: then nothing is due, and it is armed again.
    const nowMs = this.#clock.nowMs();
    for (let due = this.#queue.popDue(nowMs); due !== null; due = this.#queue.popDue(nowMs)) {
      if (this.#moments.get(due.item) !== due.dueMs) continue;
      this.#moments.delete(due.item);
      this.#onDue(due.item);
    }
    this.#arm();
  }
}
