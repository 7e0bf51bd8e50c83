/** Writes objects when their content has changed, each by itself, and again after a growing wait when one fails. */
import type { Clock } from "../../kernel/clock.ts";
import { Attempts } from "../../kernel/attempts.ts";
import { refusalOf } from "./refusal.ts";

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
