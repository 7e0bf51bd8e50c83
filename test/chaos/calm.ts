/** From a change in a cluster to the first answer that shows it, while no fault is at work. */

const BOUND_MS = 100;

export class CalmTimes {
  readonly faults: string[] = [];
  readonly #times: number[] = [];
  /** Changes that took longer than the bound because processes had to wait for a processor. */
  explained = 0;

  /** `waitedMs`: how long the processes waited for a processor meanwhile. */
  add(tookMs: number, waitedMs: number): void {
    this.#times.push(tookMs);
    if (tookMs <= BOUND_MS) return;
    if (tookMs - waitedMs <= BOUND_MS) this.explained++;
    else
      this.faults.push(
        `a change was visible after ${tookMs.toFixed(0)} ms, of which ${waitedMs.toFixed(0)} ms were spent waiting for a processor`,
      );
  }

  get count(): number {
    return this.#times.length;
  }

  /** `part`: 0.5 is the median, 1 the longest. */
  quantileMs(part: number): number {
    const sorted = this.#times.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  }
}
