/** SvcParams from words (RFC 9460 §2.1, §A): any order in text, ascending keys on the wire. */
import { parseIPv4, parseIPv6 } from "../presentation/address.ts";
import { Base64 } from "../presentation/binary.ts";
import { Octets } from "../presentation/octets.ts";
import { escapedAt, escapeOctets, ESCAPE_MESSAGE } from "../presentation/text.ts";
import { type Param, ParamKey, paramKey, paramName, paramsFault } from "./params-wire.ts";
import type { Words } from "../presentation/words.ts";

/** Values are unescaped into this buffer; only one record is read at a time. */
const scratch = new Octets();

const EQUALS = 0x3d;
const COMMA = 0x2c;
const ESCAPE = 0x5c;
const QUOTE = 0x22;

/** Takes all words from `index` on. Returns null, or a message that says what is wrong. */
export function putParams(words: Words, index: number, out: Octets): string | null {
  const params: Param[] = [];
  for (let i = index; i < words.count; i++) {
    const param = readParam(words, i);
    if (typeof param === "string") return param;
    params.push(param);
  }
  params.sort((a, b) => a.key - b.key);
  const fault = paramsFault(params);
  if (fault !== null) return fault;
  for (const { key, value } of params) {
    out.put16(key);
    out.put16(value.length);
    out.bytes.set(value, out.length);
    out.length += value.length;
  }
  return null;
}

function readParam(words: Words, index: number): Param | string {
  if (words.isQuoted(index)) return `${words.shown(index)} is quoted; only the value after = may be`;
  const start = words.starts[index] as number;
  const end = words.ends[index] as number;
  const equals = words.bytes.subarray(start, end).indexOf(EQUALS);
  const keyEnd = equals < 0 ? end : start + equals;
  const name = nameBetween(words, start, keyEnd);
  const key = paramKey(name);
  if (key < 0) return `${words.shown(index)} does not begin with a parameter's key`;
  scratch.length = 0;
  if (equals >= 0) {
    const isOpen = words.bytes[keyEnd + 1] === QUOTE && !words.isBare(index);
    const message = unescape(words, isOpen ? keyEnd + 2 : keyEnd + 1, isOpen ? end - 1 : end);
    if (message !== null) return message;
  }
  // After keyNNN come the octets themselves, also for keys that have a name.
  const value = name.startsWith("key") ? scratch.copy() : valueOf(key, scratch.copy());
  if (value === null) return `${words.shown(index)} is not a value that ${paramName(key)} can have`;
  return value.length <= 65_535 ? { key, value } : `${paramName(key)} is longer than 65535 octets`;
}

/** Cut after 63 characters: a longer name is not a key, and stays none when cut. */
function nameBetween(words: Words, start: number, end: number): string {
  return String.fromCharCode(...words.bytes.subarray(start, Math.min(end, start + 63)));
}

function unescape(words: Words, start: number, end: number): string | null {
  const { bytes } = words;
  for (let at = start; at < end; at++) {
    const octet = bytes[at] as number;
    const value = octet === ESCAPE ? escapedAt(bytes, at, end) : octet;
    if (value < 0) return ESCAPE_MESSAGE;
    scratch.put8(value);
    if (octet === ESCAPE) at += escapeOctets(bytes, at) - 1;
  }
  return null;
}

function valueOf(key: number, text: Uint8Array): Uint8Array | null {
  switch (key) {
    case ParamKey.Mandatory:
      return mandatoryValue(text);
    case ParamKey.Alpn:
      return alpnValue(text);
    case ParamKey.Port:
      return portValue(asText(text));
    case ParamKey.Ipv4Hint:
      return addresses(asText(text), parseIPv4);
    case ParamKey.Ipv6Hint:
      return addresses(asText(text), parseIPv6);
    case ParamKey.Ech:
      return base64Value(text);
    default:
      return text;
  }
}

function asText(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}

function mandatoryValue(text: Uint8Array): Uint8Array | null {
  const keys = asText(text).split(",").map(paramKey);
  if (keys.some((key) => key < 0) || new Set(keys).size < keys.length) return null;
  return Uint8Array.from(keys.sort((a, b) => a - b).flatMap((key) => [key >> 8, key & 255]));
}

function alpnValue(text: Uint8Array): Uint8Array | null {
  const octets: number[] = [];
  for (const item of listItems(text)) {
    if (item.length === 0 || item.length > 255) return null;
    octets.push(item.length, ...item);
  }
  return Uint8Array.from(octets);
}

/** Items between commas; a backslash makes a comma or a backslash part of an item (RFC 9460 §A.1). */
function listItems(text: Uint8Array): number[][] {
  let item: number[] = [];
  const items = [item];
  for (let at = 0; at < text.length; at++) {
    const octet = text[at] as number;
    const next = text[at + 1];
    if (octet === COMMA) {
      item = [];
      items.push(item);
    } else if (octet === ESCAPE && (next === COMMA || next === ESCAPE)) {
      item.push(next);
      at++;
    } else {
      item.push(octet);
    }
  }
  return items;
}

function portValue(text: string): Uint8Array | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 65_536;
  return port <= 65_535 ? Uint8Array.of(port >> 8, port & 255) : null;
}

function addresses(text: string, parse: (text: string) => readonly number[] | null): Uint8Array | null {
  const octets: number[] = [];
  for (const item of text.split(",")) {
    const address = parse(item);
    if (address === null) return null;
    octets.push(...address);
  }
  return Uint8Array.from(octets);
}

function base64Value(text: Uint8Array): Uint8Array | null {
  const start = scratch.length;
  const reader = new Base64(scratch);
  return reader.read(text, 0, text.length) && reader.isWhole ? scratch.copy(start) : null;
}
