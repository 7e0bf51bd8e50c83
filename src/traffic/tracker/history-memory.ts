/** Histories of targets that are not probed at present. A recreated Service resumes its probe history, including flap counts. */
import type { ProbeHistory } from "../health/probe-history.ts";
import type { ProbeTiming } from "../health/probe-spec.ts";

const REMEMBERED_MAX = 20_000;
const REMEMBERED_MS = 3_600_000;

export class HistoryMemory {
  readonly #histories: Map<string, { readonly history: ProbeHistory; readonly leftMs: number }> = new Map();

  remember(key: string, history: ProbeHistory, nowMs: number): void {
    this.#histories.delete(key);
    this.#histories.set(key, { history, leftMs: nowMs });
    for (const [oldest] of this.#histories) {
      if (this.#histories.size <= REMEMBERED_MAX) break;
      this.#histories.delete(oldest);
    }
  }

  has(key: string): boolean {
    return this.#histories.has(key);
  }

  /** Returns the history of a target that is probed again, and removes it. Null when there is none or it is too old. */
  recall(key: string, timing: ProbeTiming, nowMs: number): ProbeHistory | null {
    const known = this.#histories.get(key);
    this.#histories.delete(key);
    if (known === undefined || nowMs - known.leftMs > REMEMBERED_MS) return null;
    return afterAbsence(known.history, nowMs - known.leftMs, timing);
  }

  all(nowMs: number): readonly (readonly [key: string, history: ProbeHistory])[] {
    for (const [key, { leftMs }] of this.#histories)
      if (nowMs - leftMs > REMEMBERED_MS) this.#histories.delete(key);
    return [...this.#histories].map(([key, { history }]) => [key, history]);
  }
}

/**
 * Readiness that flickers, perhaps in the middle of an outage, changes nothing. After a longer absence the last probes
 * say nothing about the present, and must not count in the guard either: a target without its failures would count as
 * sound there.
 */
function afterAbsence(history: ProbeHistory, awayMs: number, { intervalMs }: ProbeTiming): ProbeHistory {
  if (awayMs <= 2 * intervalMs) return history;
  return { ...history, failures: 0, failingSinceMs: null, successes: 0, probedMs: null };
}
