/** Notices when the event loop stood still for so long that a lease could have been lost meanwhile. */
import type { Clock } from "../../kernel/clock.ts";
import { RENEW_DEADLINE_MS } from "./elector.ts";

const TICK_MS = 500;
const LAG_MAX_MS: number = RENEW_DEADLINE_MS / 2;

export class LagWatchdog {
  readonly #clock: Clock;
  readonly #onLag: (lagMs: number) => void;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, onLag: (lagMs: number) => void) {
    this.#clock = clock;
    this.#onLag = onLag;
  }

  start(): void {
    const dueMs = this.#clock.nowMs() + TICK_MS;
    this.#cancel = this.#clock.after(TICK_MS, () => {
      const lagMs = this.#clock.nowMs() - dueMs;
      this.start();
      if (lagMs > LAG_MAX_MS) this.#onLag(lagMs);
    });
  }

  stop(): void {
    this.#cancel();
  }
}
