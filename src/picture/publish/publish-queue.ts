/**
 * The services that wait to be published, and when they are: changes of a millisecond together, at most BATCH_SERVICES
 * at a time, so that a small change never waits long behind a large one.
 */
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";

/** Changes of one turn of the event loop belong together; waiting longer would only add latency. */
const GATHER_MS = 1;
const BATCH_SERVICES = 500;
/** What could not be published is tried again at this pace: a disk may have room again. */
const RETRY_MS = 1_000;

type PublishQueueOptions = {
  readonly clock: Clock;
  /** Publishes services, and whatever else is due. May throw. */
  readonly write: (keys: readonly string[]) => void;
  /** The services of the batch wait again. */
  readonly onFailure: (message: string) => void;
};

export class PublishQueue {
  readonly #options: PublishQueueOptions;
  readonly #waiting: Set<string> = new Set();
  #isScheduled = false;
  #problem: string | null = null;

  constructor(options: PublishQueueOptions) {
    this.#options = options;
  }

  /** Services and hosts that are not published yet; not those that are being written. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Why the last attempt failed; null = it did not. */
  get problem(): string | null {
    return this.#problem;
  }

  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  add(key: string): void {
    this.#waiting.add(key);
    this.schedule();
  }

  /** Something is due, whether services wait or not. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.clock.after(this.#problem === null ? GATHER_MS : RETRY_MS, () => {
      this.#isScheduled = false;
      this.#publishBatch();
      if (this.#waiting.size > 0 || this.#problem !== null) this.schedule();
    });
  }

  /** Publishes at once all that is due; stops at a failure. */
  flush(): void {
    do this.#publishBatch();
    while (this.#waiting.size > 0 && this.#problem === null);
  }

  #publishBatch(): void {
    // After a failure one at a time: a service that cannot be published must not keep the others back.
    const batch = first(this.#waiting, this.#problem === null ? BATCH_SERVICES : 1);
    for (const key of batch) this.#waiting.delete(key);
    try {
      this.#options.write(batch);
      this.#problem = null;
    } catch (error) {
      this.#problem = messageOf(error);
      for (const key of batch) this.#waiting.add(key);
      this.#options.onFailure(this.#problem);
    }
  }
}

/** A large fleet that joins waits in the set: copying all of it for each batch would cost more than the batches. */
function first<T>(all: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const one of all) {
    if (taken.length === count) break;
    taken.push(one);
  }
  return taken;
}
