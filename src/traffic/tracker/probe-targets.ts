/**
 * The probe targets: an address that several endpoints of a cluster share is probed once for all of them, if they use the same
 * probe. Clusters do not share targets: neither the timing nor the place in the queue of one is to count for another.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { FairLimits } from "../../kernel/fair/fair-room.ts";
import type { Log } from "../../kernel/log.ts";
import type { Guard } from "../health/guard.ts";
import { type ProbeQuestion, type ProbeSpec, type ProbeTiming, questionText } from "../health/probe-spec.ts";
import { afterProbe, type ProbeHistory, newHistory } from "../health/probe-history.ts";
import { FleetGuard } from "./fleet-guard.ts";
import { HistoryMemory } from "./history-memory.ts";
import type { ProbeOutcome, Prober } from "../probe/outcome.ts";
import { ProbeSchedule } from "./schedule.ts";
import { sameTiming, strictestOf } from "./shared-timing.ts";
import { TargetLog } from "./target-log.ts";
import { type AskedAt, TARGET_LIMITS, TargetRoom } from "./target-room.ts";

export type ProbeTarget = {
  /** Of all clusters. */
  readonly id: string;
  /** Address and question. */
  readonly key: string;
  readonly question: ProbeQuestion;
  readonly address: string;
  readonly cluster: string;
  /** The strictest timing of its users. */
  timing: ProbeTiming;
  history: ProbeHistory;
  /** Why the last probe was not good; null when it was. */
  reason: string | null;
  /** Keys of endpoints, with the timing each of them asks for. */
  readonly users: Map<string, ProbeTiming>;
};

export type TrackerSettings = {
  /** 0..1: when the fleet guard becomes active (health/guard.ts). */
  readonly guardShare: number;
  /** Probes under way at once. */
  readonly concurrency: number;
  /** Probes a second to one address. */
  readonly probesPerAddress: number;
};

type ProbeTargetsOptions = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly prober: Prober;
  readonly settings: TrackerSettings;
  /** A probe, or the guard, may have changed the health of the target's endpoints. */
  readonly onHealthInputChanged: (target: ProbeTarget) => void;
  /** There is room for the target of this user now: it is to join again. */
  readonly onRoom: (user: string) => void;
  readonly limits?: FairLimits;
  /** A history that must be saved has changed. */
  readonly onHistory: () => void;
};

export type ProbeCounts = { good: number; bad: number; unclear: number; denied: number; refused: number };

export class ProbeTargets {
  readonly #options: ProbeTargetsOptions;
  readonly #schedule: ProbeSchedule<ProbeTarget>;
  readonly #targets: Map<string, ProbeTarget> = new Map();
  readonly #memory: HistoryMemory = new HistoryMemory();
  readonly #guard: FleetGuard;
  readonly #changes: TargetLog;
  readonly #room: TargetRoom;
  readonly counts: ProbeCounts = { good: 0, bad: 0, unclear: 0, denied: 0, refused: 0 };

  constructor(options: ProbeTargetsOptions) {
    this.#options = options;
    const { clock, random, log, prober, settings } = options;
    this.#changes = new TargetLog(clock, log);
    const { probesPerAddress } = settings;
    this.#room = new TargetRoom({
      limits: options.limits ?? TARGET_LIMITS,
      probesPerAddress,
      log,
      onRoom: options.onRoom,
    });
    this.#guard = new FleetGuard({
      clock,
      log,
      share: settings.guardShare,
      voters: () => this.#targets.values(),
      onChange: () => this.#reportFailing(),
    });
    this.#schedule = new ProbeSchedule({
      clock,
      random,
      prober,
      concurrency: settings.concurrency,
      probesPerAddress,
      onOutcome: (target, outcome) => {
        this.#take(target, outcome);
      },
    });
  }

  configure({ guardShare, concurrency, probesPerAddress }: TrackerSettings): void {
    this.#guard.share = guardShare;
    this.#schedule.configure(concurrency, probesPerAddress);
    this.#room.configure(probesPerAddress);
  }

  get guard(): Guard {
    return this.#guard.now;
  }

  get all(): Iterable<ProbeTarget> {
    return this.#targets.values();
  }

  get size(): number {
    return this.#targets.size;
  }

  get load(): { readonly running: number; readonly waiting: number } {
    return { running: this.#schedule.running, waiting: this.#schedule.waiting };
  }

  get late(): Iterable<readonly [target: ProbeTarget, lateMs: number]> {
    return this.#schedule.late();
  }

  /** Null when there is no room for one more, or for one more of its address: the endpoint is not probed until there is. */
  join(user: string, spec: ProbeSpec, at: AskedAt): ProbeTarget | null {
    const key = `${at.address} ${questionText(spec.question)}`;
    const id = `${at.cluster} ${key}`;
    const known = this.#targets.get(id);
    if (known === undefined && !this.#room.hasRoom(user, at)) {
      this.counts.refused += 1;
      return null;
    }
    const target = known ?? this.#begin(id, key, spec, at);
    const before = target.users.get(user);
    target.users.set(user, spec.timing);
    if (before === undefined || !sameTiming(before, spec.timing)) this.#retime(target);
    return target;
  }

  leave(user: string, target: ProbeTarget): void {
    target.users.delete(user);
    if (target.users.size > 0) {
      this.#retime(target);
      return;
    }
    this.#schedule.remove(target);
    this.#targets.delete(target.id);
    if (target.history.state !== "unknown") this.remember(target.id, target.history);
    this.#options.onHistory();
    this.#room.giveBack(target);
  }

  /** The user does not wait for room any more. */
  cancel(user: string, at: AskedAt): void {
    this.#room.cancel(user, at);
  }

  /** Whether this question was asked of this address before for this cluster, and answered, in this run or an earlier one. */
  knows({ address, cluster }: AskedAt, question: ProbeQuestion): boolean {
    const key = `${address} ${questionText(question)}`;
    const id = `${cluster} ${key}`;
    // Histories of earlier versions have no cluster.
    return this.#targets.has(id) || this.#memory.has(id) || this.#memory.has(key);
  }

  /** Stores the history of a target that no endpoint uses at present. */
  remember(key: string, history: ProbeHistory): void {
    this.#memory.remember(key, history, this.#options.clock.nowMs());
  }

  /** Histories by key, including those of targets that are not probed at present. */
  histories(): Map<string, ProbeHistory> {
    const known = [...this.#targets.values()].filter(({ history }) => history.state !== "unknown");
    return new Map([
      ...this.#memory.all(this.#options.clock.nowMs()),
      ...known.map(({ id, history }) => [id, history] as const),
    ]);
  }

  close(): void {
    this.#room.close();
    this.#schedule.close();
    this.#guard.close();
    this.#changes.close();
  }

  #begin(id: string, key: string, { question, timing }: ProbeSpec, at: AskedAt): ProbeTarget {
    const nowMs = this.#options.clock.nowMs();
    const { address, cluster } = at;
    // Histories of earlier versions have no cluster.
    const recalled = this.#memory.recall(id, timing, nowMs) ?? this.#memory.recall(key, timing, nowMs);
    const history = recalled ?? newHistory(nowMs);
    const users = new Map<string, ProbeTiming>();
    const target: ProbeTarget = { id, key, question, address, cluster, timing, history, reason: null, users };
    this.#targets.set(id, target);
    this.#room.take(target);
    this.#schedule.add(target);
    return target;
  }

  #retime(target: ProbeTarget): void {
    const timing = strictestOf(target.users.values());
    if (sameTiming(timing, target.timing)) return;
    const isSameInterval = timing.intervalMs === target.timing.intervalMs;
    target.timing = timing;
    if (isSameInterval) return;
    this.#schedule.remove(target);
    this.#schedule.add(target);
  }

  #take(target: ProbeTarget, outcome: ProbeOutcome): void {
    this.counts[outcome.kind] += 1;
    const reasonBefore = target.reason;
    target.reason = outcome.kind === "good" ? null : outcome.reason;
    const isOtherReason = target.reason !== reasonBefore;
    if (outcome.kind === "unclear") {
      if (isOtherReason) this.#options.onHealthInputChanged(target);
      return;
    }
    const before = target.history;
    const atMs = this.#options.clock.nowMs();
    if (outcome.kind === "denied") {
      this.#forget(target, isOtherReason);
      return;
    }
    const mayFall = (suspect: ProbeHistory): boolean => {
      // The guard counts this failure too.
      target.history = suspect;
      return this.#guard.mayFall(suspect.failingSinceMs ?? atMs);
    };
    target.history = afterProbe(before, { isGood: outcome.kind === "good", atMs, mayFall }, target.timing);
    if (target.history.state !== before.state) {
      const { key, cluster, reason, history } = target;
      this.#changes.note({ target: key, cluster, from: before.state, to: history.state, reason });
      this.#options.onHistory();
    }
    if (isOtherReason || affectsHealth(before, target)) this.#options.onHealthInputChanged(target);
  }

  /** Nobody may ask it any more: what was known of it does not hold for ever. */
  #forget(target: ProbeTarget, isOtherReason: boolean): void {
    const { key, cluster, reason, history } = target;
    const wasKnown = history.state !== "unknown";
    if (!wasKnown && !isOtherReason) return;
    target.history = newHistory(this.#options.clock.nowMs());
    if (wasKnown) {
      this.#changes.note({ target: key, cluster, from: history.state, to: "unknown", reason });
      this.#options.onHistory();
    }
    this.#options.onHealthInputChanged(target);
  }

  /** The guard affects only targets that have failed often enough to be marked down. */
  #reportFailing(): void {
    for (const target of this.#targets.values())
      if (target.history.failures >= target.timing.fall) this.#options.onHealthInputChanged(target);
  }
}

/** Whether a probe changed anything that the health of an endpoint is computed from. */
function affectsHealth(before: ProbeHistory, { history, timing }: ProbeTarget): boolean {
  return (
    before.state !== history.state ||
    before.wasGood !== history.wasGood ||
    before.probedMs === null ||
    before.damping !== history.damping ||
    before.failures >= timing.fall !== history.failures >= timing.fall
  );
}
