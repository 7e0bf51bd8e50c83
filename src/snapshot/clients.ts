/**
 * Where clients are: a record of the picture that turns an address into a class, and the prefix all of which has it.
 *
 *   0   head of the record (layout.ts), 3 words
 *   3   classes: every class below is less than this, or CLASS_SPECIAL
 *   4   leaves of IPv4, leaves of IPv6: for people
 *   6   root of IPv4, then of IPv6: 256 words each, by the first octet of the address
 *   ..  pages of 256 words, by the second octet, of IPv6 also by the third; of IPv4 folded pages, by the third; and
 *       lists, by what follows
 *
 *   word of a root or page      1 << 31 | prefix length << 16 | class, or the offset, from the record's start, of what
 *                               tells more: a page or, behind the last page, a list
 *   folded page                 of each quarter three words: a bit for each of its 64 words that is another one than the
 *                               word before, and the offset of the first; then these words, a quarter behind the other
 *   list of IPv4                a word per leaf: 8 bits of the address << 16 | class
 *   list of IPv6, to /64        two words per leaf: 32 bits of the address, 8 bits of the address << 16 | class
 *
 * The leaves of a list are sorted and leave no gap, so a leaf's length follows from where the next one starts. The
 * first one starts at 0: in that place stands how many follow it. No leaf has a longer exception inside, so its length
 * can be told to resolvers as the scope of an answer (RFC 7871 §7.2.1, research dns.md §2.8).
 *
 * A look-up takes as long as the memory it waits for: of IPv4, three places that may be in no cache, but for the 2 % of
 * the /24 that have longer prefixes.
 */
import { RECORD_WORDS } from "./layout.ts";

/** Of addresses that are nobody's on the Internet, unless the settings say whose (RFC 6890): decide by another address. */
export const CLASS_SPECIAL = 0xffff;
/** Of addresses that nothing is known of. */
export const CLASS_UNKNOWN = 0;

export const CLIENTS_CLASSES: number = RECORD_WORDS;
export const CLIENTS_LEAVES_V4: number = RECORD_WORDS + 1;
export const CLIENTS_LEAVES_V6: number = RECORD_WORDS + 2;
export const CLIENTS_ROOT_V4: number = RECORD_WORDS + 3;
export const PAGE_WORDS = 256;
/** How many bits of an address lead to a folded page, and to a list. */
export const FOLD_DEPTH = 16;
export const LIST_DEPTH = 24;
/** Of a folded page: what a quarter stands for, what it has in front, and what all of them have. */
export const QUARTER_SLOTS = 64;
export const QUARTER_WORDS = 3;
export const FOLD_WORDS: number = (PAGE_WORDS / QUARTER_SLOTS) * QUARTER_WORDS;
export const CLIENTS_ROOT_V6: number = CLIENTS_ROOT_V4 + PAGE_WORDS;
export const CLIENTS_HEAD_WORDS: number = CLIENTS_ROOT_V6 + PAGE_WORDS;

/** A record's length has 24 bits, so an offset in it has no more: whatever a word says, a look-up stays near. */
export const OFFSET_MASK = 0xff_ffff;
/** Class and prefix length of a word that is no offset. */
export const LEAF_MASK = 0x7f_ffff;

/**
 * The class of an IPv4 address (32 bits, signed or not) in the record at word `at`, and how many of its leading bits
 * (0..32) decide it: class | length << 16. Total: a damaged record gives some number, never an endless search.
 */
export function classOfV4(u32: Uint32Array, at: number, address: number): number {
  const page = (u32[at + CLIENTS_ROOT_V4 + (address >>> 24)] as number) | 0;
  if (page < 0) return page & LEAF_MASK;
  const fold = (u32[at + (page & OFFSET_MASK) + ((address >>> 16) & 255)] as number) | 0;
  if (fold < 0) return fold & LEAF_MASK;
  const word = unfold(u32, at, fold & OFFSET_MASK, (address >>> 8) & 255) | 0;
  return word < 0 ? word & LEAF_MASK : inList(u32, at + (word & OFFSET_MASK), address & 255);
}

/** Word `slot` of the folded page at `fold`. */
function unfold(u32: Uint32Array, at: number, fold: number, slot: number): number {
  const quarter = at + fold + QUARTER_WORDS * (slot >>> 6);
  // Every bit up to the slot's: some of the first 32, or all of those and some of the others.
  const some = ((2 << (slot & 31)) - 1) | 0;
  const isLater = -((slot >>> 5) & 1);
  const begun = ones(
    (u32[quarter] as number) & (some | isLater),
    (u32[quarter + 1] as number) & some & isLater,
  );
  return u32[at + ((u32[quarter + 2] as number) & OFFSET_MASK) + begun - 1] as number;
}

/** How many bits of the two words are set. */
function ones(a: number, b: number): number {
  const pairsA = a - ((a >>> 1) & 0x5555_5555);
  const pairsB = b - ((b >>> 1) & 0x5555_5555);
  const fours = (pairsA & 0x3333_3333) + ((pairsA >>> 2) & 0x3333_3333);
  const all = fours + (pairsB & 0x3333_3333) + ((pairsB >>> 2) & 0x3333_3333);
  return Math.imul((all & 0x0f0f_0f0f) + ((all >>> 4) & 0x0f0f_0f0f), 0x0101_0101) >>> 24;
}

/** What classOfV4 tells, of the last octet of an address. */
function inList(u32: Uint32Array, first: number, rest: number): number {
  const last = (u32[first] as number) >>> 16;
  let low = 0;
  // Halving without branches, as none could be foretold: the mask is 0 when the leaf in the middle starts too late.
  for (let count = last + 1; count > 1;) {
    const half = count >>> 1;
    low += half & ~((rest - ((u32[first + low + half] as number) >>> 16)) >> 31);
    count -= half;
  }
  const start = low === 0 ? 0 : (u32[first + low] as number) >>> 16;
  const next = low === last ? 0x100 : (u32[first + low + 1] as number) >>> 16;
  return ((Math.clz32(next - start) + 1) << 16) | ((u32[first + low] as number) & 0xffff);
}

/** The same for the first 64 bits of an IPv6 address, as two words; the length is 0..64. */
export function classOfV6(u32: Uint32Array, at: number, addressHigh: number, addressLow: number): number {
  const page = (u32[at + CLIENTS_ROOT_V6 + (addressHigh >>> 24)] as number) | 0;
  if (page < 0) return page & LEAF_MASK;
  const inner = (u32[at + (page & OFFSET_MASK) + ((addressHigh >>> 16) & 255)] as number) | 0;
  if (inner < 0) return inner & LEAF_MASK;
  const list = (u32[at + (inner & OFFSET_MASK) + ((addressHigh >>> 8) & 255)] as number) | 0;
  if (list < 0) return list & LEAF_MASK;
  const first = at + (list & OFFSET_MASK);
  const key = (addressHigh << 24) | (addressLow >>> 8);
  const rest = addressLow & 255;
  const last = (u32[first] as number) & OFFSET_MASK;
  let low = 0;
  for (let count = last + 1; count > 1;) {
    const half = count >>> 1;
    const leaf = first + 2 * (low + half);
    const start = (u32[leaf] as number) | 0;
    // The borrow of key - start, both taken as unsigned.
    const borrow =
      start === key
        ? rest - ((u32[leaf + 1] as number) >>> 16)
        : (~key & start) | ((~key | start) & (key - start));
    low += half & ~(borrow >> 31);
    count -= half;
  }
  return (lengthV6(u32, first, low, last) << 16) | ((u32[first + 2 * low + 1] as number) & 0xffff);
}

/** The prefix length, 25..64, of leaf `index` of 0..last, by the distance to the next one. */
function lengthV6(u32: Uint32Array, first: number, index: number, last: number): number {
  const leaf = first + 2 * index;
  const start = index === 0 ? 0 : (u32[leaf] as number) | 0;
  // Behind the last one the 40 bits are used up, and zeros follow.
  const next = index === last ? 0 : (u32[leaf + 2] as number) | 0;
  const startRest = (u32[leaf + 1] as number) >>> 16;
  const nextRest = index === last ? 0 : (u32[leaf + 3] as number) >>> 16;
  if (next !== start && nextRest === 0 && startRest === 0) return 25 + Math.clz32(next - start);
  return 33 + Math.clz32((nextRest - startRest) & 255);
}
