/**
 * Works on what waits for one API server, a few at a time: as many as the server bears. Servers do not wait for each other.
 *
 *   the server answers in time       | one more at a time, up to the bound
 *   it says that it has too much, or | half as many, once for all that was on its way, and none for as long as it asks
 *     that we have (priority and     |
 *     fairness)                      |
 *   it does not answer               | none for a growing time, or until its watch is back
 *
 * Work that ends with an error that nobody foresaw is tried again like work that failed: one object never stops all others.
 */
import type { Clock } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { TurnShare } from "./turn-share.ts";
import type { WorkQueue } from "./work-queue.ts";

const CONCURRENCY_FIRST = 8;
const CONCURRENCY_MAX = 16;
const REST_FIRST_MS = 500;
const REST_MAX_MS = 30_000;

/** How the work on one key ended. */
export type WorkResult = {
  readonly next: "done" | "again" | "retry" | "later";
  /** What it says about the server as a whole. */
  readonly server: "answers" | "busy" | "limited" | "silent" | "not-asked";
  /** "retry": at least this; "later": this. */
  readonly retryAfterMs: number;
};

type QueueWorkerOptions = {
  readonly queue: WorkQueue<number>;
  /** Works on what one row stands for. */
  readonly work: (row: number) => Promise<WorkResult>;
  /** One for all workers. */
  readonly share: TurnShare;
  readonly clock: Clock;
  readonly log: Log;
};

const UNFORESEEN: WorkResult = { next: "retry", server: "not-asked", retryAfterMs: 0 };

export class QueueWorker {
  readonly #options: QueueWorkerOptions;
  #running = 0;
  #limit = CONCURRENCY_FIRST;
  #successes = 0;
  #rests = 0;
  #restUntilMs = -Infinity;
  #limitedBy: "overload" | "priority-and-fairness" | null = null;
  #cancelTimer: (() => void) | null = null;
  #isStopped = true;

  constructor(options: QueueWorkerOptions) {
    this.#options = options;
  }

  /** For the status: how much waits, how much is being worked on, and how much at most. */
  get load(): {
    readonly waiting: number;
    readonly running: number;
    readonly limit: number;
    /** Why it is fewer than the server has borne; null = it is not. */
    readonly limitedBy: "overload" | "priority-and-fairness" | null;
  } {
    const { size: waiting } = this.#options.queue;
    return { waiting, running: this.#running, limit: this.#limit, limitedBy: this.#limitedBy };
  }

  /** Nothing waits and nothing is being worked on; what failed and waits for its time counts as waiting. */
  get isIdle(): boolean {
    return this.#running === 0 && this.#options.queue.size === 0;
  }

  start(): void {
    this.#isStopped = false;
    this.poke();
  }

  /** What is being worked on ends by itself. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
    this.#options.share.leave(this);
  }

  /** The server is back: it need not be waited for. */
  resume(): void {
    this.#rests = 0;
    this.#restUntilMs = -Infinity;
    this.poke();
  }

  /** Call after adding to the queue. */
  poke(): void {
    const { queue, clock, share } = this.#options;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#isStopped) return;
    const nowMs = clock.nowMs();
    while (nowMs >= this.#restUntilMs && this.#running < this.#limit) {
      const dueMs = queue.nextDueMs;
      if (dueMs === null || dueMs > clock.nowMs()) break;
      if (!share.begin(this, () => this.poke())) return;
      const row = queue.take();
      if (row === null) break;
      this.#running += 1;
      void this.#run(row);
    }
    const dueMs = queue.nextDueMs;
    if (dueMs === null || this.#running >= this.#limit) return;
    const waitMs = Math.max(dueMs, this.#restUntilMs) - nowMs;
    this.#cancelTimer = clock.after(Math.max(1, waitMs), () => this.poke());
  }

  async #run(row: number): Promise<void> {
    const { queue, work, log } = this.#options;
    const { next, server, retryAfterMs } = await work(row).catch((error: unknown) => {
      log.error({ row, ...errorFields(error) }, "work on one object ended with an error; report a bug");
      return UNFORESEEN;
    });
    this.#running -= 1;
    this.#learn(server, retryAfterMs);
    if (next === "retry") queue.failed(row, retryAfterMs);
    else if (next === "later") queue.later(row, retryAfterMs);
    else {
      queue.done(row);
      if (next === "again") queue.add(row, "change");
    }
    this.poke();
  }

  #learn(server: WorkResult["server"], retryAfterMs: number): void {
    const nowMs = this.#options.clock.nowMs();
    if (server === "answers") {
      this.#rests = 0;
      this.#successes += 1;
      if (this.#successes < this.#limit) return;
      this.#successes = 0;
      this.#limit = Math.min(CONCURRENCY_MAX, this.#limit + 1);
      if (nowMs >= this.#restUntilMs) this.#limitedBy = null;
    } else if (server === "busy" || server === "limited") {
      this.#limitedBy = server === "limited" ? "priority-and-fairness" : "overload";
      if (nowMs >= this.#restUntilMs) this.#limit = Math.max(1, Math.floor(this.#limit / 2));
      this.#restUntilMs = Math.max(this.#restUntilMs, nowMs + Math.max(retryAfterMs, REST_FIRST_MS));
    } else if (server === "silent" && nowMs >= this.#restUntilMs) {
      this.#restUntilMs = nowMs + Math.min(REST_FIRST_MS * 2 ** this.#rests, REST_MAX_MS);
      this.#rests += 1;
    }
  }
}
