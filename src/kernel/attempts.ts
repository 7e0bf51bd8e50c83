/** Attempts at things that have names: one at a time for each, and none for a growing while after one that failed. */
import type { Clock } from "./clock.ts";

const RETRY_FIRST_MS = 5_000;
const RETRY_MAX_MS = 300_000;

export class Attempts {
  readonly #clock: Clock;
  readonly #busy = new Set<string>();
  readonly #failed = new Map<string, { readonly pauseMs: number; readonly retryAtMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Does nothing while an attempt is under way, or the last one failed too short a time ago. `onFailure` says whether it has to wait.
   * Never rejects.
   */
  async run(
    name: string,
    attempt: () => Promise<void>,
    onFailure: (error: unknown) => boolean,
  ): Promise<void> {
    const isPaused = this.#clock.nowMs() < (this.#failed.get(name)?.retryAtMs ?? -Infinity);
    if (isPaused || this.#busy.has(name)) return;
    this.#busy.add(name);
    try {
      await attempt();
      this.#failed.delete(name);
    } catch (error) {
      if (onFailure(error)) this.#pause(name);
    } finally {
      this.#busy.delete(name);
    }
  }

  /** Forgets the failures of all others. */
  keepOnly(names: Pick<ReadonlySet<string>, "has">): void {
    for (const name of this.#failed.keys()) if (!names.has(name)) this.#failed.delete(name);
  }

  #pause(name: string): void {
    const before = this.#failed.get(name)?.pauseMs ?? RETRY_FIRST_MS / 2;
    const pauseMs = Math.min(2 * before, RETRY_MAX_MS);
    this.#failed.set(name, { pauseMs, retryAtMs: this.#clock.nowMs() + pauseMs });
  }
}
