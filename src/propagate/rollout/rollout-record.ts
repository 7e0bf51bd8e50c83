/**
 * How far the rollout of one federated object is, as it is kept in an annotation of the object itself: what goes with the object goes
 * with it, and whoever may read it may read the object. Each step is written down before a member is touched, so that any process
 * goes on from there.
 *
 *     fedns.io/rollout-record    this record
 *     fedns.io/rollout-previous  the content of the version that was last in all members
 *     fedns.io/rollout-order     what a person has asked for, until it is obeyed
 */
import { isJsonRecord } from "../../kernel/json.ts";

export const ROLLOUT_RECORD = "fedns.io/rollout-record";
export const ROLLOUT_PREVIOUS = "fedns.io/rollout-previous";
export const ROLLOUT_ORDER = "fedns.io/rollout-order";

export type RolloutRecord = {
  /** Of the object: a copy of it under another name has no rollout. */
  readonly uid: string;
  /** The last valid annotation; null = there was none. */
  readonly policy: string | null;
  /** The version that was last in all members; null = not known. */
  readonly stable: string | null;
  /** The version that members are to have in the end. */
  readonly target: string;
  /**
   *   done     it is in all members
   *   rolling  it is in those of `on`
   *   failed   it is in those of `on`, if any, and goes no further
   */
  readonly phase: "done" | "rolling" | "failed";
  readonly stage: "canary" | "steps";
  /** Members that are to have the target. */
  readonly on: readonly string[];
  /** Those of `on` that were not seen until the deadline, and that are waited for no more. */
  readonly passed: readonly string[];
  /**
   *   waiting  for those of `on` to be well
   *   well     all of them are
   *   unwell   all of them were, and one is not any more
   *   held     something other than the version keeps it from them: a pause, a drain
   */
  readonly state: "waiting" | "well" | "unwell" | "held";
  /** Wall ms since when the state is so. */
  readonly sinceMs: number;
  /** A person has said that no pause is waited for. */
  readonly isPauseOver: boolean;
  /** Null = it has not failed. */
  readonly failure: RolloutFailure | null;
  /** The last order that was obeyed; null = none was. */
  readonly obeyed: string | null;
};

export type RolloutFailure = {
  /** Null = no member, but a person. */
  readonly cluster: string | null;
  readonly reason: string;
  readonly atMs: number;
};

/** What a person asks for. */
export type RolloutOrder = {
  readonly what: "resume" | "back" | "restart";
  /** The version that it is about: an order is no word about the next one. */
  readonly target: string;
  /** Tells it from the one before. */
  readonly id: string;
  readonly by: string;
};

const PHASES = ["done", "rolling", "failed"] as const;
const STAGES = ["canary", "steps"] as const;
const STATES = ["waiting", "well", "unwell", "held"] as const;
const ORDERS = ["resume", "back", "restart"] as const;
const REASON_MAX_CHARACTERS = 500;
const BY_MAX_CHARACTERS = 120;
/** Beyond that an annotation would not be taken. */
const MEMBERS_MAX = 10_000;

/** Null = it is none, or of another object. */
export function parseRecord(text: string | null, uid: string): RolloutRecord | null {
  const value = jsonOf(text);
  if (!isJsonRecord(value) || value["uid"] !== uid || typeof value["target"] !== "string") return null;
  const phase = PHASES.find((one) => one === value["phase"]);
  const stage = STAGES.find((one) => one === value["stage"]);
  const state = STATES.find((one) => one === value["state"]);
  const { on, passed, sinceMs, target } = value;
  if (phase === undefined || stage === undefined || state === undefined) return null;
  if (!isNames(on) || !isNames(passed) || !isTime(sinceMs)) return null;
  return {
    uid,
    policy: textOf(value["policy"]),
    stable: textOf(value["stable"]),
    target,
    phase,
    stage,
    on,
    passed,
    state,
    sinceMs,
    isPauseOver: value["isPauseOver"] === true,
    failure: failureOf(value["failure"]),
    obeyed: textOf(value["obeyed"]),
  };
}

export function recordText(record: RolloutRecord): string {
  return JSON.stringify(record);
}

/** Null = it is none. */
export function parseOrder(text: string | null): RolloutOrder | null {
  const value = jsonOf(text);
  if (!isJsonRecord(value)) return null;
  const what = ORDERS.find((one) => one === value["what"]);
  const { target, id, by } = value;
  if (what === undefined || typeof target !== "string" || typeof id !== "string") return null;
  return { what, target, id, by: typeof by === "string" ? by.slice(0, BY_MAX_CHARACTERS) : "somebody" };
}

function failureOf(value: unknown): RolloutFailure | null {
  if (!isJsonRecord(value) || typeof value["reason"] !== "string" || !isTime(value["atMs"])) return null;
  const reason = value["reason"].slice(0, REASON_MAX_CHARACTERS);
  return { cluster: textOf(value["cluster"]), reason, atMs: value["atMs"] };
}

function isNames(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) && value.length <= MEMBERS_MAX && value.every((name) => typeof name === "string")
  );
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function jsonOf(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
