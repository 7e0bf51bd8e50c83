/** A due queue with its timer. */
import type { Clock } from "../../kernel/clock.ts";
import { DueQueue } from "./due-queue.ts";

/** Stale entries are removed when they outnumber the live ones by this. */
const STALE_MAX = 1024;

/** Calls `onDue` for each item when it is due. Setting an item again replaces its due time. */
export class Alarm<T extends object> {
  readonly #clock: Clock;
  readonly #onDue: (item: T) => void;
  readonly #queue: DueQueue<T> = new DueQueue();
  readonly #dueTimes: Map<T, number> = new Map();
  #armedMs: number = Infinity;
  #disarm: () => void = () => undefined;

  constructor(clock: Clock, onDue: (item: T) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  set(item: T, dueMs: number): void {
    if (this.#dueTimes.get(item) === dueMs) return;
    this.#dueTimes.set(item, dueMs);
    this.#queue.push(dueMs, item);
    if (this.#queue.size > 2 * this.#dueTimes.size + STALE_MAX)
      this.#queue.prune((one, atMs) => this.#dueTimes.get(one) === atMs);
    this.#arm();
  }

  clear(item: T): void {
    this.#dueTimes.delete(item);
  }

  close(): void {
    this.#disarm();
    this.#dueTimes.clear();
    this.#queue.prune(() => false);
  }

  #arm(): void {
    const nextMs = this.#queue.nextMs ?? Infinity;
    if (nextMs >= this.#armedMs || nextMs === Infinity) return;
    this.#disarm();
    this.#armedMs = nextMs;
    this.#disarm = this.#clock.after(Math.max(0, nextMs - this.#clock.nowMs()), () => {
      this.#armedMs = Infinity;
      this.#fire();
    });
  }

  #fire(): void {
    // A timer may fire a fraction of a millisecond early. Then nothing is due, and the timer is armed again.
    const nowMs = this.#clock.nowMs();
    for (let due = this.#queue.popDue(nowMs); due !== null; due = this.#queue.popDue(nowMs)) {
      if (this.#dueTimes.get(due.item) !== due.dueMs) continue;
      this.#dueTimes.delete(due.item);
      this.#onDue(due.item);
    }
    this.#arm();
  }
}
