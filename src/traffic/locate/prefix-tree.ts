/** Prefixes and their classes as a binary tree in flat memory: tables of clients are collected in this form. */
import type { PrefixNodes } from "../../picture/clients/encode.ts";

export class PrefixTree {
  /** As PrefixNodes; grows. */
  #nodes: Int32Array;
  #end = 1;

  /** An empty tree: every address has class 0. */
  constructor() {
    this.#nodes = new Int32Array(1 << 10);
    this.#nodes[0] = ~0;
  }

  /** For encodeClients. */
  get nodes(): PrefixNodes {
    return this.#nodes.subarray(0, 2 * this.#end);
  }

  /**
   * All addresses that begin with the first `length` bits (0..64) of two words have this class from now on, whatever
   * was set for them or for a part of them before. IPv4 has one word.
   */
  set(high: number, low: number, length: number, value: number): void {
    let at = 0;
    for (let depth = 0; depth < length; depth++) {
      const bit = depth < 32 ? (high >>> (31 - depth)) & 1 : (low >>> (63 - depth)) & 1;
      at = 2 * this.#nodeAt(at) + bit;
    }
    this.#nodes[at] = ~value;
  }

  /** Replaces each class by the one at its index. */
  renumber(numbers: Uint32Array): void {
    const nodes = this.nodes;
    for (let at = 0; at < nodes.length; at++) {
      const word = nodes[at] as number;
      if (word < 0) nodes[at] = ~(numbers[~word] as number);
    }
  }

  /** The class of an address; for tests. */
  classOf(high: number, low: number): number {
    let node = this.#nodes[0] as number;
    for (let depth = 0; node >= 0; depth++) {
      const bit = depth < 32 ? (high >>> (31 - depth)) & 1 : (low >>> (63 - depth)) & 1;
      node = this.#nodes[2 * node + bit] as number;
    }
    return ~node;
  }

  /** The node that the word at `at` points to; a leaf becomes a node. */
  #nodeAt(at: number): number {
    const found = this.#nodes[at] as number;
    if (found >= 0) return found;
    const node = this.#end++;
    if (2 * node + 1 >= this.#nodes.length) {
      const larger = new Int32Array(2 * this.#nodes.length);
      larger.set(this.#nodes);
      this.#nodes = larger;
    }
    this.#nodes[2 * node] = found;
    this.#nodes[2 * node + 1] = found;
    this.#nodes[at] = node;
    return node;
  }
}
