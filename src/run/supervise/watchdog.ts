/**
 * Notices a process that is alive and does not work: one that is stopped, deadlocked, or waits for a disk. Workers and
 * control raise a number on the scoreboard as they go; the watchdog looks at these numbers once a second.
 *
 *   a number stands still     for QUIET_BOUND_MS   the process is reported as hanging, and fedns is not ready
 *                             for its bound        the process is killed; its supervisor starts it again
 *   the watchdog itself was late                   everybody gets their whole time again: the machine was suspended, or
 *                                                  this process was stopped, and the others may have been as well
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";

const LOOK_EVERY_MS = 1_000;
/** A look that comes this late says nothing about the others. */
const LATE_MS = 3_000;
/** Workers move at least every 50 ms; on a machine at many times its load a thread may wait a second for its turn. */
const QUIET_BOUND_MS = 2_500;

type Watched = {
  readonly name: string;
  /** Kill it when a number has stood still for this long. */
  readonly boundMs: number;
  /** The numbers that must move, each by its own name; empty = nothing runs that could move one. */
  readonly beats: () => ReadonlyMap<string, number>;
  readonly kill: () => void;
};

type Seen = { readonly beat: number; readonly sinceMs: number };

export class Watchdog {
  readonly #watched: readonly Watched[];
  readonly #clock: Clock;
  readonly #log: Log;
  /** By process, by number. */
  readonly #seen: Map<string, Map<string, Seen>> = new Map();
  #lookedMs: number;

  constructor(watched: readonly Watched[], clock: Clock, log: Log) {
    this.#watched = watched;
    this.#clock = clock;
    this.#log = log;
    this.#lookedMs = clock.nowMs();
  }

  /** Looks until aborted. */
  run(signal: AbortSignal): void {
    if (signal.aborted) return;
    this.look();
    const cancel = this.#clock.after(LOOK_EVERY_MS, () => this.run(signal));
    signal.addEventListener("abort", cancel, { once: true });
  }

  /** Names of the processes that hang. */
  get hanging(): readonly string[] {
    const nowMs = this.#clock.nowMs();
    return this.#watched.flatMap(({ name }) => (this.#stillMs(name, nowMs) >= QUIET_BOUND_MS ? [name] : []));
  }

  look(): void {
    const nowMs = this.#clock.nowMs();
    const isLate = nowMs - this.#lookedMs > LATE_MS;
    this.#lookedMs = nowMs;
    for (const watched of this.#watched) {
      this.#note(watched, isLate ? new Map() : (this.#seen.get(watched.name) ?? new Map()), nowMs);
      const stillMs = this.#stillMs(watched.name, nowMs);
      if (stillMs < watched.boundMs) continue;
      this.#log.error({ child: watched.name, stillMs }, "the process hangs; killing it");
      this.#seen.delete(watched.name);
      watched.kill();
    }
  }

  #note({ name, beats }: Watched, before: ReadonlyMap<string, Seen>, nowMs: number): void {
    const seen = new Map<string, Seen>();
    for (const [key, beat] of beats()) {
      const known = before.get(key);
      seen.set(key, known?.beat === beat ? known : { beat, sinceMs: nowMs });
    }
    this.#seen.set(name, seen);
  }

  #stillMs(name: string, nowMs: number): number {
    const seen = this.#seen.get(name) ?? new Map<string, Seen>();
    return Math.max(0, ...[...seen.values()].map(({ sinceMs }) => nowMs - sinceMs));
  }
}
