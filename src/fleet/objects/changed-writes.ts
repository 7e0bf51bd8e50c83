/** Writes objects when their content has changed, each by itself, and again after a growing wait when one fails. */
import type { Clock } from "../../kernel/clock.ts";
import { refusalOf } from "./refusal.ts";

const RETRY_FIRST_MS = 5_000;
const RETRY_MAX_MS = 300_000;

/** What could not be written, and why; `reason` is one word. */
type WriteProblem = { readonly object: string; readonly reason: string; readonly sentence: string };

export class ChangedWrites {
  readonly #attempts: Attempts;
  readonly #written = new Map<string, string>();
  readonly #problems = new Map<string, WriteProblem>();
  #count = 0;

  constructor(clock: Clock) {
    this.#attempts = new Attempts(clock);
  }

  /** How many were written in this run. */
  get count(): number {
    return this.#count;
  }

  get problems(): readonly WriteProblem[] {
    return [...this.#problems.values()];
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
    if (this.#written.get(object) === content) return;
    const attempt = async (): Promise<void> => {
      await send();
      this.#written.set(object, content);
      this.#problems.delete(object);
      this.#count += 1;
    };
    await this.#attempts.run(object, attempt, (error) => {
      const { kind, message, advice } = refusalOf(error, { plural });
      if (kind === "not-permitted") return false;
      const sentence = `it could not be written: ${message}; ${advice}`;
      this.#problems.set(object, { object, reason: "NotWritten", sentence });
      return true;
    });
  }

  /** These objects are wanted, and no others: what is known of the rest is forgotten. */
  keepOnly(objects: ReadonlySet<string>): void {
    this.#attempts.keepOnly(objects);
    for (const known of [this.#written, this.#problems])
      for (const object of known.keys()) if (!objects.has(object)) known.delete(object);
  }
}

/** Attempts at things that have names: one at a time for each, and none for a growing while after one that failed. */
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
