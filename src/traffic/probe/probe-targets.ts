/**
 * The targets: each question to each address is asked once, whoever wants to know. Their histories, the memory of
 * those that left, and the fleet's guard over all of them.
 */
import type { Clock } from "../../kernel/clock.ts";
import {
  afterFall,
  countVoters,
  evidenceFrom,
  type Guard,
  overruled,
  reviewed,
  type Voter,
  watching,
} from "../health/guard.ts";
import { type ProbeQuestion, type ProbeSpec, type ProbeTiming, questionText } from "../health/probe-spec.ts";
import { afterProbe, type ProbeHistory, newHistory, type ProbeState } from "../health/probe-history.ts";
import type { Log } from "../../kernel/log.ts";
import type { ProbeOutcome, Prober } from "./outcome.ts";
import { ProbeSchedule } from "./schedule.ts";

/** At the standard interval 2,000 probes a second: a fifth of a core with TCP, all of two with HTTPS (measured). */
export const maxTargets = 20_000;
/** Of targets that nobody uses now: a Service made anew goes on where it was, with its flaps. */
const maxRemembered = 20_000;
const rememberedMs = 3_600_000;
const reviewMs = 1000;
/** Lines about single targets; the rest of a window is one line. */
const maxLoggedChanges = 20;
const logWindowMs = 10_000;

export type ProbeTarget = {
  readonly key: string;
  readonly question: ProbeQuestion;
  readonly address: string;
  readonly cluster: string;
  /** The strictest of its users': the one with the shortest interval. */
  timing: ProbeTiming;
  history: ProbeHistory;
  /** How the last probe ended when it was not good. */
  reason: string | null;
  /** Keys of endpoints, with the timing each of them asked for. */
  readonly users: Map<string, ProbeTiming>;
};

type ProbeTargetsOptions = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly prober: Prober;
  readonly concurrency: number;
  readonly guardShare: number;
  /** After each probe that could change a verdict, and when the guard changed its mind about the target. */
  readonly onNews: (target: ProbeTarget) => void;
  /** Something that should be saved has changed. */
  readonly onHistory: () => void;
};

export type ProbeCounts = { good: number; bad: number; unclear: number; refused: number };

export class ProbeTargets {
  readonly #options: ProbeTargetsOptions;
  readonly #schedule: ProbeSchedule<ProbeTarget>;
  readonly #targets: Map<string, ProbeTarget> = new Map();
  readonly #remembered: Map<string, { readonly history: ProbeHistory; readonly leftMs: number }> = new Map();
  #guard: Guard = watching;
  #isClosed = false;
  #changesLogged = 0;
  readonly counts: ProbeCounts = { good: 0, bad: 0, unclear: 0, refused: 0 };

  constructor(options: ProbeTargetsOptions) {
    this.#options = options;
    const { clock, random, prober, concurrency } = options;
    this.#schedule = new ProbeSchedule({
      clock,
      random,
      prober,
      concurrency,
      onOutcome: (target, outcome) => {
        this.#take(target, outcome);
      },
    });
  }

  get guard(): Guard {
    return this.#guard;
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

  /** Null when there are too many targets: then it is not probed, and counted as refused. */
  join(
    user: string,
    spec: ProbeSpec,
    at: { readonly address: string; readonly cluster: string },
  ): ProbeTarget | null {
    const key = `${at.address} ${questionText(spec.question)}`;
    const target = this.#targets.get(key) ?? this.#begin(key, spec, at);
    if (target === null) return null;
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
    this.#targets.delete(target.key);
    if (target.history.state !== "unknown") this.remember(target.key, target.history);
    this.#options.onHistory();
  }

  /** For a target that nobody uses now, or not yet. */
  remember(key: string, history: ProbeHistory): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, { history, leftMs: this.#options.clock.nowMs() });
    for (const [oldest] of this.#remembered) {
      if (this.#remembered.size <= maxRemembered) break;
      this.#remembered.delete(oldest);
    }
  }

  /** By key, also of those that left a while ago. */
  histories(): Map<string, ProbeHistory> {
    const nowMs = this.#options.clock.nowMs();
    for (const [key, { leftMs }] of this.#remembered)
      if (nowMs - leftMs > rememberedMs) this.#remembered.delete(key);
    const left = [...this.#remembered].map(([key, { history }]) => [key, history] as const);
    const known = [...this.#targets.values()].filter(({ history }) => history.state !== "unknown");
    return new Map([...left, ...known.map(({ key, history }) => [key, history] as const)]);
  }

  /** Somebody believes the probes; true when that changes anything. */
  overrule(): boolean {
    const guard = overruled(this.#guard, this.#options.clock.nowMs());
    if (guard === this.#guard) return false;
    this.#setGuard(guard);
    return true;
  }

  close(): void {
    this.#isClosed = true;
    this.#schedule.close();
  }

  #begin(
    key: string,
    spec: ProbeSpec,
    at: { readonly address: string; readonly cluster: string },
  ): ProbeTarget | null {
    if (this.#isClosed || this.#targets.size >= maxTargets) {
      this.counts.refused += 1;
      this.#options.log.warn({ target: key, most: maxTargets }, "too many targets; not probed");
      return null;
    }
    const nowMs = this.#options.clock.nowMs();
    const remembered = this.#remembered.get(key);
    this.#remembered.delete(key);
    const { question, timing } = spec;
    const awayMs = nowMs - (remembered?.leftMs ?? -Infinity);
    const history =
      remembered === undefined || awayMs > rememberedMs
        ? newHistory(nowMs)
        : afterAbsence(remembered.history, awayMs, timing);
    const target: ProbeTarget = { key, question, ...at, timing, history, reason: null, users: new Map() };
    this.#targets.set(key, target);
    this.#schedule.add(target);
    return target;
  }

  #retime(target: ProbeTarget): void {
    const timing = [...target.users.values()].reduce(stricter);
    if (sameTiming(timing, target.timing)) return;
    const isSameInterval = timing.intervalMs === target.timing.intervalMs;
    target.timing = timing;
    if (isSameInterval) return;
    this.#schedule.remove(target);
    this.#schedule.add(target);
  }

  #take(target: ProbeTarget, outcome: ProbeOutcome): void {
    this.counts[outcome.kind] += 1;
    target.reason = outcome.kind === "good" ? null : outcome.reason;
    if (outcome.kind === "unclear") return;
    const before = target.history;
    const atMs = this.#options.clock.nowMs();
    const mayFall = (suspect: ProbeHistory): boolean => this.#mayFall(target, suspect, atMs);
    target.history = afterProbe(before, { isGood: outcome.kind === "good", atMs, mayFall }, target.timing);
    if (target.history.state !== before.state) {
      this.#logChange(target, before.state);
      this.#options.onHistory();
    }
    if (isNews(before, target)) this.#options.onNews(target);
  }

  /** Some lines for some targets; of thousands at once only how many. */
  #logChange({ key, cluster, history, reason }: ProbeTarget, from: ProbeState): void {
    const { clock, log } = this.#options;
    if (from === "unknown") {
      log.debug({ target: key, cluster }, "target seen up for the first time");
      return;
    }
    if (this.#changesLogged === 0)
      clock.after(logWindowMs, () => {
        const more = this.#changesLogged - maxLoggedChanges;
        this.#changesLogged = 0;
        if (more > 0 && !this.#isClosed) log.info({ more }, "more targets changed");
      });
    this.#changesLogged += 1;
    if (this.#changesLogged > maxLoggedChanges) return;
    log.info({ target: key, cluster, from, to: history.state, reason }, "target changed");
  }

  #mayFall(target: ProbeTarget, suspect: ProbeHistory, nowMs: number): boolean {
    target.history = suspect;
    const fall = {
      failingSinceMs: suspect.failingSinceMs ?? nowMs,
      nowMs,
      share: this.#options.guardShare,
    };
    this.#setGuard(afterFall(this.#guard, () => this.#voters(), fall));
    return this.#guard.kind !== "holding";
  }

  #voters(): Iterable<Voter> {
    return this.#targets.values();
  }

  #setGuard(guard: Guard): void {
    const before = this.#guard;
    if (guard === before) return;
    this.#guard = guard;
    const { clock, log } = this.#options;
    const nowMs = clock.nowMs();
    const sinceMs = guard.kind === "watching" ? -Infinity : evidenceFrom(guard.evidenceMs, nowMs);
    const count = countVoters(this.#voters(), sinceMs, nowMs);
    if (guard.kind === "holding")
      log.warn({ ...count }, "most of the fleet looks down at once; nothing is taken out");
    else log.warn({ ...count, was: before.kind, now: guard.kind }, "the fleet's guard lets go");
    for (const target of this.#targets.values())
      if (target.history.failures >= target.timing.fall) this.#options.onNews(target);
    if (before.kind === "watching") this.#reviewSoon();
  }

  #reviewSoon(): void {
    const { clock, guardShare } = this.#options;
    clock.after(reviewMs, () => {
      if (this.#isClosed) return;
      this.#setGuard(reviewed(this.#guard, this.#voters(), clock.nowMs(), guardShare));
      if (this.#guard.kind !== "watching") this.#reviewSoon();
    });
  }
}

/**
 * A readiness that flickers, in the middle of an outage perhaps, changes nothing. After a longer time what was heard has
 * no say about now any more, also with the guard: with a say and without its failures it would count as sound.
 */
function afterAbsence(history: ProbeHistory, awayMs: number, { intervalMs }: ProbeTiming): ProbeHistory {
  if (awayMs <= 2 * intervalMs) return history;
  return { ...history, failures: 0, failingSinceMs: null, successes: 0, probedMs: null };
}

/** The shorter interval; where that is the same, the first difference decides, so that the order of users never does. */
function stricter(a: ProbeTiming, b: ProbeTiming): ProbeTiming {
  for (const name of timingNames) if (a[name] !== b[name]) return a[name] < b[name] ? a : b;
  return a;
}

const timingNames = ["intervalMs", "timeoutMs", "fall", "rise", "forgive", "holdMs"] as const;

/** Whether a probe changed anything that a verdict is made of. */
function isNews(before: ProbeHistory, { history, timing }: ProbeTarget): boolean {
  return (
    before.state !== history.state ||
    before.wasGood !== history.wasGood ||
    before.probedMs === null ||
    before.damping !== history.damping ||
    before.failures >= timing.fall !== history.failures >= timing.fall
  );
}

function sameTiming(a: ProbeTiming, b: ProbeTiming): boolean {
  return timingNames.every((name) => a[name] === b[name]);
}
