/**
 * Names that exist and that the picture does not have, because they could not be published: "no such name" is not true of
 * them. Names are kept as their hashes (format/hash.ts), so that the record is small and a look at it is cheap; of names
 * that do not exist, one in millions has the hash of one of these. There is no such record while all names are published.
 *
 *   0   head (format/record.ts)
 *   3   flags: names of members are missing here (1), names of zones or levels are (2); then nothing is known of a name
 *       that the picture does not have
 *   4   hashes of names of members
 *   5   hashes of other names
 *   6   hashes, each group in ascending order as signed numbers. The complement of a hash stands for all names below that name
 */
import { Header } from "../format/layout.ts";
import * as memoryModule from "../format/memory.ts";
import type { At, PictureWords } from "../format/memory.ts";
import * as recordModule from "../format/record.ts";
import { Kind } from "../format/record.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { word } = memoryModule;
const { RECORD_WORDS, setRecordHead } = recordModule;

type KeptBackAt = At<"kept back">;

const KEPT_BACK: number = Header.KeptBack;
const FLAGS = RECORD_WORDS;
const OF_MEMBERS: number = FLAGS + 1;
const OTHERS: number = FLAGS + 2;
/** PictureWords of the record before its hashes. */
const KEPT_BACK_WORDS: number = FLAGS + 3;
const MORE_OF_MEMBERS = 1;
const MORE_OTHERS = 2;

/** NONE: all names are published. */
export function keptBackRecord(words: PictureWords): KeptBackAt {
  return word(words, KEPT_BACK) as KeptBackAt;
}

/** Names of members are missing in the record. */
export function hasMoreOfMembers(words: PictureWords, record: KeptBackAt): boolean {
  return (word(words, record + FLAGS) & MORE_OF_MEMBERS) !== 0;
}

/** Names of zones or levels are missing in the record. */
export function hasMoreOthers(words: PictureWords, record: KeptBackAt): boolean {
  return (word(words, record + FLAGS) & MORE_OTHERS) !== 0;
}

/** `hash`: signed, as readers keep hashes. */
export function isAmongKeptBack(words: PictureWords, record: KeptBackAt, hash: number): boolean {
  const ofMembers = word(words, record + OF_MEMBERS);
  const others = word(words, record + OTHERS);
  const from = record + KEPT_BACK_WORDS;
  return hasHash(words, from, ofMembers, hash) || hasHash(words, from + ofMembers, others, hash);
}

function hasHash(words: PictureWords, from: number, count: number, hash: number): boolean {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = word(words, from + middle) | 0;
    if (found === hash) return true;
    if (found < hash) low = middle + 1;
    else high = middle;
  }
  return false;
}

type KeptBackHashes = {
  /** Signed; of names of members. */
  readonly ofMembers: Iterable<number>;
  readonly others: Iterable<number>;
  readonly hasMoreOfMembers: boolean;
  readonly hasMoreOthers: boolean;
};

export function encodeKeptBack(hashes: KeptBackHashes): Uint32Array {
  const ofMembers = Int32Array.from(new Set(hashes.ofMembers)).sort();
  const others = Int32Array.from(new Set(hashes.others)).sort();
  const words = new Uint32Array(KEPT_BACK_WORDS + ofMembers.length + others.length);
  setRecordHead(words, Kind.KeptBack, 0);
  words[FLAGS] = (hashes.hasMoreOfMembers ? MORE_OF_MEMBERS : 0) | (hashes.hasMoreOthers ? MORE_OTHERS : 0);
  words[OF_MEMBERS] = ofMembers.length;
  words[OTHERS] = others.length;
  words.set(ofMembers, KEPT_BACK_WORDS);
  words.set(others, KEPT_BACK_WORDS + ofMembers.length);
  return words;
}

/** The hashes of names of members. */
export function keptBackOfMembers(words: PictureWords, record: KeptBackAt): number[] {
  const from = record + KEPT_BACK_WORDS;
  return Array.from({ length: word(words, record + OF_MEMBERS) }, (_, i) => word(words, from + i) | 0);
}

/** Does the record, `length` words long, hold the hashes it says it has, and no more? */
export function isSoundKeptBack(words: PictureWords, record: KeptBackAt, length: number): boolean {
  if (length < KEPT_BACK_WORDS) return false;
  return word(words, record + OF_MEMBERS) + word(words, record + OTHERS) === length - KEPT_BACK_WORDS;
}
