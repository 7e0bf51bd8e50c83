/** The prefixes of a client table, found by look-ups alone, so that the layout of the table does not matter here. */
import {
  AT_START,
  CLIENTS_ROOT_V6,
  classOfV4,
  classOfV6,
  leafClass,
  leafLength,
  OFFSET_MASK,
  PAGE_WORDS,
} from "../../src/picture/clients/client-table.ts";

/** Where IPv6 addresses of hosts begin and end: 2000::/3, as words. */
const unicastFrom = 0x2000_0000;
const unicastTo = 0x4000_0000;

/** High and low word of the first address of every prefix of global IPv6 addresses whose clients are somewhere. */
export function locatedV6(words: Uint32Array): Int32Array {
  const found: number[] = [];
  let high = unicastFrom;
  let low = 0;
  while (high < unicastTo) {
    const leaf = classOfV6(words, AT_START, high | 0, low | 0);
    const length = leafLength(leaf);
    const number = leafClass(leaf);
    if (number > 0 && number < (words[3] as number)) found.push(high | 0, low | 0);
    const size = 2 ** (64 - length);
    const next = low + size;
    high += Math.floor(next / 2 ** 32);
    low = next % 2 ** 32;
  }
  return Int32Array.from(found);
}

/** Octets of the pages and blocks of each family, IPv4 first. */
export function octetsByFamily(words: Uint32Array): { readonly v4: number; readonly v6: number } {
  const root = words.subarray(CLIENTS_ROOT_V6, CLIENTS_ROOT_V6 + PAGE_WORDS);
  const offsets = [...root].filter((word) => word >>> 31 === 0).map((word) => word & OFFSET_MASK);
  const begin = Math.min(words.length, ...offsets);
  return { v4: 4 * begin, v6: 4 * (words.length - begin) };
}

/**
 * Looks up some of the addresses it was created with, from one index up to another. The returned sum keeps the look-ups
 * from being optimised away.
 */
export type LookUps = (words: Uint32Array, from: number, to: number) => number;

/** Any address that hosts of IPv4 may have. */
export function lookUpsV4(count: number, random: () => number): LookUps {
  const addresses = Int32Array.from({ length: count }, () => Math.floor(2 ** 24 * (1 + random() * 223)) | 0);
  return (words, from, to) => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += classOfV4(words, AT_START, addresses[i] as number);
    return sum;
  };
}

/** One in any of `prefixes`: high and low word of each. */
export function lookUpsV6(prefixes: Int32Array, count: number, random: () => number): LookUps {
  const addresses = new Int32Array(2 * count);
  for (let i = 0; i < addresses.length; i += 2) {
    const from = 2 * Math.floor(random() * (prefixes.length >>> 1));
    addresses[i] = prefixes[from] as number;
    addresses[i + 1] = prefixes[from + 1] as number;
  }
  return (words, from, to) => {
    let sum = 0;
    for (let i = 2 * from; i < 2 * to; i += 2)
      sum += classOfV6(words, AT_START, addresses[i] as number, addresses[i + 1] as number);
    return sum;
  };
}
