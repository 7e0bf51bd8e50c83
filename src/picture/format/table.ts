/**
 * The two hash tables, of nodes and of services (pools and namespaces): open addressing with linear probing. A table
 * lies in the arena; the header says where, and how large it is.
 *
 *   slot i   0  hash of the record
 *            1  its offset: EMPTY, DELETED, or a record
 */
import { Header } from "./layout.ts";
import * as memoryModule from "./memory.ts";
import type { PictureWords } from "./memory.ts";
import type { NodeAt } from "./node.ts";
import type { ServiceAt } from "./pool.ts";
import type { RecordAt } from "./record.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { word } = memoryModule;

export const SLOT_WORDS = 2;
export const EMPTY = 0;
export const DELETED = 1;
/** Slots of a new table, and the least that any has. */
export const FIRST_SLOTS = 1024;

/** Header words of one table: its offset, slot mask, live entries, and used slots (deleted ones included). */
export type TableHead<R extends RecordAt = RecordAt> = {
  readonly at: number;
  readonly mask: number;
  readonly live: number;
  readonly used: number;
  /** Of what it holds: there for the type alone. */
  readonly holds?: R;
};

export const NODES: TableHead<NodeAt> = {
  at: Header.Nodes,
  mask: Header.NodesMask,
  live: Header.NodesLive,
  used: Header.NodesUsed,
};
export const SERVICES: TableHead<ServiceAt> = {
  at: Header.Services,
  mask: Header.ServicesMask,
  live: Header.ServicesLive,
  used: Header.ServicesUsed,
};

export function slotAt(table: number, slot: number): number {
  return table + SLOT_WORDS * slot;
}

/** `at`: of a slot. */
export function slotHash(words: PictureWords, at: number): number {
  return word(words, at);
}

/** EMPTY, DELETED, or the offset of a record. */
export function slotRecord(words: PictureWords, at: number): number {
  return word(words, at + 1);
}

/** Word offset in which a slot has its record. */
export function slotRecordAt(at: number): number {
  return at + 1;
}

/** As few slots as a table of `live` entries should have. */
export function slotsFor(live: number): number {
  let slots = FIRST_SLOTS;
  while (slots < 2 * (live + 1)) slots *= 2;
  return slots;
}

/** All live records of a table. */
export function* recordsOf<R extends RecordAt>(
  words: PictureWords,
  { at, mask }: TableHead<R>,
): Generator<R> {
  const table = word(words, at);
  const last = word(words, mask);
  for (let slot = 0; slot <= last; slot++) {
    const record = slotRecord(words, slotAt(table, slot));
    if (record > DELETED) yield record as R;
  }
}
