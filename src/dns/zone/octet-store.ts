/** Many small arrays that live as long as their zone, as views of large ones: they take half the memory. */

const CHUNK_OCTETS = 64 * 1024;

export class OctetStore {
  #chunk: ArrayBuffer = new ArrayBuffer(CHUNK_OCTETS);
  #used = 0;

  /** Room for `length` octets. */
  take(length: number): Uint8Array {
    if (length > CHUNK_OCTETS / 8) return new Uint8Array(length);
    if (this.#used + length > CHUNK_OCTETS) {
      this.#chunk = new ArrayBuffer(CHUNK_OCTETS);
      this.#used = 0;
    }
    const octets = new Uint8Array(this.#chunk, this.#used, length);
    this.#used += length;
    return octets;
  }

  /** A copy of `octets` from `start` to `end`. */
  copy(octets: Uint8Array, start: number, end: number): Uint8Array {
    const copy = this.take(end - start);
    // A loop, because `set` costs more for a few octets.
    for (let i = 0; i < copy.length; i++) copy[i] = octets[start + i] as number;
    return copy;
  }
}
