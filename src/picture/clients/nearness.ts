/**
 * How near clusters are to classes of clients.
 *
 *   0  head (record.ts)
 *   3  classes
 *   4  clusters per class, a power of two
 *   5  kilometres in which a share halves
 *   6  per class: kilometres to the nearest cluster, or DISTANCE_UNKNOWN
 *   .. rows, per class and cluster: how often the share has halved with distance, 8.8 bits << 16 | rank by nearness,
 *      0 = nearest
 */
import type { Nearness } from "../../federation/policy/nearness.ts";
import { Header } from "../format/layout.ts";
import * as memoryModule from "../format/memory.ts";
import type { At, PictureWords } from "../format/memory.ts";
import * as recordModule from "../format/record.ts";
import { Kind } from "../format/record.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { NONE, word } = memoryModule;
const { RECORD_WORDS, setRecordHead } = recordModule;

type NearnessAt = At<"nearness">;
/** The row of one class; NONE = every cluster is as near. */
export type NearnessRowAt = At<"nearness row">;

/** In place of a distance that is not known. */
export const DISTANCE_UNKNOWN = 0xffff_ffff;
/** PictureWords of the record before its rows. */
export const NEARNESS_WORDS: number = RECORD_WORDS + 3;
const NEARNESS: number = Header.Nearness;
const CLASSES = RECORD_WORDS;
const STRIDE = RECORD_WORDS + 1;
const HALF_KM = RECORD_WORDS + 2;
const KM = RECORD_WORDS + 3;
const STEPS_SHIFT = 16;
/** Ranks are less than the most clusters that there can be. */
const RANK_MASK = 0x7f;

/** The picture's table, or NONE. */
export function nearnessTable(words: PictureWords): NearnessAt {
  return word(words, NEARNESS) as NearnessAt;
}

export function nearnessClasses(words: PictureWords, table: NearnessAt): number {
  return word(words, table + CLASSES);
}

export function nearnessStride(words: PictureWords, table: NearnessAt): number {
  return word(words, table + STRIDE);
}

/** Kilometres in which a share halves. */
export function nearnessHalfKm(words: PictureWords, table: NearnessAt): number {
  return word(words, table + HALF_KM);
}

/** Kilometres from this class to the nearest cluster, or DISTANCE_UNKNOWN. */
export function nearestKm(words: PictureWords, table: NearnessAt, clientClass: number): number {
  return word(words, table + KM + clientClass);
}

/** NONE when the table does not have this class. */
export function nearnessRow(words: PictureWords, table: NearnessAt, clientClass: number): NearnessRowAt {
  const classes = nearnessClasses(words, table);
  if (clientClass >= classes) return NONE;
  return (table + KM + classes + clientClass * nearnessStride(words, table)) as NearnessRowAt;
}

/** How far the share of a cluster has fallen with distance: halvings in 256ths, 0 = not at all. */
export function nearnessSteps(words: PictureWords, row: NearnessRowAt, cluster: number): number {
  return row === NONE ? 0 : word(words, row + cluster) >>> STEPS_SHIFT;
}

/** 0 = one of the nearest. */
export function nearnessRank(words: PictureWords, row: NearnessRowAt, cluster: number): number {
  return row === NONE ? 0 : word(words, row + cluster) & RANK_MASK;
}

export function encodeNearness({ stride, halfKm, steps, ranks, nearestKm: kms }: Nearness): Uint32Array {
  const classes = kms.length;
  const words = new Uint32Array(NEARNESS_WORDS + classes + classes * stride);
  setRecordHead(words, Kind.Nearness, 0);
  words[CLASSES] = classes;
  words[STRIDE] = stride;
  words[HALF_KM] = halfKm;
  kms.forEach((km, i) => {
    words[KM + i] = km === Infinity ? DISTANCE_UNKNOWN : Math.round(km);
  });
  steps.forEach((one, i) => {
    words[KM + classes + i] = (one << STEPS_SHIFT) | (ranks[i] as number);
  });
  return words;
}
