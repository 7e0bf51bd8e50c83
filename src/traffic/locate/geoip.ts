/**
 * Reads all of geoip-lite at once. For the builder's process only: the library takes 110 MB when it is loaded.
 *
 * IPv4 is read through the library's own look-ups, which return the range they found. Its look-ups of IPv6 return none, so
 * the ranges are read from its data file, and look-ups of samples must agree with them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import geoip from "geoip-lite";
import type { Gathered } from "./table.ts";
import { ClientClasses } from "./client-classes.ts";
import { PrefixTree } from "./prefix-tree.ts";

/** For the mean of a class, a record of IPv6 weighs as much as this many IPv4 addresses. */
const WEIGHT_V6 = 256;

type GeoipSource = { readonly version: string; readonly folder: string };

export function gatherGeoip({ version, folder }: GeoipSource): Gathered {
  const places = new ClientClasses();
  const v4 = new PrefixTree();
  const recordsV4 = gatherV4(v4, places);
  const v6 = new PrefixTree();
  const recordsV6 = gatherV6(v6, places, readFileSync(join(folder, "geoip-city6.dat")));
  const isAgreed = recordsV6 !== null;
  return {
    source: `geoip-lite ${version}`,
    v4,
    v6: isAgreed ? v6 : new PrefixTree(),
    places,
    records: recordsV4 + (recordsV6 ?? 0),
    warnings: isAgreed
      ? []
      : ["its data for IPv6 is not of the form that this fedns reads: IPv6 clients are not located"],
  };
}

/** Reads what is known of the addresses from `start` up to, but not including, `end`; returns the number of records with a place. */
export function gatherV4(tree: PrefixTree, places: ClientClasses, start = 1, end: number = 2 ** 32): number {
  let records = 0;
  for (let address = start; address < end;) {
    const entry = geoip.lookup(address);
    if (entry === null || entry.range === "") {
      // Nothing here: look again in the next /24, which also finds ranges that start in between.
      address = (Math.floor(address / 256) + 1) * 256;
      continue;
    }
    const [first, last] = entry.range;
    const place = places.add(entry.ll[0], entry.ll[1], last - first + 1);
    if (place !== 0) records += 1;
    setRange(tree, first, last, place);
    address = Math.max(last, address) + 1;
  }
  return records;
}

/** Splits the range into prefixes; nearly all ranges are one. */
function setRange(tree: PrefixTree, first: number, last: number, place: number): void {
  for (let start = first; start <= last;) {
    let bits = 0;
    while (bits < 32 && start % 2 ** (bits + 1) === 0 && start + 2 ** (bits + 1) - 1 <= last) bits += 1;
    tree.set(start | 0, 0, 32 - bits, place);
    start += 2 ** bits;
  }
}

/**
 * The file has records of 48 octets, big-endian: first address (16 octets), last address (16), number of the location
 * (4), latitude and longitude in ten-thousandths of a degree (4 and 4, signed), accuracy in km (4). Only the first 8
 * octets of the addresses count: the library compares no more.
 */
const RECORD_OCTETS = 48;
const NO_LOCATION = 0xffffffff;
/**
 * The number of sample look-ups, spread over the file, and the share of them that must agree. Where records overlap, the
 * library may find any of them (1 % of the samples in 2.0.3); if a field has moved, nearly none agree.
 */
const SAMPLES = 2000;
const AGREEING_MIN = 0.95;

/** Returns the number of records with a place; null when the library reads the file differently. */
export function gatherV6(tree: PrefixTree, places: ClientClasses, file: Buffer): number | null {
  const count = file.length / RECORD_OCTETS;
  if (!Number.isInteger(count)) return null;
  const step = Math.max(1, Math.floor(count / SAMPLES));
  let records = 0;
  let sampled = 0;
  let agreeing = 0;
  let previous = -1n;
  for (let index = 0; index < count; index++) {
    const at = index * RECORD_OCTETS;
    const [first, last] = [file.readBigUInt64BE(at), file.readBigUInt64BE(at + 16)];
    const size = last - first + 1n;
    // A second record for the same /64, or one that is no prefix of global unicast addresses (2000::/3), is skipped.
    if (first === previous || size < 1n || (size & (size - 1n)) !== 0n || first % size !== 0n) continue;
    if (first >> 61n !== 1n) continue;
    previous = first;
    const [latitude, longitude] = placeAt(file, at);
    if (index % step === 0) {
      sampled += 1;
      if (agrees(first, latitude, longitude)) agreeing += 1;
    }
    const place = places.add(latitude, longitude, WEIGHT_V6);
    if (place !== 0) records += 1;
    const high = file.readInt32BE(at);
    tree.set(high, file.readInt32BE(at + 4), 65 - size.toString(2).length, place);
  }
  return sampled > 0 && agreeing >= AGREEING_MIN * sampled ? records : null;
}

function placeAt(file: Buffer, at: number): readonly [number, number] {
  if (file.readUInt32BE(at + 32) === NO_LOCATION) return [0, 0];
  return [file.readInt32BE(at + 36) / 10_000, file.readInt32BE(at + 40) / 10_000];
}

function agrees(first: bigint, latitude: number, longitude: number): boolean {
  const digits = first.toString(16).padStart(16, "0").match(/.{4}/g) ?? [];
  const entry = geoip.lookup(`${digits.join(":")}::1`);
  return entry !== null && entry.ll[0] === latitude && entry.ll[1] === longitude;
}
