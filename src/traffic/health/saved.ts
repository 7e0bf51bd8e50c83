/**
 * The saved form of health: plain JSON, with times as ages, because the monotonic clock does not survive a restart.
 *
 * The file is not trusted: an invalid entry is ignored, the others are used. For the time in which fedns did not run, the
 * penalty decays, hold times and counts of good probes end, and failures are forgotten. Up and down are kept, for a day
 * at most. After that the address may belong to another service, and the target starts as unknown.
 */
import {
  list,
  nullable,
  number,
  object,
  oneOf,
  readShape,
  type ValueShape,
  text,
} from "../../kernel/shape.ts";
import { DOUBLINGS_MAX } from "./damping.ts";
import { RAMP_MAX_MS } from "./ramp.ts";
import type { ProbeHistory, ProbeState } from "./probe-history.ts";
import type { Forced } from "./health-reason.ts";

/** Older entries are ignored. */
export const SAVED_FOR_MS = 86_400_000;
/** Targets and endpoints in one file: more than a tracker watches and remembers. */
export const SAVED_MAX = 50_000;
/** An address, a probe and their options. */
const KEY_CHARACTERS_MAX = 8192;

/** `untilWallMs`: since the epoch; null = until it is cleared. */
export type ForcedState = { readonly state: Forced; readonly untilWallMs: number | null };

/** By the tracker's keys: of targets, and of endpoints that use them. */
export type HealthMemory = {
  readonly targets: ReadonlyMap<string, ProbeHistory>;
  /** Start times of the ramps in progress. */
  readonly ramps: ReadonlyMap<string, number>;
  readonly forced: ReadonlyMap<string, ForcedState>;
};

type Moment = {
  /** On the clock of the histories. */
  readonly nowMs: number;
  /** Since the epoch. */
  readonly wallMs: number;
};

type SavedTarget = {
  readonly key: string;
  readonly state: ProbeState;
  readonly ageMs: number;
  readonly flippedAgeMs: number | null;
  readonly doublings: number;
  readonly dampedAgeMs: number;
};
type SavedRamp = { readonly key: string; readonly ageMs: number };
type SavedForce = ForcedState & { readonly key: string };
export type SavedHealth = {
  readonly version: 1;
  readonly savedWallMs: number;
  readonly targets: readonly SavedTarget[];
  readonly ramps: readonly SavedRamp[];
  readonly forced: readonly SavedForce[];
};

const key: ValueShape<string> = text(1, KEY_CHARACTERS_MAX);
const span: ValueShape<number> = number(0, Number.MAX_SAFE_INTEGER);

const savedTarget: ValueShape<SavedTarget> = object<SavedTarget>({
  key,
  state: oneOf("unknown", "up", "down"),
  ageMs: span,
  flippedAgeMs: nullable(span),
  doublings: number(0, DOUBLINGS_MAX),
  dampedAgeMs: span,
});
const savedRamp: ValueShape<SavedRamp> = object<SavedRamp>({ key, ageMs: span });
const savedForce: ValueShape<SavedForce> = object<SavedForce>({
  key,
  state: oneOf("up", "down"),
  untilWallMs: nullable(span),
});
/** The entries of the lists are checked one by one. */
type Whole = Record<"targets" | "ramps" | "forced", unknown[]> & {
  readonly version: 1;
  readonly savedWallMs: number;
};
const savedWhole: ValueShape<Whole> = object<Whole>({
  version: oneOf(1),
  savedWallMs: span,
  targets: list(SAVED_MAX),
  ramps: list(SAVED_MAX),
  forced: list(SAVED_MAX),
});

export function toSaved(memory: HealthMemory, { nowMs, wallMs }: Moment): SavedHealth {
  const age = (atMs: number): number => Math.max(0, nowMs - atMs);
  const targets = [...memory.targets].map(([name, history]) => ({
    key: name,
    state: history.state,
    ageMs: age(history.sinceMs),
    flippedAgeMs: history.flippedMs === null ? null : age(history.flippedMs),
    doublings: history.damping.doublings,
    dampedAgeMs: age(history.damping.atMs),
  }));
  const ramps = [...memory.ramps].map(([name, fromMs]) => ({ key: name, ageMs: age(fromMs) }));
  const forced = [...memory.forced].map(([name, force]) => ({ key: name, ...force }));
  return { version: 1, savedWallMs: wallMs, targets, ramps, forced };
}

export type Recalled = HealthMemory & {
  /** The number of invalid entries. */
  readonly refused: number;
};

/** Null when it is not a health file of this version. `raw` may be anything. */
export function fromSaved(raw: unknown, { nowMs, wallMs }: Moment): Recalled | null {
  const read = readShape(savedWhole, raw);
  if ("problem" in read) return null;
  const whole = read.value;
  // If the wall clock was set back, the elapsed time is unknown and taken as zero.
  const awayMs = Math.max(0, wallMs - whole.savedWallMs);
  const targets = entries(whole.targets, savedTarget);
  const ramps = entries(whole.ramps, savedRamp);
  const forced = entries(whole.forced, savedForce);
  const isRecent = awayMs <= SAVED_FOR_MS;
  const at = (age: number): number => nowMs - awayMs - age;
  return {
    targets: new Map(isRecent ? targets.good.map((one) => [one.key, historyOf(one, at)] as const) : []),
    ramps: new Map(
      ramps.good
        .filter((one) => awayMs + one.ageMs < RAMP_MAX_MS)
        .map((one) => [one.key, at(one.ageMs)] as const),
    ),
    forced: new Map(
      forced.good
        .filter(({ untilWallMs }) => untilWallMs === null || untilWallMs > wallMs)
        .map((one) => [one.key, { state: one.state, untilWallMs: one.untilWallMs }] as const),
    ),
    refused: targets.refused + ramps.refused + forced.refused,
  };
}

function historyOf(saved: SavedTarget, at: (ageMs: number) => number): ProbeHistory {
  return {
    state: saved.state,
    sinceMs: at(saved.ageMs),
    failures: 0,
    failingSinceMs: null,
    successes: 0,
    flippedMs: saved.flippedAgeMs === null ? null : at(saved.flippedAgeMs),
    damping: { doublings: saved.doublings, atMs: at(saved.dampedAgeMs) },
    probedMs: null,
    wasGood: false,
  };
}

function entries<T>(raw: readonly unknown[], shape: ValueShape<T>): { good: T[]; refused: number } {
  const good = raw.flatMap((one) => {
    const read = readShape(shape, one);
    return "value" in read ? [read.value] : [];
  });
  return { good, refused: raw.length - good.length };
}
