/** Writes the table of clients (clients.ts has its layout) from two trees of prefixes. */
import { OperationalError } from "../error.ts";
import {
  CLIENTS_CLASSES,
  CLIENTS_HEAD_WORDS,
  CLIENTS_LEAVES_V4,
  CLIENTS_LEAVES_V6,
  CLIENTS_ROOT_V4,
  CLIENTS_ROOT_V6,
  OFFSET_MASK,
  PAGE_WORDS,
} from "./clients.ts";

/**
 * A binary tree of addresses: node n is the words 2n and 2n + 1, what the bits 0 and 1 lead to: another node, or
 * ~class for a whole prefix. Word 0 is where it starts; word 1 is not used. IPv4 has at most 32 bits, IPv6 64.
 */
export type PrefixNodes = Int32Array;

export type ClientPrefixes = {
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
  writePage(sheet, CLIENTS_ROOT_V4, { nodes: v4, from: v4[0] as number, depth: 0, blocks: BLOCKS_V4 });
  sheet.words[CLIENTS_LEAVES_V4] = sheet.leaves;
  sheet.leaves = 0;
  writePage(sheet, CLIENTS_ROOT_V6, { nodes: v6, from: v6[0] as number, depth: 0, blocks: BLOCKS_V6 });
  sheet.words[CLIENTS_LEAVES_V6] = sheet.leaves;
  return sheet.words.slice(0, sheet.end);
}

const tooLarge = `the table of clients has more than ${OFFSET_MASK} words; use a database with fewer networks`;

type Sheet = { words: Uint32Array; end: number; leaves: number };
type Branch = {
  readonly nodes: PrefixNodes;
  readonly from: number;
  readonly depth: number;
  readonly blocks: Blocks;
};
type Blocks = {
  /** How many bits lead to a block. */
  readonly depth: number;
  readonly write: (sheet: Sheet, nodes: PrefixNodes, from: number) => void;
};

const BLOCKS_V4: Blocks = { depth: 16, write: writeBlockV4 };
const BLOCKS_V6: Blocks = { depth: 24, write: writeBlockV6 };

/** What stands at `at` afterwards: a class where both halves have the same. At most 64 deep, as the trees are. */
function mergeEqual(nodes: PrefixNodes, at: number, depth: number): number {
  const node = nodes[at] as number;
  if (node < 0) return node;
  const left = mergeEqual(nodes, 2 * node, depth + 1);
  const right = mergeEqual(nodes, 2 * node + 1, depth + 1);
  return left < 0 && left === right ? (nodes[at] = left) : node;
}

/** Fills the page at `at` with what is below a branch, 8 bits deep: leaves as they are, pages or blocks behind the end. */
function writePage(sheet: Sheet, at: number, branch: Branch): void {
  const { nodes, from, depth, blocks } = branch;
  const fill = (node: number, bits: number, slot: number): void => {
    if (node < 0) {
      sheet.leaves += 1;
      const word = (1 << 31) | ((depth + bits) << 16) | ~node;
      sheet.words.fill(word, at + slot, at + slot + (PAGE_WORDS >>> bits));
    } else if (bits < 8) {
      fill(nodes[2 * node] as number, bits + 1, slot);
      fill(nodes[2 * node + 1] as number, bits + 1, slot + (128 >>> bits));
    } else {
      const next = sheet.end;
      if (depth + 8 < blocks.depth) {
        reserve(sheet, PAGE_WORDS);
        writePage(sheet, next, { nodes, from: node, depth: depth + 8, blocks });
      } else {
        blocks.write(sheet, nodes, node);
      }
      sheet.words[at + slot] = next;
    }
  };
  fill(from, 0, 0);
}

function writeBlockV4(sheet: Sheet, nodes: PrefixNodes, from: number): void {
  const first = sheet.end;
  const write = (node: number, bit: number, start: number): void => {
    if (node < 0) {
      const at = reserve(sheet, 1);
      sheet.words[at] = (start << 16) | ~node;
      return;
    }
    write(nodes[2 * node] as number, bit >>> 1, start);
    write(nodes[2 * node + 1] as number, bit >>> 1, start | bit);
  };
  write(from, 1 << 15, 0);
  const count = sheet.end - first;
  sheet.leaves += count;
  sheet.words[first] = (sheet.words[first] as number) | ((count - 1) << 16);
}

/** The bits of the address go to the 32 of `start`, then to the 8 of `rest`. */
function writeBlockV6(sheet: Sheet, nodes: PrefixNodes, from: number): void {
  const first = sheet.end;
  const write = (node: number, depth: number, start: number, rest: number): void => {
    if (node < 0) {
      const at = reserve(sheet, 2);
      sheet.words[at] = start;
      sheet.words[at + 1] = (rest << 16) | ~node;
      return;
    }
    const bit = depth < 32 ? 1 << (31 - depth) : 0;
    const restBit = depth < 32 ? 0 : 1 << (39 - depth);
    write(nodes[2 * node] as number, depth + 1, start, rest);
    write(nodes[2 * node + 1] as number, depth + 1, start | bit, rest | restBit);
  };
  write(from, 0, 0, 0);
  const count = (sheet.end - first) / 2;
  sheet.leaves += count;
  sheet.words[first] = count - 1;
}

/** Room for so many words more; the offset of the first. */
function reserve(sheet: Sheet, words: number): number {
  const at = sheet.end;
  sheet.end += words;
  if (sheet.end > OFFSET_MASK) throw new OperationalError("CLIENTS_TOO_LARGE", tooLarge);
  if (sheet.end > sheet.words.length) {
    const larger = new Uint32Array(2 * sheet.words.length);
    larger.set(sheet.words);
    sheet.words = larger;
  }
  return at;
}
