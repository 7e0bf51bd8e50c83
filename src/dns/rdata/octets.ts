/** The plain fields of RDATA from words: numbers, times, character-strings, hex and base64. null = read, else what is wrong. */
import { LOWER } from "../message/name.ts";
import { ENTRY_OCTETS_MAX, type Words } from "./words.ts";

/** Where RDATA grows. An entry's words never make more octets than they have, but for a few names and keys. */
export class Octets {
  readonly bytes: Uint8Array = new Uint8Array(ENTRY_OCTETS_MAX + 1024);
  length = 0;

  put8(value: number): void {
    this.bytes[this.length++] = value;
  }

  put16(value: number): void {
    this.put8(value >>> 8);
    this.put8(value);
  }

  put32(value: number): void {
    this.put16(value >>> 16);
    this.put16(value);
  }

  /** A copy of what was written from `start` on. */
  copy(start: number = 0): Uint8Array {
    return this.bytes.slice(start, this.length);
  }
}

const SECONDS_MAX = 0xffff_ffff;

const ZERO = 0x30;
const ESCAPE = 0x5c;

/** A decimal number without a sign, below 2^32; -1 for anything else. */
export function numberAt(words: Words, index: number): number {
  const end = words.ends[index] as number;
  const start = words.starts[index] as number;
  if (end === start || end - start > 10 || !words.isBare(index)) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (words.bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = 10 * value + digit;
  }
  return value <= 0xffff_ffff ? value : -1;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds, also as "1h30m" (w d h m s); -1 for what is no time, Infinity for what is over 32 bits. */
export function secondsAt(words: Words, index: number): number {
  const plain = numberAt(words, index);
  if (plain >= 0) return plain;
  if (!words.isBare(index) || (words.ends[index] as number) - (words.starts[index] as number) > 40) return -1;
  const text = words.text(index).toLowerCase();
  if (!/^(\d+[smhdw])*\d*$/.test(text) || text === "") return -1;
  let seconds = 0;
  for (const [, digits, unit = "s"] of text.matchAll(/(\d+)([smhdw]?)/g))
    seconds += Number(digits) * (UNIT_SECONDS[unit === "" ? "s" : unit] as number);
  return seconds <= SECONDS_MAX ? seconds : Number.POSITIVE_INFINITY;
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
  if (value > SECONDS_MAX) return `${words.shown(index)} is over ${SECONDS_MAX} seconds`;
  out.put32(value);
  return null;
}

/** RFC 4034 §A.1 and the IANA registry since. */
const ALGORITHMS: Readonly<Record<string, number>> = {
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  "DSA-NSEC3-SHA1": 6,
  "RSASHA1-NSEC3-SHA1": 7,
  RSASHA256: 8,
  RSASHA512: 10,
  "ECC-GOST": 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
};

export function putAlgorithm(words: Words, index: number, out: Octets): string | null {
  const number = numberAt(words, index);
  const name = number >= 0 || !words.isBare(index) ? "" : words.text(index).toUpperCase();
  const value = Object.hasOwn(ALGORITHMS, name) ? (ALGORITHMS[name] as number) : number;
  if (value < 0 || value > 255) return `${words.shown(index)} is not a DNSSEC algorithm`;
  out.put8(value);
  return null;
}

/** The octets of a word from `start` to `end`, escapes undone (RFC 1035 §5.1). */
function putUnescaped(bytes: Uint8Array, start: number, end: number, out: Octets): string | null {
  for (let at = start; at < end; at++) {
    const octet = bytes[at] as number;
    if (octet !== ESCAPE) {
      out.put8(octet);
      continue;
    }
    const value = escapedAt(bytes, at, end);
    if (value < 0) return ESCAPE_SENTENCE;
    out.put8(value);
    at += escapeOctets(bytes, at) - 1;
  }
  return null;
}

export const ESCAPE_SENTENCE = "a backslash before a digit needs three digits from 000 to 255";

/** What the escape at `at` stands for; -1 when it is none. */
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

function isDigit(octet: number): boolean {
  return octet >= ZERO && octet <= ZERO + 9;
}

/** A character-string. */
export function putString(words: Words, index: number, out: Octets): string | null {
  const lengthAt = out.length;
  out.put8(0);
  const sentence = putText(words, index, out);
  if (sentence !== null) return sentence;
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

/** Hex digits of all words from `index` on, an even number of them together. */
export function putHex(words: Words, index: number, out: Octets): string | null {
  let half = -1;
  for (let i = index; i < words.count; i++) {
    for (let at = words.starts[i] as number; at < (words.ends[i] as number); at++) {
      const digit = words.isBare(i) ? hexDigit(words.bytes[at] as number) : -1;
      if (digit < 0) return `${words.shown(i)} is not hexadecimal`;
      if (half >= 0) out.put8((half << 4) | digit);
      half = half >= 0 ? -1 : digit;
    }
  }
  return half < 0 ? null : "an odd number of hexadecimal digits";
}

function hexDigit(octet: number): number {
  if (isDigit(octet)) return octet - ZERO;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Base64 (RFC 4648 §4) of all words from `index` on together, padding included. */
export function putBase64(words: Words, index: number, out: Octets): string | null {
  const reader = new Base64(out);
  for (let i = index; i < words.count; i++) {
    const { starts, ends } = words;
    const isRead = words.isBare(i) && reader.read(words.bytes, starts[i] as number, ends[i] as number);
    if (!isRead) return `${words.shown(i)} is not base64`;
  }
  return reader.isWhole ? null : "the base64 text is cut short";
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SEXTETS: Int8Array = Int8Array.from({ length: 256 }, (_, octet) =>
  BASE64.indexOf(String.fromCharCode(octet)),
);

/** Takes base64 in pieces. */
export class Base64 {
  readonly #out: Octets;
  #bits = 0;
  /** Characters of the group of four that is being read, padding included. */
  #taken = 0;
  #padding = 0;

  constructor(out: Octets) {
    this.#out = out;
  }

  get isWhole(): boolean {
    return this.#taken === 0;
  }

  /** False when a character does not belong here. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (!this.#take(bytes[at] as number)) return false;
    return true;
  }

  #take(octet: number): boolean {
    const isPadding = octet === EQUALS;
    const sextet = isPadding ? 0 : (SEXTETS[octet] as number);
    if (sextet < 0 || (this.#padding > 0 && (!isPadding || this.#taken === 0))) return false;
    if (isPadding && this.#taken < 2) return false;
    if (isPadding) this.#padding++;
    this.#bits = (this.#bits << 6) | sextet;
    if (++this.#taken < 4) return true;
    return this.#flush();
  }

  #flush(): boolean {
    const bits = this.#bits;
    // What the padding cuts off must be zero, so that octets have one spelling only.
    if ((bits & ((1 << (8 * this.#padding)) - 1)) !== 0) return false;
    for (let i = 0; i < 3 - this.#padding; i++) this.#out.put8(bits >>> (16 - 8 * i));
    this.#bits = 0;
    this.#taken = 0;
    return true;
  }
}

const EQUALS = 0x3d;

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const bits = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let i = 0; i < 4; i++) text += i <= left ? BASE64[(bits >>> (18 - 6 * i)) & 63] : "=";
  }
  return text;
}
