/**
 * How often fields are taken from another writer: at most three times per copy, field and writer in ten minutes. Two controllers
 * that each insist would write for ever otherwise; after the third time a person has to decide.
 */
import { LRUCache } from "lru-cache";
import type { Clock } from "../../kernel/clock.ts";

const TIMES_MAX = 3;
const WITHIN_MS: number = 10 * 60_000;
const CONTESTS_MAX = 10_000;

/** Whose field it is, as far as a 409 tells. */
export type FieldClaim = { readonly path: string; readonly manager: string };

/** Who may take which fields, and what was taken. */
export type FieldContests = Pick<Contests, "contested" | "taken">;

export class Contests {
  readonly #clock: Clock;
  /** Times on the clock, the oldest first. */
  readonly #times = new LRUCache<string, readonly number[]>({ max: CONTESTS_MAX });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The claims that were taken too often: then none is to be taken now. */
  contested(copy: string, claims: readonly FieldClaim[]): readonly FieldClaim[] {
    return claims.filter((claim) => this.#recent(keyOf(copy, claim)).length >= TIMES_MAX);
  }

  /** They are taken now. */
  taken(copy: string, claims: readonly FieldClaim[]): void {
    for (const claim of claims) {
      const key = keyOf(copy, claim);
      this.#times.set(key, [...this.#recent(key), this.#clock.nowMs()]);
    }
  }

  #recent(key: string): readonly number[] {
    const sinceMs = this.#clock.nowMs() - WITHIN_MS;
    return (this.#times.get(key) ?? []).filter((atMs) => atMs > sinceMs);
  }
}

function keyOf(copy: string, { path, manager }: FieldClaim): string {
  return `${copy}\0${path}\0${manager}`;
}
