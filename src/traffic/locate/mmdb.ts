/** Reads a file in MaxMind's format (GeoLite2 City, GeoIP2, DB-IP and others). For the builder's process only. */
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { LRUCache } from "lru-cache";
import { Reader, type Response } from "mmdb-lib";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { damaged, type FoundPrefix, walkTree } from "./mmdb-tree.ts";
import { ClientClasses } from "./client-classes.ts";
import { PrefixTree } from "./prefix-tree.ts";
import type { Gathered } from "./table.ts";

/** Ten times the largest database on the market. */
const OCTETS_MAX = 1024 ** 3;
/** Names of countries and towns, which thousands of entries share. */
const CACHED_VALUES = 20_000;
const WEIGHT_V6 = 256;

/**
 * Throws an OperationalError with a sentence about the file: DATABASE_UNREADABLE, DATABASE_DAMAGED, or
 * DATABASE_UNFIT for one without coordinates.
 */
export function gatherMmdb(path: string): Gathered {
  const octets = read(path);
  const reader = open(octets);
  const { metadata } = reader;
  const places = new ClientClasses();
  const trees = { 4: new PrefixTree(), 6: new PrefixTree() };
  const placeOf = new Map<number, readonly [unknown, unknown]>();
  let records = 0;
  const tree = {
    octets,
    nodeCount: metadata.nodeCount,
    recordBits: metadata.recordSize,
    family: metadata.ipVersion,
  };
  walkTree(tree, (found) => {
    let point = placeOf.get(found.pointer);
    if (point === undefined) placeOf.set(found.pointer, (point = pointOf(reader, found)));
    const weight = found.family === 4 ? 2 ** (32 - found.length) : WEIGHT_V6;
    const place = places.add(point[0], point[1], weight);
    if (place !== 0) records += 1;
    trees[found.family].set(found.high, found.low, found.length, place);
  });
  if (records === 0) {
    const reason = "it has no coordinates; use a database of cities, not of countries or networks";
    throw new OperationalError("DATABASE_UNFIT", reason);
  }
  const built = metadata.buildEpoch;
  const date = Number.isNaN(built.getTime())
    ? "of unknown date"
    : `built ${built.toISOString().slice(0, 10)}`;
  const kind = textOf(metadata.databaseType);
  return {
    source: `${basename(path)} (${kind}), ${date}`,
    v4: trees[4],
    v6: trees[6],
    places,
    records,
    warnings: [],
  };
}

function read(path: string): Buffer {
  try {
    const { size } = statSync(path);
    if (size > OCTETS_MAX) throw new Error(`it has more than ${OCTETS_MAX} octets`);
    return readFileSync(path);
  } catch (error) {
    throw new OperationalError("DATABASE_UNREADABLE", `it cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function open(octets: Buffer): Reader<Response> {
  try {
    return new Reader(octets, { cache: new LRUCache<string | number, object>({ max: CACHED_VALUES }) });
  } catch (error) {
    throw new OperationalError(
      "DATABASE_DAMAGED",
      `it is no database in MaxMind's format, or not the whole of one: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Latitude and longitude of the entry for the prefix, not checked yet. */
function pointOf(reader: Reader<Response>, found: FoundPrefix): readonly [unknown, unknown] {
  const entry = entryOf(reader, found);
  const location = fieldOf(entry, "location");
  return [fieldOf(location, "latitude"), fieldOf(location, "longitude")];
}

function entryOf(reader: Reader<Response>, { family, high, low }: FoundPrefix): unknown {
  try {
    return reader.get(family === 4 ? quads(high) : `${groups(high)}:${groups(low)}::`);
  } catch (error) {
    throw damaged(`it has an entry that cannot be read: ${messageOf(error)}`);
  }
}

/** The metadata of a file is not trusted. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 64) : "of unknown type";
}

function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function quads(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

function groups(word: number): string {
  return `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`;
}
