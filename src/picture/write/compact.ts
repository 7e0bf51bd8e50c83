/** Live records of one picture, copied into a fresh one without the garbage. Records do not know where they lie, so they move as they are. */
import { createPicture, sealCommit } from "./create.ts";
import { recordsOf, wordsOf } from "../format/decode.ts";
import {
  CLUSTERS_MAX,
  Header,
  HEALTH_AT_OCTETS,
  heldAt,
  LEVELS_AT,
  LEVELS_MAX,
  lineUp,
  type Memory,
  NodeFlag,
  ONLY_RECORDS,
  SHARES_AT,
  SIGHTS_AT,
  verdictsAt,
  ZONES_AT,
} from "../format/layout.ts";

const KEPT = [
  Header.Complete,
  Header.EndpointsEnd,
  Header.CommittedAt,
  Header.SoaSerial,
  Header.TtlSeconds,
  Header.AnswersMax,
  Header.SpillBelow,
];

/** `target` must be zeroed and is not yet seen by any reader. `reserve` as in WriterOptions. */
export function compactInto(source: Memory, target: Memory, reserve: (endWords: number) => void): void {
  const capacity = source.u32[Header.EndpointCapacity] as number;
  createPicture(target, { seed: source.u32[Header.Seed] as number, endpointCapacity: capacity });
  for (const word of KEPT) target.u32[word] = source.u32[word] as number;
  target.u32[Header.Serial] = (((source.u32[Header.Serial] as number) | 1) + 1) >>> 0;
  const endpoints = source.u32[Header.EndpointsEnd] as number;
  const octets = source.u8.subarray(HEALTH_AT_OCTETS, HEALTH_AT_OCTETS + endpoints);
  target.u8.set(octets, HEALTH_AT_OCTETS);
  copyWords(source, target, heldAt(capacity), endpoints);
  copyWords(source, target, verdictsAt(capacity), 2 * endpoints);
  copyWords(source, target, SHARES_AT / 4, CLUSTERS_MAX / 4);
  copyWords(source, target, SIGHTS_AT, CLUSTERS_MAX);
  copyTable(source, target, Header.Nodes, reserve);
  copyTable(source, target, Header.Services, reserve);
  for (const only of ONLY_RECORDS) {
    const record = source.u32[only] as number;
    if (record !== 0) target.u32[only] = copyRecord(source, target, record, reserve);
  }
  sealCommit(target);
}

function copyWords(source: Memory, target: Memory, at: number, words: number): void {
  target.u32.set(source.u32.subarray(at, at + words), at);
}

function copyTable(source: Memory, target: Memory, table: number, reserve: (endWords: number) => void): void {
  const live = source.u32[table + 2] as number;
  let slots = 1024;
  while (slots < 2 * (live + 1)) slots *= 2;
  const at = target.u32[Header.ArenaEnd] as number;
  reserve(at + 2 * slots);
  target.u32[table] = at;
  target.u32[table + 1] = slots - 1;
  target.u32[table + 2] = live;
  target.u32[table + 3] = live;
  target.u32[Header.ArenaEnd] = at + 2 * slots;
  for (const record of recordsOf(source, table)) {
    const hash = source.u32[record + 1] as number;
    const copy = copyRecord(source, target, record, reserve);
    let slot = hash & (slots - 1);
    while (target.u32[at + 2 * slot + 1] !== 0) slot = (slot + 1) & (slots - 1);
    target.u32[at + 2 * slot] = hash;
    target.u32[at + 2 * slot + 1] = copy;
    if (table === Header.Nodes) pointAtNode(source, target, record, copy);
  }
}

function copyRecord(
  source: Memory,
  target: Memory,
  record: number,
  reserve: (endWords: number) => void,
): number {
  const words = wordsOf(source, record);
  const at = lineUp(target.u32[Header.ArenaEnd] as number, words);
  reserve(at + words);
  target.u32.set(source.u32.subarray(record, record + words), at);
  target.u32[Header.ArenaEnd] = at + words;
  return at;
}

/** Apex nodes and levels are also reached by their ids. */
function pointAtNode(source: Memory, target: Memory, record: number, copy: number): void {
  const zone = (source.u32[record + 3] as number) >>> 16;
  const flags = (source.u32[record + 4] as number) >>> 16;
  if ((flags & NodeFlag.Apex) !== 0) target.u32[ZONES_AT + zone] = copy;
  const level = source.u32[record + 5] as number;
  if (level < LEVELS_MAX && source.u32[LEVELS_AT + level] === record) target.u32[LEVELS_AT + level] = copy;
}
