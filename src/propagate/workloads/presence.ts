/**
 * Whether a member counts when replicas are distributed. One that is away for a moment keeps its share; one that has just come back
 * waits until it is likely to stay, as with KubeFed.
 *
 *   before      | seen                          | not seen
 *   not known   | counts                        | not known; for 20 s, then it does not count
 *   counts      | counts                        | counts; for 60 s, then not
 *   does not    | does not; for 20 s, then yes  | does not
 */
import type { SightState } from "./workload-watch.ts";

const FIRST_SIGHT_MS = 20_000;
const LOST_AFTER_MS = 60_000;
const BACK_AFTER_MS = 20_000;

export class MemberPresence {
  #counts: boolean | null = null;
  #isSeen = false;
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Null = not known yet. */
  get counts(): boolean | null {
    return this.#counts;
  }

  /** True when `counts` has changed. To be called now and then: time alone changes it. */
  look(state: SightState, nowMs: number): boolean {
    const isSeen = state === "seen";
    if (isSeen !== this.#isSeen) this.#sinceMs = nowMs;
    this.#isSeen = isSeen;
    const before = this.#counts;
    this.#counts = this.#next(nowMs - this.#sinceMs);
    return this.#counts !== before;
  }

  #next(forMs: number): boolean | null {
    if (this.#counts === null) return this.#isSeen ? true : forMs >= FIRST_SIGHT_MS ? false : null;
    if (this.#counts) return this.#isSeen || forMs < LOST_AFTER_MS;
    return this.#isSeen && forMs >= BACK_AFTER_MS;
  }
}
