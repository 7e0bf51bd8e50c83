/** Numbers and times from words. What is written returns null, or a message that says what is wrong. */
import type { Octets } from "./octets.ts";
import { isDigit, ZERO } from "./text.ts";
import type { Words } from "./words.ts";

const U32_MAX = 0xffff_ffff;

/** A decimal number without a sign, below 2^32; -1 for anything else. */
export function numberAt(words: Words, index: number): number {
  const end = words.ends[index] as number;
  const start = words.starts[index] as number;
  if (end === start || end - start > 10 || !words.isBare(index)) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const octet = words.bytes[at] as number;
    if (!isDigit(octet)) return -1;
    value = 10 * value + octet - ZERO;
  }
  return value <= U32_MAX ? value : -1;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds, also as "1h30m" (w d h m s). -1 when the word is not a time, Infinity when it is over 32 bits. */
export function secondsAt(words: Words, index: number): number {
  const plain = numberAt(words, index);
  if (plain >= 0) return plain;
  if (!words.isBare(index) || (words.ends[index] as number) - (words.starts[index] as number) > 40) return -1;
  const text = words.text(index).toLowerCase();
  if (!/^(\d+[smhdw])*\d*$/.test(text) || text === "") return -1;
  let seconds = 0;
  for (const [, digits, unit = "s"] of text.matchAll(/(\d+)([smhdw]?)/g))
    seconds += Number(digits) * (UNIT_SECONDS[unit === "" ? "s" : unit] as number);
  return seconds <= U32_MAX ? seconds : Number.POSITIVE_INFINITY;
}

export function putNumber(words: Words, index: number, octets: 1 | 2 | 4, out: Octets): string | null {
  const max = 2 ** (8 * octets) - 1;
  const value = numberAt(words, index);
  if (value < 0 || value > max) return `${words.shown(index)} is not a number from 0 to ${max}`;
  if (octets === 1) out.put8(value);
  else if (octets === 2) out.put16(value);
  else out.put32(value);
  return null;
}

export function putSeconds(words: Words, index: number, out: Octets): string | null {
  const value = secondsAt(words, index);
  if (value < 0) return `${words.shown(index)} is not a time in seconds, nor one like 1h30m`;
  if (value > U32_MAX) return `${words.shown(index)} is over ${U32_MAX} seconds`;
  out.put32(value);
  return null;
}
