/**
 * The fleet guard (health/guard.ts) over all probe targets. It is evaluated whenever a target is about to be marked down, and
 * once a second while it is active.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import {
  afterFall,
  countVoters,
  evidenceFrom,
  type Guard,
  reviewed,
  type Voter,
  WATCHING,
} from "../health/guard.ts";

const REVIEW_EVERY_MS = 1000;

type FleetGuardOptions = {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1 (health/guard.ts). */
  readonly share: number;
  readonly voters: () => Iterable<Voter>;
  /** The guard became active or was released. */
  readonly onChange: () => void;
};

export class FleetGuard {
  readonly #options: FleetGuardOptions;
  /** 0 to 1 (health/guard.ts). */
  share: number;
  #guard: Guard = WATCHING;
  #isClosed = false;

  constructor(options: FleetGuardOptions) {
    this.#options = options;
    this.share = options.share;
  }

  get now(): Guard {
    return this.#guard;
  }

  /** Whether a target that began to fail at `failingSinceMs` may be marked down. */
  mayFall(failingSinceMs: number): boolean {
    const { clock, voters } = this.#options;
    const { share } = this;
    this.#set(afterFall(this.#guard, voters, { failingSinceMs, nowMs: clock.nowMs(), share }));
    return this.#guard.kind !== "holding";
  }

  close(): void {
    this.#isClosed = true;
  }

  #set(guard: Guard): void {
    const before = this.#guard;
    if (guard === before) return;
    this.#guard = guard;
    const { clock, log, voters, onChange } = this.#options;
    const nowMs = clock.nowMs();
    const sinceMs = guard.kind === "watching" ? -Infinity : evidenceFrom(guard.evidenceMs, nowMs);
    const count = countVoters(voters(), sinceMs, nowMs);
    if (guard.kind === "holding")
      log.warn({ ...count }, "fleet guard active: most probe targets are failing; no address is removed");
    else log.warn({ ...count, was: before.kind, now: guard.kind }, "fleet guard released");
    onChange();
    if (before.kind === "watching") this.#reviewSoon();
  }

  #reviewSoon(): void {
    const { clock, voters } = this.#options;
    clock.after(REVIEW_EVERY_MS, () => {
      if (this.#isClosed) return;
      this.#set(reviewed(this.#guard, voters(), clock.nowMs(), this.share));
      if (this.#guard.kind !== "watching") this.#reviewSoon();
    });
  }
}
