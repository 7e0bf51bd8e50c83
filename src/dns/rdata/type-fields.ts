/** Fields of DNSSEC records and their kin: a record type, a set of types as a bit map, a moment (RFC 4034 §3, §4.1.2). */
import { u16 } from "../message/wire.ts";
import type { Octets } from "../presentation/octets.ts";
import { numberAt } from "../presentation/number.ts";
import type { Words } from "../presentation/words.ts";
import { viewOfBytes } from "../message/wire.ts";
import type { SpecialField } from "./fields.ts";
import { typeCode, typeName } from "./types.ts";

const WINDOW_TYPES = 256;
const BITMAP_OCTETS_MAX = 32;

function typeAt(words: Words, index: number): number | null {
  return words.isBare(index) ? typeCode(words.text(index)) : null;
}

export const typeField: SpecialField = {
  words: 1,
  put({ words, first }, out) {
    const type = typeAt(words, first);
    if (type === null) return `${words.shown(first)} is not a record type`;
    out.put16(type);
    return null;
  },
  end: (_rdata, at) => at + 2,
  format: (octets) => typeName(u16(octets, 0)),
};

export const typesField: SpecialField = {
  words: Infinity,
  mayBeMissing: true,
  put({ words, first }, out) {
    const types = new Set<number>();
    for (let i = first; i < words.count; i++) {
      const type = typeAt(words, i);
      if (type === null) return `${words.shown(i)} is not a record type`;
      types.add(type);
    }
    putBitmaps(
      [...types].sort((a, b) => a - b),
      out,
    );
    return null;
  },
  end: bitmapsEnd,
  format: (octets) => typesIn(octets).map(typeName).join(" "),
};

/** `types`: in ascending order. */
function putBitmaps(types: readonly number[], out: Octets): void {
  for (let i = 0; i < types.length;) {
    const window = (types[i] as number) >> 8;
    const bitmap = new Uint8Array(BITMAP_OCTETS_MAX);
    let octets = 0;
    for (; i < types.length && (types[i] as number) >> 8 === window; i++) {
      const bit = (types[i] as number) & 255;
      bitmap[bit >> 3] = (bitmap[bit >> 3] as number) | (0x80 >> (bit & 7));
      octets = (bit >> 3) + 1;
    }
    out.put8(window);
    out.put8(octets);
    for (let at = 0; at < octets; at++) out.put8(bitmap[at] as number);
  }
}

/** Windows ascend, and a bitmap does not end in an octet of zeros: so each set has one spelling. */
function bitmapsEnd(rdata: Uint8Array, start: number): number {
  let before = -1;
  let at = start;
  while (at < rdata.length) {
    const window = rdata[at] as number;
    const octets = rdata[at + 1] ?? 0;
    const end = at + 2 + octets;
    const isSound = window > before && octets > 0 && octets <= BITMAP_OCTETS_MAX && end <= rdata.length;
    if (!isSound || rdata[end - 1] === 0) return -1;
    before = window;
    at = end;
  }
  return at;
}

function typesIn(octets: Uint8Array): readonly number[] {
  const types: number[] = [];
  for (let at = 0; at < octets.length; at += 2 + (octets[at + 1] as number)) {
    const first = (octets[at] as number) * WINDOW_TYPES;
    for (let bit = 0; bit < 8 * (octets[at + 1] as number); bit++)
      if (((octets[at + 2 + (bit >> 3)] as number) & (0x80 >> (bit & 7))) !== 0) types.push(first + bit);
  }
  return types;
}

export const timeField: SpecialField = {
  words: 1,
  put({ words, first }, out) {
    const seconds =
      words.ends[first] === (words.starts[first] as number) + 14
        ? dateAt(words, first)
        : numberAt(words, first);
    if (seconds < 0)
      return `${words.shown(first)} is not a moment like 20260131235959, nor a number of seconds`;
    out.put32(seconds);
    return null;
  },
  end: (_rdata, at) => at + 4,
  format: (octets) =>
    new Date(1000 * viewOfBytes(octets).getUint32(0)).toISOString().replaceAll(/[-:T]|\..*/g, ""),
};

/** Seconds since 1970; -1 for what is no moment, or none that 32 bits can hold. */
function dateAt(words: Words, index: number): number {
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(words.text(index));
  if (digits === null || !words.isBare(index)) return -1;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.slice(1).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  const seconds = date.getTime() / 1000;
  return isReal && year >= 1970 && seconds < 2 ** 32 ? seconds : -1;
}
