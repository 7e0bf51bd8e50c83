/**
 * The next record of a rollout, from the last one and what is seen now. It is written down before members follow it.
 *
 *   record           | seen                                          | next
 *   none             | no copy differs from the object               | done: the first version reaches all members at once
 *   none             | a copy differs                                | rolling, the previous version is not known
 *   of an older one  | the object is as its stable version again     | done
 *   of an older one  | the object is another one                     | rolling; the previous version stays the stable one
 *   done, failed     | nothing new                                   | as it is
 *   failed           | an order to restart                           | rolling
 *   rolling          | an order to go back                           | failed, by a person
 *   rolling          | an order to resume                            | the pause is over
 *   rolling          | one of `on` has failed                        | failed
 *   rolling          | one of `on` is held                           | held: no time counts
 *   rolling          | some are not well, the deadline is to come    | waiting, or unwell if all were well before
 *   rolling          | some are not well, the deadline is over       | failed
 *   rolling          | some are not seen, the deadline is over       | these are passed over, if another one is well; else failed
 *   rolling, canary  | all of `on` are well, the pause is to come    | well
 *   rolling          | all of `on` are well, members are left        | rolling, with the next step
 *   rolling          | all of `on` are well, none is left            | done
 *
 * On failure `on` becomes empty, unless the policy says stop or there is nothing to go back to.
 */
import { type RolloutPolicy, stepSize } from "./rollout-policy.ts";
import type { RolloutFailure, RolloutOrder, RolloutRecord } from "./rollout-record.ts";

/** What is seen of one member that the object is placed in. */
export type MemberHealth = {
  readonly name: string;
  /**
   *   well     it has the target, is rolled out, and its traffic is healthy
   *   waiting  not yet
   *   failed   it will not be, whatever time passes
   *   held     something else keeps the version from it, which says nothing about the version
   *   unseen   it does not answer
   *   out      it takes no part: it has opted out, or does not know the kind
   */
  readonly health: "well" | "waiting" | "failed" | "held" | "unseen" | "out";
  /** Why it is not well: a clause. */
  readonly reason: string;
};

export type RolloutFacts = {
  readonly uid: string;
  /** The version of the object as it is now. */
  readonly version: string;
  readonly policy: RolloutPolicy;
  /** As written, where it is valid; else the last valid one. */
  readonly policyText: string | null;
  /** Placed, by name. Of those that do not have the target nothing but their name counts. */
  readonly members: readonly MemberHealth[];
  readonly canaries: readonly string[];
  /** Some member has a copy of another version. */
  readonly isDifferent: boolean;
  readonly isPreviousKnown: boolean;
  readonly order: RolloutOrder | null;
  readonly nowMs: number;
  /** For how long this process has seen the record as it is, and could have written another one. */
  readonly watchedMs: number;
};

/** What was well a moment ago has this long to be well again. */
const UNWELL_MAX_MS = 60_000;

export function nextRecord(before: RolloutRecord | null, facts: RolloutFacts): RolloutRecord {
  const { version, order, policyText } = facts;
  if (before === null) return facts.isDifferent ? begun(null, null, facts) : done(null, facts);
  const record = before.policy === policyText ? before : { ...before, policy: policyText };
  if (version !== record.target) {
    if (version === record.stable) return done(record, facts);
    return begun(record, record.stable, facts);
  }
  if (order !== null && order.target === version && order.id !== record.obeyed)
    return ordered({ ...record, obeyed: order.id }, order, facts);
  return record.phase === "rolling" ? onward(record, facts) : record;
}

function begun(record: RolloutRecord | null, stable: string | null, facts: RolloutFacts): RolloutRecord {
  const { uid, version, policyText, canaries, nowMs } = facts;
  const rest = { failure: null, obeyed: record?.obeyed ?? null };
  const state = { state: "waiting", sinceMs: nowMs, isPauseOver: false } as const;
  const stage = { phase: "rolling", stage: "canary", on: canaries, passed: [] } as const;
  return { uid, policy: policyText, stable, target: version, ...stage, ...state, ...rest };
}

function done(
  record: RolloutRecord | null,
  { uid, version, policyText, nowMs }: RolloutFacts,
): RolloutRecord {
  return {
    uid,
    policy: policyText,
    stable: version,
    target: version,
    phase: "done",
    stage: "steps",
    on: [],
    passed: [],
    state: "well",
    sinceMs: nowMs,
    isPauseOver: false,
    failure: null,
    obeyed: record?.obeyed ?? null,
  };
}

function ordered(record: RolloutRecord, { what, by }: RolloutOrder, facts: RolloutFacts): RolloutRecord {
  if (what === "restart" && record.phase === "failed") return begun(record, record.stable, facts);
  if (record.phase !== "rolling") return record;
  if (what === "back") {
    const failure = { cluster: null, reason: `${by} has asked for the previous version`, atMs: facts.nowMs };
    return failed(record, failure, { ...facts, policy: { ...facts.policy, onFailure: "back" } });
  }
  return what === "resume" ? onward({ ...record, isPauseOver: true }, facts) : record;
}

function failed(record: RolloutRecord, failure: RolloutFailure, facts: RolloutFacts): RolloutRecord {
  const goesBack = facts.policy.onFailure === "back" && facts.isPreviousKnown;
  const on = goesBack ? [] : record.on;
  return { ...record, phase: "failed", on, passed: [], failure, sinceMs: facts.nowMs };
}

function onward(record: RolloutRecord, facts: RolloutFacts): RolloutRecord {
  const { members, nowMs } = facts;
  const judged = members.filter(
    ({ name, health }) => record.on.includes(name) && !record.passed.includes(name) && health !== "out",
  );
  const fail = (one: Pick<MemberHealth, "name" | "reason">, more = ""): RolloutRecord =>
    failed(record, { cluster: one.name, reason: `${one.reason}${more}`, atMs: nowMs }, facts);
  const broken = judged.find(({ health }) => health === "failed");
  if (broken !== undefined) return fail(broken);
  const waiting = judged.filter(({ health }) => health === "waiting");
  const unseen = judged.filter(({ health }) => health === "unseen");
  const isHeld = judged.some(({ health }) => health === "held");
  if (isHeld && waiting.length === 0) return inState(record, "held", nowMs);
  const [first] = [...waiting, ...unseen];
  if (first === undefined) return stageDone(record, judged, facts);
  const wasWell = record.state === "well" || record.state === "unwell";
  const next = inState(record, wasWell ? "unwell" : "waiting", nowMs);
  const isOnlyAway = waiting.length === 0;
  if (next.state !== record.state || facts.watchedMs < deadlineMs(next, facts.policy, isOnlyAway))
    return next;
  const late = wasWell ? "" : ", and it had its time";
  const [slow] = waiting;
  if (slow !== undefined) return fail(slow, late);
  const isProved = judged.some(({ health }) => health === "well") || record.stage === "steps";
  if (!isProved) return fail(first, late);
  const passed = [...record.passed, ...unseen.map(({ name }) => name)];
  const rest = judged.filter(({ health }) => health !== "unseen");
  return stageDone({ ...record, passed }, rest, facts);
}

/** For how long the state may last. That a member is not seen says less about a version than that it is not well. */
function deadlineMs(
  { state }: Pick<RolloutRecord, "state">,
  { timeoutMs }: RolloutPolicy,
  isOnlyAway: boolean,
): number {
  return state === "unwell" && !isOnlyAway ? Math.min(UNWELL_MAX_MS, timeoutMs) : timeoutMs;
}

/** All members that have the target, and are judged, are well. */
function stageDone(
  before: RolloutRecord,
  judged: readonly MemberHealth[],
  facts: RolloutFacts,
): RolloutRecord {
  const { policy, members, nowMs } = facts;
  const isOn = ({ name }: MemberHealth): boolean => before.on.includes(name);
  const left = members.filter((one) => !isOn(one));
  if (before.stage === "canary" && judged.length === 0 && left.length > 0)
    return moreCanaries(before, left, facts);
  const record = inState(before, "well", nowMs);
  if (left.length === 0 && record.stage === "steps") return done(record, facts);
  const isSoaked = policy.pauseMs !== "manual" && nowMs - record.sinceMs >= policy.pauseMs;
  if (record.stage === "canary" && !record.isPauseOver && !isSoaked) return record;
  if (left.length === 0) return done(record, facts);
  const turn = [...left]
    .sort((a, b) => Number(isAway(a)) - Number(isAway(b)))
    .slice(0, stepSize(policy, members.length))
    .map(({ name }) => name);
  const state = { state: "waiting", sinceMs: nowMs } as const;
  return { ...record, ...state, stage: "steps", on: [...record.on, ...turn] };
}

/** None of the canaries is there any more, or takes part: another one proves the version. */
function moreCanaries(
  record: RolloutRecord,
  left: readonly MemberHealth[],
  { canaries, nowMs }: RolloutFacts,
): RolloutRecord {
  const meant = left.filter(({ name }) => canaries.includes(name));
  const next = meant.length > 0 ? meant : left.slice(0, 1);
  return { ...record, on: [...record.on, ...next.map(({ name }) => name)], state: "waiting", sinceMs: nowMs };
}

function isAway({ health }: MemberHealth): boolean {
  return health === "unseen";
}

/** The time of a state goes on while it stays the same. */
function inState(record: RolloutRecord, state: RolloutRecord["state"], nowMs: number): RolloutRecord {
  return record.state === state ? record : { ...record, state, sinceMs: nowMs };
}
