/**
 * How every record begins. It carries its own check, so that a torn or foreign file is found out:
 *
 *   0  kind << 24 | words, these three included
 *   1  hash of its key
 *   2  check: FNV-1a over all other words of the record
 *
 * Records lie in the arena, which only grows. A record never changes once readers can reach it, and none holds its own
 * offset, so records can be moved as they are.
 */
import * as memoryModule from "./memory.ts";
import type { At, PictureWords } from "./memory.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { word } = memoryModule;

export const Kind = {
  Node: 1,
  Level: 2,
  Pool: 3,
  Namespace: 4,
  Clusters: 5,
  Clients: 6,
  Nearness: 7,
  Unread: 8,
  KeptBack: 9,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export type RecordAt = At<
  "node" | "level" | "pool" | "namespace" | "clusters" | "clients" | "nearness" | "unread" | "kept back"
>;

export const RECORD_WORDS = 3;
const HASH = 1;
export const CHECK_WORD = 2;
const KIND_SHIFT = 24;
const WORDS_MASK = 0xff_ffff;
/** The longest record that its head can tell. */
export const RECORD_WORDS_MAX: number = WORDS_MASK;

export function recordKind(words: PictureWords, at: RecordAt): Kind {
  return (word(words, at) >>> KIND_SHIFT) as Kind;
}

export function recordWords(words: PictureWords, at: RecordAt): number {
  return word(words, at) & WORDS_MASK;
}

/** As 32 bits without a sign. */
export function recordHash(words: PictureWords, at: RecordAt): number {
  return word(words, at + HASH);
}

/** For `words` that hold one whole record and nothing else. */
export function setRecordHead(words: Uint32Array, kind: Kind, hash: number): void {
  words[0] = (kind << KIND_SHIFT) | words.length;
  words[HASH] = hash;
}

export function checkOfRecord(words: Uint32Array, at: number, length: number): number {
  return checkWords(words, at, at + length, at + CHECK_WORD);
}

/** FNV-1a over words [from, to) except `skip`. */
export function checkWords(words: Uint32Array, from: number, to: number, skip: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) if (i !== skip) hash = Math.imul(hash ^ (words[i] as number), 0x01000193);
  return hash >>> 0;
}

const LINE_WORDS = 16;

/** Where a record of `length` words may begin, at or after `at`, to lie in as few lines of the processor's cache as it can. */
export function lineUp(at: number, length: number): number {
  const rest = at % LINE_WORDS;
  const tail = length % LINE_WORDS || LINE_WORDS;
  return rest !== 0 && rest + tail > LINE_WORDS ? at + LINE_WORDS - rest : at;
}
