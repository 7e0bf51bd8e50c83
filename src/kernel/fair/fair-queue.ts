/**
 * Items that wait, of several owners: owners come in turn, and the items of each in the order in which they came. So one item
 * of an owner waits for at most one of each other owner, however many those have. Every step takes constant time.
 */
export class FairQueue<T> {
  readonly #queues: Map<string, Waiting<T>> = new Map();
  /** Owners with items that may be taken, the next one first. */
  readonly #ring: Set<string> = new Set();
  readonly #held: Set<string> = new Set();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  sizeOf(owner: string): number {
    return this.#queues.get(owner)?.items.size ?? 0;
  }

  /** Owners with items that wait. */
  get owners(): Iterable<string> {
    return this.#queues.keys();
  }

  /** An item that waits already keeps its place. */
  add(owner: string, item: T): void {
    let queue = this.#queues.get(owner);
    if (queue === undefined) {
      const items = new Set<T>();
      queue = { items, next: items.values() };
      this.#queues.set(owner, queue);
      if (!this.#held.has(owner)) this.#ring.add(owner);
    }
    if (queue.items.has(item)) return;
    queue.items.add(item);
    this.#size++;
  }

  /** Returns false when it did not wait. */
  delete(owner: string, item: T): boolean {
    const queue = this.#queues.get(owner);
    if (queue?.items.delete(item) !== true) return false;
    this.#removed(owner, queue);
    return true;
  }

  /** The next item of the owner whose turn it is; null = none may be taken. */
  take(): Taken<T> | null {
    for (const owner of this.#ring) {
      // Behind the others, if something of it is left.
      this.#ring.delete(owner);
      this.#ring.add(owner);
      return this.takeOf(owner);
    }
    return null;
  }

  /** The next item of this owner, whether it is its turn or not; null = it has none. */
  takeOf(owner: string): Taken<T> | null {
    const queue = this.#queues.get(owner);
    if (queue === undefined) return null;
    // The iterator stays where it is: from the start, it would pass all that was taken before.
    const { value: item } = queue.next.next() as IteratorYieldResult<T>;
    queue.items.delete(item);
    this.#removed(owner, queue);
    return { owner, item };
  }

  /** Nothing of this owner is taken in turn until it is released. */
  hold(owner: string): void {
    this.#held.add(owner);
    this.#ring.delete(owner);
  }

  release(owner: string): void {
    if (this.#held.delete(owner) && this.#queues.has(owner)) this.#ring.add(owner);
  }

  clear(): void {
    this.#queues.clear();
    this.#ring.clear();
    this.#size = 0;
  }

  #removed(owner: string, { items }: Waiting<T>): void {
    this.#size--;
    if (items.size > 0) return;
    this.#queues.delete(owner);
    this.#ring.delete(owner);
  }
}

type Waiting<T> = { readonly items: Set<T>; readonly next: Iterator<T> };

export type Taken<T> = { readonly owner: string; readonly item: T };
