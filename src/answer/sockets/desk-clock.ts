/** Tells a desk what time it is: once per batch of queries, because asking costs as much as an answer's part. */
import type { Desk } from "../solve/desk.ts";
import type { Clock } from "../../kernel/clock.ts";

const SECOND_MS = 1000;

export class DeskClock {
  readonly #desk: Desk;
  readonly #clock: Clock;
  #nextSecondMs = Number.NEGATIVE_INFINITY;

  constructor(desk: Desk, clock: Clock) {
    this.#desk = desk;
    this.#clock = clock;
  }

  /** The date is looked up once a second: cookies need no more. */
  tell(): void {
    const nowMs = this.#clock.nowMs();
    this.#desk.nowMs[0] = nowMs;
    if (nowMs < this.#nextSecondMs) return;
    this.#nextSecondMs = nowMs + SECOND_MS;
    this.#desk.nowSeconds = Math.floor(this.#clock.wallMs() / SECOND_MS) | 0;
  }
}
