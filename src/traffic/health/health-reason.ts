/**
 * The health of an endpoint and its reason, from its probe target, its ramp, the fleet guard and the operator. The picture has
 * one octet for the health and a 32-bit word for the reason.
 *
 * | forced | target          | health                   |
 * |--------|-----------------|--------------------------|
 * | down   | any             | 0                        |
 * | up     | any             | 255, at once             |
 * | -      | not probed      | 255, or the ramp's value |
 * | -      | unknown         | 255, or the ramp's value |
 * | -      | up, also if held| 255, or the ramp's value |
 * | -      | down            | 0                        |
 *
 * A ramp begins when health rises from 0, whatever the reason. An endpoint whose health never was 0, because the guard
 * kept it, does not ramp.
 */
import { forgottenMs } from "./damping.ts";
import { failureText, isDenied } from "./probe-failure.ts";
import { FULL_HEALTH, rampAt } from "./ramp.ts";
import type { ProbeHistory, Thresholds } from "./probe-history.ts";

/** Bits of the word that the picture has for each endpoint. Those above have why the last probe failed (probe-failure.ts). */
export const HealthReason = {
  /** It is probed. Exactly one of up, down and unknown is set as well. */
  Probed: 1,
  Up: 2,
  Down: 4,
  /** Never seen up: it stays eligible regardless of its probes. */
  Unknown: 8,
  /** Down, and recent flips delay its return. */
  Damped: 16,
  /** Slow start: health is between 1 and 254. */
  Ramping: 32,
  /** It would be down if most of the fleet did not appear to be down. */
  Guarded: 64,
  ForcedUp: 128,
  ForcedDown: 256,
  /** Its last probe failed. */
  Failing: 512,
} as const;

/** A change of these bits sets a new "since"; changes of the others do not. */
const LASTING =
  HealthReason.Probed |
  HealthReason.Up |
  HealthReason.Down |
  HealthReason.Unknown |
  HealthReason.Guarded |
  HealthReason.ForcedUp |
  HealthReason.ForcedDown;

export type Forced = "up" | "down";

export type Facts = {
  /** Null = not probed. */
  readonly history: ProbeHistory | null;
  readonly thresholds: Thresholds;
  /** The guard suspends removals now. */
  readonly isGuardHolding: boolean;
  readonly forced: Forced | null;
  /** 0 = none. */
  readonly rampMs: number;
  /** Why the last probe was not good (probe-failure.ts). Default: none. */
  readonly failure?: number;
};

export type Judgement = {
  /** 0 = down .. 255 = full share. */
  readonly health: number;
  /** Bits of HealthReason. */
  readonly reason: number;
  /** When the lasting part of `reason` last changed. */
  readonly sinceMs: number;
  /** When the ramp in progress began. */
  readonly rampFromMs: number | null;
  /** When the health changes although nothing else does, such as a step of the ramp; null = never. */
  readonly nextMs: number | null;
};

/** `before`: the last judgement; null = none yet. Starts a ramp for a new endpoint by `rampFromMs` in it. */
export function judge(
  facts: Facts,
  before: Pick<Judgement, "health" | "reason" | "sinceMs" | "rampFromMs"> | null,
  nowMs: number,
): Judgement {
  const bits = bitsOf(facts);
  const isOut =
    facts.forced === "down" ||
    (facts.forced === null && facts.history !== null && facts.history.state === "down");
  const isSame = before !== null && (before.reason & LASTING) === bits;
  const sinceMs = isSame ? before.sinceMs : sinceOf(facts, bits, nowMs);
  const isFailing = facts.history?.probedMs != null && !facts.history.wasGood;
  const failing = (isFailing ? HealthReason.Failing : 0) | (facts.failure ?? 0);
  if (isOut) {
    const dampedUntilMs = facts.history === null ? null : dampedUntil(facts.history, nowMs);
    const reason = bits | failing | (dampedUntilMs === null ? 0 : HealthReason.Damped);
    return { health: 0, reason, sinceMs, rampFromMs: null, nextMs: dampedUntilMs };
  }
  const rampFromMs =
    facts.forced === "up" ? null : before?.health === 0 ? nowMs : (before?.rampFromMs ?? null);
  if (rampFromMs === null)
    return { health: FULL_HEALTH, reason: bits | failing, sinceMs, rampFromMs, nextMs: null };
  const { health, nextMs } = rampAt(rampFromMs, facts.rampMs, nowMs);
  const isRamping = nextMs !== null;
  const reason = bits | failing | (isRamping ? HealthReason.Ramping : 0);
  return { health, reason, sinceMs, rampFromMs: isRamping ? rampFromMs : null, nextMs };
}

/** The lasting part of the reason. */
function bitsOf({ history, thresholds, isGuardHolding, forced }: Facts): number {
  const override = forced === null ? 0 : forced === "up" ? HealthReason.ForcedUp : HealthReason.ForcedDown;
  if (history === null) return override;
  const isGuarded = isGuardHolding && history.state === "up" && history.failures >= thresholds.fall;
  return override | HealthReason.Probed | STATE_BITS[history.state] | (isGuarded ? HealthReason.Guarded : 0);
}

const STATE_BITS = { up: HealthReason.Up, down: HealthReason.Down, unknown: HealthReason.Unknown } as const;

/** A target that other endpoints share may have been in its state for longer than this endpoint exists. */
function sinceOf({ history }: Facts, bits: number, nowMs: number): number {
  const isOurs = (bits & (HealthReason.Guarded | HealthReason.ForcedUp | HealthReason.ForcedDown)) !== 0;
  return history === null || isOurs ? nowMs : history.sinceMs;
}

function dampedUntil(history: ProbeHistory, nowMs: number): number | null {
  return history.state === "down" ? forgottenMs(history.damping, nowMs) : null;
}

const WORDS: readonly (readonly [number, string])[] = [
  [HealthReason.ForcedUp, "forced up"],
  [HealthReason.ForcedDown, "forced down"],
  [HealthReason.Up, "up"],
  [HealthReason.Down, "down"],
  [HealthReason.Unknown, "never seen up"],
  [HealthReason.Failing, "last probe failed"],
  [HealthReason.Guarded, "kept by the fleet guard"],
  [HealthReason.Damped, "its return is delayed: it went up and down"],
  [HealthReason.Ramping, "slow start"],
];

function wordsOf(reason: number): readonly string[] {
  return WORDS.filter(([bit]) => (reason & bit) !== 0).map(([, word]) => word);
}

/** For people: "up, slow start"; "down, last probe failed: connection refused"; "not probed". */
export function reasonText(reason: number): string {
  const failure = failureText(reason);
  if (isDenied(reason))
    return [...wordsOf(reason & ~HealthReason.Unknown), `not probed: ${failure}`].join(", ");
  const words = WORDS.filter(([bit]) => (reason & bit) !== 0).map(([bit, word]) =>
    bit === HealthReason.Failing && failure !== "" ? `${word}: ${failure}` : word,
  );
  if (failure !== "" && (reason & HealthReason.Failing) === 0) words.push(`last probe: ${failure}`);
  return [...words, ...((reason & HealthReason.Probed) === 0 ? ["not probed"] : [])].join(", ");
}
