/**
 * The search tree of a file in MaxMind's format (MaxMind DB, version 2.0), visited prefix by prefix. The file is
 * not trusted: every step is bounded.
 *
 * A node has two records, for the bits 0 and 1: a number below the count of nodes is another node, the count itself means
 * no data, and a higher number points into the data. Records have 24, 28 or 32 bits, big-endian; with 28 the octet in the
 * middle has the first four bits of both.
 */
import { OperationalError } from "../../kernel/error.ts";

type SearchTree = {
  readonly octets: Buffer;
  readonly nodeCount: number;
  /** 24, 28 or 32. */
  readonly recordBits: number;
  /** 4 or 6: the IP version of the addresses in the tree. */
  readonly family: number;
};

/** A prefix and the number in its record, which is above the count of nodes. IPv4 uses `high` only. */
export type FoundPrefix = {
  readonly family: 4 | 6;
  readonly high: number;
  readonly low: number;
  readonly length: number;
  readonly pointer: number;
};

/** Throws an OperationalError (DATABASE_DAMAGED). `onPrefix` is called in order, IPv4 first; the object is reused. */
export function walkTree(tree: SearchTree, onPrefix: (found: FoundPrefix) => void): void {
  checkSize(tree);
  const { nodeCount } = tree;
  const ipv4Start = tree.family === 4 ? 0 : ipv4StartOf(tree);
  // Each node is visited once, those of IPv4 perhaps twice; a few trees share branches. More visits mean a crafted file.
  let steps = 4 * nodeCount + 1024;
  const found = { family: 4 as 4 | 6, high: 0, low: 0, length: 0, pointer: 0 };
  const visit = (node: number, depth: number, high: number, low: number): void => {
    if (steps-- <= 0) throw damaged("its search tree runs in circles");
    if (node > nodeCount) {
      Object.assign(found, { high, low, length: depth, pointer: node });
      onPrefix(found);
      return;
    }
    const isIpv6 = found.family === 6;
    // IPv4 is in ::/96; other prefixes that lead to it (6to4, mapped, Teredo) are aliases.
    if (node === nodeCount || (isIpv6 && node === ipv4Start)) return;
    if (depth === (isIpv6 ? 64 : 32)) {
      if (!isIpv6) throw damaged("its search tree is deeper than an address has bits");
      const pointer = firstBelow(tree, node);
      if (pointer > nodeCount) visit(pointer, depth, high, low);
      return;
    }
    const bit = depth < 32 ? 1 << (31 - depth) : 0;
    const lowBit = depth < 32 ? 0 : 1 << (63 - depth);
    visit(recordAt(tree, node, 0), depth + 1, high, low);
    visit(recordAt(tree, node, 1), depth + 1, high | bit, low | lowBit);
  };
  visit(ipv4Start, 0, 0, 0);
  if (tree.family === 4) return;
  found.family = 6;
  visit(0, 0, 0, 0);
}

/** A /64 that is divided further gets the data of its first address. */
function firstBelow(tree: SearchTree, from: number): number {
  let node = from;
  for (let depth = 64; depth < 128 && node < tree.nodeCount; depth++) node = recordAt(tree, node, 0);
  return node;
}

/** Returns the node, or the data, of ::/96. */
function ipv4StartOf(tree: SearchTree): number {
  let node = 0;
  for (let depth = 0; depth < 96 && node < tree.nodeCount; depth++) node = recordAt(tree, node, 0);
  return node;
}

function recordAt({ octets, recordBits }: SearchTree, node: number, side: 0 | 1): number {
  switch (recordBits) {
    case 24:
      return octets.readUIntBE(node * 6 + side * 3, 3);
    case 28: {
      const middle = octets.readUInt8(node * 7 + 3);
      const high = side === 0 ? middle >>> 4 : middle & 15;
      return high * 0x100_0000 + octets.readUIntBE(node * 7 + side * 4, 3);
    }
    default:
      return octets.readUInt32BE(node * 8 + side * 4);
  }
}

function checkSize({ octets, nodeCount, recordBits, family }: SearchTree): void {
  const isKnown = [24, 28, 32].includes(recordBits) && (family === 4 || family === 6);
  if (!isKnown || !Number.isInteger(nodeCount) || nodeCount < 1)
    throw damaged("its metadata describes no search tree");
  if ((nodeCount * recordBits) / 4 > octets.length) throw damaged("it is shorter than its search tree");
}

/** `reason`: a sentence about the file. */
export function damaged(reason: string): OperationalError {
  return new OperationalError("DATABASE_DAMAGED", reason);
}
