/** Endpoints that operators forced up or down regardless of their probes, for a limited time or until cleared. */
import type { Clock } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import { type ForcedState, SAVED_MAX } from "../health/saved.ts";
import type { Forced } from "../health/health-reason.ts";

/** An end that is farther away is checked again after this time, because the wall clock may be set meanwhile. */
const LOOK_AGAIN_MS = 86_400_000;

export class Forces {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #forces: Map<string, ForcedState> = new Map();

  /** `onChange`: a force was set or cleared, or has expired. */
  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Throws OperationalError TOO_MANY_FORCES. */
  set(key: string, state: Forced, untilWallMs: number | null): void {
    if (this.#forces.size >= SAVED_MAX && !this.#forces.has(key))
      throw new OperationalError("TOO_MANY_FORCES", `more than ${SAVED_MAX} addresses are forced up or down`);
    this.#forces.set(key, { state, untilWallMs });
    this.#onChange();
  }

  clear(key: string): void {
    if (this.#forces.delete(key)) this.#onChange();
  }

  /** The force in effect; null = none. */
  of(key: string): ForcedState | null {
    const force = this.#forces.get(key);
    if (force === undefined) return null;
    if (force.untilWallMs === null || force.untilWallMs > this.#clock.wallMs()) return force;
    this.clear(key);
    return null;
  }

  all(): ReadonlyMap<string, ForcedState> {
    for (const key of this.#forces.keys()) this.of(key);
    return new Map(this.#forces);
  }

  /** When to check the force again, on the clock's `nowMs`; Infinity = never. */
  endsMs(key: string): number {
    const untilWallMs = this.of(key)?.untilWallMs ?? null;
    if (untilWallMs === null) return Infinity;
    return this.#clock.nowMs() + Math.min(LOOK_AGAIN_MS, untilWallMs - this.#clock.wallMs());
  }
}
