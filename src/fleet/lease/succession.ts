/**
 * One process of a replica after another: when the next one may take the lease of the one before, which was killed.
 *
 *   the holder of the lease                    | writes of it that may still be carried out | it may be taken
 *   an earlier process of this replica         | none                                       | at once
 *   an earlier process of this replica         | some                                       | QUIET_AFTER_MS after its end
 *   anyone else                                | not known                                  | when it has run out (elector.ts)
 *
 * Why this is safe. One supervisor starts the processes of a replica, one at a time and numbered, and starts the next one after
 * the kernel has reported the end of the one before: no thread of it runs, so it sends nothing more. What remains is what it
 * has sent: in buffers, on the way, at an API server. A process counts its writes in memory that outlives it (the permit does,
 * lease-permit.ts): it counts up before the first octet of a request is written, and down when the answer has been read
 * or, if there was none, when the `?timeout=` of the request has passed. So a count of 0 at the end of the process says what a
 * released lease says: nothing is under way. The rule is that of a release, carried out by the next process.
 *
 * With another count the `?timeout=` of the last write has begun before the end of the process, and is less than
 * RENEW_DEADLINE_MS. The API server answers 504 then, and does not carry the write out later. The time that a request needs to get
 * there is added. A network that delivers later than that is left to the preconditions of every write (uid and resourceVersion), as
 * it is when a lease runs out.
 */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { RENEW_DEADLINE_MS } from "./elector.ts";

/** For a request that was in a buffer when its process ended. */
const ON_THE_WAY_MS = 2_000;
const QUIET_AFTER_MS: number = RENEW_DEADLINE_MS + ON_THE_WAY_MS;

/** The place of a process among those of its replica. */
export type Succession = {
  /** Unique among all supervisors. */
  readonly replica: string;
  /** Of this process. Those with lower numbers have ended. */
  readonly number: number;
  /** For so long, from now on, writes of these may still be carried out. */
  readonly quietAfterMs: number;
};

/** A name for a replica that no other has, nor had. */
export function newReplica(): string {
  return `${hostname()}_${randomUUID()}`;
}

/** The first process of a replica. */
export function firstOf(replica: string): Succession {
  return { replica, number: 0, quietAfterMs: 0 };
}

/** As it is in the Lease. */
export function identityOf({ replica, number }: Omit<Succession, "quietAfterMs">): string {
  return `${replica}_${number}`;
}

/** The holder is an earlier process of this replica. */
export function isEarlier(holder: string, { replica, number }: Succession): boolean {
  const prefix = `${replica}_`;
  if (!holder.startsWith(prefix)) return false;
  const digits = holder.slice(prefix.length);
  return /^\d{1,9}$/.test(digits) && Number(digits) < number;
}

/** How long after the end of a process its writes may still be carried out. `openWrites`: what it counted last. */
export function quietAfterMs(openWrites: number): number {
  return openWrites === 0 ? 0 : QUIET_AFTER_MS;
}
