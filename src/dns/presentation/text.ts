/** Escapes and character-strings from words (RFC 1035 §5.1). What is written returns null, or a message that says what is wrong. */
import { LOWER } from "../message/name.ts";
import type { Octets } from "./octets.ts";
import type { Words } from "./words.ts";

export const ZERO = 0x30;
const ESCAPE = 0x5c;

/** Writes `bytes` from `start` to `end` with the escapes undone. */
function putUnescaped(bytes: Uint8Array, start: number, end: number, out: Octets): string | null {
  for (let at = start; at < end; at++) {
    const octet = bytes[at] as number;
    if (octet !== ESCAPE) {
      out.put8(octet);
      continue;
    }
    const value = escapedAt(bytes, at, end);
    if (value < 0) return ESCAPE_MESSAGE;
    out.put8(value);
    at += escapeOctets(bytes, at) - 1;
  }
  return null;
}

export const ESCAPE_MESSAGE = "a backslash before a digit needs three digits from 000 to 255";

/** The octet that the escape at `at` stands for; -1 when it is not an escape. */
export function escapedAt(bytes: Uint8Array, at: number, end: number): number {
  if (escapeOctets(bytes, at) === 2) return at + 1 < end ? (bytes[at + 1] as number) : -1;
  if (at + 3 >= end) return -1;
  let value = 0;
  for (let i = at + 1; i <= at + 3; i++) {
    if (!isDigit(bytes[i] as number)) return -1;
    value = 10 * value + (bytes[i] as number) - ZERO;
  }
  return value <= 255 ? value : -1;
}

/** 2 for \X, 4 for \DDD. */
export function escapeOctets(bytes: Uint8Array, at: number): 2 | 4 {
  return isDigit(bytes[at + 1] as number) ? 4 : 2;
}

export function isAlphanumeric(octet: number): boolean {
  const lower = LOWER[octet] as number;
  return (lower >= 0x61 && lower <= 0x7a) || isDigit(octet);
}

export function isDigit(octet: number): boolean {
  return octet >= ZERO && octet <= ZERO + 9;
}

/** A character-string. */
export function putString(words: Words, index: number, out: Octets): string | null {
  const lengthAt = out.length;
  out.put8(0);
  const message = putText(words, index, out);
  if (message !== null) return message;
  const octets = out.length - lengthAt - 1;
  if (octets > 255) return `a text of ${octets} octets; split it, one has at most 255`;
  out.bytes[lengthAt] = octets;
  return null;
}

/** Text without a length octet. */
export function putText(words: Words, index: number, out: Octets): string | null {
  if (!words.isBare(index) && !words.isQuoted(index))
    return `a quotation mark in the middle of ${words.shown(index)}; quote the whole text`;
  return putUnescaped(words.bytes, words.starts[index] as number, words.ends[index] as number, out);
}

/** The tag of a CAA record. */
export function putTag(words: Words, index: number, out: Octets): string | null {
  const start = words.starts[index] as number;
  const end = words.ends[index] as number;
  let isTag = words.isBare(index) && end - start <= 255;
  for (let at = start; at < end && isTag; at++) isTag = isAlphanumeric(words.bytes[at] as number);
  return isTag ? putString(words, index, out) : `${words.shown(index)} is not a tag of letters and digits`;
}
