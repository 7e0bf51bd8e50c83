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
import type { Engine } from "./engine.ts";
import type { MemberEngine } from "./member-engine.ts";
import type { PropagatedType } from "../objects/propagated-type.ts";
import { wantedIn } from "../steps/wanted.ts";

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

type LettingLeave =
  | { readonly mayGo: true; readonly entries: readonly JournalEntry[] }
  | { readonly mayGo: false; readonly reason: string };

/**
 * Whether a member that leaves with its copies may go: as if all federated objects were being deleted since then, in this member alone.
 * The journal is for objects that are deleted before the same cluster comes again.
 */
export function lettingLeave(
  engine: Engine,
  member: MemberEngine,
  moment: { readonly waitMs: number; readonly nowMs: number },
): LettingLeave {
  const deletedMs = member.cluster.leavingMs ?? Infinity;
  const entries: JournalEntry[] = [];
  for (const type of engine.types.values())
    for (const row of engine.objects.rowsOf(type.name)) {
      const { key } = engine.objects.keyOf(row) ?? { key: "" };
      const parsed = engine.objects.read(row)?.parsed ?? null;
      if (parsed === null || "problem" in parsed || !engine.propagates(type)) continue;
      const wanted = wantedIn(parsed, member.cluster, engine.namespaces.boundOf(type, key));
      if (wanted.kind === "undecided") continue;
      const isInNamespace = type.target.isNamespaced;
      const object = { ...parsed.object, deletedMs };
      const going = lettingGo({ row, type: type.name, key, isInNamespace, object }, [member], moment);
      if (!going.mayGo) return { mayGo: false, reason: reasonOf(type, key, going.againMs) };
      const wasPlaced = wanted.kind === "absent" && wanted.reason === "cluster-leaves";
      if (wasPlaced || member.copies.isPresent(row)) entries.push(...going.entries);
    }
  return { mayGo: true, entries };
}

function reasonOf({ target: { kind } }: PropagatedType, key: string, againMs: number | null): string {
  const copy = `the copy of ${kind} ${key}, or another`;
  return againMs === null
    ? `${copy}, is still there: see the status of the federated object`
    : `${copy}, cannot be looked at: the cluster does not answer; it is waited for until ${new Date(againMs).toISOString()}`;
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
