/**
 * When each target is probed: spread over its interval, with bounded concurrency; cancelled when the target is removed.
 *
 * - Probes start `interval` apart, minus a random part of up to a tenth, so that targets do not stay in step.
 * - An up target that fails is probed slightly sooner, so that it is marked down within `interval` x `fall` of failing even
 *   when each of those probes takes its whole time-out.
 * - Failing targets may use only half of the slots. Six clusters that drop all packets therefore do not slow the probing
 *   of the other ninety-four.
 * - A time-out that fires much too late (a stopped process, a busy machine) is attributed to this host and ignored.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { ProbeQuestion, ProbeTiming } from "../health/probe-spec.ts";
import type { ProbeHistory } from "../health/probe-history.ts";
import { Alarm } from "./alarm.ts";
import type { ProbeOutcome, Prober } from "../probe/outcome.ts";

/** At most this part of an interval. */
const JITTER = 0.1;

type Probed = {
  readonly question: ProbeQuestion;
  readonly address: string;
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
  readonly onOutcome: (target: T, outcome: ProbeOutcome) => void;
};

type Lane = "passing" | "failing";
type Run = { readonly lane: Lane; readonly abort: AbortController };

export class ProbeSchedule<T extends Probed> {
  readonly #options: ScheduleOptions<T>;
  readonly #alarm: Alarm<T>;
  /** All targets, each with its running probe or null. */
  readonly #runs: Map<T, Run | null> = new Map();
  readonly #waiting: Readonly<Record<Lane, Set<T>>> = { passing: new Set(), failing: new Set() };
  #concurrency: number;
  readonly #running: Record<Lane, number> = { passing: 0, failing: 0 };

  constructor(options: ScheduleOptions<T>) {
    this.#options = options;
    this.#concurrency = options.concurrency;
    this.#alarm = new Alarm(options.clock, (target) => {
      this.#waiting[laneOf(target)].add(target);
      this.#fill();
    });
  }

  get running(): number {
    return this.#running.passing + this.#running.failing;
  }

  get waiting(): number {
    return this.#waiting.passing.size + this.#waiting.failing.size;
  }

  /** How many probes may run at the same time, from now on. */
  setConcurrency(concurrency: number): void {
    this.#concurrency = concurrency;
    this.#fill();
  }

  /** The first probe starts at a random time within an interval. */
  add(target: T): void {
    const { clock, random } = this.#options;
    this.#runs.set(target, null);
    this.#alarm.set(target, clock.nowMs() + random() * target.timing.intervalMs);
  }

  /** `onOutcome` is not called for the target any more, not even for a running probe. */
  remove(target: T): void {
    this.#runs.get(target)?.abort.abort();
    this.#runs.delete(target);
    this.#alarm.clear(target);
    for (const waiting of Object.values(this.#waiting)) waiting.delete(target);
  }

  close(): void {
    for (const target of this.#runs.keys()) this.remove(target);
    this.#alarm.close();
  }

  #fill(): void {
    for (const lane of ["passing", "failing"] as const) {
      for (const target of this.#waiting[lane]) {
        if (!this.#hasSlot(lane)) break;
        this.#waiting[lane].delete(target);
        void this.#probe(target, lane);
      }
    }
  }

  #hasSlot(lane: Lane): boolean {
    const concurrency = this.#concurrency;
    if (this.running >= concurrency) return false;
    return lane === "passing" || this.#running.failing < Math.max(1, concurrency >> 1);
  }

  /** Never rejects, because a prober never rejects. */
  async #probe(target: T, lane: Lane): Promise<void> {
    const { clock, prober } = this.#options;
    const { question, address, timing } = target;
    const run: Run = { lane, abort: new AbortController() };
    this.#runs.set(target, run);
    this.#running[lane] += 1;
    const startedMs = clock.nowMs();
    let lateMs = 0;
    const cancel = clock.after(timing.timeoutMs, () => {
      lateMs = clock.nowMs() - startedMs - timing.timeoutMs;
      run.abort.abort();
    });
    const outcome = await prober(question, address, run.abort.signal);
    cancel();
    this.#running[lane] -= 1;
    if (this.#runs.get(target) === run) {
      this.#runs.set(target, null);
      const isOverloaded = outcome.kind === "bad" && lateMs > timing.timeoutMs / 2;
      this.#options.onOutcome(
        target,
        isOverloaded ? { kind: "unclear", reason: "inconclusive: the prober was overloaded" } : outcome,
      );
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
