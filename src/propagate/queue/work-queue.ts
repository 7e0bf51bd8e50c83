/**
 * Keys that wait for work, each at most once. Changes of people come before everything else.
 *
 *     added ──> waiting ──> taken ──> done
 *                  ^          |  added again while taken, or failed
 *                  └──────────┘
 *
 * A key that is taken is not given out again until it is done. What arrives meanwhile is remembered, so that the last state is
 * always worked on. A key that failed waits longer each time; a change of people ends the wait.
 */
import type { Clock } from "../../kernel/clock.ts";

/** In the order of work. */
const PRIORITIES = ["change", "retry", "resync"] as const;
export type Priority = (typeof PRIORITIES)[number];

type WorkQueueOptions = {
  readonly clock: Clock;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  readonly firstRetryMs: number;
  readonly retryMaxMs: number;
};

/** Delayed keys become ready in steps of this, so that looking for them costs the same with many keys. */
const SLOT_MS = 250;

export class WorkQueue<Key> {
  readonly #options: WorkQueueOptions;
  /** Ready keys by priority, in the order in which they came. */
  readonly #ready: Readonly<Record<Priority, Set<Key>>> = {
    change: new Set(),
    retry: new Set(),
    resync: new Set(),
  };
  /** The slot of each delayed key, and the keys of each slot. */
  readonly #delayed = new Map<Key, number>();
  readonly #slots = new Map<number, Set<Key>>();
  /** Taken keys, and with which priority they came again meanwhile; null = they did not. */
  readonly #taken = new Map<Key, Priority | null>();
  readonly #failures = new Map<Key, number>();

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Keys that are ready or wait for their time, without those that are taken. */
  get size(): number {
    return this.#delayed.size + PRIORITIES.reduce((sum, priority) => sum + this.#ready[priority].size, 0);
  }

  /** It is ready, waits for its time, or is taken. */
  has(key: Key): boolean {
    const isWaiting = this.#delayed.has(key) || PRIORITIES.some((priority) => this.#ready[priority].has(key));
    return isWaiting || this.#taken.has(key);
  }

  add(key: Key, priority: Priority): void {
    if (this.#taken.has(key)) {
      this.#taken.set(key, higher(priority, this.#taken.get(key) ?? null));
      return;
    }
    if (priority === "change") this.#failures.delete(key);
    else if (this.#delayed.has(key)) return;
    this.#forgetDelay(key);
    const before = PRIORITIES.find((one) => this.#ready[one].has(key)) ?? null;
    const next = higher(priority, before);
    if (before === next) return;
    if (before !== null) this.#ready[before].delete(key);
    this.#ready[next].add(key);
  }

  /** The next key, which is taken now; null when none is ready. */
  take(): Key | null {
    this.#wake();
    for (const priority of PRIORITIES) {
      for (const key of this.#ready[priority]) {
        this.#ready[priority].delete(key);
        this.#taken.set(key, null);
        return key;
      }
    }
    return null;
  }

  /** Until when nothing is ready, in milliseconds of the clock; null = nothing waits. Keys that are taken do not count. */
  get nextDueMs(): number | null {
    if (PRIORITIES.some((priority) => this.#ready[priority].size > 0)) return this.#options.clock.nowMs();
    return this.#slots.size === 0 ? null : Math.min(...this.#slots.keys()) * SLOT_MS;
  }

  /** `afterMs`: the server asked for a longer wait. */
  failed(key: Key, afterMs = 0): void {
    const again = this.#end(key);
    if (again === "change") return this.add(key, again);
    const { clock, random, firstRetryMs, retryMaxMs } = this.#options;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const waitMs = Math.min(firstRetryMs * 2 ** (failures - 1), retryMaxMs);
    // Keys that failed together are not tried together.
    const dueMs = clock.nowMs() + Math.max(afterMs, waitMs * (0.75 + random() / 4));
    this.#delay(key, Math.ceil(dueMs / SLOT_MS));
  }

  /** It waits for something else, which is no failure. */
  later(key: Key, afterMs: number): void {
    const again = this.#end(key);
    if (again === "change") return this.add(key, again);
    this.#delay(key, Math.ceil((this.#options.clock.nowMs() + afterMs) / SLOT_MS));
  }

  done(key: Key): void {
    const again = this.#end(key);
    this.#failures.delete(key);
    if (again !== null) this.add(key, again);
  }

  /** It is worked on no more. */
  remove(key: Key): void {
    for (const priority of PRIORITIES) this.#ready[priority].delete(key);
    this.#forgetDelay(key);
    this.#failures.delete(key);
    if (this.#taken.has(key)) this.#taken.set(key, null);
  }

  #end(key: Key): Priority | null {
    const again = this.#taken.get(key) ?? null;
    this.#taken.delete(key);
    return again;
  }

  #delay(key: Key, slot: number): void {
    const keys = this.#slots.get(slot) ?? new Set();
    this.#slots.set(slot, keys.add(key));
    this.#delayed.set(key, slot);
  }

  #forgetDelay(key: Key): void {
    const slot = this.#delayed.get(key);
    if (slot === undefined) return;
    this.#delayed.delete(key);
    const keys = this.#slots.get(slot);
    keys?.delete(key);
    if (keys?.size === 0) this.#slots.delete(slot);
  }

  #wake(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const [slot, keys] of this.#slots) {
      if (slot * SLOT_MS > nowMs) continue;
      this.#slots.delete(slot);
      for (const key of keys) {
        this.#delayed.delete(key);
        this.#ready.retry.add(key);
      }
    }
  }
}

function higher(a: Priority, b: Priority | null): Priority {
  return b === null || PRIORITIES.indexOf(a) < PRIORITIES.indexOf(b) ? a : b;
}
