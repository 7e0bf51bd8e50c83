/**
 * Who holds a lease: the decisions of client-go's leader election, as pure functions.
 *
 * A lease is free when its record has not changed for its duration *on our own monotonic clock since we saw it*. The times in
 * the record are those of another clock and are never compared with ours. So clocks may differ and jump; only their rates must
 * agree within the margin between RENEW_DEADLINE_MS and LEASE_DURATION_MS.
 *
 * | the record | we | attempt |
 * |---|---|---|
 * | there is no Lease | | create |
 * | names us | | renew |
 * | has no holder (released) | | take |
 * | names an earlier process of our replica, whose writes have ended (succession.ts) | | take |
 * | names another, and changed within its duration | | wait |
 * | names another, and has not changed for its duration | | take |
 */
import type { LeaseRecord } from "./lease-record.ts";

/** A follower takes a lease that has not been renewed for this long. */
export const LEASE_DURATION_MS = 15_000;
/** A holder whose last successful renewal started longer ago than this writes no more. */
export const RENEW_DEADLINE_MS = 10_000;
/** Between two attempts, of holders and followers. */
export const RETRY_PERIOD_MS = 2_000;
/** Followers spread their attempts by up to this part of the period. */
export const RETRY_JITTER = 0.2;

/** What we have seen of the lease, and when on our monotonic clock. */
export type Observation = { readonly record: LeaseRecord; readonly sinceMs: number };

/** Keeps the time of the first sight of a record that has not changed. */
export function observe(before: Observation | null, record: LeaseRecord, nowMs: number): Observation {
  return before !== null && isSame(before.record, record) ? before : { record, sinceMs: nowMs };
}

type Attempt = "create" | "renew" | "take" | "wait";

/** `observation` null: there is no Lease. `isOver`: the holder has ended, and nothing that it sent is carried out any more. */
export function attemptOn(
  observation: Observation | null,
  identity: string,
  nowMs: number,
  isOver: (holder: string) => boolean = () => false,
): Attempt {
  if (observation === null) return "create";
  const { record, sinceMs } = observation;
  if (record.holder === identity) return "renew";
  if (record.holder === "" || isOver(record.holder)) return "take";
  const durationMs = Math.max(record.durationSeconds * 1000, LEASE_DURATION_MS);
  return nowMs - sinceMs < durationMs ? "wait" : "take";
}

/** The record to write. `time`: now on our wall clock, for people to read. */
export function heldBy(identity: string, before: LeaseRecord | null, time: string): LeaseRecord {
  const isOurs = before?.holder === identity;
  return {
    holder: identity,
    durationSeconds: LEASE_DURATION_MS / 1000,
    acquireTime: isOurs ? before.acquireTime : time,
    renewTime: time,
    transitions: before === null ? 0 : before.transitions + (isOurs ? 0 : 1),
  };
}

/** The record with which a holder gives the lease away: others may take it at once. */
export function released(before: LeaseRecord, time: string): LeaseRecord {
  return { ...before, holder: "", durationSeconds: 1, renewTime: time };
}

function isSame(a: LeaseRecord, b: LeaseRecord): boolean {
  return (
    a.holder === b.holder &&
    a.renewTime === b.renewTime &&
    a.acquireTime === b.acquireTime &&
    a.transitions === b.transitions &&
    a.durationSeconds === b.durationSeconds
  );
}
