/**
 * Whether a federated object that is being deleted may go from the host: no member may keep a copy that nobody would delete.
 *
 *   the member                              | its copy            | the object
 *   is seen                                 | none, or not ours   | may go
 *   is seen                                 | ours                | waits
 *   is seen, and work on the copy goes on   | any                 | waits
 *   does not serve the kind                 | none                | may go
 *   is not seen, withheld, or not read      | unknown             | waits for a stated time from its deletion on
 *   is not seen, and the time has passed    | unknown             | may go, and a journal entry says what is still to be done
 *   is not seen, and a person has forgotten | unknown             | the same, at once
 *   has not been listed yet                 | unknown             | waits
 */
import type { FederatedObject } from "../federated/federated-object.ts";
import type { JournalEntry, JournalTarget } from "../journal/journal-entry.ts";
import type { MemberEngine } from "./member-engine.ts";

type LettingGo =
  | { readonly mayGo: true; readonly entries: readonly JournalEntry[] }
  /** `againMs`: wall ms when it may go without what it waits for now; null = it does not end with time. */
  | { readonly mayGo: false; readonly againMs: number | null };

type DeletedObject = {
  readonly row: number;
  /** Name of the FederatedTypeConfig. */
  readonly type: string;
  /** "namespace/name" of the federated object. */
  readonly key: string;
  /** Its copies are. */
  readonly isInNamespace: boolean;
  readonly object: FederatedObject;
  /** What its copies are, for deletions that outlast their type; absent = they do not. */
  readonly lasting?: JournalTarget;
};

/** `waitMs`: for how long a member that is not seen holds the object. */
export function lettingGo(
  deleted: DeletedObject,
  members: Iterable<MemberEngine>,
  { waitMs, nowMs }: { readonly waitMs: number; readonly nowMs: number },
): LettingGo {
  const entries: JournalEntry[] = [];
  let isHeld = false;
  let againMs = -Infinity;
  for (const member of members) {
    const hold = holdOf(deleted, member);
    if (hold === "none") continue;
    if (hold === "copy") isHeld = true;
    else {
      againMs = Math.max(againMs, member.isForgotten ? -Infinity : dueMsOf(deleted.object, waitMs));
      entries.push(entryFor(deleted, member, nowMs));
    }
  }
  if (isHeld) return { mayGo: false, againMs: null };
  return againMs > nowMs ? { mayGo: false, againMs } : { mayGo: true, entries };
}

function holdOf(
  { row, type, key, isInNamespace }: DeletedObject,
  member: MemberEngine,
): "none" | "copy" | "not-seen" {
  const [namespace = ""] = key.split("/");
  const view = member.viewIn(type, isInNamespace ? namespace : "");
  if (view === "not-served") return "none";
  if (view !== "listed" && view !== "not-listed") return "not-seen";
  const live = member.copies.live(row, view === "listed");
  // A create that is under way, or whose outcome is not known, makes a copy that nobody would delete.
  if (live.kind === "unknown" || member.isBusyWith(row) || member.copies.isDoubtful(row)) return "copy";
  const isOurs = live.kind === "present" && (live.owner === "us" || live.owner === "kubefed");
  return isOurs ? "copy" : "none";
}

/** An object whose time cannot be read is held until a person decides. */
function dueMsOf({ deletedMs }: FederatedObject, waitMs: number): number {
  return deletedMs === null ? Infinity : deletedMs + waitMs;
}

export function entryFor(
  { type, key, object, lasting }: Pick<DeletedObject, "type" | "key" | "object" | "lasting">,
  member: MemberEngine,
  nowMs: number,
): JournalEntry {
  return {
    type,
    key,
    cluster: member.cluster.name,
    clusterUid: member.clusterUid,
    objectUid: object.uid,
    orphan: object.orphan,
    deleteOptions: object.deleteOptions,
    since: new Date(nowMs).toISOString(),
    ...(lasting !== undefined && { target: lasting }),
  };
}
