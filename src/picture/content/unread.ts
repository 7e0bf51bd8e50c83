/**
 * Members that no run has read since this picture was begun, and what they could declare: there "no such name" is not
 * known. There is no such record once all members have been read, or forgotten by order.
 *
 *   0   head (format/record.ts)
 *   3   the members (format/cluster-set.ts)
 *   7   those of them whose places are not known: they may be at any level
 *   11  suffixes
 *   12  suffixes, the longest first:
 *         0  IsOpen << 8 | octets of the name
 *         1  name, padded to words
 *
 * The first suffix that a name lies at or below decides whether an unread member may declare it.
 */
import * as clusterSetFields from "../format/cluster-set.ts";
import { Header } from "../format/layout.ts";
import * as memoryModule from "../format/memory.ts";
import type { At, PictureWords } from "../format/memory.ts";
import * as nodeFields from "../format/node.ts";
import type { LevelAt } from "../format/node.ts";
import * as recordModule from "../format/record.ts";
import { Kind } from "../format/record.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { addToSet, CLUSTER_WORDS, isInSet } = clusterSetFields;
const { word, wordsFor } = memoryModule;
const { levelClustersAt } = nodeFields;
const { RECORD_WORDS, setRecordHead } = recordModule;

export type UnreadAt = At<"unread">;
type SuffixAt = At<"unread suffix">;

const UNREAD: number = Header.Unread;
const MEMBERS = RECORD_WORDS;
const PLACELESS: number = MEMBERS + CLUSTER_WORDS;
const COUNT: number = PLACELESS + CLUSTER_WORDS;
/** PictureWords of the record before its suffixes. */
const UNREAD_WORDS: number = COUNT + 1;
const OCTET_MASK = 0xff;
const OPEN = 0x100;

/** NONE: every member has been read. */
export function unreadRecord(words: PictureWords): UnreadAt {
  return word(words, UNREAD) as UnreadAt;
}

export function isUnread(words: PictureWords, unread: UnreadAt, cluster: number): boolean {
  return isInSet(words, unread + MEMBERS, cluster);
}

/** May one of the unread members have services at this level? */
export function isUnreadAt(words: PictureWords, unread: UnreadAt, level: LevelAt): boolean {
  const selected = levelClustersAt(words, level);
  for (let i = 0; i < CLUSTER_WORDS; i++) {
    const here = word(words, unread + MEMBERS + i) & word(words, selected + i);
    if ((here | word(words, unread + PLACELESS + i)) !== 0) return true;
  }
  return false;
}

export function unreadSuffixes(words: PictureWords, unread: UnreadAt): number {
  return word(words, unread + COUNT);
}

/** Only to be read when there is one. */
export function firstSuffix(unread: UnreadAt): SuffixAt {
  return (unread + UNREAD_WORDS) as At<"unread suffix">;
}

export function nextSuffix(words: PictureWords, suffix: SuffixAt): SuffixAt {
  return (suffix + 1 + wordsFor(suffixOctets(words, suffix))) as At<"unread suffix">;
}

export function suffixOctets(words: PictureWords, suffix: SuffixAt): number {
  return word(words, suffix) & OCTET_MASK;
}

/** Word offset of the name. */
export function suffixNameAt(suffix: SuffixAt): number {
  return suffix + 1;
}

/** An unread member may declare names at and below it. */
export function isOpen(words: PictureWords, suffix: SuffixAt): boolean {
  return (word(words, suffix) & OPEN) !== 0;
}

export type UnreadSuffix = { readonly name: Uint8Array; readonly isOpen: boolean };

type UnreadContent = {
  /** Indexes of clusters. */
  readonly members: readonly number[];
  readonly placeless: readonly number[];
  /** Names in wire form, lower case. */
  readonly suffixes: readonly UnreadSuffix[];
};

export function encodeUnread({ members, placeless, suffixes }: UnreadContent): Uint32Array {
  const sorted = suffixes.toSorted((a, b) => b.name.length - a.name.length);
  const length = sorted.reduce((sum, { name }) => sum + 1 + wordsFor(name.length), UNREAD_WORDS);
  const words = new Uint32Array(length);
  setRecordHead(words, Kind.Unread, 0);
  for (const cluster of members) addToSet(words, MEMBERS, cluster);
  for (const cluster of placeless) addToSet(words, PLACELESS, cluster);
  words[COUNT] = sorted.length;
  const octets = new Uint8Array(words.buffer);
  let at = UNREAD_WORDS;
  for (const { name, isOpen: mayDeclare } of sorted) {
    words[at] = (mayDeclare ? OPEN : 0) | name.length;
    octets.set(name, (at + 1) * 4);
    at += 1 + wordsFor(name.length);
  }
  return words;
}

/** Does the record, `length` words long, hold the suffixes it says it has, and no more? */
export function isSoundUnread(words: PictureWords, unread: UnreadAt, length: number): boolean {
  if (length < UNREAD_WORDS) return false;
  const end = unread + length;
  let at = firstSuffix(unread);
  for (let left = unreadSuffixes(words, unread); left > 0; left--) {
    if (at >= end) return false;
    at = nextSuffix(words, at);
  }
  return at === end;
}
