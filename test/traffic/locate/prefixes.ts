/** Prefixes for property tests: few distinct bits, so that they nest, touch and repeat; and the truth by brute force. */
import * as fc from "fast-check";
import { PrefixTree } from "../../../src/traffic/locate/prefix-tree.ts";

export type Prefix = {
  readonly high: number;
  readonly low: number;
  readonly length: number;
  readonly value: number;
};

/** Bits of one address: most of them come from a few octets. */
export function addresses(bits: 32 | 64): fc.Arbitrary<readonly [number, number]> {
  const octet = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(0, 1, 127, 128, 255) },
    { weight: 1, arbitrary: fc.nat(255) },
  );
  return fc.array(octet, { minLength: 8, maxLength: 8 }).map((octets) => {
    const view = new DataView(Uint8Array.from(octets).buffer);
    return [view.getInt32(0), bits === 32 ? 0 : view.getInt32(4)] as const;
  });
}

export function prefixes(bits: 32 | 64): fc.Arbitrary<readonly Prefix[]> {
  const anyLength = fc.oneof(fc.nat(bits), fc.constantFrom(0, 8, 9, 16, 17, 24, 32, bits));
  const prefix = fc.record({ address: addresses(bits), length: anyLength, value: fc.nat(5) });
  return fc.array(
    prefix.map(({ address: [high, low], length, value }) => ({ ...cut(high, low, length), length, value })),
    { maxLength: 24 },
  );
}

/** The first `length` bits, the others 0. */
export function cut(high: number, low: number, length: number): { high: number; low: number } {
  return {
    high: length >= 32 ? high : length === 0 ? 0 : high & (-1 << (32 - length)),
    low: length >= 64 ? low : length <= 32 ? 0 : low & (-1 << (64 - length)),
  };
}

export function contains(
  prefix: { high: number; low: number; length: number },
  [high, low]: readonly [number, number],
): boolean {
  const own = cut(prefix.high, prefix.low, prefix.length);
  const other = cut(high, low, prefix.length);
  return own.high === other.high && own.low === other.low;
}

/** Of the longest prefixes that contain the address the last one; 0 without any. */
export function longestMatch(all: readonly Prefix[], address: readonly [number, number]): number {
  let best: Prefix | null = null;
  for (const prefix of all)
    if (contains(prefix, address) && prefix.length >= (best?.length ?? 0)) best = prefix;
  return best?.value ?? 0;
}

/** The short ones first: longer ones then cut their exceptions out of them. */
export function treeOf(all: readonly Prefix[]): PrefixTree {
  const tree = new PrefixTree();
  for (const { high, low, length, value } of all.toSorted((a, b) => a.length - b.length))
    tree.set(high, low, length, value);
  return tree;
}
