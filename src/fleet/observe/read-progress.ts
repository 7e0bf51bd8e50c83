/**
 * Which sources of host names of one cluster have been read, and the callbacks for it.
 *
 * A source of host names that cannot be read does not delay the cluster (watch/optional-watch.ts). The cluster counts as
 * read in part: hosts of the other sources are published, and hosts that only an earlier run knew stay. They go when the
 * source has been read after all; or after `refusedMaxMs`, because by then nothing has confirmed them for as long as for
 * a cluster that cannot be reached.
 */
import type { Clock } from "../../kernel/clock.ts";

/** The default of `staleAfterSeconds`. */
const REFUSED_MAX_MS = 24 * 3_600_000;
/** The longest delay of a timer: 24 days. */
const TIMER_MAX_MS = 2_147_483_647;

type ReadProgressOptions = {
  /** Called once, when all objects of the cluster have been read. Hosts that were not declared no longer exist. */
  readonly onRead: () => void;
  /** At most once, before `onRead`: all sources that can be read have been read. */
  readonly onReadInPart: () => void;
  /** After either. */
  readonly onSynced: () => void;
  /** REFUSED_MAX_MS by default. */
  readonly refusedMaxMs?: (() => number) | undefined;
  readonly clock: Clock;
};

export class ReadProgress {
  readonly #options: ReadProgressOptions;
  #state: "unread" | "in part" | "read" = "unread";
  #stopWaiting: () => void = () => undefined;

  constructor(options: ReadProgressOptions) {
    this.#options = options;
  }

  /** Read, at least in part. */
  get isRead(): boolean {
    return this.#state !== "unread";
  }

  /** All sources have been read, or cannot be. `isWhole`: all have been read. */
  synced(isWhole: boolean): void {
    if (this.#state === "read") return;
    if (isWhole) this.#finish();
    else if (this.#state === "unread") {
      const { onReadInPart, onSynced, clock, refusedMaxMs = () => REFUSED_MAX_MS } = this.#options;
      this.#state = "in part";
      onReadInPart();
      this.#stopWaiting = clock.after(Math.min(refusedMaxMs(), TIMER_MAX_MS), () => this.#finish());
      onSynced();
    }
  }

  stop(): void {
    this.#stopWaiting();
  }

  #finish(): void {
    this.#stopWaiting();
    this.#state = "read";
    this.#options.onRead();
    this.#options.onSynced();
  }
}
