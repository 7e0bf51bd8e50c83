/** Tells a context what time it is: once per batch of queries, because asking costs as much as an answer's part. */
import type { WorkerContext } from "../solve/worker-context.ts";
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

  /** The date is looked up once a second: cookies need no more. */
  update(): void {
    const nowMs = this.#clock.nowMs();
    this.#context.nowMs[0] = nowMs;
    if (nowMs < this.#nextSecondMs) return;
    this.#nextSecondMs = nowMs + SECOND_MS;
    this.#context.nowSeconds = Math.floor(this.#clock.wallMs() / SECOND_MS) | 0;
  }
}
