/**
 * The services that wait to be published, and when they are: changes of a millisecond together, at most BATCH_SERVICES
 * at a time, so that a small change never waits long behind a large one. Members come in turn: the change of one is in the
 * next batch, however many another has. A change waits for every member that has made it.
 *
 * A batch that fails waits as a whole when the cause is outside fedns (a full disk): no service is at fault. Otherwise
 * its parts are tried, those of each member by itself, then halves, and theirs, until one service is left alone: that one
 * is refused. What other members have is published in between.
 */
import type { Clock } from "../../kernel/clock.ts";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { FairQueue, type Taken } from "../../kernel/fair/fair-queue.ts";
import { SuspectParts } from "../../kernel/fair/suspect-parts.ts";

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
  readonly #waiting: FairQueue<string> = new FairQueue();
  /** The members whose turn each of the waiting keys waits for. */
  readonly #membersOf: Map<string, readonly string[]> = new Map();
  readonly #suspects: SuspectParts = new SuspectParts();
  #isSuspectTurn = true;
  #isScheduled = false;
  #problem: string | null = null;

  constructor(options: PublishQueueOptions) {
    this.#options = options;
  }

  /** Services and hosts that are not published yet; not those that are being written. */
  get size(): number {
    return this.#membersOf.size + this.#suspects.size;
  }

  /** Changes of this member wait. */
  hasOf(member: string): boolean {
    return this.#waiting.sizeOf(member) > 0 || this.#suspects.hasOf(member);
  }

  /** Why nothing can be published at present; null = it can. */
  get problem(): string | null {
    return this.#problem;
  }

  has(key: string): boolean {
    return this.#membersOf.has(key) || this.#suspects.has(key);
  }

  /** `member`: the one that the change came from; "" = none. */
  add(key: string, member: string): void {
    this.#put(key, member);
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
    const batch = this.#nextBatch();
    const keys = batch.map(({ item }) => item);
    try {
      this.#options.write(keys);
      this.#problem = null;
    } catch (error) {
      this.#isolate(batch, error);
      this.#options.onFailure(error);
    }
    for (const { owner } of batch) if (!this.#suspects.hasOf(owner)) this.#waiting.release(owner);
  }

  /** Suspects in every second batch: what else there is must not wait until all of them have been tried. */
  #nextBatch(): readonly Taken<string>[] {
    this.#isSuspectTurn = !this.#isSuspectTurn && this.#suspects.size > 0;
    const first = this.#isSuspectTurn ? this.#suspects.take() : this.#takeWaiting();
    return first.length > 0 ? first : this.#suspects.take();
  }

  #takeWaiting(): readonly Taken<string>[] {
    const batch: Taken<string>[] = [];
    while (batch.length < BATCH_SERVICES) {
      const taken = this.#waiting.take();
      if (taken === null) break;
      batch.push(taken);
      for (const member of this.#membersOf.get(taken.item) ?? [])
        if (member !== taken.owner) this.#waiting.delete(member, taken.item);
      this.#membersOf.delete(taken.item);
    }
    return batch;
  }

  #put(key: string, member: string): void {
    const members = this.#membersOf.get(key) ?? [];
    if (members.includes(member)) return;
    this.#membersOf.set(key, [...members, member]);
    this.#waiting.add(member, key);
  }

  #isolate(batch: readonly Taken<string>[], error: unknown): void {
    const [first] = batch;
    if (first === undefined || error instanceof OperationalError) {
      this.#problem = messageOf(error);
      for (const { item, owner } of batch) this.#put(item, owner);
      return;
    }
    this.#problem = null;
    if (batch.length === 1) this.#options.onRefused(first.item, error);
    else this.#suspects.split(batch);
    // What a member has besides waits for what is suspected of it.
    for (const { owner } of batch) if (this.#suspects.hasOf(owner)) this.#waiting.hold(owner);
  }
}
