/** LOC records (RFC 1876): degrees, minutes and seconds to thousandths of a second of arc, metres to centimetres. */
import type { Octets } from "../presentation/octets.ts";
import type { Words } from "../presentation/words.ts";
import { viewOfBytes } from "../message/wire.ts";

const OCTETS = 16;
const EQUATOR = 2 ** 31;
const DEGREE = 3_600_000;
/** Altitude counts centimetres from 100 km below the WGS 84 spheroid. */
const ALTITUDE_ZERO_CM = 10_000_000;
/** RFC 1876 §3: size, horizontal and vertical precision when they are left out, as mantissa and exponent of centimetres. */
const DEFAULTS = [0x12, 0x16, 0x13] as const;

/** Where LOC RDATA that starts at `at` ends; -1 when it is not sound. */
export function locEnd(rdata: Uint8Array, at: number): number {
  if (at + OCTETS > rdata.length || rdata[at] !== 0) return -1;
  for (let i = at + 1; i <= at + 3; i++) if (!isSize(rdata[i] as number)) return -1;
  const view = viewOfBytes(rdata);
  const isOnEarth =
    Math.abs(view.getUint32(at + 4) - EQUATOR) <= 90 * DEGREE &&
    Math.abs(view.getUint32(at + 8) - EQUATOR) <= 180 * DEGREE;
  return isOnEarth ? at + OCTETS : -1;
}

function isSize(octet: number): boolean {
  return octet >>> 4 <= 9 && (octet & 15) <= 9;
}

/** Takes all words from `index` on. Returns null, or a message that says what is wrong. */
export function putLoc(words: Words, index: number, out: Octets): string | null {
  const cursor = { words, index };
  const latitude = readArc(cursor, "N", "S", 90);
  if (latitude === null) return "the latitude is not like 52 22 23.000 N";
  const longitude = readArc(cursor, "E", "W", 180);
  if (longitude === null) return "the longitude is not like 4 53 32.000 E";
  const altitude = metresAt(cursor);
  if (altitude === null || altitude < -ALTITUDE_ZERO_CM || altitude + ALTITUDE_ZERO_CM > 0xffff_ffff)
    return "the altitude is not like -2.00m";
  const sizes: number[] = [];
  for (const standard of DEFAULTS) {
    const given = cursor.index < words.count ? metresAt(cursor) : undefined;
    const size = given === undefined ? standard : given === null ? -1 : sizeOf(given);
    if (size < 0) return "size and precisions are lengths like 10m, at most 90000000.00m";
    sizes.push(size);
  }
  if (cursor.index < words.count) return `nothing may follow, but ${words.shown(cursor.index)} does`;
  out.put8(0);
  for (const size of sizes) out.put8(size);
  for (const value of [latitude + EQUATOR, longitude + EQUATOR, altitude + ALTITUDE_ZERO_CM])
    out.put32(value);
  return null;
}

type Cursor = { readonly words: Words; index: number };

function nextText(cursor: Cursor): string {
  const { words, index } = cursor;
  if (index >= words.count || !words.isBare(index)) return "";
  cursor.index++;
  return words.text(index);
}

/** Thousandths of a second of arc, or null. */
function readArc(cursor: Cursor, plus: string, minus: string, maxDegrees: number): number | null {
  const parts: string[] = [];
  for (let text = nextText(cursor); text !== ""; text = nextText(cursor)) {
    const hemisphere = text.toUpperCase();
    if (hemisphere !== plus && hemisphere !== minus) {
      if (parts.push(text) > 3) return null;
      continue;
    }
    const arc = arcOf(parts);
    if (arc === null || arc > maxDegrees * DEGREE) return null;
    return hemisphere === plus ? arc : -arc;
  }
  return null;
}

function arcOf([degrees, minutes = "0", seconds = "0"]: readonly string[]): number | null {
  if (degrees === undefined || !/^\d{1,3}$/.test(degrees) || !/^[0-5]?\d$/.test(minutes)) return null;
  const parts = /^([0-5]?\d)(?:\.(\d{1,3}))?$/.exec(seconds);
  if (parts === null) return null;
  const thousandths = Number(parts[1]) * 1000 + Number((parts[2] ?? "").padEnd(3, "0"));
  return Number(degrees) * DEGREE + Number(minutes) * 60_000 + thousandths;
}

/** Centimetres, or null. */
function metresAt(cursor: Cursor): number | null {
  const parts = /^(-?)(\d{1,8})(?:\.(\d{0,2}))?m?$/i.exec(nextText(cursor));
  if (parts === null) return null;
  const cm = Number(parts[2]) * 100 + Number((parts[3] ?? "").padEnd(2, "0"));
  return parts[1] === "-" ? -cm : cm;
}

/** One digit and a power of ten in one octet, rounded down; -1 when the length is out of range. */
function sizeOf(cm: number): number {
  if (cm < 0) return -1;
  let exponent = 0;
  let mantissa = cm;
  for (; mantissa > 9; mantissa = Math.floor(mantissa / 10)) exponent++;
  return exponent > 9 ? -1 : (mantissa << 4) | exponent;
}

/** The text of sound LOC RDATA; null when text has no way to write it (0 with an exponent). */
export function formatLoc(rdata: Uint8Array): string | null {
  const view = viewOfBytes(rdata);
  const sizes = [...rdata.subarray(1, 4)];
  if (sizes.some((size) => size >>> 4 === 0 && (size & 15) > 0)) return null;
  const parts = [
    formatArc(view.getUint32(4) - EQUATOR, "N", "S"),
    formatArc(view.getUint32(8) - EQUATOR, "E", "W"),
    metres(view.getUint32(12) - ALTITUDE_ZERO_CM),
    ...sizes.map((size) => metres((size >>> 4) * 10 ** (size & 15))),
  ];
  return parts.join(" ");
}

function formatArc(arc: number, plus: string, minus: string): string {
  const size = Math.abs(arc);
  const seconds = ((size % 60_000) / 1000).toFixed(3);
  return `${Math.floor(size / DEGREE)} ${Math.floor(size / 60_000) % 60} ${seconds} ${arc < 0 ? minus : plus}`;
}

function metres(cm: number): string {
  return `${(cm / 100).toFixed(2)}m`;
}
