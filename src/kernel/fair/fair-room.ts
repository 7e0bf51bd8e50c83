/**
 * How many things of several owners are kept: of each owner, and of all together. What is over that waits, and owners come in
 * turn when there is room.
 *
 * | the owner has | all have | one more  |
 * |---------------|----------|-----------|
 * | < own         | any      | has room  |
 * | < each        | < all    | has room  |
 * | else          |          | waits     |
 */
import { FairQueue } from "./fair-queue.ts";

export type FairLimits = {
  /** Of all owners together, but for what each has for itself. */
  readonly all: number;
  readonly each: number;
  /** What each owner has room for, whatever the others have. */
  readonly own: number;
};

export class FairRoom<T> {
  #limits: FairLimits;
  readonly #used: Map<string, number> = new Map();
  readonly #waiting: FairQueue<T> = new FairQueue();

  constructor(limits: FairLimits) {
    this.#limits = limits;
  }

  /** Who waits is told by `next` whether there is room now. */
  configure(limits: FairLimits): void {
    this.#limits = limits;
    for (const [owner, used] of this.#used)
      if (used >= limits.each) this.#waiting.hold(owner);
      else this.#waiting.release(owner);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  waitingOf(owner: string): number {
    return this.#waiting.sizeOf(owner);
  }

  /** `total`: of all owners; what several have counts once. */
  hasRoom(owner: string, total: number): boolean {
    const { all, each, own } = this.#limits;
    const used = this.#used.get(owner) ?? 0;
    return used < own || (used < each && total < all);
  }

  /** The owner has one more. */
  take(owner: string): void {
    const used = (this.#used.get(owner) ?? 0) + 1;
    this.#used.set(owner, used);
    if (used >= this.#limits.each) this.#waiting.hold(owner);
  }

  /** It has one less. */
  giveBack(owner: string): void {
    const used = (this.#used.get(owner) ?? 0) - 1;
    if (used <= 0) this.#used.delete(owner);
    else this.#used.set(owner, used);
    if (used < this.#limits.each) this.#waiting.release(owner);
  }

  wait(owner: string, item: T): void {
    this.#waiting.add(owner, item);
  }

  cancel(owner: string, item: T): void {
    this.#waiting.delete(owner, item);
  }

  /** What there is room for after this owner has given something back; null = nothing. */
  next(owner: string, total: number): T | null {
    if (total < this.#limits.all) return this.#waiting.take()?.item ?? null;
    return this.hasRoom(owner, total) ? (this.#waiting.takeOf(owner)?.item ?? null) : null;
  }
}
