/**
 * The judge of every single write of fedns, at the moment at which an API server makes it.
 *
 *   any write     | nobody else holds the lease; the request says until when it may be carried out
 *   of a copy     | it has the guard of its kind; the host ordered it lately, and exactly this
 *   of the host   | the spec stays; the finalizer goes when no member has a copy
 */
import type { JsonRecord } from "../../../src/kernel/json.ts";
import { changedPaths } from "../../../src/propagate/apply/reply-check.ts";
import { FINALIZER } from "../../../src/propagate/federated/federated-object.ts";
import { CHANGES_PAUSE_NAME } from "../../../src/fleet/lease/changes-pause.ts";
import { type JournalEntry, parseEntry } from "../../../src/propagate/journal/journal-entry.ts";
import { ADOPTED, APPLIED, MANAGED, OWNER } from "../../../src/propagate/federated/labels.ts";
import { keyOfCopy, type PropagatedType } from "../../../src/propagate/objects/propagated-type.ts";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import { count, type Run, tell, Violation } from "./run-state.ts";
import type { Caller, Written } from "./sim-server.ts";
import { HORIZON_MS, idOf, type Ordered, textOfOrders } from "./truth.ts";
import { apiVersionOfCopies, typeOfCopies, typeOfFederated } from "./types.ts";
import {
  contentIn,
  copyIn,
  detailOf,
  entriesIn,
  entriesOf,
  isOurs,
  isSameContent,
  isSeen,
  keyIn,
  lineOf,
  NOTE,
  OWN,
  SYSTEM,
} from "./written-objects.ts";

/** In one run. */
const WRITES_MOST = 2_000;
/** Three times from each of four other writers. */
const TAKEN_MOST = 12;

export type ByFedns = Written & { readonly caller: Caller & { readonly instance: string } };

export class Judge {
  /** Writes of fedns that changed something. */
  writes = 0;
  lastWrite = "";
  /** Of each copy, for bounds: by member, type and key. */
  readonly copyWrites: Map<string, number> = new Map();
  readonly hostWrites: Map<string, number> = new Map();
  /** When members were restored from a backup. */
  readonly restoredMs: Map<string, number> = new Map();
  hostRestoredMs: number = -Infinity;
  /** Since when the host has said that changes are paused. */
  pausedMs: number = Infinity;
  #pausedBy = "";
  readonly #contests = new Map<string, number[]>();
  readonly dropped: { readonly entry: JournalEntry; readonly atMs: number }[] = [];

  /** Throws Violation. */
  take(run: Run, written: Written): void {
    const { change, server, caller } = written;
    if (server === run.host) {
      run.truth.note(change, run.time.nowMs);
      this.#noteBooks(run, written);
    }
    if (run.isTraced) tell(run, `    ${lineOf(written)}${detailOf(written)}`);
    if (caller === null || caller.instance === null) return;
    const own = { ...written, caller: { ...caller, instance: caller.instance } };
    // What is told a person needs no lease.
    if (isEvent(change)) return count(run, "check: an Event");
    this.writes += 1;
    if (this.writes > WRITES_MOST) throw odd(own, "is one of writes without end");
    this.lastWrite = `${lineOf(written)} by ${caller.request.method} ${caller.request.url}`;
    // What is told to people is no order to anybody.
    if (server === run.host && own.change.resource.plural === "events") return;
    checkLease(run, own);
    if (server === run.host) this.#takeHost(run, own);
    else this.#takeCopy(run, own);
  }

  #takeHost(run: Run, own: ByFedns): void {
    const { object, previous, resource } = own.change;
    const type = typeOfFederated(resource.plural);
    if (isBook(object)) return checkBook(run, own);
    if (type === undefined) throw odd(own, "is no federated object");
    const id = idOf(type, keyIn(object));
    this.hostWrites.set(id, (this.hostWrites.get(id) ?? 0) + 1);
    if (previous === undefined) throw odd(own, "was made in the host");
    if (JSON.stringify(previous["spec"]) !== JSON.stringify(object["spec"]))
      throw odd(own, "has another spec");
    const had = previous.metadata.finalizers?.includes(FINALIZER) ?? false;
    const has = own.change.kind !== "DELETED" && (object.metadata.finalizers?.includes(FINALIZER) ?? false);
    if (!had || has) return;
    count(run, "check: a finalizer goes");
    for (const member of run.members) {
      // A process engages a member that has joined within a second.
      const joinedMs = member.absences.at(-1)?.[1] ?? -Infinity;
      if (!member.isJoined || run.time.nowMs - joinedMs < 2_000) continue;
      const copy = copyIn(member.server.all(apiVersionOfCopies(type), type.target.kind), type, keyIn(object));
      const isLately = run.time.nowMs - (this.restoredMs.get(member.name) ?? -Infinity) < HORIZON_MS;
      const isJournaled = entriesIn(run.host).some(
        (entry) => entry.cluster === member.name && entry.type === type.name && entry.key === keyIn(object),
      );
      if (isJournaled) count(run, "check: a deletion is left to the journal");
      if (copy !== undefined && isOurs(copy) && isSeen(copy) && !isLately && !isJournaled)
        throw odd(own, `lost its finalizer while ${member.name} has a copy`);
    }
  }

  /** What others change back each time is taken from each of them three times in ten minutes, by one process. */
  #checkContest(run: Run, { caller, change, server }: ByFedns, id: string): void {
    const { previous, object } = change;
    if (previous === undefined || !caller.request.url.includes("force=true")) return;
    if (previous.metadata.labels?.[APPLIED] !== object.metadata.labels?.[APPLIED]) return;
    const name = `${caller.instance}\0${id}\0${object.metadata.uid}`;
    const times = (this.#contests.get(name) ?? []).filter((atMs) => atMs > run.time.nowMs - 600_000);
    times.push(run.time.nowMs);
    this.#contests.set(name, times);
    if (times.length > TAKEN_MOST)
      throw odd({ server, change, caller }, `was taken from others ${times.length} times in ten minutes`);
    count(run, "check: fields are not taken for ever");
  }

  /** A process reads every ten seconds whether changes are paused. */
  #checkPause(run: Run, own: ByFedns): void {
    const { sentMs, instance } = own.caller;
    // A process that paused knows it at once, others read it every ten seconds.
    const toleratedMs = instance === this.#pausedBy ? 0 : 15_000;
    if (sentMs - this.pausedMs > toleratedMs) throw odd(own, "was changed while changes are paused");
    count(run, "check: no change in a pause");
  }

  /** As the host has it, or had it a moment ago. */
  #entryOf(run: Run, cluster: string, { name }: PropagatedType, key: string): JournalEntry | null {
    const entries = [
      ...entriesIn(run.host),
      ...this.dropped.filter(({ atMs }) => atMs > run.time.nowMs - HORIZON_MS).map(({ entry }) => entry),
    ];
    return entries.find((one) => one.cluster === cluster && one.type === name && one.key === key) ?? null;
  }

  #noteBooks(run: Run, { change, caller }: Written): void {
    const { object, previous } = change;
    if (!isBook(object)) return;
    if (object.metadata.name === CHANGES_PAUSE_NAME) {
      const { state } = (object["data"] ?? {}) as { state?: string };
      const isPaused = change.kind !== "DELETED" && state === "paused";
      if (isPaused && this.pausedMs === Infinity) this.#pausedBy = caller?.instance ?? "";
      this.pausedMs = isPaused ? Math.min(this.pausedMs, run.time.nowMs) : Infinity;
      return;
    }
    const kept = new Set(entriesOf(object));
    for (const text of previous === undefined ? [] : entriesOf(previous)) {
      const entry = kept.has(text) ? null : parseEntry(text);
      if (entry !== null) this.dropped.push({ entry, atMs: run.time.nowMs });
    }
  }

  #takeCopy(run: Run, own: ByFedns): void {
    const { change, server } = own;
    const type = typeOfCopies(change.resource.plural);
    if (type === undefined) throw odd(own, "is of no propagated type");
    const { object, previous } = change;
    const { name, namespace = "" } = object.metadata;
    const key = keyOfCopy(type, { name, namespace });
    const id = `${server.name}\0${idOf(type, key)}`;
    this.copyWrites.set(id, (this.copyWrites.get(id) ?? 0) + 1);
    checkGuard(own);
    checkForeign(run, own);
    this.#checkContest(run, own, id);
    const orders = run.truth.ordered(type, key, server.name, run.time.nowMs - HORIZON_MS);
    const { method } = own.caller.request;
    const isApply =
      isWhole(run, own) || own.caller.request.headers["content-type"] === "application/apply-patch+yaml";
    if (previous !== undefined && (isApply || method === "DELETE")) this.#checkPause(run, own);
    const entry = this.#entryOf(run, server.name, type, key);
    if (entry !== null && run.truth.now(type, key) === null)
      orders.push({ wanted: { kind: "absent", reason: "deleted", ...entry }, hash: null, object: null });
    if (method === "DELETE") checkRemoval(run, own, orders);
    else if (isApply) checkApply(run, own, orders);
    else if (previous !== undefined && isOurs(previous) && !isOurs(object)) checkRelease(run, own, orders);
    else checkOwnership(run, own);
  }
}

function isEvent({ resource }: Written["change"]): boolean {
  return resource.plural === "events";
}

/** A ConfigMap in which fedns keeps something for itself. */
function isBook({ kind, metadata: { namespace, name } }: KubeObject): boolean {
  return kind === "ConfigMap" && namespace === SYSTEM && name.startsWith("fedns-");
}

function checkBook(run: Run, own: ByFedns): void {
  if (own.change.kind === "DELETED") throw odd(own, "is a book of fedns, and was deleted");
  count(run, `check: ${own.change.object.metadata.name === CHANGES_PAUSE_NAME ? "a pause" : "the journal"}`);
}

export function checkLease(run: Run, own: ByFedns): void {
  const { holder } = run.lease;
  if (holder !== null && holder !== own.caller.instance)
    throw odd(own, `was written by ${own.caller.instance} while ${holder} has the lease`);
  if (holder === null) throw odd(own, "was written while nobody has the lease");
  if (!/[?&]timeout=\d+s/.test(own.caller.request.url)) throw odd(own, "was written without a permit");
  count(run, "check: the lease");
}

export function checkGuard(own: ByFedns): void {
  const { method, headers, body } = own.caller.request;
  const sent = JSON.parse(body === "" ? "{}" : body) as JsonRecord;
  if (method === "DELETE") {
    const { uid, resourceVersion } = (sent["preconditions"] ?? {}) as JsonRecord;
    if (typeof uid !== "string" || typeof resourceVersion !== "string")
      throw odd(own, "was deleted without uid and resourceVersion");
    return;
  }
  const { uid, resourceVersion } = (sent["metadata"] ?? {}) as JsonRecord;
  // A create meets no object.
  if (method === "POST") return;
  if (headers["content-type"] === "application/apply-patch+yaml") {
    if (typeof uid !== "string" && resourceVersion !== "1") throw odd(own, "was applied without a guard");
  } else if (typeof uid !== "string" || typeof resourceVersion !== "string")
    throw odd(own, "was patched without a guard");
}

/** Whole objects are for members that cannot apply. */
function isWhole(run: Run, own: ByFedns): boolean {
  if (own.caller.request.method !== "POST" && own.caller.request.method !== "PUT") return false;
  if (own.server.hasApply) throw odd(own, "was written as a whole");
  count(run, `check: a whole copy is ${own.change.previous === undefined ? "made" : "changed"}`);
  return true;
}

/** What others have written besides the template stays. */
function checkForeign(run: Run, own: ByFedns): void {
  const { previous, object, kind } = own.change;
  const before = previous?.metadata.annotations?.[NOTE];
  if (before === undefined || kind === "DELETED") return;
  if (object.metadata.annotations?.[NOTE] !== before) throw odd(own, "has lost what somebody else wrote");
  count(run, "check: what others wrote stays");
}

function checkApply(run: Run, own: ByFedns, orders: readonly Ordered[]): void {
  const { previous, object } = own.change;
  const hash = object.metadata.labels?.[APPLIED];
  if (!orders.some((one) => one.hash !== null && one.hash === hash))
    throw odd(own, `has content that the host did not order (${hash}, ordered: ${textOfOrders(orders)})`);
  count(run, `check: ${previous === undefined ? "a copy is made" : "a copy is changed"}`);
  if (previous === undefined) return;
  const { labels = {} } = previous.metadata;
  if (labels[OWNER] !== undefined && labels[OWNER] !== OWN) throw odd(own, "is of another federation");
  if (labels[MANAGED] === "false") throw odd(own, "has opted out");
  if (isOurs(previous)) return;
  if (run.adoption === "never") throw odd(own, "is a stranger's, and was merged into");
  if (run.adoption === "if-no-diff" && changedPaths(contentIn(object), contentIn(previous)).length > 0)
    throw odd(own, "is a stranger's, differed, and was merged into");
  if (object.metadata.labels?.[ADOPTED] !== "true") throw odd(own, "was adopted without a note of it");
}

function checkRemoval(run: Run, own: ByFedns, orders: readonly Ordered[]): void {
  const previous = own.change.previous ?? own.change.object;
  if (!isOurs(previous)) throw odd(own, "is not ours, and was deleted");
  const { labels = {} } = previous.metadata;
  if (labels[MANAGED] === "false") throw odd(own, "has opted out, and was deleted");
  const isAdopted = labels[ADOPTED] === "true";
  if (!orders.some(({ wanted }) => wanted.kind === "absent" && !(wanted.orphan ?? isAdopted)))
    throw odd(own, `was deleted, which the host did not order (${textOfOrders(orders)})`);
  count(run, "check: a copy is deleted");
}

function checkRelease(run: Run, own: ByFedns, orders: readonly Ordered[]): void {
  const previous = own.change.previous as KubeObject;
  const { labels = {} } = previous.metadata;
  const isAdopted = labels[ADOPTED] === "true";
  const isOptedOut = labels[MANAGED] === "false";
  if (!orders.some(({ wanted }) => wanted.kind === "absent" && (isOptedOut || (wanted.orphan ?? isAdopted))))
    throw odd(own, `was released, which the host did not order (${textOfOrders(orders)})`);
  // A webhook changes what it likes.
  if (!isSameContent(own.change.object, previous) && !run.meddled.has(own.server.name))
    throw odd(own, "was changed when it was released");
  count(run, "check: a copy is released");
}

function checkOwnership(run: Run, own: ByFedns): void {
  const { previous, object } = own.change;
  // Before one is adopted, what we once owned is given up.
  const isAdopting = run.adoption !== "never";
  if (previous === undefined || (!isOurs(previous) && !isAdopting))
    throw odd(own, "is not ours, and was patched");
  if (!isSameContent(object, previous) && !run.meddled.has(own.server.name))
    throw odd(own, "was changed by a patch of its owners");
  count(run, "check: ownership is moved");
}

function odd(own: ByFedns, what: string): Violation {
  return new Violation(`${lineOf(own)}: ${what}`);
}
