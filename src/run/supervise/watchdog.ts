/**
 * Detects a process that is alive but does not work: one that is stopped, deadlocked, or waits for a disk. Workers and the
 * event loops of all processes advance heartbeats on the scoreboard. The watchdog checks them once a second.
 *
 *   a heartbeat has not advanced   for QUIET_BOUND_MS   fedns is not ready, if the process is needed to answer
 *                                  for its bound        the process is killed, and its supervisor starts it again
 *   the watchdog itself was late                        all deadlines start again: the machine was suspended, or this
 *                                                       process was stopped, and the others may have been as well
 */
import { type Clock, pause } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";

const CHECK_INTERVAL_MS = 1_000;
/** A check that comes this late does not count against the other processes. */
const LATE_MS = 3_000;
/** Workers advance theirs at least every 50 ms. On an overloaded machine a thread may wait a second for the CPU. */
const QUIET_BOUND_MS = 2_500;

export type Watched = {
  /** Of the process. */
  readonly name: string;
  /** What must not stand still, for the log: "a worker". */
  readonly what: string;
  /** The process is killed when a heartbeat has not advanced for this long. */
  readonly boundMs: number;
  /** The heartbeats that must advance, by name; empty = no process runs that could advance one. */
  readonly beats: () => ReadonlyMap<string, number>;
  /** Without it fedns is not ready. */
  readonly isNeededToAnswer: boolean;
  /** `reason`: a clause for the log. */
  readonly kill: (reason: string) => void;
};

type Seen = { readonly beat: number; readonly sinceMs: number };

export class Watchdog {
  readonly #watched: readonly Watched[];
  readonly #clock: Clock;
  readonly #log: Log;
  /** By process, which may be watched in several ways, then by heartbeat. */
  readonly #seen: Map<Watched, Map<string, Seen>> = new Map();
  #checkedMs: number;

  constructor(watched: readonly Watched[], clock: Clock, log: Log) {
    this.#watched = watched;
    this.#clock = clock;
    this.#log = log;
    this.#checkedMs = clock.nowMs();
  }

  /** Checks until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.check();
      await pause(this.#clock, CHECK_INTERVAL_MS, signal);
    }
  }

  /** Names of the unresponsive processes among those that are needed to answer. */
  get unresponsive(): readonly string[] {
    const nowMs = this.#clock.nowMs();
    const quiet = this.#watched.filter(
      (watched) => watched.isNeededToAnswer && this.#stillMs(watched, nowMs) >= QUIET_BOUND_MS,
    );
    return [...new Set(quiet.map(({ name }) => name))];
  }

  check(): void {
    const nowMs = this.#clock.nowMs();
    const isLate = nowMs - this.#checkedMs > LATE_MS;
    this.#checkedMs = nowMs;
    for (const watched of this.#watched) {
      this.#note(watched, isLate ? new Map() : (this.#seen.get(watched) ?? new Map()), nowMs);
      const stillMs = this.#stillMs(watched, nowMs);
      if (stillMs < watched.boundMs) continue;
      const reason = `${watched.what} stood still for ${Math.round(stillMs)} ms`;
      this.#log.error({ child: watched.name, reason, stillMs }, "process unresponsive; killing it");
      this.#seen.delete(watched);
      watched.kill(reason);
    }
  }

  #note(watched: Watched, before: ReadonlyMap<string, Seen>, nowMs: number): void {
    const seen = new Map<string, Seen>();
    for (const [key, beat] of watched.beats()) {
      const known = before.get(key);
      seen.set(key, known?.beat === beat ? known : { beat, sinceMs: nowMs });
    }
    this.#seen.set(watched, seen);
  }

  #stillMs(watched: Watched, nowMs: number): number {
    const seen = this.#seen.get(watched) ?? new Map<string, Seen>();
    return Math.max(0, ...[...seen.values()].map(({ sinceMs }) => nowMs - sinceMs));
  }
}
