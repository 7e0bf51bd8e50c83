/**
 * When queries come fast, a worker rests for some microseconds between batches: going to sleep and being woken costs
 * more than several answers, and shared among the queries that arrive meanwhile it costs next to nothing. Interrupt
 * coalescing, as network cards do it: a few dozen microseconds of latency, and only under load.
 */

/** A batch of so many has paid for its own wake-up. */
const ENOUGH = 16;
/** Nobody notices so little, in microseconds. */
const REST_MAX_US = 50;
/** With more time than this between two queries, in milliseconds, the next one is answered at once. */
const SLOW_MS = 0.02;
/** The past counts for so many batches. */
const MEMORY = 8;

export class Pace {
  /** Milliseconds: of the last batch, and from one query to the next on average. In an array, for numbers with a fraction are allocated elsewhere. */
  readonly #times: Float64Array = Float64Array.of(0, 1);

  /** Microseconds to rest after a batch of `count` queries that came at `nowMs`; 0 = do not. */
  rest(count: number, nowMs: Float64Array): number {
    const times = this.#times;
    const now = nowMs[0] as number;
    const gap = Math.min(1, (now - (times[0] as number)) / count);
    times[0] = now;
    const average = (times[1] as number) + (gap - (times[1] as number)) / MEMORY;
    times[1] = average;
    if (count >= ENOUGH || average > SLOW_MS) return 0;
    return Math.min(REST_MAX_US, average * 1000 * ENOUGH) | 0;
  }
}
