/**
 * Members that the picture does not speak for, and what they could declare: there "no such name" is not known. There are
 * two kinds. A member is unread if no run has read it since this picture was begun. It is outdated if the picture comes
 * from a saved copy: what the copy has is answered, but names may have been added since it was made. There is no such
 * record once all members have been read, or forgotten by order.
 *
 *   0   head (format/record.ts)
 *   3   the unread members (format/cluster-set.ts)
 *   7   those of them whose places are not known: they may be at any level
 *   11  the outdated members
 *   15  suffixes
 *   16  suffixes, the longest first:
 *         0  MayAdd << 9 | MayDeclare << 8 | octets of the name
 *         1  name, padded to words
 *
 * The first suffix that a name lies at or below decides: an unread member may declare it (MayDeclare), an outdated one may
 * have added it (MayAdd).
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
const { addToSet, ALL_CLUSTERS, CLUSTER_WORDS, isInSet } = clusterSetFields;
const { NONE, word, wordsFor } = memoryModule;
const { levelClustersAt } = nodeFields;
const { RECORD_WORDS, setRecordHead } = recordModule;

export type UnreadAt = At<"unread">;
export type SuffixAt = At<"unread suffix">;

const UNREAD: number = Header.Unread;
const MEMBERS = RECORD_WORDS;
const PLACELESS: number = MEMBERS + CLUSTER_WORDS;
const OUTDATED: number = PLACELESS + CLUSTER_WORDS;
const COUNT: number = OUTDATED + CLUSTER_WORDS;
/** PictureWords of the record before its suffixes. */
const UNREAD_WORDS: number = COUNT + 1;
const OCTET_MASK = 0xff;
const MAY_DECLARE = 0x100;
const MAY_ADD = 0x200;

/** NONE: every member has been read. */
export function unreadRecord(words: PictureWords): UnreadAt {
  return word(words, UNREAD) as UnreadAt;
}

export function isUnread(words: PictureWords, unread: UnreadAt, cluster: number): boolean {
  return isInSet(words, unread + MEMBERS, cluster);
}

export function isOutdated(words: PictureWords, unread: UnreadAt, cluster: number): boolean {
  return isInSet(words, unread + OUTDATED, cluster);
}

/** Is one of the members unread, and not only outdated? */
export function hasUnread(words: PictureWords, unread: UnreadAt): boolean {
  for (let i = 0; i < CLUSTER_WORDS; i++) if (word(words, unread + MEMBERS + i) !== 0) return true;
  return false;
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
export function mayDeclareBelow(words: PictureWords, suffix: SuffixAt): boolean {
  return (word(words, suffix) & MAY_DECLARE) !== 0;
}

/** Names that the picture does not have may be at and below it: an unread member may declare them, or an outdated one. */
export function mayBeBelow(words: PictureWords, suffix: SuffixAt): boolean {
  return (word(words, suffix) & (MAY_DECLARE | MAY_ADD)) !== 0;
}

export type UnreadSuffix = {
  readonly name: Uint8Array;
  readonly mayDeclare: boolean;
  readonly mayAdd: boolean;
};

type UnreadContent = {
  /** Indexes of clusters. */
  readonly members: readonly number[];
  readonly placeless: readonly number[];
  readonly outdated: readonly number[];
  /** Names in wire form, lower case. */
  readonly suffixes: readonly UnreadSuffix[];
};

export function encodeUnread({ members, placeless, outdated, suffixes }: UnreadContent): Uint32Array {
  const sorted = suffixes.toSorted((a, b) => b.name.length - a.name.length);
  const length = sorted.reduce((sum, { name }) => sum + 1 + wordsFor(name.length), UNREAD_WORDS);
  const words = new Uint32Array(length);
  setRecordHead(words, Kind.Unread, 0);
  for (const cluster of members) addToSet(words, MEMBERS, cluster);
  for (const cluster of placeless) addToSet(words, PLACELESS, cluster);
  for (const cluster of outdated) addToSet(words, OUTDATED, cluster);
  words[COUNT] = sorted.length;
  const octets = new Uint8Array(words.buffer);
  let at = UNREAD_WORDS;
  for (const { name, mayDeclare, mayAdd } of sorted) {
    words[at] = (mayDeclare ? MAY_DECLARE : 0) | (mayAdd ? MAY_ADD : 0) | name.length;
    octets.set(name, (at + 1) * 4);
    at += 1 + wordsFor(name.length);
  }
  return words;
}

/** What a saved copy says of its members: as `unread` says, or NONE, and that all others are outdated. */
export function encodeOutdated(words: PictureWords, unread: UnreadAt): Uint32Array {
  const membersOf = (set: number): number[] =>
    unread === NONE ? [] : ALL_CLUSTERS.filter((cluster) => isInSet(words, unread + set, cluster));
  const members = membersOf(MEMBERS);
  return encodeUnread({
    members,
    placeless: membersOf(PLACELESS),
    outdated: ALL_CLUSTERS.filter((cluster) => !members.includes(cluster)),
    // The root: who may claim which hosts is known to the control process alone.
    suffixes: [{ name: Uint8Array.of(0), mayDeclare: members.length > 0, mayAdd: true }],
  });
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
