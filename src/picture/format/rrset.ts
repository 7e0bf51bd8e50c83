/**
 * The RRsets of a node, one behind the other, and their records.
 *
 *   RRset   0  type << 16 | records
 *           1  words of the records
 *           2  the records
 *   record  0  octets << 16 | compression pointers, at most two
 *           1  where these stand in the octets (2 x 16 bits)
 *           2  the record as it goes on the wire after its owner is set, padded to words: C0 0C, TYPE, CLASS, TTL,
 *              RDLENGTH, RDATA. An in-zone name in RDATA ends in a pointer, which the writer of the response points at
 *              the zone's name.
 */
import { RECORD_HEAD_OCTETS } from "../../dns/message/code.ts";
import * as memoryModule from "./memory.ts";
import type { At, PictureWords } from "./memory.ts";
import * as nodeFields from "./node.ts";
import type { NodeAt } from "./node.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { NONE, word, wordsFor } = memoryModule;
const { afterNodeName, isLevel, LEVEL_WORDS, nodeRRsets } = nodeFields;

export type RRsetAt = At<"rrset">;
export type StoredRecordAt = At<"record">;

/** PictureWords of an RRset before its records, and of a record before its octets. */
export const RRSET_WORDS = 2;
export const STORED_WORDS = 2;
const REST = 1;
const POINTERS = 1;
const SHIFT = 16;
const HALF_MASK = 0xffff;

/** Only to be read when the node has any. */
export function firstRRset(words: PictureWords, node: NodeAt): RRsetAt {
  const behind = afterNodeName(words, node);
  return (isLevel(words, node) ? behind + LEVEL_WORDS : behind) as RRsetAt;
}

export function nextRRset(words: PictureWords, rrset: RRsetAt): RRsetAt {
  return (rrset + RRSET_WORDS + rrsetWords(words, rrset)) as RRsetAt;
}

/** The node's RRset of a type, or NONE. */
export function findRRset(words: PictureWords, node: NodeAt, type: number): RRsetAt {
  let rrset = firstRRset(words, node);
  for (let left = nodeRRsets(words, node); left > 0; left--) {
    if (rrsetType(words, rrset) === type) return rrset;
    rrset = nextRRset(words, rrset);
  }
  return NONE;
}

export function rrsetType(words: PictureWords, rrset: RRsetAt): number {
  return word(words, rrset) >>> SHIFT;
}

export function rrsetRecords(words: PictureWords, rrset: RRsetAt): number {
  return word(words, rrset) & HALF_MASK;
}

/** PictureWords of its records. */
function rrsetWords(words: PictureWords, rrset: RRsetAt): number {
  return word(words, rrset + REST);
}

export function firstRecord(rrset: RRsetAt): StoredRecordAt {
  return (rrset + RRSET_WORDS) as StoredRecordAt;
}

export function nextRecord(words: PictureWords, record: StoredRecordAt): StoredRecordAt {
  return (record + STORED_WORDS + wordsFor(storedOctets(words, record))) as StoredRecordAt;
}

export function storedOctets(words: PictureWords, record: StoredRecordAt): number {
  return word(words, record) >>> SHIFT;
}

/** How many compression pointers it has: 0 to 2. */
export function pointerCount(words: PictureWords, record: StoredRecordAt): number {
  return word(words, record) & HALF_MASK;
}

/** Where in the record's octets the pointer stands, if there are as many. */
export function firstPointer(words: PictureWords, record: StoredRecordAt): number {
  return word(words, record + POINTERS) >>> SHIFT;
}

export function secondPointer(words: PictureWords, record: StoredRecordAt): number {
  return word(words, record + POINTERS) & HALF_MASK;
}

/** Word offset of its octets. */
export function storedAt(record: StoredRecordAt): number {
  return record + STORED_WORDS;
}

/** For `words` that hold the whole RRset. */
export function setRRsetHead(words: Uint32Array, type: number, records: number): void {
  words[0] = (type << SHIFT) | records;
  words[REST] = words.length - RRSET_WORDS;
}

/** For `words` that hold the whole record. */
export function setStoredHead(words: Uint32Array, octets: number, pointers: readonly number[]): void {
  words[0] = (octets << SHIFT) | pointers.length;
  words[POINTERS] = ((pointers[0] ?? RECORD_HEAD_OCTETS) << SHIFT) | (pointers[1] ?? RECORD_HEAD_OCTETS);
}
