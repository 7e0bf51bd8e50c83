/**
 * The endpoint indexes that are free. A range that was released is taken again only after every reader has seen the
 * commit that released it: a reader in the middle of an answer may still look at its health.
 */

type FreeRange = { first: number; count: number; readonly freedAt: number };

export class EndpointRanges {
  /** Ranges as they were released, by size: the same services come and go with the same number of addresses. */
  readonly #released: Map<number, FreeRange[]> = new Map();
  /** The free ranges between the ranges in use when the picture was opened. */
  readonly #gaps: FreeRange[] = [];
  readonly #capacity: number;
  readonly #reserve: (from: number, end: number) => void;
  /** Indexes below it have room in the file. */
  #reserved: number;
  #end: number;
  #taken: number;

  /** `used`: the ranges in use below `end`, in any order. `reserve` makes room for indexes that were never used before. */
  constructor(
    end: number,
    capacity: number,
    used: readonly { readonly first: number; readonly count: number }[] = [],
    reserve: (from: number, end: number) => void = () => undefined,
  ) {
    this.#reserve = reserve;
    this.#reserved = end;
    this.#capacity = capacity;
    this.#taken = used.reduce((sum, { count }) => sum + count, 0);
    let next = 0;
    for (const { first, count } of [...used].sort((a, b) => a.first - b.first)) {
      if (first > next) this.#gaps.push({ first: next, count: first - next, freedAt: 0 });
      next = Math.max(next, first + count);
    }
    // Indexes behind the last range in use were released before the picture was opened.
    this.#end = Math.min(end, next);
  }

  get end(): number {
    return this.#end;
  }

  /** Indexes that nothing has now; some may rest, or lie too far apart for a large range. */
  get free(): number {
    return this.#capacity - this.#taken;
  }

  /** The first index of `count` in a row, or -1 when the picture has no more. `passed`: the serial that all readers have seen. */
  take(count: number, passed: number): number {
    if (count === 0) return 0;
    const first = this.#find(count, passed);
    if (first >= 0) this.#taken += count;
    return first;
  }

  #find(count: number, passed: number): number {
    const oldest = this.#released.get(count)?.[0];
    if (oldest !== undefined && oldest.freedAt <= passed) {
      this.#released.get(count)?.shift();
      return oldest.first;
    }
    const gap = this.#gaps.findLast((range) => range.count >= count);
    if (gap !== undefined) return this.#takeFrom(gap, count);
    const end = this.#end + count;
    if (end > this.#capacity) return -1;
    if (end > this.#reserved) {
      this.#reserve(this.#reserved, end);
      this.#reserved = end;
    }
    this.#end = end;
    return this.#end - count;
  }

  #takeFrom(gap: FreeRange, count: number): number {
    const { first } = gap;
    gap.first += count;
    gap.count -= count;
    if (gap.count === 0) this.#gaps.splice(this.#gaps.indexOf(gap), 1);
    return first;
  }

  /** `serial`: that of the commit that drops the range. */
  release(first: number, count: number, serial: number): void {
    if (count === 0) return;
    this.#taken -= count;
    const range = { first, count, freedAt: serial };
    const list = this.#released.get(count);
    if (list === undefined) this.#released.set(count, [range]);
    else list.push(range);
  }
}
