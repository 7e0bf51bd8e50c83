/**
 * Whether the host lost so many federated objects at once that nobody can have meant it: a wrong selector of `kubectl delete`, a
 * namespace too many, a controller gone wild. Pure.
 *
 * An object is lost when its deletion was asked for, or when it is not there any more. Times are those of the deletions, so that
 * deletions while no process was looking count as well.
 */

export type LossLimits = {
  /** Of the objects that there were, in percent. */
  readonly percent: number;
  /** Fewer than this are never too many; 0 = losses are not looked at. */
  readonly objects: number;
};

const WINDOW_MS = 60_000;
/** More than this at once is decided long before. */
const TIMES_MAX = 100_000;

export class Losses {
  readonly #limits: LossLimits;
  /** Wall times of losses, sorted. */
  #times: number[] = [];

  constructor(limits: LossLimits) {
    this.#limits = limits;
  }

  /** `atMs`: wall time of the loss. Returns how many were lost in the minute before it, or after it, this one included. */
  add(atMs: number): number {
    // Times are whole milliseconds.
    const index = this.#firstAfter(atMs - 1);
    this.#times.splice(index, 0, atMs);
    const before = this.#firstAfter(atMs) - this.#firstAfter(atMs - WINDOW_MS);
    const after = this.#firstAfter(atMs + WINDOW_MS - 1) - index;
    if (this.#times.length > TIMES_MAX) this.#times.shift();
    return Math.max(before, after);
  }

  /** What was lost up to now was meant. */
  forgive(): void {
    this.#times = [];
  }

  /** The most that were lost within one minute. */
  get most(): number {
    let most = 0;
    let first = 0;
    for (const [last, atMs] of this.#times.entries()) {
      while ((this.#times[first] as number) <= atMs - WINDOW_MS) first += 1;
      most = Math.max(most, last - first + 1);
    }
    return most;
  }

  /** `lost`: within a minute. `left`: objects that are not lost. */
  isTooMany(lost: number, left: number): boolean {
    const { percent, objects } = this.#limits;
    return objects > 0 && lost >= objects && lost * 100 >= percent * (left + lost);
  }

  /** Binary search: the index of the first time that is later. */
  #firstAfter(atMs: number): number {
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle] as number) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
