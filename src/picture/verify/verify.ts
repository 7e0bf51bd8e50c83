/** Is this a picture of ours, whole and sound? Asked before anything is served from a file found on disk. */
import { everywhere } from "../write/create.ts";
import { jsonOf, kindOf, nodeFlags, recordsOf, wordsOf } from "../format/decode.ts";
import { checkClients } from "./clients-check.ts";
import { checkWords } from "../format/hash.ts";
import { headerProblem } from "../format/header.ts";
import {
  arenaAt,
  DELETED,
  EVERYWHERE,
  Header,
  Kind,
  LEVELS_AT,
  LEVELS_MAX,
  type Memory,
  NEARNESS_WORDS,
  NodeFlag,
  ONLY_RECORDS,
  RECORD_WORDS,
  wordsFor,
  ZONES_AT,
  ZONES_MAX,
} from "../format/layout.ts";
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
  const end = u32[Header.ArenaEnd] as number;
  const capacity = u32[Header.EndpointCapacity] as number;
  if (end < arenaAt(capacity) || end > u32.length) return "has a damaged arena";
  if ((u32[Header.EndpointsEnd] as number) > capacity) return "has lost endpoints";
  return (
    reasonInTable(memory, Header.Nodes, end) ??
    reasonInTable(memory, Header.Services, end) ??
    reasonInOnly(memory, end) ??
    reasonInLists(memory) ??
    reasonInRecords(memory)
  );
}

/** `table` is the header word of the table's offset; mask, live and used follow it. */
function reasonInTable(memory: Memory, table: number, end: number): string | null {
  const { u32 } = memory;
  const slots = (u32[table + 1] as number) + 1;
  const at = u32[table] as number;
  const isPowerOfTwo = slots > 0 && (slots & (slots - 1)) === 0;
  if (!isPowerOfTwo || at + 2 * slots > end) return "has a damaged table";
  let live = 0;
  let used = 0;
  for (let slot = 0; slot < slots; slot++) {
    const record = u32[at + 2 * slot + 1] as number;
    if (record !== 0) used++;
    if (record === 0 || record === DELETED) continue;
    if (!isRecord(memory, record, end)) return `has a damaged record at word ${record}`;
    const isNode = kindOf(memory, record) <= Kind.Level;
    if (kindOf(memory, record) > Kind.Namespace || isNode !== (table === Header.Nodes))
      return "has a misplaced record";
    if (u32[at + 2 * slot] !== u32[record + 1] || !isReachable(memory, table, slot))
      return "has a misplaced record";
    live++;
  }
  const isCounted = live === u32[table + 2] && used === u32[table + 3] && used < slots;
  return isCounted ? null : "has lost records";
}

/** A search from the hash's own slot must meet no empty one before this. */
function isReachable(memory: Memory, table: number, slot: number): boolean {
  const { u32 } = memory;
  const at = u32[table] as number;
  const mask = u32[table + 1] as number;
  for (let probe = (u32[at + 2 * slot] as number) & mask; probe !== slot; probe = (probe + 1) & mask) {
    if (u32[at + 2 * probe + 1] === 0) return false;
  }
  return true;
}

function isRecord(memory: Memory, at: number, end: number): boolean {
  if (at < arenaAt(memory.u32[Header.EndpointCapacity] as number) || at + RECORD_WORDS > end) return false;
  const words = wordsOf(memory, at);
  const kind = kindOf(memory, at);
  if (words <= RECORD_WORDS || at + words > end || kind < Kind.Node || kind > Kind.Nearness) return false;
  return memory.u32[at + 2] === checkWords(memory.u32, at, at + words, at + 2);
}

/** The records of which there is one, each of its kind, and what readers will trust of them. */
function reasonInOnly(memory: Memory, end: number): string | null {
  const { u32 } = memory;
  const kinds = [Kind.Clusters, Kind.Clients, Kind.Nearness];
  for (const [i, word] of ONLY_RECORDS.entries()) {
    const at = u32[word] as number;
    if (at !== 0 && !(isRecord(memory, at, end) && kindOf(memory, at) === kinds[i]))
      return "has lost what it knows of clusters or clients";
  }
  const clients = u32[Header.Clients] as number;
  if (clients !== 0 && checkClients(u32, clients, wordsOf(memory, clients)) !== null)
    return "has a damaged table of clients";
  const clusters = u32[Header.Clusters] as number;
  if (clusters !== 0 && !isJson(memory, clusters)) return "has lost what it knows of clusters or clients";
  const nearness = u32[Header.Nearness] as number;
  if (nearness === 0) return null;
  const [classes, stride] = [u32[nearness + 3] as number, u32[nearness + 4] as number];
  const isWhole = NEARNESS_WORDS + classes * (1 + stride) === wordsOf(memory, nearness);
  return isWhole && classes > 0 && stride > 0 ? null : "has damaged distances";
}

function isJson(memory: Memory, at: number): boolean {
  const octets = memory.u32[at + 3] as number;
  if (wordsFor(octets) > wordsOf(memory, at) - RECORD_WORDS - 1) return false;
  try {
    jsonOf(memory, at);
    return true;
  } catch {
    return false;
  }
}

/** Zones and levels are reached by number too: exactly the nodes that say so, each at its number. */
function reasonInLists(memory: Memory): string | null {
  const expected = new Map<number, number>();
  for (const at of recordsOf(memory, Header.Nodes)) {
    if ((nodeFlags(memory, at) & NodeFlag.Apex) !== 0)
      expected.set(ZONES_AT + ((memory.u32[at + 3] as number) >>> 16), at);
    if (kindOf(memory, at) === Kind.Level) expected.set(LEVELS_AT + (memory.u32[at + 5] as number), at);
  }
  for (let word = ZONES_AT; word < LEVELS_AT + LEVELS_MAX; word++) {
    if (memory.u32[word] !== (expected.get(word) ?? 0))
      return word < ZONES_AT + ZONES_MAX ? "has lost a zone" : "has lost a level";
  }
  return null;
}

/** What the checks of the records do not say: that who wrote them kept to the drawing. */
function reasonInRecords(memory: Memory): string | null {
  for (const at of recordsOf(memory, Header.Nodes))
    if (!isSoundNode(memory, at)) return `has a node at word ${at} that makes no sense`;
  for (const at of recordsOf(memory, Header.Services))
    if (!isSoundService(memory, at)) return `has a service at word ${at} that makes no sense`;
  return null;
}
