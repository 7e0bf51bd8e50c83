/**
 * What to do when the worker of one task is lost again. Pure.
 *
 *   it had worked for LONG_LIFE_MS       a new one at once: it may have been an accident
 *   it fails soon, again and again       a new one, later each time
 *   batched, for the ENGINE_LOSSES-th time, where the settings allow the other engine      the other engine
 *   for the LOSSES_MAX-th time           the process gives up, and its supervisor starts a new one
 */

/** A worker that lived this long had no trouble starting. */
const LONG_LIFE_MS = 10_000;
const ENGINE_LOSSES = 3;
const LOSSES_MAX = 6;
const DELAY_FIRST_MS = 50;
const DELAY_MAX_MS = 2_000;

type Step = "again" | "change engine" | "give up";

export class WorkerLosses {
  readonly #mayChangeEngine: boolean;
  #losses = 0;

  constructor(mayChangeEngine: boolean) {
    this.#mayChangeEngine = mayChangeEngine;
  }

  /** How long the next worker has to wait (ms). */
  get delayMs(): number {
    return this.#losses < 2 ? 0 : Math.min(DELAY_FIRST_MS * 2 ** (this.#losses - 2), DELAY_MAX_MS);
  }

  /** `livedMs`: from its start to its end, whether it had got ready or not. */
  note(livedMs: number, engine: "batched" | "dgram" | "streams"): Step {
    this.#losses = livedMs >= LONG_LIFE_MS ? 1 : this.#losses + 1;
    if (engine === "batched" && this.#mayChangeEngine && this.#losses >= ENGINE_LOSSES) {
      this.#losses = 0;
      return "change engine";
    }
    return this.#losses >= LOSSES_MAX ? "give up" : "again";
  }
}
