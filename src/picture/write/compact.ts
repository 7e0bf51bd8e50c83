/** Copies the live records of a picture to a fresh one, without the garbage. No record holds its own offset, so they are copied as they are. */
import { createPicture, sealCommit } from "./create.ts";
import { type Reserve, reserveEndpoints } from "./reserve.ts";
import { CLUSTERS_MAX } from "../format/cluster-set.ts";
import {
  cachedUntilAt,
  freshUntilAt,
  Header,
  HEALTH_AT_OCTETS,
  LAST_SEEN_AT,
  LEVELS_AT,
  ONLY_RECORDS,
  onlyRecord,
  reasonsAt,
  SHARES_AT,
  ZONES_AT,
} from "../format/layout.ts";
import { type Memory, NONE } from "../format/memory.ts";
import { isLevel, levelId, type NodeAt, NodeFlag, nodeFlags, nodeZone } from "../format/node.ts";
import {
  CHECK_WORD,
  checkOfRecord,
  lineUp,
  type RecordAt,
  recordHash,
  recordWords,
} from "../format/record.ts";
import {
  EMPTY,
  NODES,
  recordsOf,
  SERVICES,
  placeOf,
  slotAt,
  slotRecord,
  slotRecordAt,
  slotsFor,
  tableStart,
  type TableHead,
} from "../format/table.ts";

const KEPT = [
  Header.EndpointsEnd,
  Header.CommittedAt,
  Header.SoaSerial,
  Header.TtlSeconds,
  Header.AnswersMax,
  Header.SpillBelow,
];

/**
 * `target` must be zeroed, and no reader may see it yet. `reserve`: as in WriterOptions. `unread`: by encodeUnread, in the
 * place of what the source says of members that were not read.
 */
export function compactInto(source: Memory, target: Memory, reserve: Reserve, unread?: Uint32Array): void {
  const capacity = source.u32[Header.EndpointCapacity] as number;
  createPicture(target, { seed: source.u32[Header.Seed] as number, endpointCapacity: capacity }, reserve);
  for (const word of KEPT) target.u32[word] = source.u32[word] as number;
  target.u32[Header.Serial] = (((source.u32[Header.Serial] as number) | 1) + 1) >>> 0;
  const endpoints = source.u32[Header.EndpointsEnd] as number;
  reserveEndpoints(reserve, capacity, 0, endpoints);
  const octets = source.u8.subarray(HEALTH_AT_OCTETS, HEALTH_AT_OCTETS + endpoints);
  target.u8.set(octets, HEALTH_AT_OCTETS);
  copyWords(source, target, cachedUntilAt(capacity), endpoints);
  copyWords(source, target, reasonsAt(capacity), 2 * endpoints);
  copyWords(source, target, freshUntilAt(capacity), endpoints);
  copyWords(source, target, SHARES_AT / 4, CLUSTERS_MAX / 4);
  copyWords(source, target, LAST_SEEN_AT, CLUSTERS_MAX);
  copyTable(source, target, NODES, reserve);
  copyTable(source, target, SERVICES, reserve);
  for (const only of ONLY_RECORDS) {
    const record = onlyRecord(source.u32, only);
    if (only === Header.Unread && unread !== undefined)
      target.u32[only] = appendRecord(target, unread, reserve);
    else if (record !== NONE) target.u32[only] = copyRecord(source, target, record, reserve);
  }
  sealCommit(target);
}

function copyWords(source: Memory, target: Memory, at: number, words: number): void {
  target.u32.set(source.u32.subarray(at, at + words), at);
}

function copyTable(source: Memory, target: Memory, table: TableHead, reserve: Reserve): void {
  const live = source.u32[table.live] as number;
  const slots = slotsFor(live);
  const at = tableStart(target.u32[Header.ArenaEnd] as number);
  reserve(at, slotAt(at, slots));
  target.u32[table.place] = placeOf(at, slots);
  target.u32[table.live] = live;
  target.u32[table.used] = live;
  target.u32[Header.ArenaEnd] = slotAt(at, slots);
  for (const record of recordsOf(source.u32, table)) {
    const hash = recordHash(source.u32, record);
    const copy = copyRecord(source, target, record, reserve);
    let slot = hash & (slots - 1);
    while (slotRecord(target.u32, slotAt(at, slot)) !== EMPTY) slot = (slot + 1) & (slots - 1);
    target.u32[slotAt(at, slot)] = hash;
    target.u32[slotRecordAt(slotAt(at, slot))] = copy;
    if (table === NODES) pointAtNode(source, target, record as NodeAt, copy);
  }
}

function copyRecord(source: Memory, target: Memory, record: RecordAt, reserve: Reserve): number {
  return append(target, source.u32.subarray(record, record + recordWords(source.u32, record)), reserve);
}

/** `words`: without their check. */
function appendRecord(target: Memory, words: Uint32Array, reserve: Reserve): number {
  const at = append(target, words, reserve);
  target.u32[at + CHECK_WORD] = checkOfRecord(target.u32, at, words.length);
  return at;
}

function append(target: Memory, words: Uint32Array, reserve: Reserve): number {
  const at = lineUp(target.u32[Header.ArenaEnd] as number, words.length);
  reserve(at, at + words.length);
  target.u32.set(words, at);
  target.u32[Header.ArenaEnd] = at + words.length;
  return at;
}

/** Apex nodes and levels are also reached by their ids. */
function pointAtNode({ u32 }: Memory, target: Memory, node: NodeAt, copy: number): void {
  if ((nodeFlags(u32, node) & NodeFlag.Apex) !== 0) target.u32[ZONES_AT + nodeZone(u32, node)] = copy;
  if (isLevel(u32, node)) target.u32[LEVELS_AT + levelId(u32, node)] = copy;
}
