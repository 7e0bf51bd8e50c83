/**
 * When each target is probed: spread over its interval, with bounded concurrency; cancelled when the target is removed.
 *
 * - Probes start `interval` apart, minus a random part of up to a tenth, so that targets do not stay in step.
 * - An up target that fails is probed slightly sooner, so that it is marked down within `interval` x `fall` of failing even
 *   when each of those probes takes its whole time-out.
 * - Clusters come in turn. Each of several has slots of its own, a part of a quarter of all, that the others leave free;
 *   the rest is shared, and a cluster alone has all. So slow probes of one cluster do not delay those of another.
 * - Failing targets may use only half of the slots. Six clusters that drop all packets therefore do not slow the probing
 *   of the other ninety-four.
 * - One address has so many probes a second, whatever many targets ask it (address-turns.ts).
 * - A time-out that fires much too late (a stopped process, a busy machine) is attributed to this host and ignored.
 */
import type { Clock } from "../../kernel/clock.ts";
import { FairSlots } from "../../kernel/fair/fair-slots.ts";
import type { ProbeQuestion, ProbeTiming } from "../health/probe-spec.ts";
import type { ProbeHistory } from "../health/probe-history.ts";
import { OVERLOADED } from "../health/probe-failure.ts";
import { AddressTurns } from "./address-turns.ts";
import { Alarm } from "./alarm.ts";
import type { ProbeOutcome, Prober } from "../probe/outcome.ts";

/** At most this part of an interval. */
const JITTER = 0.1;

type Probed = {
  readonly question: ProbeQuestion;
  readonly address: string;
  readonly cluster: string;
  readonly timing: ProbeTiming;
  readonly history: ProbeHistory;
};

type ScheduleOptions<T> = {
  readonly clock: Clock;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  readonly prober: Prober;
  /** How many probes may run at the same time. */
  readonly concurrency: number;
  /** How many probes a second may go to one address. */
  readonly probesPerAddress: number;
  readonly onOutcome: (target: T, outcome: ProbeOutcome) => void;
};

type Lane = "passing" | "failing";
type Run = { readonly lane: Lane; readonly abort: AbortController };

export class ProbeSchedule<T extends Probed> {
  readonly #options: ScheduleOptions<T>;
  readonly #alarm: Alarm<T>;
  readonly #turns: AddressTurns<T>;
  /** All targets, each with its running probe or null. */
  readonly #runs: Map<T, Run | null> = new Map();
  readonly #slots: Readonly<Record<Lane, FairSlots<T>>>;
  /** Targets that wait for a slot, and when they were due. */
  readonly #dueMs: Map<T, number> = new Map();
  /** How many targets each cluster has. */
  readonly #clusters: Map<string, number> = new Map();
  #concurrency: number;
  /** Slots that no cluster has for itself. */
  #shared: number;

  constructor(options: ScheduleOptions<T>) {
    this.#options = options;
    this.#concurrency = options.concurrency;
    const { clock, probesPerAddress: perSecond } = options;
    this.#shared = options.concurrency;
    this.#slots = { passing: this.#lane("passing"), failing: this.#lane("failing") };
    this.#turns = new AddressTurns({
      clock,
      perSecond,
      onTurn: (target) => {
        this.#dueMs.set(target, clock.nowMs());
        this.#slots[laneOf(target)].add(target.cluster, target);
      },
    });
    this.#alarm = new Alarm(clock, (target) => {
      this.#turns.ask(target);
    });
  }

  get running(): number {
    return this.#slots.passing.running + this.#slots.failing.running;
  }

  get waiting(): number {
    return this.#dueMs.size + this.#turns.waiting;
  }

  /** How many probes may run at the same time, and go to one address in a second, from now on. */
  configure(concurrency: number, probesPerAddress: number): void {
    this.#concurrency = concurrency;
    this.#turns.configure(probesPerAddress);
    this.#share();
  }

  /** Targets that have waited for a slot for longer than their interval, and for how long. */
  *late(): Generator<readonly [target: T, lateMs: number]> {
    const nowMs = this.#options.clock.nowMs();
    for (const [target, dueMs] of this.#dueMs)
      if (nowMs - dueMs > target.timing.intervalMs) yield [target, nowMs - dueMs];
  }

  /** The first probe starts at a random time within an interval. */
  add(target: T): void {
    const { clock, random } = this.#options;
    if (!this.#runs.has(target)) this.#count(target.cluster, 1);
    this.#runs.set(target, null);
    this.#alarm.set(target, clock.nowMs() + random() * target.timing.intervalMs);
  }

  /** `onOutcome` is not called for the target any more, not even for a running probe. */
  remove(target: T): void {
    this.#runs.get(target)?.abort.abort();
    if (this.#runs.delete(target)) this.#count(target.cluster, -1);
    this.#alarm.clear(target);
    this.#stopWaiting(target);
    this.#turns.leave(target);
  }

  close(): void {
    this.#alarm.close();
    this.#turns.close();
    // Nothing is to start in the place of what ends.
    for (const target of this.#dueMs.keys()) this.#stopWaiting(target);
    for (const target of this.#runs.keys()) this.remove(target);
  }

  #stopWaiting(target: T): void {
    this.#dueMs.delete(target);
    for (const slots of Object.values(this.#slots)) slots.delete(target.cluster, target);
  }

  #lane(lane: Lane): FairSlots<T> {
    return new FairSlots({
      own: 0,
      mayBorrow: () => this.#isSharedFree(lane),
      start: (target) => void this.#probe(target, lane),
    });
  }

  #isSharedFree(lane: Lane): boolean {
    const { passing, failing } = this.#slots;
    if (passing.borrowed + failing.borrowed >= this.#shared) return false;
    return lane === "passing" || failing.borrowed < Math.max(1, this.#shared >> 1);
  }

  #fill(): void {
    this.#slots.passing.fill();
    this.#slots.failing.fill();
  }

  /** A cluster has one target more or less. */
  #count(cluster: string, by: 1 | -1): void {
    const before = this.#clusters.get(cluster) ?? 0;
    if (before + by === 0) this.#clusters.delete(cluster);
    else this.#clusters.set(cluster, before + by);
    if (before === 0 || before + by === 0) this.#share();
  }

  /** Of each lane, an eighth of the slots is for the clusters' own. With more clusters than that, all slots are shared in turn. */
  #share(): void {
    const count = this.#clusters.size;
    const own = count > 1 ? Math.floor((this.#concurrency >> 3) / count) : 0;
    this.#shared = this.#concurrency - 2 * own * count;
    for (const slots of Object.values(this.#slots)) slots.setOwn(own);
    this.#fill();
  }

  /** Never rejects, because a prober never rejects. */
  async #probe(target: T, lane: Lane): Promise<void> {
    const { clock, prober } = this.#options;
    const { question, address, timing } = target;
    const run: Run = { lane, abort: new AbortController() };
    this.#dueMs.delete(target);
    this.#runs.set(target, run);
    const startedMs = clock.nowMs();
    let lateMs = 0;
    const cancel = clock.after(timing.timeoutMs, () => {
      lateMs = clock.nowMs() - startedMs - timing.timeoutMs;
      run.abort.abort();
    });
    const outcome = await prober(question, address, run.abort.signal);
    cancel();
    this.#slots[lane].ended(target.cluster);
    if (this.#runs.get(target) === run) {
      this.#runs.set(target, null);
      const isOverloaded = outcome.kind === "bad" && lateMs > timing.timeoutMs / 2;
      this.#options.onOutcome(target, isOverloaded ? { kind: "unclear", reason: OVERLOADED } : outcome);
      this.#plan(target, startedMs);
    }
    this.#fill();
  }

  /** The `onOutcome` callback may have removed the target. */
  #plan(target: T, startedMs: number): void {
    if (!this.#runs.has(target) || this.#runs.get(target) !== null) return;
    const spacingMs = spacingOf(target) * (1 - JITTER * this.#options.random());
    this.#alarm.set(target, Math.max(this.#options.clock.nowMs(), startedMs + spacingMs));
  }
}

function laneOf({ history }: Probed): Lane {
  return history.wasGood || history.probedMs === null ? "passing" : "failing";
}

/** The time from the start of one probe to the start of the next, before jitter. */
export function spacingOf({ history, timing }: Pick<Probed, "history" | "timing">): number {
  const { intervalMs, timeoutMs, fall } = timing;
  if (history.state !== "up" || history.failures === 0 || fall === 1) return intervalMs;
  return Math.max(timeoutMs, intervalMs - timeoutMs / (fall - 1));
}
