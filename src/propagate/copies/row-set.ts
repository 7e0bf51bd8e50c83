/** A set of rows, one bit each: a million copies are 125 kB. */
export class RowSet {
  #words = new Uint32Array(8);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(row: number): boolean {
    return ((this.#words[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0;
  }

  /** False when it was there. */
  add(row: number): boolean {
    if (this.has(row)) return false;
    const at = row >>> 5;
    if (at >= this.#words.length) {
      const grown = new Uint32Array(2 ** Math.ceil(Math.log2(at + 1)));
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[at] = (this.#words[at] as number) | (1 << (row & 31));
    this.#size += 1;
    return true;
  }

  /** False when it was not there. */
  delete(row: number): boolean {
    if (!this.has(row)) return false;
    const at = row >>> 5;
    this.#words[at] = (this.#words[at] as number) & ~(1 << (row & 31));
    this.#size -= 1;
    return true;
  }

  /** In ascending order, as they are when it is called. */
  rows(): readonly number[] {
    const rows: number[] = [];
    for (const [at, word] of this.#words.entries())
      for (let bit = 0; word >>> bit !== 0 && bit < 32; bit++)
        if (((word >>> bit) & 1) === 1) rows.push(at * 32 + bit);
    return rows;
  }
}
