/**
 * Checks the health of each address against the results of the prober: no fall without enough failures, no return
 * without enough consecutive good probes; hold times and damping are kept (the tables of src/traffic/health implemented
 * once more).
 */
import type { HealthChange } from "../../src/traffic/tracker/report.ts";
import type { Heard } from "./fake-prober.ts";

const FALL = 3;
const RISE = 2;
const FORGIVE = 5;
const HOLD_MS = 30_000;
const MEMORY_MS = 600_000;
const MOST_DOUBLINGS = 5;

const PROBED_DOWN = 4;
const PROBED_UP = 2;
const NEVER_UP = 8;
const FORCED = 128 | 256;

type Line = {
  state: "up" | "down";
  flippedMs: number;
  doublings: number;
  dampedMs: number;
  flips: number;
};

export class HealthLedger {
  readonly #heard: ReadonlyMap<string, readonly Heard[]>;
  readonly #lines: Map<string, Line> = new Map();
  flips = 0;

  constructor(heard: ReadonlyMap<string, readonly Heard[]>) {
    this.#heard = heard;
  }

  /** When it went down; -Infinity: it did not. */
  downSince(address: string): number {
    const line = this.#lines.get(address);
    return line?.state === "down" ? line.flippedMs : -Infinity;
  }

  isUp(address: string): boolean {
    return this.#lines.get(address)?.state === "up";
  }

  /** Control has restarted and forgot the history. */
  forget(): void {
    this.#lines.clear();
  }

  /** Returns what is wrong with the reported changes, or null. */
  take(changes: readonly HealthChange[], nowMs: number): string | null {
    const done = new Set<string>();
    for (const { key, reason, health } of changes) {
      const address = key.split(" ")[2] as string;
      if ((reason & FORCED) === 0 && (reason & PROBED_DOWN) !== 0 && health > 0)
        return `${key} is down, and its health is ${health}`;
      const state = (reason & PROBED_DOWN) !== 0 ? "down" : (reason & PROBED_UP) !== 0 ? "up" : null;
      // The history starts again.
      if ((reason & NEVER_UP) !== 0) this.#lines.delete(address);
      if (state === null || done.has(address)) continue;
      done.add(address);
      const wrong = this.#flip(address, state, nowMs);
      if (wrong !== null) return `${key} ${wrong}`;
    }
    return null;
  }

  #flip(address: string, state: "up" | "down", nowMs: number): string | null {
    const line = this.#lines.get(address);
    if (line === undefined) {
      this.#lines.set(address, { state, flippedMs: -Infinity, doublings: 0, dampedMs: nowMs, flips: 0 });
      return null;
    }
    if (line.state === state) return null;
    const heard = this.#heard.get(address) ?? [];
    this.flips += 1;
    // A change is reported 20 ms after the probe that caused it.
    const atMs = heard.at(-1)?.atMs ?? nowMs;
    const sinceMs = atMs - line.flippedMs;
    if (sinceMs < HOLD_MS - 100) return `goes ${state} ${sinceMs.toFixed(0)} ms after its last change`;
    const wrong = state === "down" ? tooSoonDown(heard, line.flippedMs) : this.#tooSoonUp(heard, line);
    line.doublings = Math.min(MOST_DOUBLINGS, left(line, atMs) + 1);
    line.dampedMs = atMs;
    line.flippedMs = atMs;
    line.state = state;
    line.flips += 1;
    return wrong;
  }

  #tooSoonUp(heard: readonly Heard[], line: Line): string | null {
    let streak = 0;
    for (let i = heard.length - 1; i >= 0 && heard[i]?.isGood === true; i--) streak += 1;
    const atMs = heard.at(-1)?.atMs ?? 0;
    const needed = Math.ceil(RISE * 2 ** left(line, atMs) - 1e-9);
    return streak >= needed ? null : `is back after ${streak} good probes in a row, and needs ${needed}`;
  }
}

function left({ doublings, dampedMs }: Line, nowMs: number): number {
  return Math.max(0, doublings - (nowMs - dampedMs) / MEMORY_MS);
}

/** Failures since the last change, or since enough consecutive good probes have reset the count. */
function tooSoonDown(heard: readonly Heard[], sinceMs: number): string | null {
  let failures = 0;
  let streak = 0;
  for (let i = heard.length - 1; i >= 0; i--) {
    const one = heard[i] as Heard;
    if (one.atMs <= sinceMs) break;
    streak = one.isGood ? streak + 1 : 0;
    if (streak >= FORGIVE) break;
    if (!one.isGood) failures += 1;
  }
  return failures >= FALL ? null : `goes down after ${failures} failures`;
}
