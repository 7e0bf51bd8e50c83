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
    const isDate = words.ends[first] === (words.starts[first] as number) + 14;
    const seconds = isDate ? dateAt(words, first) : numberAt(words, first);
    if (seconds < 0)
      return `${words.shown(first)} is not a moment like 20260131235959, nor a number of seconds`;
    out.put32(seconds);
    return null;
  },
  end: (_rdata, at) => at + 4,
  format: (octets) => formatDate(viewOfBytes(octets).getUint32(0)),
};

const DAY_SECONDS = 86_400;
/** Days before each month of a year that begins in March, so that a leap day is the last of its year. */
const DAYS_BEFORE_MONTH = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337, 366] as const;
/** From 1 March of the year 0 to 1970. */
const DAYS_BEFORE_1970 = 719_468;

/** Days from 1 March of the year 0 to 1 March of `year` (Gregorian). */
function daysBeforeYear(year: number): number {
  return 365 * year + Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
}

/** Seconds since 1970; -1 for what is no moment, or none that 32 bits can hold. */
function dateAt(words: Words, index: number): number {
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(words.text(index));
  if (digits === null || !words.isBare(index)) return -1;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.slice(1).map(Number);
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return -1;
  const march = (month + 9) % 12;
  const days = daysBeforeYear(month < 3 ? year - 1 : year) + (DAYS_BEFORE_MONTH[march] as number) + day - 1;
  const seconds = (days - DAYS_BEFORE_1970) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
  // A day that its month does not have is written otherwise.
  return seconds >= 0 && seconds < 2 ** 32 && formatDate(seconds) === digits[0] ? seconds : -1;
}

function formatDate(seconds: number): string {
  const days = Math.floor(seconds / DAY_SECONDS) + DAYS_BEFORE_1970;
  let year = Math.floor(days / 365.2425) + 1;
  while (daysBeforeYear(year) > days) year--;
  const rest = days - daysBeforeYear(year);
  const march = DAYS_BEFORE_MONTH.findLastIndex((before) => before <= rest);
  const month = (march + 2) % 12;
  const parts = [
    month + 1,
    rest - (DAYS_BEFORE_MONTH[march] as number) + 1,
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const two = parts.map((part) => String(part).padStart(2, "0")).join("");
  return `${month < 2 ? year + 1 : year}${two}`;
}
