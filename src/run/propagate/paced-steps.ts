/**
 * Steps about objects of the host, called for again and again until the host shows that they are done: one at a time for each object,
 * and after a growing wait when one fails. What keeps an object is told once.
 */
import { refusalOf } from "../../fleet/objects/refusal.ts";
import type { Clock } from "../../kernel/clock.ts";

/** A watch shows a write within a second. */
const REST_MS = 1_000;
const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 60_000;

type Turn = { isBusy: boolean; nextMs: number; failures: number; told: string | null };

type PacedStepsOptions = {
  /** What the objects are. */
  readonly plural: string;
  /** Why the object is not as it is to be: another reason than before. Never throws. */
  readonly tell: (object: string, reason: string) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
};

export class PacedSteps {
  readonly #options: PacedStepsOptions;
  readonly #turns = new Map<string, Turn>();

  constructor(options: PacedStepsOptions) {
    this.#options = options;
  }

  /**
   * Takes the step now if it is its turn. It resolves with what has to happen before it can be done, null = it is done; it rejects when
   * it failed. Does not wait, and never throws.
   */
  take(object: string, step: () => Promise<string | null>): void {
    const { clock, signal } = this.#options;
    const turn = this.#turns.get(object) ?? { isBusy: false, nextMs: -Infinity, failures: 0, told: null };
    this.#turns.set(object, turn);
    if (turn.isBusy || signal.aborted || clock.nowMs() < turn.nextMs) return;
    turn.isBusy = true;
    void this.#run(object, turn, step);
  }

  /** These objects are there, and no others: what is known of the rest is forgotten. */
  keepOnly(objects: { has(object: string): boolean }): void {
    for (const object of this.#turns.keys()) if (!objects.has(object)) this.#turns.delete(object);
  }

  async #run(object: string, turn: Turn, step: () => Promise<string | null>): Promise<void> {
    const { clock, signal, tell, plural } = this.#options;
    let reason: string | null;
    try {
      reason = await step();
      turn.failures = 0;
      turn.nextMs = clock.nowMs() + REST_MS;
    } catch (error) {
      const { message, advice } = refusalOf(error, { plural });
      reason = `${message}; ${advice}`;
      turn.nextMs = clock.nowMs() + Math.min(RETRY_FIRST_MS * 2 ** turn.failures, RETRY_MAX_MS);
      turn.failures += 1;
    }
    turn.isBusy = false;
    if (reason !== null && reason !== turn.told && !signal.aborted) tell(object, reason);
    turn.told = reason;
  }
}
