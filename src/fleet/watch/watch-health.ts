/** How well we see one resource of one cluster, as plain facts for /status and metrics: first of all, how long we were blind. */
import type { Clock } from "../../kernel/clock.ts";

export type ReflectorState = "listing" | "watching" | "blind" | "stopped";

export type ReflectorHealth = {
  readonly state: ReflectorState;
  /** Wall time in ms since when changes may have gone unseen; null while the watch stands. */
  readonly blindSinceMs: number | null;
  /** All blind time up to now, in ms, with the first list and the round trip between two watches. */
  readonly blindTotalMs: number;
  /** The longest time blind after the first sync, a current one included. */
  readonly blindLongestMs: number;
  /** True once a complete list has been stored. */
  readonly isSynced: boolean;
  /** Wall times in ms. */
  readonly lastEventMs: number | null;
  readonly lastBookmarkMs: number | null;
  /** Watches dialled after the first one. */
  readonly restarts: number;
  /** Complete lists after the first one. */
  readonly relists: number;
  readonly lastError: string | null;
  readonly resourceVersion: string | null;
  readonly objectCount: number;
  /** Objects whose projection threw; they are treated as not there. */
  readonly projectionErrors: number;
  readonly sinkErrors: number;
};

/** A watch silent until its end was maybe dead since its last line; so `lost` takes the moment from which we know nothing. */
export class WatchVisibility {
  readonly #clock: Clock;
  #lostAtMs: number | null;
  #totalMs = 0;
  #longestMs = 0;
  #hasSeen = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lostAtMs = clock.nowMs();
  }

  /** Takes the earlier moment if sight is lost already. */
  lost(atMs: number): void {
    this.#lostAtMs = Math.min(atMs, this.#lostAtMs ?? atMs);
  }

  regained(): void {
    if (this.#lostAtMs === null) return;
    const blindMs = this.#clock.nowMs() - this.#lostAtMs;
    this.#totalMs += blindMs;
    if (this.#hasSeen) this.#longestMs = Math.max(this.#longestMs, blindMs);
    this.#hasSeen = true;
    this.#lostAtMs = null;
  }

  get facts(): Pick<ReflectorHealth, "blindSinceMs" | "blindTotalMs" | "blindLongestMs"> {
    const { wallMs, nowMs } = { wallMs: this.#clock.wallMs(), nowMs: this.#clock.nowMs() };
    const blindMs = this.#lostAtMs === null ? 0 : nowMs - this.#lostAtMs;
    return {
      blindSinceMs: this.#lostAtMs === null ? null : Math.round(wallMs - blindMs),
      blindTotalMs: this.#totalMs + blindMs,
      blindLongestMs: this.#hasSeen ? Math.max(this.#longestMs, blindMs) : this.#longestMs,
    };
  }
}
