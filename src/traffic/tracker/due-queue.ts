/** Items and the time at which each is due, earliest first (a binary heap), so that one timer serves thousands of items. */

type Entry<T> = { readonly dueMs: number; readonly item: T };

export class DueQueue<T> {
  #heap: Entry<T>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** When the earliest item is due; null when there is none. */
  get nextMs(): number | null {
    return this.#heap[0]?.dueMs ?? null;
  }

  push(dueMs: number, item: T): void {
    const heap = this.#heap;
    const entry = { dueMs, item };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Entry<T>;
      if (parent.dueMs <= dueMs) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  /** Removes and returns the earliest item if it is due; otherwise null. */
  popDue(nowMs: number): Entry<T> | null {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return null;
    const last = this.#heap.pop() as Entry<T>;
    if (this.#heap.length > 0) this.#sink(last);
    return first;
  }

  /** Drops the entries that are no longer needed. */
  prune(isNeeded: (item: T, dueMs: number) => boolean): void {
    const kept = this.#heap.filter(({ item, dueMs }) => isNeeded(item, dueMs));
    // A sorted list is a heap.
    this.#heap = kept.sort((a, b) => a.dueMs - b.dueMs);
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && (heap[below + 1] as Entry<T>).dueMs < (heap[below] as Entry<T>).dueMs)
        below += 1;
      const child = heap[below] as Entry<T>;
      if (child.dueMs >= entry.dueMs) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = entry;
  }
}
