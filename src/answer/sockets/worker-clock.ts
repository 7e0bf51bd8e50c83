/** Sets the time of a context once per batch of queries, because reading the clock is slow beside an answer. */
import type { WorkerContext } from "../context/worker-context.ts";
import type { Clock } from "../../kernel/clock.ts";

const SECOND_MS = 1000;

export class WorkerClock {
  readonly #context: WorkerContext;
  readonly #clock: Clock;
  #nextSecondMs = Number.NEGATIVE_INFINITY;

  constructor(context: WorkerContext, clock: Clock) {
    this.#context = context;
    this.#clock = clock;
  }

  /**
   * The wall clock is read when its second has passed. A later look would tell caches' times too early: a drain would be proved while
   * a cache still has the address.
   */
  update(): void {
    const nowMs = this.#clock.nowMs();
    this.#context.nowMs[0] = nowMs;
    if (nowMs < this.#nextSecondMs) return;
    const wallMs = this.#clock.wallMs();
    this.#nextSecondMs = nowMs + SECOND_MS - (wallMs % SECOND_MS);
    this.#context.nowSeconds = Math.floor(wallMs / SECOND_MS) | 0;
  }
}
