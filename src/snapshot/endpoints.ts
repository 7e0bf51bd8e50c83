/**
 * Who owns which endpoint indexes. A range that was freed is given out again only after every reader has passed the
 * commit that freed it: a reader in the middle of an answer may still look at the old health octets.
 */
export class EndpointRanges {
  readonly #free: Map<number, { first: number; freedAt: number }[]> = new Map();
  readonly #capacity: number;
  #end: number;

  constructor(end: number, capacity: number) {
    this.#end = end;
    this.#capacity = capacity;
  }

  get end(): number {
    return this.#end;
  }

  /** The first index of `count` in a row, or -1 when the picture has no more. `passed` = serial all readers have seen. */
  take(count: number, passed: number): number {
    if (count === 0) return 0;
    const list = this.#free.get(count);
    const oldest = list?.[0];
    if (list !== undefined && oldest !== undefined && oldest.freedAt <= passed) {
      list.shift();
      return oldest.first;
    }
    if (this.#end + count > this.#capacity) return -1;
    this.#end += count;
    return this.#end - count;
  }

  /** `serial`: what the commit that drops the range will end in. */
  release(first: number, count: number, serial: number): void {
    if (count === 0) return;
    const list = this.#free.get(count);
    if (list === undefined) this.#free.set(count, [{ first, freedAt: serial }]);
    else list.push({ first, freedAt: serial });
  }
}
