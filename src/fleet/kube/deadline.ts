/** A signal that aborts when its parent does or when its time is up on a given Clock. `using` ends what still hangs on it. */
import type { Clock } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";

export class Deadline {
  readonly #clock: Clock;
  readonly #parent: AbortSignal;
  readonly #controller = new AbortController();
  #cancel: () => void = () => undefined;
  #isExpired = false;

  constructor(clock: Clock, parent: AbortSignal) {
    this.#clock = clock;
    this.#parent = parent;
    if (parent.aborted) this.#controller.abort(parent.reason);
    else parent.addEventListener("abort", this.#follow);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True when time ran out, false when the parent aborted or nothing happened yet. */
  get isExpired(): boolean {
    return this.#isExpired;
  }

  /** Starts, or starts again, the count-down. `sentence` becomes the message of the abort reason. */
  expireAfter(delayMs: number, sentence: string): void {
    this.#cancel();
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#isExpired = true;
      this.#controller.abort(new OperationalError("KUBE_TIMEOUT", sentence));
    });
  }

  /** Stops the count-down; the parent is still followed. */
  hold(): void {
    this.#cancel();
  }

  [Symbol.dispose](): void {
    this.#cancel();
    this.#parent.removeEventListener("abort", this.#follow);
    this.#controller.abort(null);
  }

  readonly #follow = (): void => {
    this.#controller.abort(this.#parent.reason);
  };
}

/** Starts a deadline of `timeoutMs` below `parent`. */
export function deadlineAfter(
  clock: Clock,
  timeoutMs: number,
  parent: AbortSignal,
  sentence: string,
): Deadline {
  const deadline = new Deadline(clock, parent);
  deadline.expireAfter(timeoutMs, sentence);
  return deadline;
}
