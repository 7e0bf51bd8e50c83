/** Writes objects when their content has changed, each by itself, and again after a growing wait when one fails. */
import type { Clock } from "../../kernel/clock.ts";
import { refusalOf } from "./refusal.ts";

const RETRY_FIRST_MS = 5_000;
const RETRY_MAX_MS = 300_000;

/** What could not be written, and why; `reason` is one word. */
type WriteProblem = { readonly object: string; readonly reason: string; readonly sentence: string };
type Attempt = { readonly pauseMs: number; readonly retryAtMs: number; readonly problem: WriteProblem };

export class ChangedWrites {
  readonly #clock: Clock;
  readonly #written = new Map<string, string>();
  readonly #failed = new Map<string, Attempt>();
  readonly #busy = new Set<string>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many were written in this run. */
  get count(): number {
    return this.#count;
  }

  get problems(): readonly WriteProblem[] {
    return [...this.#failed.values()].map(({ problem }) => problem);
  }

  /** `object`: for messages. `isThere`: the host has this content already, so that nothing is sent. Never rejects. */
  async write(
    object: string,
    content: string,
    {
      isThere,
      plural,
      send,
    }: { readonly isThere: boolean; readonly plural: string; readonly send: () => Promise<unknown> },
  ): Promise<void> {
    if (isThere) this.#written.set(object, content);
    const isPaused = this.#clock.nowMs() < (this.#failed.get(object)?.retryAtMs ?? -Infinity);
    if (this.#written.get(object) === content || isPaused || this.#busy.has(object)) return;
    this.#busy.add(object);
    try {
      await send();
      this.#written.set(object, content);
      this.#failed.delete(object);
      this.#count += 1;
    } catch (error) {
      const { kind, message, advice } = refusalOf(error, { plural });
      if (kind !== "not-permitted")
        this.#noteFailure(object, `it could not be written: ${message}; ${advice}`);
    } finally {
      this.#busy.delete(object);
    }
  }

  /** These objects are wanted, and no others: what is known of the rest is forgotten. */
  keepOnly(objects: ReadonlySet<string>): void {
    for (const known of [this.#written, this.#failed])
      for (const object of known.keys()) if (!objects.has(object)) known.delete(object);
  }

  #noteFailure(object: string, sentence: string): void {
    const before = this.#failed.get(object)?.pauseMs ?? RETRY_FIRST_MS / 2;
    const pauseMs = Math.min(2 * before, RETRY_MAX_MS);
    const problem = { object, reason: "NotWritten", sentence };
    this.#failed.set(object, { pauseMs, retryAtMs: this.#clock.nowMs() + pauseMs, problem });
  }
}
