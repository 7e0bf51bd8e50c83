/**
 * The health of every endpoint: probes it, evaluates the results and reports changes.
 *
 * An endpoint is one address of one service in one cluster. The caller chooses its key. It has a ramp, may be forced up or
 * down, and uses a probe target (probe-targets.ts) if it is probed. Its health is computed again
 * (health/health-reason.ts) when a probe of its target changes something, when it is forced, and when a ramp or a force
 * reaches its next step.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { ProbeSpec } from "../health/probe-spec.ts";
import { FULL_HEALTH } from "../health/ramp.ts";
import { type ForcedState, type SavedHealth, toSaved } from "../health/saved.ts";
import { DEFAULT_THRESHOLDS } from "../health/probe-history.ts";
import { type Forced, judge, type Judgement } from "../health/health-reason.ts";
import { Denial, failureBits } from "../health/probe-failure.ts";
import type { FairLimits } from "../../kernel/fair/fair-room.ts";
import type { Log } from "../../kernel/log.ts";
import { Alarm } from "./alarm.ts";
import { Forces } from "./forces.ts";
import { HealthFile, loadHealth } from "./health-file.ts";
import type { Prober } from "../probe/outcome.ts";
import { type HealthTrackerStatus, type HealthChange, targetStatus } from "./report.ts";
import { type ProbeTarget, ProbeTargets, type TrackerSettings } from "./probe-targets.ts";

/** Changes within this time are reported together: mass events cost one write each 20 ms, and the delay does not matter. */
const REPORT_AFTER_MS = 20;

export type HealthTrackerOptions = {
  readonly clock: Clock;
  /** 0 <= random() < 1: spreads the probes. */
  readonly random: () => number;
  readonly prober: Prober;
  readonly log: Log;
  /** The file that is read at the start and kept up to date; null = nothing is kept across restarts. */
  readonly path: string | null;
  readonly settings: TrackerSettings;
  /** How many probe targets there may be; absent = as many as a machine bears. */
  readonly limits?: FairLimits;
  /** The endpoints whose health changed, each once. A new endpoint is reported too, soon after `watch`. */
  readonly onChange: (changes: readonly HealthChange[]) => void;
};

export type Endpoint = {
  /** A literal address in its canonical spelling. */
  readonly address: string;
  readonly cluster: string;
  /** Null = not probed. */
  readonly probe: ProbeSpec | null;
  /** A probe is wanted, and this is why it may not be: one of Denial (health/probe-failure.ts). Absent = it may be. */
  readonly denial?: string;
  /** 0 = no slow start. */
  readonly rampMs: number;
  /** Slow start also for an endpoint that appears after `markInitialSyncDone`. */
  readonly isRampedWhenNew: boolean;
};

type Watched = {
  readonly key: string;
  endpoint: Endpoint;
  target: ProbeTarget | null;
  judgement: Judgement;
  isReported: boolean;
};

export class HealthTracker {
  readonly #options: HealthTrackerOptions;
  readonly #targets: ProbeTargets;
  readonly #file: HealthFile | null;
  readonly #alarm: Alarm<Watched>;
  readonly #watched: Map<string, Watched> = new Map();
  readonly #forces: Forces;
  /** Ramps of an earlier run, until their endpoints are watched. */
  readonly #recalledRamps: Map<string, number> = new Map();
  readonly #touched: Set<Watched> = new Set();
  #isInitialSyncDone = false;
  #isClosed = false;
  /** From the time of the monotonic clock to milliseconds since the epoch. */
  readonly #toWall = (atMs: number): number => {
    const { clock } = this.#options;
    return Math.round(clock.wallMs() - (clock.nowMs() - atMs));
  };

  /** Reads the file of an earlier run. */
  static async open(options: HealthTrackerOptions): Promise<HealthTracker> {
    const tracker = new HealthTracker(options);
    if (options.path === null) return tracker;
    const recalled = await loadHealth(options.path, options.clock, options.log);
    for (const [key, history] of recalled?.targets ?? []) tracker.#targets.remember(key, history);
    for (const [key, fromMs] of recalled?.ramps ?? []) tracker.#recalledRamps.set(key, fromMs);
    for (const [key, force] of recalled?.forced ?? [])
      tracker.#forces.set(key, force.state, force.untilWallMs);
    return tracker;
  }

  private constructor(options: HealthTrackerOptions) {
    this.#options = options;
    const { clock, random, prober, log, path, settings } = options;
    this.#file = path === null ? null : new HealthFile({ path, clock, log, content: () => this.#saved() });
    this.#forces = new Forces(clock, () => {
      this.#file?.changed();
    });
    this.#alarm = new Alarm(clock, (watched) => {
      this.#touch(watched);
    });
    this.#targets = new ProbeTargets({
      clock,
      random,
      prober,
      log,
      settings,
      onHealthInputChanged: (target) => {
        for (const key of target.users.keys()) {
          const watched = this.#watched.get(key);
          if (watched !== undefined) this.#touch(watched);
        }
      },
      onRoom: (key) => {
        const watched = this.#watched.get(key);
        if (watched !== undefined) this.watch(key, watched.endpoint);
      },
      ...(options.limits !== undefined && { limits: options.limits }),
      onHistory: () => {
        this.#file?.changed();
      },
    });
  }

  /** Takes other settings, from the next probe on. */
  configure(settings: TrackerSettings): void {
    this.#targets.configure(settings);
  }

  /** Starts to watch an endpoint, or updates one that is watched. Returns its health. */
  watch(key: string, endpoint: Endpoint): Judgement {
    const known = this.#watched.get(key);
    if (known !== undefined) this.#stopWaiting(known);
    const { probe, denial } = endpoint;
    const isProbed = probe !== null && denial === undefined && !this.#isClosed;
    const target = !isProbed ? null : this.#targets.join(key, probe, endpoint);
    const watched = known ?? this.#begin(key, endpoint);
    const left = watched.target;
    watched.endpoint = endpoint;
    watched.target = target;
    // The room that this leaves may be its own.
    if (left !== null && left !== target) this.#targets.leave(key, left);
    const judgement = this.#judge(watched, this.#options.clock.nowMs());
    if (known === undefined) watched.judgement = judgement;
    this.#touch(watched);
    return judgement;
  }

  unwatch(key: string): void {
    const watched = this.#watched.get(key);
    if (watched === undefined) return;
    this.#watched.delete(key);
    this.#touched.delete(watched);
    this.#alarm.clear(watched);
    this.#stopWaiting(watched);
    if (watched.target !== null) this.#targets.leave(key, watched.target);
  }

  #stopWaiting({ key, endpoint, target }: Watched): void {
    if (target === null && endpoint.probe !== null) this.#targets.cancel(key, endpoint);
  }

  /** Endpoints that appear from now on are new: they did not exist before fedns started. */
  markInitialSyncDone(): void {
    this.#isInitialSyncDone = true;
  }

  /**
   * Forces an endpoint up or down; `state` null clears the force. `untilWallMs`: since the epoch; null = until cleared. Also
   * accepts keys that are not watched yet.
   */
  force(key: string, state: Forced | null, untilWallMs: number | null = null): void {
    if (state === null) this.#forces.clear(key);
    else this.#forces.set(key, state, untilWallMs);
    const watched = this.#watched.get(key);
    if (watched !== undefined) this.#touch(watched);
  }

  /** The current health, including changes that are not reported yet; null when the endpoint is not watched. */
  healthOf(key: string): Judgement | null {
    const watched = this.#watched.get(key);
    return watched === undefined ? null : this.#judge(watched, this.#options.clock.nowMs());
  }

  /** Whether this probe was sent to this address before, in this run or an earlier one, and answered. */
  knows(at: { readonly address: string; readonly cluster: string }, { question }: ProbeSpec): boolean {
    return this.#targets.knows(at, question);
  }

  /** The probe target of an endpoint; null when the endpoint is not watched or not probed. */
  targetOf(key: string): ProbeTarget | null {
    return this.#watched.get(key)?.target ?? null;
  }

  status(): HealthTrackerStatus {
    return {
      endpoints: this.#watched.size,
      ...targetStatus(this.#targets, this.#options.clock.nowMs(), this.#toWall),
      forced: this.forces().size,
      savedWallMs: this.#file?.savedWallMs ?? null,
      saveError: this.#file?.error ?? null,
    };
  }

  /** All forces in effect, also of endpoints that are not watched. */
  forces(): ReadonlyMap<string, ForcedState> {
    return this.#forces.all();
  }

  /** Resolves when no write of the file is under way: a driven clock is faster than the disk. */
  async written(): Promise<void> {
    await this.#file?.written();
  }

  /** Stops probing and reporting, and saves. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#targets.close();
    this.#alarm.close();
    this.#touched.clear();
    await this.#file?.save();
  }

  #begin(key: string, endpoint: Endpoint): Watched {
    const nowMs = this.#options.clock.nowMs();
    const isRamped = this.#isInitialSyncDone && endpoint.isRampedWhenNew;
    const rampFromMs = this.#recalledRamps.get(key) ?? (isRamped ? nowMs : null);
    this.#recalledRamps.delete(key);
    const judgement = { health: FULL_HEALTH, reason: 0, sinceMs: nowMs, rampFromMs, nextMs: null };
    const watched: Watched = { key, endpoint, target: null, judgement, isReported: false };
    this.#watched.set(key, watched);
    return watched;
  }

  #touch(watched: Watched): void {
    if (this.#isClosed) return;
    if (this.#touched.size === 0)
      this.#options.clock.after(REPORT_AFTER_MS, () => {
        this.#report();
      });
    this.#touched.add(watched);
  }

  #report(): void {
    const nowMs = this.#options.clock.nowMs();
    const changes: HealthChange[] = [];
    for (const watched of this.#touched) {
      const before = watched.judgement;
      const now = this.#judge(watched, nowMs);
      watched.judgement = now;
      const dueMs = Math.min(now.nextMs ?? Infinity, this.#forces.endsMs(watched.key));
      if (dueMs === Infinity) this.#alarm.clear(watched);
      else this.#alarm.set(watched, dueMs);
      if (before.rampFromMs !== now.rampFromMs) this.#file?.changed();
      const isSame =
        before.health === now.health && before.reason === now.reason && before.sinceMs === now.sinceMs;
      if (isSame && watched.isReported) continue;
      watched.isReported = true;
      const { health, reason, sinceMs } = now;
      changes.push({ key: watched.key, health, reason, sinceWallMs: this.#toWall(sinceMs) });
    }
    this.#touched.clear();
    if (changes.length > 0) this.#options.onChange(changes);
  }

  #judge({ key, endpoint, target, judgement }: Watched, nowMs: number): Judgement {
    const facts = {
      history: target?.history ?? null,
      thresholds: target?.timing ?? DEFAULT_THRESHOLDS,
      isGuardHolding: this.#targets.guard.kind === "holding",
      forced: this.#forces.of(key)?.state ?? null,
      rampMs: endpoint.rampMs,
      failure: failureBits(endpoint.denial ?? crowdedOr(endpoint, target)),
    };
    return judge(facts, judgement, nowMs);
  }

  #saved(): SavedHealth {
    const { clock } = this.#options;
    const ramps = [...this.#watched.values()].flatMap(({ key, judgement: { rampFromMs } }) =>
      rampFromMs === null ? [] : [[key, rampFromMs] as const],
    );
    return toSaved(
      {
        targets: this.#targets.histories(),
        ramps: new Map([...this.#recalledRamps, ...ramps]),
        forced: this.#forces.all(),
      },
      { nowMs: clock.nowMs(), wallMs: clock.wallMs() },
    );
  }
}

/** Without a target there was no room for one more question. */
function crowdedOr({ probe }: Endpoint, target: ProbeTarget | null): string | null {
  return target === null ? (probe === null ? null : Denial.Crowded) : target.reason;
}
