/** Hexadecimal and base64 (RFC 4648) from words and back. What is written returns null, or a message that says what is wrong. */
import type { Octets } from "./octets.ts";
import { isDigit, ZERO } from "./text.ts";
import type { Words } from "./words.ts";

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

const EQUALS = 0x3d;
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SEXTETS: Int8Array = Int8Array.from({ length: 256 }, (_, octet) =>
  BASE64.indexOf(String.fromCharCode(octet)),
);

/** Decodes base64 that comes in pieces. */
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

  /** False at a character that cannot stand here. */
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
    // The bits that the padding cuts off must be zero, so that octets have only one spelling.
    if ((bits & ((1 << (8 * this.#padding)) - 1)) !== 0) return false;
    for (let i = 0; i < 3 - this.#padding; i++) this.#out.put8(bits >>> (16 - 8 * i));
    this.#bits = 0;
    this.#taken = 0;
    return true;
  }
}

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const bits = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let i = 0; i < 4; i++) text += i <= left ? BASE64[(bits >>> (18 - 6 * i)) & 63] : "=";
  }
  return text;
}
