/**
 * Where clients are: a record of the picture that maps an address to a class, and to the longest prefix around it that
 * has this class throughout.
 *
 *   0   head of the record (format/record.ts), 3 words
 *   3   classes: every class below is less than this, or CLASS_SPECIAL
 *   4   leaves of IPv4, leaves of IPv6: for reports
 *   6   root of IPv4, then of IPv6: 256 words each, by the first octet of the address
 *   ..  pages of 256 words, by the second octet, of IPv6 also by the third; folded pages, by the next octet of IPv4, by
 *       each of the next three of IPv6; and lists, by what follows
 *
 *   word of a root or page      1 << 31 | prefix length << 16 | class, or the offset, from the record's start, of a
 *                               page or, behind the last page, a list
 *   folded page                 for each quarter three words: a bit for each of its 64 words that differs from the word before
 *                               it, and the offset of the first of those; then these words, quarter by quarter
 *   list                        a word per leaf: the next bits of the address (8 of IPv4, 16 of IPv6) << 16 | class
 *
 * The leaves of a list are sorted and leave no gap, so a leaf's length follows from where the next one starts. The
 * first one starts at 0, so it holds the number of those that follow instead. No leaf contains a longer prefix of another
 * class, so its length is a valid scope of an answer (RFC 7871 §7.2.1).
 *
 * The cost of a look-up is that of its cache misses: three for IPv4, but for the 2 % of the /24 that have longer prefixes;
 * for IPv6 two more per folded page.
 */
import { Header } from "../format/layout.ts";
import * as memoryModule from "../format/memory.ts";
import type { At, PictureWords } from "../format/memory.ts";
import * as recordModule from "../format/record.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { word } = memoryModule;
const { RECORD_WORDS } = recordModule;

/** The class of special-purpose addresses (RFC 6890), unless the settings name their place: another address decides. */
export const CLASS_SPECIAL = 0xffff;
/** The class of addresses whose place is not known. */
export const CLASS_UNKNOWN = 0;

export const CLIENTS_CLASSES: number = RECORD_WORDS;
export const CLIENTS_LEAVES_V4: number = RECORD_WORDS + 1;
export const CLIENTS_LEAVES_V6: number = RECORD_WORDS + 2;
export const CLIENTS_ROOT_V4: number = RECORD_WORDS + 3;
export const PAGE_WORDS = 256;
/** How many bits of an address lead to the first folded page and to a list, and how many are left for the list. */
export type Depths = { readonly fold: number; readonly list: number; readonly rest: number };
export const DEPTHS_V4: Depths = { fold: 16, list: 24, rest: 8 };
export const DEPTHS_V6: Depths = { fold: 24, list: 48, rest: 16 };
/** A quarter of a folded page: the words it stands for, and the words that describe it. All quarters together: FOLD_WORDS. */
export const QUARTER_SLOTS = 64;
export const QUARTER_WORDS = 3;
export const FOLD_WORDS: number = (PAGE_WORDS / QUARTER_SLOTS) * QUARTER_WORDS;
export const CLIENTS_ROOT_V6: number = CLIENTS_ROOT_V4 + PAGE_WORDS;
export const CLIENTS_HEAD_WORDS: number = CLIENTS_ROOT_V6 + PAGE_WORDS;

/** The length of a record has 24 bits, and so has an offset in it: even a damaged word leads no farther. */
export const OFFSET_MASK = 0xff_ffff;
/** Class and length of a leaf, which is negative as a signed word. Other bits, of a damaged leaf, are ignored. */
const LEAF_MASK = 0x7f_ffff;
const LEAF_BIT: number = 1 << 31;
const LENGTH_SHIFT = 16;
// The same for look-ups: exported constants are not folded either.
const ROOT_V4: number = CLIENTS_ROOT_V4;
const ROOT_V6: number = CLIENTS_ROOT_V6;
const NEAR: number = OFFSET_MASK;
const QUARTER: number = QUARTER_WORDS;
const CLIENTS: number = Header.Clients;
const CLASS_MASK = 0xffff;
/** In an entry of a list: the next bits of the address. */
const START_SHIFT = 16;

export type ClientsAt = At<"clients">;
/** A table on its own, not in a picture: at the start of its words. */
export const AT_START: ClientsAt = 0 as ClientsAt;

/** The picture's table, or NONE. */
export function clientsTable(words: PictureWords): ClientsAt {
  return word(words, CLIENTS) as ClientsAt;
}

/** How many leaves the table at the start of `words` has. */
export function clientsLeaves(words: PictureWords, family: 4 | 6): number {
  return word(words, family === 4 ? CLIENTS_LEAVES_V4 : CLIENTS_LEAVES_V6);
}

/** The class of a leaf, or of what a look-up returned. */
export function leafClass(leaf: number): number {
  return leaf & CLASS_MASK;
}

/** How many leading bits of the address decide it. */
export function leafLength(leaf: number): number {
  return (leaf & ~LEAF_BIT) >>> LENGTH_SHIFT;
}

/** Turns the result for an address into that for a longer one, in which the address follows so many bits. */
export function widened(leaf: number, bits: number): number {
  return leaf + (bits << LENGTH_SHIFT);
}

export function isLeaf(entry: number): boolean {
  return (entry & LEAF_BIT) !== 0;
}

export function leafWord(length: number, clientClass: number): number {
  return LEAF_BIT | (length << LENGTH_SHIFT) | clientClass;
}

/** What follows of the address where this entry of a list begins; of the first entry, how many follow it. */
export function listStart(entry: number): number {
  return entry >>> START_SHIFT;
}

export function listWord(start: number, clientClass: number): number {
  return (start << START_SHIFT) | clientClass;
}

/**
 * The class of an IPv4 address (32 bits, signed or not) in the record at word `at`, and how many of its leading bits
 * (0..32) decide it: class | length << 16. Total: a damaged record gives some number, never an endless search.
 */
export function classOfV4(u32: PictureWords, at: ClientsAt, address: number): number {
  const page = word(u32, at + ROOT_V4 + (address >>> 24)) | 0;
  if (page < 0) return page & LEAF_MASK;
  const fold = word(u32, at + (page & NEAR) + ((address >>> 16) & 255)) | 0;
  if (fold < 0) return fold & LEAF_MASK;
  const entry = unfold(u32, at, fold & NEAR, (address >>> 8) & 255) | 0;
  return entry < 0 ? entry & LEAF_MASK : inList(u32, at + (entry & NEAR), address & 255, 0x100);
}

/** Word `slot` of the folded page at `fold`. */
function unfold(u32: PictureWords, at: number, fold: number, slot: number): number {
  const quarter = at + fold + QUARTER * (slot >>> 6);
  // Every bit up to the slot's: some of the first 32, or all of those and some of the others.
  const some = ((2 << (slot & 31)) - 1) | 0;
  const isLater = -((slot >>> 5) & 1);
  const begun = ones(word(u32, quarter) & (some | isLater), word(u32, quarter + 1) & some & isLater);
  return word(u32, at + (word(u32, quarter + 2) & NEAR) + begun - 1);
}

/** How many bits of the two words are set. */
function ones(a: number, b: number): number {
  const pairsA = a - ((a >>> 1) & 0x5555_5555);
  const pairsB = b - ((b >>> 1) & 0x5555_5555);
  const fours = (pairsA & 0x3333_3333) + ((pairsA >>> 2) & 0x3333_3333);
  const all = fours + (pairsB & 0x3333_3333) + ((pairsB >>> 2) & 0x3333_3333);
  return Math.imul((all & 0x0f0f_0f0f) + ((all >>> 4) & 0x0f0f_0f0f), 0x0101_0101) >>> 24;
}

/** Which leaf of the list at `first` has `rest`, which is less than `end`: class | length << 16, as if of 32 bits. */
function inList(u32: PictureWords, first: number, rest: number, end: number): number {
  const last = word(u32, first) >>> START_SHIFT;
  let low = 0;
  // Halving without branches, as none could be foretold: the mask is 0 when the leaf in the middle starts too late.
  for (let count = last + 1; count > 1;) {
    const half = count >>> 1;
    low += half & ~((rest - (word(u32, first + low + half) >>> START_SHIFT)) >> 31);
    count -= half;
  }
  const start = low === 0 ? 0 : word(u32, first + low) >>> START_SHIFT;
  const next = low === last ? end : word(u32, first + low + 1) >>> START_SHIFT;
  return ((Math.clz32(next - start) + 1) << LENGTH_SHIFT) | leafClass(word(u32, first + low));
}

/** The same for the first 64 bits of an IPv6 address, as two words; the length is 0..64. */
export function classOfV6(u32: PictureWords, at: ClientsAt, addressHigh: number, addressLow: number): number {
  const page = word(u32, at + ROOT_V6 + (addressHigh >>> 24)) | 0;
  if (page < 0) return page & LEAF_MASK;
  const inner = word(u32, at + (page & NEAR) + ((addressHigh >>> 16) & 255)) | 0;
  if (inner < 0) return inner & LEAF_MASK;
  let entry = word(u32, at + (inner & NEAR) + ((addressHigh >>> 8) & 255)) | 0;
  if (entry < 0) return entry & LEAF_MASK;
  entry = unfold(u32, at, entry & NEAR, addressHigh & 255) | 0;
  if (entry < 0) return entry & LEAF_MASK;
  entry = unfold(u32, at, entry & NEAR, addressLow >>> 24) | 0;
  if (entry < 0) return entry & LEAF_MASK;
  entry = unfold(u32, at, entry & NEAR, (addressLow >>> 16) & 255) | 0;
  if (entry < 0) return entry & LEAF_MASK;
  return widened(inList(u32, at + (entry & NEAR), addressLow & 0xffff, 0x10000), 32);
}
