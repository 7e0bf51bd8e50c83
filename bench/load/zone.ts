/** The zone that every contender serves, and the questions asked of it; the same bytes on every machine. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const zoneName = "bench.example";
export const nameCount = 10_000;
export const addressesPerName = 3;

/** 10,000 names `n0` ... `n9999` with three A records each, SOA, NS and its address. */
export function zoneText(): string {
  const records = [
    `$ORIGIN ${zoneName}.`,
    "$TTL 300",
    `@ SOA ns1.${zoneName}. hostmaster.${zoneName}. 1 3600 600 604800 300`,
    `@ NS ns1.${zoneName}.`,
    "ns1 A 127.0.0.1",
  ];
  for (let index = 0; index < nameCount; index++) {
    for (let host = 1; host <= addressesPerName; host++)
      records.push(`n${index} A ${addressOf(index, host)}`);
  }
  return `${records.join("\n")}\n`;
}

/** Writes `zones/<zone name>` under `directory` and returns the folder; the file is named as gdnsd wants it. */
export function writeZone(directory: string): string {
  const folder = join(directory, "zones");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, zoneName), zoneText());
  return folder;
}

/** Questions for names that exist, in random order, as dnsperf reads them: one "name type" a line. */
export function knownNames(count: number, seed: number): string {
  const random = createRandom(seed);
  return lines(count, () => `n${Math.floor(random() * nameCount)}.${zoneName}. A`);
}

/** Questions for random names of twelve letters under the zone: none exists, and few are ever asked twice. */
export function unknownNames(count: number, seed: number): string {
  const random = createRandom(seed);
  return lines(count, () => {
    let label = "";
    while (label.length < 12) label += String.fromCharCode(97 + Math.floor(random() * 26));
    return `${label}.${zoneName}. A`;
  });
}

/** A reproducible stream of numbers in [0, 1): the "mulberry32" mixing of a counter. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Addresses of 198.18.0.0/15, which RFC 2544 sets aside for benchmarks. `host` counts from 1. */
export function addressNumber(index: number, host: number): number {
  const octets = [198, 18 + (host === 3 ? 1 : 0), (index >> 7) & 0xff, ((index & 0x7f) << 1) | (host & 1)];
  return octets.reduce((number, octet) => number * 256 + octet, 0);
}

function addressOf(index: number, host: number): string {
  const number = addressNumber(index, host);
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

function lines(count: number, line: () => string): string {
  let text = "";
  for (let index = 0; index < count; index++) text += `${line()}\n`;
  return text;
}
