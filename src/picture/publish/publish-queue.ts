/**
 * The services that wait to be published, and when they are: changes of a millisecond together, at most BATCH_SERVICES
 * at a time, so that a small change never waits long behind a large one.
 *
 * A batch that fails waits as a whole when the cause is outside fedns (a full disk): no service is at fault. Otherwise
 * its halves are tried, and theirs, until one service is left alone: that one is refused.
 */
import type { Clock } from "../../kernel/clock.ts";
import { messageOf, OperationalError } from "../../kernel/error.ts";

/** Changes of one turn of the event loop belong together; waiting longer would only add latency. */
const GATHER_MS = 1;
const BATCH_SERVICES = 500;
/** What could not be published is tried again at this pace: a disk may have room again. */
const RETRY_MS = 1_000;

type PublishQueueOptions = {
  readonly clock: Clock;
  /** Publishes services, and whatever else is due. May throw. */
  readonly write: (keys: readonly string[]) => void;
  /** Called after each batch that failed. */
  readonly onFailure: (error: unknown) => void;
  /** This service alone makes a batch fail; it does not wait any more. Called before `onFailure`. */
  readonly onRefused: (key: string, error: unknown) => void;
};

export class PublishQueue {
  readonly #options: PublishQueueOptions;
  readonly #waiting: Set<string> = new Set();
  /** Parts of batches that failed, the next one last. */
  readonly #suspects: (readonly string[])[] = [];
  #isScheduled = false;
  #problem: string | null = null;

  constructor(options: PublishQueueOptions) {
    this.#options = options;
  }

  /** Services and hosts that are not published yet; not those that are being written. */
  get size(): number {
    return this.#suspects.reduce((sum, keys) => sum + keys.length, this.#waiting.size);
  }

  /** Why nothing can be published at present; null = it can. */
  get problem(): string | null {
    return this.#problem;
  }

  has(key: string): boolean {
    return this.#waiting.has(key) || this.#suspects.some((keys) => keys.includes(key));
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
      if (this.size > 0 || this.#problem !== null) this.schedule();
    });
  }

  /** Publishes at once all that is due; stops when nothing can be published. */
  flush(): void {
    do this.#publishBatch();
    while (this.size > 0 && this.#problem === null);
  }

  #publishBatch(): void {
    const batch = this.#suspects.pop() ?? first(this.#waiting, BATCH_SERVICES);
    for (const key of batch) this.#waiting.delete(key);
    try {
      this.#options.write(batch);
      this.#problem = null;
    } catch (error) {
      this.#isolate(batch, error);
      this.#options.onFailure(error);
    }
  }

  #isolate(batch: readonly string[], error: unknown): void {
    if (batch.length === 0 || error instanceof OperationalError) {
      this.#problem = messageOf(error);
      for (const key of batch) this.#waiting.add(key);
      return;
    }
    this.#problem = null;
    const half = batch.length >> 1;
    if (half > 0) this.#suspects.push(batch.slice(half), batch.slice(0, half));
    else this.#options.onRefused(batch[0] as string, error);
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
