/**
 * Work of several owners that may run at the same time: each owner has slots of its own, and all share the others in turn. An
 * owner that has a slot of its own free never waits, whatever the others do.
 */
import { FairQueue } from "./fair-queue.ts";

type FairSlotsOptions<T> = {
  /** Slots that each owner has for itself. */
  readonly own: number;
  /** Whether one more of the shared slots may be used. */
  readonly mayBorrow: () => boolean;
  /** Must not end it within the call: `ended` says when it has. */
  readonly start: (item: T, owner: string) => void;
};

export class FairSlots<T> {
  readonly #options: FairSlotsOptions<T>;
  readonly #queue: FairQueue<T> = new FairQueue();
  readonly #running: Map<string, number> = new Map();
  #own: number;
  #borrowed = 0;
  #total = 0;

  constructor(options: FairSlotsOptions<T>) {
    this.#options = options;
    this.#own = options.own;
  }

  get running(): number {
    return this.#total;
  }

  /** Of those that run, how many use shared slots. */
  get borrowed(): number {
    return this.#borrowed;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Starts it at once, or in its turn. */
  add(owner: string, item: T): void {
    this.#queue.add(owner, item);
    this.#fillOwn(owner);
    this.fill();
  }

  /** It waits no more. Returns false when it did not. */
  delete(owner: string, item: T): boolean {
    return this.#queue.delete(owner, item);
  }

  /** One that was started has ended. `fill` is to be called when all that may use the shared slots have been told. */
  ended(owner: string): void {
    const before = this.#running.get(owner) ?? 0;
    if (before > this.#own) this.#borrowed--;
    if (before <= 1) this.#running.delete(owner);
    else this.#running.set(owner, before - 1);
    this.#total--;
    this.#fillOwn(owner);
  }

  /** Slots that each owner has for itself, from now on. */
  setOwn(own: number): void {
    if (own === this.#own) return;
    this.#own = own;
    this.#borrowed = 0;
    for (const running of this.#running.values()) this.#borrowed += Math.max(0, running - own);
    for (const owner of this.#queue.owners) this.#fillOwn(owner);
  }

  /** Nothing waits or runs any more; what still runs must not be reported. */
  clear(): void {
    this.#queue.clear();
    this.#running.clear();
    this.#borrowed = 0;
    this.#total = 0;
  }

  /** Shared slots may be free. */
  fill(): void {
    while (this.#queue.size > 0 && this.#options.mayBorrow()) {
      const next = this.#queue.take();
      if (next === null) return;
      this.#start(next.owner, next.item);
    }
  }

  #fillOwn(owner: string): void {
    while ((this.#running.get(owner) ?? 0) < this.#own) {
      const next = this.#queue.takeOf(owner);
      if (next === null) return;
      this.#start(owner, next.item);
    }
  }

  #start(owner: string, item: T): void {
    const running = (this.#running.get(owner) ?? 0) + 1;
    this.#running.set(owner, running);
    this.#total++;
    if (running > this.#own) this.#borrowed++;
    this.#options.start(item, owner);
  }
}
