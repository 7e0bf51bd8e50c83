/** The health of one watch, for /status and metrics: above all, for how long changes may have gone unseen. */
import type { Clock } from "../../kernel/clock.ts";

export type ReflectorState = "listing" | "watching" | "blind" | "stopped";

export type ReflectorHealth = {
  readonly state: ReflectorState;
  /** Wall time in ms since when changes may have gone unseen; null while the watch runs. */
  readonly blindSinceMs: number | null;
  /** Changes have been seen since the start. */
  readonly wasSeen: boolean;
  /** Total time in ms when changes may have gone unseen, including the first list and the gap between two watches. */
  readonly blindTotalMs: number;
  /** The longest such time after the first sync, including a current one. */
  readonly blindLongestMs: number;
  /** True once a complete list has been stored. */
  readonly isSynced: boolean;
  /** Wall times in ms. */
  readonly lastEventMs: number | null;
  readonly lastBookmarkMs: number | null;
  /** Watches opened after the first one. */
  readonly restarts: number;
  /** Complete lists after the first one. */
  readonly relists: number;
  /** What keeps it from watching; null as soon as a watch is accepted. */
  readonly lastError: string | null;
  readonly resourceVersion: string | null;
  readonly objectCount: number;
  /** Objects whose projection threw; they count as absent. */
  readonly projectionErrors: number;
  readonly sinkErrors: number;
};

/** For a source that is off, or whose version is not known yet. */
export const UNWATCHED: ReflectorHealth = {
  state: "stopped",
  blindSinceMs: null,
  wasSeen: false,
  blindTotalMs: 0,
  blindLongestMs: 0,
  isSynced: false,
  lastEventMs: null,
  lastBookmarkMs: null,
  restarts: 0,
  relists: 0,
  lastError: null,
  resourceVersion: null,
  objectCount: 0,
  projectionErrors: 0,
  sinkErrors: 0,
};

/** Adds up when a resource was visible. A silent watch may have been dead since its last line, so `lost` takes a time in the past. */
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

  /** `atMs`: since when nothing is known; the earlier time counts if it is lost already. */
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

  get facts(): Pick<ReflectorHealth, "blindSinceMs" | "wasSeen" | "blindTotalMs" | "blindLongestMs"> {
    const { wallMs, nowMs } = { wallMs: this.#clock.wallMs(), nowMs: this.#clock.nowMs() };
    const blindMs = this.#lostAtMs === null ? 0 : nowMs - this.#lostAtMs;
    return {
      blindSinceMs: this.#lostAtMs === null ? null : Math.round(wallMs - blindMs),
      wasSeen: this.#hasSeen,
      blindTotalMs: this.#totalMs + blindMs,
      blindLongestMs: this.#hasSeen ? Math.max(this.#longestMs, blindMs) : this.#longestMs,
    };
  }
}
