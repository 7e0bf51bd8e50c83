/**
 * Growth of memory with the number of inputs, in a buffer that does not grow itself: even a slow target takes a hundred
 * thousand samples.
 */

const ROOM = 2048;
/** The first half is left out: there, memory goes to caches and compiled code. */
const WARM_SHARE = 0.5;
const WARM_SAMPLES_MIN = 20;
/** Fewer inputs do not allow a statement per million. */
const INPUTS_MIN = 100_000;

export class Growth {
  readonly #tried: Float64Array = new Float64Array(ROOM);
  readonly #octets: Float64Array = new Float64Array(ROOM);
  #count = 0;
  /** One of so many samples is kept. */
  #stride = 1;
  #looks = 0;

  note(tried: number, octets: number): void {
    if (this.#looks++ % this.#stride !== 0) return;
    if (this.#count === ROOM) this.#thin();
    this.#tried[this.#count] = tried;
    this.#octets[this.#count++] = octets;
  }

  #thin(): void {
    for (let i = 0; i < ROOM; i += 2) {
      this.#tried[i / 2] = this.#tried[i] as number;
      this.#octets[i / 2] = this.#octets[i] as number;
    }
    this.#count = ROOM / 2;
    this.#stride *= 2;
  }

  /** Least squares over the second half, in MB (2^20 octets) per million inputs; null if there are too few samples. */
  slope(): number | null {
    const from = Math.floor(this.#count * WARM_SHARE);
    const tried = this.#tried.subarray(from, this.#count);
    const octets = this.#octets.subarray(from, this.#count);
    if (tried.length < WARM_SAMPLES_MIN || (tried.at(-1) ?? 0) < INPUTS_MIN) return null;
    const [triedMean, octetsMean] = [meanOf(tried), meanOf(octets)];
    let [above, below] = [0, 0];
    for (const [i, at] of tried.entries()) {
      above += (at - triedMean) * ((octets[i] as number) - octetsMean);
      below += (at - triedMean) ** 2;
    }
    return below === 0 ? null : ((above / below) * 1e6) / 2 ** 20;
  }
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
