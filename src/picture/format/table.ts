/**
 * The two hash tables, of nodes and of services (pools and namespaces): open addressing with linear probing. A table
 * lies in the arena. Where, and how large it is, is one word of the header, its place: a reader that meets a table that
 * has just grown sees the old one or the new one, and never a size that is not that of the table.
 *
 *   place    offset << 1 | binary logarithm of the number of slots; the offset is that of a line of the cache (16 words)
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

/** Header words of one table: its place, live entries, and used slots (deleted ones included). */
export type TableHead<R extends RecordAt = RecordAt> = {
  readonly place: number;
  readonly live: number;
  readonly used: number;
  /** Of what it holds: there for the type alone. */
  readonly holds?: R;
};

export const NODES: TableHead<NodeAt> = {
  place: Header.Nodes,
  live: Header.NodesLive,
  used: Header.NodesUsed,
};
export const SERVICES: TableHead<ServiceAt> = {
  place: Header.Services,
  live: Header.ServicesLive,
  used: Header.ServicesUsed,
};

const LINE_WORDS = 16;
const SLOTS_MASK = 31;

/** `slots`: a power of two. `at`: by `tableStart`. */
export function placeOf(at: number, slots: number): number {
  return ((at << 1) | Math.log2(slots)) >>> 0;
}

/** Where a table may begin, at or after `at`. */
export function tableStart(at: number): number {
  return Math.ceil(at / LINE_WORDS) * LINE_WORDS;
}

/** The offset of its first slot. */
export function tableAt(place: number): number {
  return (place & ~SLOTS_MASK) >>> 1;
}

/** The number of its last slot: a mask for hashes. */
export function tableMask(place: number): number {
  return (1 << (place & SLOTS_MASK)) - 1;
}

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
export function* recordsOf<R extends RecordAt>(words: PictureWords, head: TableHead<R>): Generator<R> {
  const place = word(words, head.place);
  const table = tableAt(place);
  const last = tableMask(place);
  for (let slot = 0; slot <= last; slot++) {
    const record = slotRecord(words, slotAt(table, slot));
    if (record > DELETED) yield record as R;
  }
}
