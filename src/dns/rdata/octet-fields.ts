/** Fields that are octets in a notation of their own: salts, hashes, link-layer addresses, locators, NSAP addresses. */
import { toHex } from "../message/hex.ts";
import type { Octets } from "../presentation/octets.ts";
import type { Words } from "../presentation/words.ts";
import type { SpecialField } from "./fields.ts";

const BASE32HEX = "0123456789abcdefghijklmnopqrstuv";
/** 255 octets in hexadecimal, with 0x before them. */
const WORD_OCTETS_MAX = 512;
/** 255 octets in base32hex. */
const HASH_CHARACTERS_MAX = 408;

/** A word that may be longer than keywords are; empty for one that is too long for any of these fields. */
function bareText(words: Words, index: number): string {
  const start = words.starts[index] as number;
  const end = words.ends[index] as number;
  const isFit = words.isBare(index) && end - start <= WORD_OCTETS_MAX;
  return isFit ? String.fromCharCode(...words.bytes.subarray(start, end)) : "";
}

function sizedEnd(rdata: Uint8Array, at: number): number {
  return at < rdata.length ? at + 1 + (rdata[at] as number) : -1;
}

function putAll(octets: Iterable<number>, out: Octets): null {
  for (const octet of octets) out.put8(octet);
  return null;
}

/** The octets of pairs of hex digits; null for other text. */
function octetsOfHex(text: string): number[] | null {
  if (!/^([0-9a-f]{2})*$/i.test(text)) return null;
  return (text.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

export const salt: SpecialField = {
  words: 1,
  put({ words, first }, out) {
    const written = bareText(words, first);
    const octets = written === "-" ? [] : written === "" ? null : octetsOfHex(written);
    if (octets === null || octets.length > 255)
      return `${words.shown(first)} is neither "-" nor at most 255 octets in hexadecimal`;
    out.put8(octets.length);
    return putAll(octets, out);
  },
  end: sizedEnd,
  format: (octets) => (octets.length === 1 ? "-" : toHex(octets.subarray(1))),
};

export const hash: SpecialField = {
  words: 1,
  put({ words, first }, out) {
    const octets = octetsOfBase32(bareText(words, first).toLowerCase());
    if (octets === null) return `${words.shown(first)} is not a hash in base32hex without padding`;
    out.put8(octets.length);
    return putAll(octets, out);
  },
  end: (rdata, at) => (rdata[at] === 0 ? -1 : sizedEnd(rdata, at)),
  format: (octets) => toBase32(octets.subarray(1)),
};

/** 1 to 255 octets, or null. The bits that are left over must be zero, so that octets have only one spelling. */
function octetsOfBase32(text: string): readonly number[] | null {
  if (text === "" || text.length > HASH_CHARACTERS_MAX) return null;
  const octets: number[] = [];
  let bits = 0;
  let count = 0;
  for (const character of text) {
    const value = BASE32HEX.indexOf(character);
    if (value < 0) return null;
    bits = ((bits << 5) | value) & 0xfff;
    count += 5;
    if (count < 8) continue;
    count -= 8;
    octets.push((bits >> count) & 255);
  }
  return count < 5 && (bits & ((1 << count) - 1)) === 0 ? octets : null;
}

function toBase32(octets: Uint8Array): string {
  let text = "";
  let bits = 0;
  let count = 0;
  for (const octet of octets) {
    bits = ((bits << 8) | octet) & 0xfff;
    for (count += 8; count >= 5; count -= 5) text += BASE32HEX[(bits >> (count - 5)) & 31];
  }
  return count === 0 ? text : text + BASE32HEX[(bits << (5 - count)) & 31];
}

/** `size` octets as hexadecimal, `separator` after every `group` octets. */
function grouped(size: number, group: number, separator: string, what: string): SpecialField {
  const digits = group === 1 ? "[0-9a-f]{2}" : "[0-9a-f]{1,4}";
  const pattern = new RegExp(`^${digits}(${separator}${digits}){${size / group - 1}}$`, "i");
  return {
    words: 1,
    put({ words, first }, out) {
      const text = bareText(words, first);
      if (!pattern.test(text)) return `${words.shown(first)} is not ${what}`;
      const hex = text.split(separator).map((part) => part.padStart(2 * group, "0"));
      return putAll(octetsOfHex(hex.join("")) ?? [], out);
    },
    end: (_rdata, at) => at + size,
    format: (octets) => (toHex(octets).match(new RegExp(`.{${2 * group}}`, "g")) ?? []).join(separator),
  };
}

export const eui48: SpecialField = grouped(6, 1, "-", "an address like 00-00-5e-00-53-2a");
export const eui64: SpecialField = grouped(8, 1, "-", "an address like 00-00-5e-ef-10-00-00-2a");
export const locator: SpecialField = grouped(8, 2, ":", "four groups like 2001:db8:1140:1000");

export const nsap: SpecialField = {
  words: Infinity,
  put({ words, first }, out) {
    const text = Array.from({ length: words.count - first }, (_, i) => bareText(words, first + i)).join("");
    const octets = /^0x/i.test(text) ? octetsOfHex(text.slice(2).replaceAll(".", "")) : null;
    if (octets === null || octets.length === 0 || octets.length > 255)
      return `${words.shown(first)} is not 0x and 1 to 255 octets in hexadecimal`;
    return putAll(octets, out);
  },
  end: (rdata, at) => (at < rdata.length && rdata.length - at <= 255 ? rdata.length : -1),
  format: (octets) => `0x${toHex(octets)}`,
};
