/** Writes the table of clients (layout: client-table.ts) from two trees of prefixes. */
import { OperationalError } from "../../kernel/error.ts";
import {
  CLIENTS_CLASSES,
  CLIENTS_HEAD_WORDS,
  CLIENTS_LEAVES_V4,
  CLIENTS_LEAVES_V6,
  CLIENTS_ROOT_V4,
  CLIENTS_ROOT_V6,
  DEPTHS_V4,
  DEPTHS_V6,
  type Depths,
  FOLD_WORDS,
  leafWord,
  listWord,
  OFFSET_MASK,
  PAGE_WORDS,
  QUARTER_SLOTS,
  QUARTER_WORDS,
} from "./client-table.ts";

/**
 * A binary tree of addresses. Node n is the words 2n and 2n + 1: where the bits 0 and 1 lead, which is another node, or
 * ~class for a whole prefix. Word 0 is where it starts; word 1 is not used. IPv4 has at most 32 bits, IPv6 64.
 */
export type PrefixNodes = Int32Array;

type ClientPrefixes = {
  /** Every class in the trees is less than this, or CLASS_SPECIAL. */
  readonly classes: number;
  readonly v4: PrefixNodes;
  readonly v6: PrefixNodes;
};

/**
 * The record's words; the first RECORD_WORDS of them are the caller's. Equal siblings become one prefix, in the trees
 * too. Throws an OperationalError (CLIENTS_TOO_LARGE): a record has at most 2^24 words.
 */
export function encodeClients({ classes, v4, v6 }: ClientPrefixes): Uint32Array {
  const sheet: Sheet = { words: new Uint32Array(1 << 12), end: CLIENTS_HEAD_WORDS, leaves: 0 };
  mergeEqual(v4, 0, 0);
  mergeEqual(v6, 0, 0);
  sheet.words[CLIENTS_CLASSES] = classes;
  writePage(sheet, CLIENTS_ROOT_V4, { nodes: v4, from: v4[0] as number, depth: 0 }, DEPTHS_V4);
  sheet.words[CLIENTS_LEAVES_V4] = sheet.leaves;
  sheet.leaves = 0;
  writePage(sheet, CLIENTS_ROOT_V6, { nodes: v6, from: v6[0] as number, depth: 0 }, DEPTHS_V6);
  sheet.words[CLIENTS_LEAVES_V6] = sheet.leaves;
  return sheet.words.slice(0, sheet.end);
}

const TOO_LARGE = `the table of clients has more than ${OFFSET_MASK} words; use a database with fewer networks`;

type Sheet = { words: Uint32Array; end: number; leaves: number };
type Branch = {
  readonly nodes: PrefixNodes;
  readonly from: number;
  readonly depth: number;
};

/** Replaces each node whose halves have the same class by that class. Returns what is at `at` then. At most 64 deep. */
function mergeEqual(nodes: PrefixNodes, at: number, depth: number): number {
  const node = nodes[at] as number;
  if (node < 0) return node;
  const left = mergeEqual(nodes, 2 * node, depth + 1);
  const right = mergeEqual(nodes, 2 * node + 1, depth + 1);
  return left < 0 && left === right ? (nodes[at] = left) : node;
}

/** Writes the page of a branch at `at`. */
function writePage(sheet: Sheet, at: number, branch: Branch, depths: Depths): void {
  for (const [slot, part] of partsOf(sheet, branch).entries()) {
    const word = part < 0 ? part : writeInner(sheet, branch, part, depths);
    sheet.words[at + slot] = word;
  }
}

/** Writes the page of a branch at the end, folded: words that equal the one before are left out. */
function writeFold(sheet: Sheet, branch: Branch, depths: Depths): void {
  const parts = partsOf(sheet, branch);
  const isOther = (part: number, slot: number): boolean =>
    slot % QUARTER_SLOTS === 0 || part !== parts[slot - 1];
  const fold = reserve(sheet, FOLD_WORDS + parts.filter(isOther).length);
  let next = fold + FOLD_WORDS;
  for (const [slot, part] of parts.entries()) {
    if (!isOther(part, slot)) continue;
    const quarter = fold + QUARTER_WORDS * Math.floor(slot / QUARTER_SLOTS);
    const word = part < 0 ? part : writeInner(sheet, branch, part, depths);
    const bits = quarter + ((slot >>> 5) & 1);
    sheet.words[bits] = (sheet.words[bits] as number) | (1 << (slot & 31));
    if (slot % QUARTER_SLOTS === 0) sheet.words[quarter + 2] = next;
    sheet.words[next++] = word;
  }
}

/** The next 8 bits of a branch: leaves as words of a page, and the numbers of nodes that are not leaves. */
function partsOf(sheet: Sheet, { nodes, from, depth }: Branch): Int32Array {
  const parts = new Int32Array(PAGE_WORDS);
  const fill = (node: number, bits: number, slot: number): void => {
    if (node < 0) {
      sheet.leaves += 1;
      parts.fill(leafWord(depth + bits, ~node), slot, slot + (PAGE_WORDS >>> bits));
    } else if (bits < 8) {
      fill(nodes[2 * node] as number, bits + 1, slot);
      fill(nodes[2 * node + 1] as number, bits + 1, slot + (128 >>> bits));
    } else {
      parts[slot] = node;
    }
  };
  fill(from, 0, 0);
  return parts;
}

/** Writes the list or page of a node. Returns its offset. */
function writeInner(sheet: Sheet, page: Branch, from: number, depths: Depths): number {
  const at = sheet.end;
  const branch = { nodes: page.nodes, from, depth: page.depth + 8 };
  if (branch.depth >= depths.list) writeList(sheet, branch, depths.rest);
  else if (branch.depth >= depths.fold) writeFold(sheet, branch, depths);
  else writePage(sheet, reserve(sheet, PAGE_WORDS), branch, depths);
  return at;
}

/** Writes the list of a branch. `rest`: how many bits of an address are left. */
function writeList(sheet: Sheet, { nodes, from }: Branch, rest: number): void {
  const first = sheet.end;
  const write = (node: number, bit: number, start: number): void => {
    if (node < 0) {
      const at = reserve(sheet, 1);
      sheet.words[at] = listWord(start, ~node);
      return;
    }
    write(nodes[2 * node] as number, bit >>> 1, start);
    write(nodes[2 * node + 1] as number, bit >>> 1, start | bit);
  };
  write(from, 1 << (rest - 1), 0);
  const count = sheet.end - first;
  sheet.leaves += count;
  sheet.words[first] = (sheet.words[first] as number) | listWord(count - 1, 0);
}

/** Makes room for more words. Returns the offset of the first. */
function reserve(sheet: Sheet, words: number): number {
  const at = sheet.end;
  sheet.end += words;
  if (sheet.end > OFFSET_MASK) throw new OperationalError("CLIENTS_TOO_LARGE", TOO_LARGE);
  if (sheet.end > sheet.words.length) {
    const larger = new Uint32Array(2 * sheet.words.length);
    larger.set(sheet.words);
    sheet.words = larger;
  }
  return at;
}
