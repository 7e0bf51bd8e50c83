/** A signal that aborts with its parent or when a time has passed on a given Clock. Disposing of it aborts what still uses it. */
import type { Clock } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";

export class Deadline {
  readonly #clock: Clock;
  readonly #parents: AbortSignal[] = [];
  readonly #controller = new AbortController();
  #cancel: () => void = () => undefined;
  #isExpired = false;

  constructor(clock: Clock, parent: AbortSignal) {
    this.#clock = clock;
    this.follow(parent);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts with this signal too. */
  follow(parent: AbortSignal): void {
    if (parent.aborted) this.#controller.abort(parent.reason);
    this.#parents.push(parent);
    followersOf(parent).add(this.#onAbort);
  }

  /** True when the time has passed; false when a parent has aborted, or neither. */
  get isExpired(): boolean {
    return this.#isExpired;
  }

  /** Starts or restarts the countdown. `sentence` becomes the message of the abort reason. */
  expireAfter(delayMs: number, sentence: string): void {
    this.#cancel();
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#isExpired = true;
      this.#controller.abort(new OperationalError("KUBE_TIMEOUT", sentence));
    });
  }

  /** Stops the countdown; an abort of a parent still counts. */
  hold(): void {
    this.#cancel();
  }

  [Symbol.dispose](): void {
    this.#cancel();
    for (const parent of this.#parents) followersOf(parent).delete(this.#onAbort);
    // Whoever still uses it after its end gets a sentence, not "null".
    this.#controller.abort(new OperationalError("KUBE_CLOSED", "the request has ended"));
  }

  readonly #onAbort = (): void => {
    this.#controller.abort(this.#parents.find(({ aborted }) => aborted)?.reason);
  };
}

/** A signal looks through all its listeners for each that comes or goes. It has one of ours, for hundreds of requests. */
const followers = new WeakMap<AbortSignal, Set<() => void>>();

function followersOf(signal: AbortSignal): Set<() => void> {
  const known = followers.get(signal);
  if (known !== undefined) return known;
  const made = new Set<() => void>();
  followers.set(signal, made);
  const tell = (): void => {
    for (const follower of made) follower();
  };
  signal.addEventListener("abort", tell, { once: true });
  return made;
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
