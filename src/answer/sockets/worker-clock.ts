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

  /** The wall clock is read once a second, which is enough for cookies. */
  update(): void {
    const nowMs = this.#clock.nowMs();
    this.#context.nowMs[0] = nowMs;
    if (nowMs < this.#nextSecondMs) return;
    this.#nextSecondMs = nowMs + SECOND_MS;
    this.#context.nowSeconds = Math.floor(this.#clock.wallMs() / SECOND_MS) | 0;
  }
}
