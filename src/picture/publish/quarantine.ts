/**
 * What cannot be published although others can: a service, host or node that has no room, or whose own content is at
 * fault. It is kept apart, so that the others go on at their pace, and is tried again by itself, later each time. The
 * picture keeps what it had of it.
 */
import type { Clock } from "../../kernel/clock.ts";
import { errorFields, messageOf } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";

export type KeptBack = {
  /** Of a service or host, or what node-publisher.ts calls its parts. */
  readonly key: string;
  readonly error: unknown;
};

type Entry = {
  problem: string;
  attempts: number;
  /** Monotonic. */
  dueMs: number;
  readonly sinceMs: number;
};

export type QuarantineStatus = {
  readonly count: number;
  /** The first few. */
  readonly first: readonly {
    readonly key: string;
    readonly problem: string;
    readonly attempts: number;
    readonly since: string;
  }[];
};

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 300_000;
/** Of a picture that is full, there may be tens of thousands. */
const LISTED_MAX = 10;
const LINES_MAX = 20;
const LINES_EVERY_MS = 60_000;

export class Quarantine {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #entries: Map<string, Entry> = new Map();
  #linesSinceMs = -Infinity;
  #lines = 0;
  #unlogged = 0;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  get size(): number {
    return this.#entries.size;
  }

  get keys(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Keys of what is in quarantine once `batch` has been written except for `refusals`; only those that `isWanted` accepts. */
  *keysAfter(
    batch: ReadonlySet<string>,
    refusals: readonly KeptBack[],
    isWanted: (key: string) => boolean,
  ): Generator<string> {
    for (const { key } of refusals) if (isWanted(key)) yield key;
    for (const key of this.#entries.keys()) if (!batch.has(key) && isWanted(key)) yield key;
  }

  get status(): QuarantineStatus {
    const first = [...this.#entries].slice(0, LISTED_MAX).map(([key, { problem, attempts, sinceMs }]) => ({
      key,
      problem,
      attempts,
      since: new Date(sinceMs).toISOString(),
    }));
    return { count: this.#entries.size, first };
  }

  /** It could not be published, for the first time or again. */
  add({ key, error }: KeptBack): void {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.problem = messageOf(error);
      return;
    }
    const sinceMs = this.#clock.wallMs();
    const dueMs = this.#clock.nowMs() + RETRY_FIRST_MS;
    this.#entries.set(key, { problem: messageOf(error), attempts: 1, dueMs, sinceMs });
    this.#note(key, error);
  }

  /** It was published, or is no more. */
  release(key: string): void {
    if (!this.#entries.delete(key)) return;
    if (this.#entries.size === 0) this.#log.info({}, "nothing is kept back from the picture any more");
  }

  /** Those whose time has come. They stay in quarantine until they are released. */
  takeDue(): readonly string[] {
    const nowMs = this.#clock.nowMs();
    const due: string[] = [];
    for (const [key, entry] of this.#entries) {
      if (entry.dueMs > nowMs) continue;
      entry.dueMs = nowMs + Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** entry.attempts);
      entry.attempts++;
      due.push(key);
    }
    return due;
  }

  #note(key: string, error: unknown): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#linesSinceMs >= LINES_EVERY_MS) {
      this.#linesSinceMs = nowMs;
      this.#lines = 0;
    }
    if (this.#lines === LINES_MAX) {
      this.#unlogged++;
      return;
    }
    this.#lines++;
    const others = this.#unlogged === 0 ? {} : { notLogged: this.#unlogged };
    this.#unlogged = 0;
    this.#log.error(
      { key, ...errorFields(error), ...others },
      "could not publish this; the picture keeps what it had of it, and all others go on",
    );
  }
}
