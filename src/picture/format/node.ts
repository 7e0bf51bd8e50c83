/**
 * A name of a zone. A level of the ladder is a node that also selects clusters.
 *
 *   0  head (record.ts)
 *   3  zone << 16 | octets of the name << 8 | labels
 *   4  flags << 16 | RRsets
 *   5  level id (Node: 0)
 *   6  name, padded to words
 *   .. Level only: parent level << 16 | federation, then the clusters it selects (cluster-set.ts)
 *   .. RRsets (rrset.ts)
 *
 * One level is no record: EVERYWHERE, the top of hosts, which selects every cluster and has no name. It stands in the
 * header and is written once.
 */
import * as clusterSetFields from "./cluster-set.ts";
import * as memoryModule from "./memory.ts";
import type { At, PictureWords } from "./memory.ts";
import * as recordModule from "./record.ts";
import { Kind } from "./record.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { CLUSTER_WORDS, isInSet } = clusterSetFields;
const { word, wordsFor } = memoryModule;
const { RECORD_WORDS, recordKind, setRecordHead } = recordModule;

export type NodeAt = At<"node" | "level">;
export type LevelAt = At<"level">;

/**
 * What lookup must know of a node before it reads its RRsets.
 *
 *   Apex        the name of a zone            Cut        NS below the apex: the child's servers know (RFC 1034 §4.2)
 *   Federated   (apex) members add names      Dname      names below it live elsewhere (RFC 6672)
 *   Cname       an alias                      Shadowed   strictly below a cut or DNAME
 *   Wildcard    `*` stands directly below (RFC 4592)
 *   Pool        its addresses are those of a pool of HOSTS of the same name
 *   Within      (apex) the zone lies in one that members add names to, and some of these may lie here
 *   Claimed     it is here because objects of clusters say so, and so are its RRsets
 */
export const NodeFlag = {
  Apex: 1,
  Federated: 2,
  Cut: 4,
  Dname: 8,
  Shadowed: 16,
  Wildcard: 32,
  Cname: 64,
  Pool: 128,
  Claimed: 256,
  Within: 512,
} as const;

/** The federation of pools that stand behind hosts: there are never so many. */
export const HOSTS = 0xffff;
/** In place of a parent: the level is the top of its ladder. */
export const NO_LEVEL = 0xffff;
/** A level as nodes have them, but without a name. */
export const EVERYWHERE: LevelAt = 224 as LevelAt;

const HEAD = RECORD_WORDS;
const FLAGS = RECORD_WORDS + 1;
const LEVEL_ID = RECORD_WORDS + 2;
const NAME = RECORD_WORDS + 3;
const SHIFT = 16;
const HALF_MASK = 0xffff;
const NAME_SHIFT = 8;
const OCTET_MASK = 0xff;
/** PictureWords of a node without its name and RRsets. */
export const NODE_WORDS: number = NAME;
/** PictureWords that a level has between its name and its RRsets. */
export const LEVEL_WORDS: number = 1 + CLUSTER_WORDS;

export function isLevel(words: PictureWords, node: NodeAt): node is LevelAt {
  return recordKind(words, node) === Kind.Level;
}

export function nodeZone(words: PictureWords, node: NodeAt): number {
  return word(words, node + HEAD) >>> SHIFT;
}

export function nodeNameOctets(words: PictureWords, node: NodeAt): number {
  return (word(words, node + HEAD) >>> NAME_SHIFT) & OCTET_MASK;
}

/** Labels of the name, the root not counted. */
export function nodeLabels(words: PictureWords, node: NodeAt): number {
  return word(words, node + HEAD) & OCTET_MASK;
}

/** Bits of NodeFlag. */
export function nodeFlags(words: PictureWords, node: NodeAt): number {
  return word(words, node + FLAGS) >>> SHIFT;
}

export function nodeRRsets(words: PictureWords, node: NodeAt): number {
  return word(words, node + FLAGS) & HALF_MASK;
}

/** Word offset of the name. */
export function nodeNameAt(node: NodeAt): number {
  return node + NAME;
}

/** Word offset of what follows the name: the fields of a level, or the first RRset. */
export function afterNodeName(words: PictureWords, node: NodeAt): number {
  return node + NAME + wordsFor(nodeNameOctets(words, node));
}

export function levelId(words: PictureWords, level: LevelAt): number {
  return word(words, level + LEVEL_ID);
}

/** The id of the level above, or NO_LEVEL. */
export function levelParent(words: PictureWords, level: LevelAt): number {
  return word(words, afterNodeName(words, level)) >>> SHIFT;
}

export function levelFederation(words: PictureWords, level: LevelAt): number {
  return word(words, afterNodeName(words, level)) & HALF_MASK;
}

/** Word offset of the set of clusters that it selects. */
export function levelClustersAt(words: PictureWords, level: LevelAt): number {
  return afterNodeName(words, level) + 1;
}

export function isInLevel(words: PictureWords, level: LevelAt, cluster: number): boolean {
  return isInSet(words, levelClustersAt(words, level), cluster);
}

type NodeHead = {
  readonly zone: number;
  readonly nameOctets: number;
  readonly labels: number;
  readonly flags: number;
  readonly rrsets: number;
  /** Null: the node is no level. */
  readonly levelId: number | null;
};

/** For `words` that hold the whole node. */
export function setNodeHead(words: Uint32Array, hash: number, head: NodeHead): void {
  setRecordHead(words, head.levelId === null ? Kind.Node : Kind.Level, hash);
  words[HEAD] = (head.zone << SHIFT) | (head.nameOctets << NAME_SHIFT) | head.labels;
  words[FLAGS] = (head.flags << SHIFT) | head.rrsets;
  words[LEVEL_ID] = head.levelId ?? 0;
}

/** `at`: behind the name. `parent`: the id of a level, or NO_LEVEL. */
export function setLevelHead(words: Uint32Array, at: number, parent: number, federation: number): void {
  words[at] = (parent << SHIFT) | federation;
}

/** The words of EVERYWHERE. */
export function everywhere(): Uint32Array {
  const words = new Uint32Array(NODE_WORDS + LEVEL_WORDS).fill(0xffff_ffff, NODE_WORDS + 1);
  setNodeHead(words, 0, { zone: 0, nameOctets: 0, labels: 0, flags: 0, rrsets: 0, levelId: NO_LEVEL });
  setLevelHead(words, NODE_WORDS, NO_LEVEL, HOSTS);
  return words;
}
