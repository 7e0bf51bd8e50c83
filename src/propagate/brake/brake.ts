/**
 * What holds changes of copies that exist. New copies are always made.
 *
 *   state                                                     | changes
 *   it is not known yet whether they are paused, or what the  | wait
 *   host has                                                  |
 *   the host lost many objects at once, or went back in time  | wait until a person resumes
 *   more than may be done in a minute                         | wait for the next minute
 *   none of these                                             | are done
 */
import type { Clock } from "../../kernel/clock.ts";
import type { CopyAction } from "../apply/decide.ts";
import { BlastRadius, type RadiusLimits } from "./blast-radius.ts";
import { Losses, type LossLimits } from "./losses.ts";

export type BrakeLimits = { readonly loss: LossLimits; readonly radius: RadiusLimits };

/** Why changes are paused, and since when (RFC 3339). */
export type ChangesPause = { readonly reason: string; readonly since: string };

type BrakeOptions = {
  readonly limits: BrakeLimits;
  /** Changes are paused from now on: others are to know it. */
  readonly onPause: (pause: ChangesPause) => void;
  readonly clock: Clock;
};

/** `againMs`: monotonic time when to ask again; null = when changes are resumed. `reason` null: nothing is to be said. */
export type HeldChange = { readonly reason: string | null; readonly againMs: number | null };

const KINDS: Readonly<Record<CopyAction["kind"], "update" | "removal" | null>> = {
  none: null,
  wait: null,
  refuse: null,
  create: null,
  update: "update",
  "take-over": "update",
  adopt: "update",
  remove: "removal",
  release: "removal",
};
const ASK_AGAIN_MS = 250;

export class Brake {
  readonly #options: BrakeOptions;
  readonly #losses: Losses;
  readonly #radius: BlastRadius;
  /** Objects of the host whose deletion was not asked for, by row. */
  readonly #live = new Set<number>();
  /** Those whose deletion was asked for. */
  readonly #deleting = new Set<number>();
  /** What was asked to be deleted before was meant. */
  #resumedMs = -Infinity;
  #pause: ChangesPause | null = null;
  #isOrderKnown = false;
  #isHostKnown = false;

  constructor(options: BrakeOptions) {
    this.#options = options;
    this.#losses = new Losses(options.limits.loss);
    this.#radius = new BlastRadius(options.limits.radius);
  }

  /** Null = changes are not paused. */
  get pause(): ChangesPause | null {
    return this.#pause;
  }

  /** Null = changes like this are not paused. Nothing counts. */
  paused(action: CopyAction["kind"]): HeldChange | null {
    if (KINDS[action] === null) return null;
    if (this.#pause !== null) {
      const reason = `changes are paused: ${this.#pause.reason}; fedns plan shows them, fedns resume lets them go on`;
      return { reason, againMs: null };
    }
    const nowMs = this.#options.clock.nowMs();
    if (!this.#isOrderKnown || !this.#isHostKnown) return { reason: null, againMs: nowMs + ASK_AGAIN_MS };
    return null;
  }

  /** Null = it may be done now, and counts as done. `along`: other objects whose copies go with this one. */
  hold(
    action: CopyAction["kind"],
    row: number,
    cluster: string,
    along: readonly number[] = [],
  ): HeldChange | null {
    const kind = KINDS[action];
    const paused = this.paused(action);
    if (kind === null || paused !== null) return paused;
    const nowMs = this.#options.clock.nowMs();
    const held = this.#radius.hold({ kind, row, cluster, along }, nowMs);
    return held === null ? null : { reason: held.reason, againMs: held.untilMs };
  }

  /** What was not held wrote nothing, and does not count. */
  undone(action: CopyAction["kind"], row: number, cluster: string): void {
    const kind = KINDS[action];
    if (kind !== null) this.#radius.undone({ kind, row, cluster }, this.#options.clock.nowMs());
  }

  /** A copy that was well before was refused its change. */
  failed(cluster: string): void {
    this.#radius.failed(cluster, this.#options.clock.nowMs());
  }

  /** The host has an object. `deletedMs`: wall time of the order to delete it; null = there is none. */
  seen(row: number, deletedMs: number | null): void {
    if (deletedMs === null) {
      this.#live.add(row);
      this.#deleting.delete(row);
    } else if (!this.#deleting.has(row)) {
      this.#live.delete(row);
      this.#deleting.add(row);
      this.#lost(deletedMs);
    }
  }

  /** The host does not have the object any more. */
  gone(row: number): void {
    this.#deleting.delete(row);
    if (this.#live.delete(row)) this.#lost(this.#options.clock.wallMs());
  }

  /** It is not propagated any more, which is no loss. */
  forget(row: number): void {
    this.#live.delete(row);
    this.#deleting.delete(row);
  }

  /** All objects of all types are known, or their types cannot be read. */
  hostKnown(): void {
    this.#isHostKnown = true;
    this.#judge(this.#losses.most);
  }

  /** The order in the host, as read; null = none. `resumedMs`: wall time of the last order to resume; null = never. */
  ordered(pause: ChangesPause | null, resumedMs: number | null): void {
    this.#isOrderKnown = true;
    this.#pause = pause;
    if (resumedMs !== null && resumedMs > this.#resumedMs) {
      this.#resumedMs = resumedMs;
      this.#losses.forgive();
    }
    this.#judge(this.#losses.most);
  }

  /** The host shows an older state than before. */
  hostWentBack(): void {
    this.#stop("the host shows an older state than before, as after a restore from a backup");
  }

  #lost(atMs: number): void {
    if (atMs <= this.#resumedMs) return;
    this.#judge(this.#losses.add(atMs));
  }

  #judge(lost: number): void {
    if (!this.#isHostKnown || !this.#isOrderKnown || this.#pause !== null) return;
    if (!this.#losses.isTooMany(lost, this.#live.size)) return;
    this.#stop(`${lost} of ${lost + this.#live.size} federated objects were deleted within a minute`);
  }

  #stop(reason: string): void {
    if (this.#pause !== null) return;
    this.#pause = { reason, since: new Date(this.#options.clock.wallMs()).toISOString() };
    this.#losses.forgive();
    this.#options.onPause(this.#pause);
  }
}
