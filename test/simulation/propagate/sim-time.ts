/** One time for all servers and processes. Between two moments all promises get their turn, so that the order is the same each time. */
import type { Clock } from "../../../src/kernel/clock.ts";

type Event = { readonly dueMs: number; readonly order: number; action: (() => void) | null };

/** A process that was killed: its timers never fire, and its promises wait for ever. */
export type Life = { readonly clock: Clock; isOver: boolean };

const START_WALL_MS: number = Date.UTC(2026, 2, 1);

export class SimTime {
  nowMs = 0;
  /** A binary heap by time and order. */
  readonly #events: Event[] = [];
  #order = 0;

  get wallMs(): number {
    return Math.floor(START_WALL_MS + this.nowMs);
  }

  /** The clock of one process. */
  life(): Life {
    const life: Life = {
      isOver: false,
      clock: {
        wallMs: () => this.wallMs,
        nowMs: () => this.nowMs,
        after: (delayMs, action) =>
          this.after(delayMs, () => {
            if (!life.isOver) action();
          }),
      },
    };
    return life;
  }

  after(delayMs: number, action: () => void): () => void {
    this.#order += 1;
    const event: Event = { dueMs: this.nowMs + Math.max(0, delayMs), order: this.#order, action };
    this.#push(event);
    return () => {
      event.action = null;
    };
  }

  /** Everything that is due until then. What is due at the same moment happens together. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.nowMs + ms;
    await settle();
    for (let next = this.#events[0]; next !== undefined && next.dueMs <= targetMs; next = this.#events[0]) {
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      let isBusy = false;
      for (let due = this.#events[0]; due !== undefined && due.dueMs <= this.nowMs; due = this.#events[0]) {
        this.#pop();
        const { action } = due;
        due.action = null;
        isBusy ||= action !== null;
        action?.();
      }
      if (isBusy) await settle();
    }
    this.nowMs = targetMs;
  }

  #push(event: Event): void {
    const heap = this.#events;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at] as Event, heap[parent] as Event)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#events;
    this.#swap(0, heap.length - 1);
    heap.pop();
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let first = at;
      for (const child of [left, right])
        if (child < heap.length && isBefore(heap[child] as Event, heap[first] as Event)) first = child;
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#events;
    [heap[a], heap[b]] = [heap[b] as Event, heap[a] as Event];
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

/** All promises that can go on have gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
