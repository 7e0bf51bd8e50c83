/** Checks that a file found on disk is a whole and sound picture, before anything is served from it. */
import { clientsTable } from "../clients/client-table.ts";
import { checkClients } from "../clients/check.ts";
import { type ClustersAt, clustersOctets, clustersWords, decodeClusters } from "../content/clusters.ts";
import { headerProblem } from "../format/header.ts";
import {
  arenaAt,
  header,
  Header,
  LEVELS_AT,
  LEVELS_MAX,
  ONLY_RECORDS,
  onlyRecord,
  ZONES_AT,
  ZONES_MAX,
} from "../format/layout.ts";
import { type Memory, NONE } from "../format/memory.ts";
import { NEARNESS_WORDS, nearnessClasses, nearnessStride, nearnessTable } from "../clients/nearness.ts";
import { EVERYWHERE, everywhere, isLevel, levelId, NodeFlag, nodeFlags, nodeZone } from "../format/node.ts";
import {
  CHECK_WORD,
  checkOfRecord,
  Kind,
  RECORD_WORDS,
  type RecordAt,
  recordHash,
  recordKind,
  recordWords,
} from "../format/record.ts";
import {
  DELETED,
  EMPTY,
  NODES,
  recordsOf,
  SERVICES,
  slotAt,
  slotHash,
  slotRecord,
  tableAt,
  tableMask,
  type TableHead,
} from "../format/table.ts";
import { isSoundKeptBack, keptBackRecord } from "../content/kept-back.ts";
import { isSoundUnread, unreadRecord } from "../content/unread.ts";
import { commitCheck, isTorn } from "../write/transaction.ts";
import { isSoundNode } from "./verify-node.ts";
import { isSoundService } from "./verify-service.ts";

/** The reason to refuse it, as the end of "the picture ... ", or null when it is sound. An unfinished commit is one. */
export function reasonToRefuse(memory: Memory): string | null {
  const { u32 } = memory;
  const problem = headerProblem(memory);
  if (problem !== null) return problem;
  if (!everywhere().every((word, i) => u32[EVERYWHERE + i] === word)) return "has a damaged header";
  if (isTorn(memory) || u32[Header.CommitCheck] !== commitCheck((word) => u32[word] as number)) {
    return "has a damaged commit";
  }
  const end = header(u32, Header.ArenaEnd);
  const capacity = header(u32, Header.EndpointCapacity);
  if (end < arenaAt(capacity) || end > u32.length) return "has a damaged arena";
  if (header(u32, Header.EndpointsEnd) > capacity) return "has lost endpoints";
  return (
    reasonInTable(memory, NODES, end) ??
    reasonInTable(memory, SERVICES, end) ??
    reasonInOnly(memory, end) ??
    reasonInLists(memory) ??
    reasonInRecords(memory)
  );
}

function reasonInTable(memory: Memory, table: TableHead, end: number): string | null {
  const { u32 } = memory;
  const place = u32[table.place] as number;
  const at = tableAt(place);
  const slots = tableMask(place) + 1;
  const isInArena = at >= arenaAt(header(u32, Header.EndpointCapacity)) && slotAt(at, slots) <= end;
  if (slots <= 0 || !isInArena) return "has a damaged table";
  let live = 0;
  let used = 0;
  for (let slot = 0; slot < slots; slot++) {
    const record = slotRecord(u32, slotAt(at, slot));
    if (record !== EMPTY) used++;
    if (record === EMPTY || record === DELETED) continue;
    if (!isRecord(memory, record, end)) return `has a damaged record at word ${record}`;
    if (!belongsIn(table, recordKind(u32, record))) return "has a misplaced record";
    const isAtHash = slotHash(u32, slotAt(at, slot)) === recordHash(u32, record);
    if (!isAtHash || !isReachable(memory, table, slot)) return "has a misplaced record";
    live++;
  }
  const isCounted = live === u32[table.live] && used === u32[table.used] && used < slots;
  return isCounted ? null : "has lost records";
}

function belongsIn(table: TableHead, kind: Kind): boolean {
  return table === NODES
    ? kind === Kind.Node || kind === Kind.Level
    : kind === Kind.Pool || kind === Kind.Namespace;
}

/** A search from the hash's own slot must meet no empty one before this. */
function isReachable({ u32 }: Memory, table: TableHead, slot: number): boolean {
  const place = u32[table.place] as number;
  const at = tableAt(place);
  const mask = tableMask(place);
  for (let probe = slotHash(u32, slotAt(at, slot)) & mask; probe !== slot; probe = (probe + 1) & mask) {
    if (slotRecord(u32, slotAt(at, probe)) === EMPTY) return false;
  }
  return true;
}

/** A record of any kind lies at this word, whole and with a good check. */
function isRecord({ u32 }: Memory, at: number, end: number): at is RecordAt {
  if (at < arenaAt(header(u32, Header.EndpointCapacity)) || at + RECORD_WORDS > end) return false;
  const words = recordWords(u32, at as RecordAt);
  const kind = recordKind(u32, at as RecordAt);
  if (words <= RECORD_WORDS || at + words > end || kind < Kind.Node || kind > Kind.KeptBack) return false;
  return u32[at + CHECK_WORD] === checkOfRecord(u32, at, words);
}

/** Checks the records that are there once at most: their kinds, and what readers rely on. */
function reasonInOnly(memory: Memory, end: number): string | null {
  const { u32 } = memory;
  const kinds = [Kind.Clusters, Kind.Clients, Kind.Nearness, Kind.Unread, Kind.KeptBack];
  for (const [i, field] of ONLY_RECORDS.entries()) {
    const at = onlyRecord(u32, field);
    if (at !== NONE && !(isRecord(memory, at, end) && recordKind(u32, at) === kinds[i]))
      return "has lost what it knows of clusters or clients";
  }
  const clients = clientsTable(u32);
  if (clients !== NONE && checkClients(u32, clients, recordWords(u32, clients)) !== null)
    return "has a damaged table of clients";
  const clusters = onlyRecord(u32, Header.Clusters) as ClustersAt;
  if (clusters !== NONE && !isJson(memory, clusters)) return "has lost what it knows of clusters or clients";
  const unread = unreadRecord(u32);
  if (unread !== NONE && !isSoundUnread(u32, unread, recordWords(u32, unread)))
    return "has lost what it knows of clusters or clients";
  const kept = keptBackRecord(u32);
  if (kept !== NONE && !isSoundKeptBack(u32, kept, recordWords(u32, kept)))
    return "has lost which names it does not have";
  const nearness = nearnessTable(u32);
  if (nearness === NONE) return null;
  if (recordWords(u32, nearness) < NEARNESS_WORDS) return "has damaged distances";
  const [classes, stride] = [nearnessClasses(u32, nearness), nearnessStride(u32, nearness)];
  const isWhole = NEARNESS_WORDS + classes * (1 + stride) === recordWords(u32, nearness);
  return isWhole && classes > 0 && stride > 0 ? null : "has damaged distances";
}

function isJson(memory: Memory, clusters: ClustersAt): boolean {
  if (clustersWords(clustersOctets(memory.u32, clusters)) > recordWords(memory.u32, clusters)) return false;
  try {
    decodeClusters(memory, clusters);
    return true;
  } catch {
    return false;
  }
}

/** Zones and levels are reached by number too: exactly the nodes that say so, each at its number. */
function reasonInLists({ u32 }: Memory): string | null {
  const expected = new Map<number, number>();
  for (const node of recordsOf(u32, NODES)) {
    if ((nodeFlags(u32, node) & NodeFlag.Apex) !== 0) expected.set(ZONES_AT + nodeZone(u32, node), node);
    if (isLevel(u32, node)) expected.set(LEVELS_AT + levelId(u32, node), node);
  }
  for (let word = ZONES_AT; word < LEVELS_AT + LEVELS_MAX; word++) {
    if (u32[word] !== (expected.get(word) ?? 0))
      return word < ZONES_AT + ZONES_MAX ? "has lost a zone" : "has lost a level";
  }
  return null;
}

/** What the checks of the records do not say: that they were written as the drawings have it. */
function reasonInRecords(memory: Memory): string | null {
  for (const node of recordsOf(memory.u32, NODES))
    if (!isSoundNode(memory, node)) return `has a node at word ${node} that makes no sense`;
  for (const service of recordsOf(memory.u32, SERVICES))
    if (!isSoundService(memory, service)) return `has a service at word ${service} that makes no sense`;
  return null;
}
