/** One zone being read: the entries of its files, with what they leave behind for the next (origin, owner, TTLs). */
import { RecordType } from "../message/code.ts";
import { formatName, LOWER, type Name } from "../message/name.ts";
import { putName } from "../rdata/name.ts";
import { Octets } from "../rdata/octets.ts";
import { putRdata } from "../rdata/parse.ts";
import { Words } from "../rdata/words.ts";
import { viewOfBytes } from "../message/wire.ts";
import { Gathering } from "../zone/gather.ts";
import { FILES_MAX, INCLUDE_DEPTH_MAX, includedName, includePathFault } from "./include.ts";
import { OctetStore } from "../zone/octet-store.ts";
import { TextPositions } from "../zone/text-positions.ts";
import { Problems } from "../zone/problem.ts";
import { type Preamble, readPreamble, readTtl } from "./record-preamble.ts";
import { isKeyAtOrBelow, keyOfName, octetsOfKey, Zone, type ZoneNode } from "../zone/zone.ts";
import type { FileText, ParsedZone, ZoneFile } from "./zone-file.ts";

/** Of all files of a zone together: some three million records. */
export const ZONE_OCTETS_MAX: number = 256 * 1024 * 1024;

/** A short line can make a hundred names, all those above its own: some two gigabytes of memory are enough. */
const NAMES_MAX = 5_000_000;

/** One file that is being read. */
type OpenFile = {
  /** An index of `Places.files`. */
  readonly index: number;
  readonly path: string;
  readonly depth: number;
  readonly words: Words;
  /** Wire form, case as written. */
  origin: Uint8Array;
};

/** Whose the records are that name no owner: only the key until a record needs the node; null = an owner that is wrong. */
type Owner = { readonly key: string; node: ZoneNode | undefined } | null;

export class ZoneReader {
  readonly #file: ZoneFile;
  readonly #problems: Problems = new Problems();
  readonly #places: TextPositions = new TextPositions();
  readonly #gathering: Gathering = new Gathering(this.#places, this.#problems);
  readonly #out: Octets = new Octets();
  readonly #store: OctetStore = new OctetStore();
  /** Paths of the files that are being read, the innermost last. */
  readonly #open: string[] = [];
  #octets = 0;
  #zone: Zone | null = null;
  /** The key of the zone's origin. */
  #zoneKey = "";
  #hasOrigin = false;
  /** undefined = none was named yet. */
  #owner: Owner | undefined = undefined;
  /** Seconds; -1 = not known. $TTL goes before the last one that was written out (RFC 2308 §4). */
  #defaultTtl = -1;
  #lastTtl = -1;

  constructor(file: ZoneFile) {
    this.#file = file;
  }

  read(): ParsedZone {
    const { name, text, origin } = this.#file;
    this.#readFile({ path: name, text, origin, depth: 0 });
    return {
      zone: this.#zone ?? new Zone(origin),
      recordCount: this.#places.count,
      placeOf: (rdata) => this.#places.placeOf(rdata),
      problems: this.#problems.list,
    };
  }

  #readFile(given: { path: string; text: FileText; origin: Uint8Array; depth: number }): void {
    const { path, text, origin, depth } = given;
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const index = this.#places.files.push(path) - 1;
    this.#octets += bytes.length;
    if (this.#octets > ZONE_OCTETS_MAX) {
      this.#problems.error(
        { file: path, line: 0 },
        `the zone has more than ${ZONE_OCTETS_MAX} octets of text`,
      );
      return;
    }
    const file: OpenFile = { index, path, depth, words: new Words(bytes), origin };
    this.#open.push(path);
    while (!this.#problems.isFull && file.words.next()) this.#readEntry(file);
    this.#open.pop();
  }

  #readEntry(file: OpenFile): void {
    const { words } = file;
    if (words.fault !== null) {
      this.#problems.error({ file: file.path, line: words.faultLine }, words.fault);
      if (!words.isIndented) this.#owner = null;
      return;
    }
    const isDirective =
      !words.isIndented && words.isBare(0) && words.bytes[words.starts[0] as number] === DOLLAR;
    if (isDirective) this.#readDirective(file);
    else this.#readRecord(file);
  }

  #readDirective(file: OpenFile): void {
    const { words } = file;
    switch (words.text(0).toUpperCase()) {
      case "$ORIGIN":
        return this.#readOrigin(file);
      case "$TTL":
        return this.#readDefaultTtl(file);
      case "$INCLUDE":
        return this.#include(file);
      default:
        this.#blame(file, 0, `${words.shown(0)} is not a directive; $ORIGIN, $TTL and $INCLUDE are`);
    }
  }

  #readOrigin(file: OpenFile): void {
    if (file.words.count !== 2) return this.#blame(file, 0, "$ORIGIN needs one name");
    const origin = this.#readName(file, 1, "$ORIGIN");
    if (origin === null) return;
    file.origin = origin;
    this.#hasOrigin ||= this.#zone === null;
  }

  #readDefaultTtl(file: OpenFile): void {
    const ttl = file.words.count === 2 ? readTtl(file.words, 1) : "$TTL needs one time";
    if (typeof ttl === "string") this.#blame(file, 0, ttl);
    else this.#defaultTtl = ttl;
  }

  #include(file: OpenFile): void {
    const { words, depth } = file;
    if (words.count < 2 || words.count > 3)
      return this.#blame(file, 0, "$INCLUDE needs a file, and perhaps an origin");
    const path = words.text(1);
    const origin = words.count === 3 ? this.#readName(file, 2, "$INCLUDE") : file.origin;
    if (origin === null) return;
    const name = includedName(this.#file.name, path);
    const fault = includePathFault(path) ?? this.#includeBound(name, depth);
    if (fault !== null) return this.#blame(file, 1, fault);
    const found = this.#file.readInclude(path);
    if ("problem" in found) return this.#blame(file, 1, `$INCLUDE "${path}": ${found.problem}`);
    const owner = this.#owner;
    this.#readFile({ path: name, text: found.text, origin, depth: depth + 1 });
    this.#owner = owner;
  }

  #includeBound(name: string, depth: number): string | null {
    if (this.#open.includes(name)) return "$INCLUDE: the file includes itself";
    if (depth === INCLUDE_DEPTH_MAX)
      return `$INCLUDE: more than ${INCLUDE_DEPTH_MAX} files within each other`;
    if (this.#places.files.length >= FILES_MAX) return `$INCLUDE: the zone has more than ${FILES_MAX} files`;
    return null;
  }

  #readName(file: OpenFile, word: number, directive: string): Uint8Array | null {
    this.#out.length = 0;
    const sentence = putName(file.words, word, file.origin, this.#out);
    if (sentence === null) return this.#out.copy();
    this.#blame(file, word, `${directive}: ${sentence}`);
    return null;
  }

  #readRecord(file: OpenFile): void {
    const { words } = file;
    this.#out.length = 0;
    if (!words.isIndented) this.#readOwner(file);
    else if (this.#owner === undefined) {
      this.#owner = null;
      this.#blame(file, 0, "the line begins with a blank, but no record before it names an owner");
    }
    const preamble = readPreamble(words, words.isIndented ? 0 : 1);
    if ("sentence" in preamble) return this.#blame(file, preamble.word, preamble.sentence);
    const start = this.#out.length;
    const source = { words, first: preamble.next, origin: file.origin };
    const fault = putRdata(preamble.type, source, this.#out);
    if (fault !== null) return this.#blame(file, fault.word, fault.sentence);
    this.#put(file, preamble, this.#store.copy(this.#out.bytes, start, this.#out.length));
  }

  #readOwner(file: OpenFile): void {
    const out = this.#out;
    const sentence = putName(file.words, 0, file.origin, out);
    if (sentence !== null) {
      this.#owner = null;
      this.#blame(file, 0, sentence);
      return;
    }
    for (let at = 0; at < out.length; at++) out.bytes[at] = LOWER[out.bytes[at] as number] as number;
    this.#owner = { key: keyOfName(out.bytes.subarray(0, out.length) as Name), node: undefined };
  }

  #put(file: OpenFile, preamble: Preamble, rdata: Uint8Array): void {
    const { type } = preamble;
    const ttlSeconds = this.#ttlOf(preamble, rdata);
    if (ttlSeconds < 0)
      return this.#blame(file, 0, "the record has no TTL; write $TTL in front of the records");
    const node = this.#nodeOfOwner(file, type);
    if (node === null) return;
    this.#gathering.put({
      node,
      type,
      ttlSeconds,
      rdata,
      file: file.index,
      line: file.words.lines[0] as number,
    });
  }

  #ttlOf({ type, ttlSeconds }: Preamble, rdata: Uint8Array): number {
    if (ttlSeconds >= 0) return (this.#lastTtl = ttlSeconds);
    if (this.#defaultTtl >= 0) return this.#defaultTtl;
    // Before RFC 2308, the SOA's MINIMUM was the TTL of all records that have none.
    if (this.#lastTtl < 0 && type === RecordType.SOA)
      this.#defaultTtl = Math.min(viewOfBytes(rdata).getUint32(rdata.length - 4), 0x7fff_ffff);
    return this.#defaultTtl >= 0 ? this.#defaultTtl : this.#lastTtl;
  }

  /** null = an owner that is wrong, which has been said. */
  #nodeOfOwner(file: OpenFile, type: number): ZoneNode | null {
    const owner = this.#owner ?? null;
    if (owner === null) return null;
    if (owner.node !== undefined) return owner.node;
    const zone = (this.#zone ??= this.#makeZone(file, owner.key, type));
    if (zone.size > NAMES_MAX) {
      this.#blame(file, 0, `the zone has more than ${NAMES_MAX} names`);
      return null;
    }
    if (isKeyAtOrBelow(owner.key, this.#zoneKey))
      return (owner.node = zone.nodeOfKey(owner.key, this.#nameOfKey));
    this.#owner = null;
    const [outside, apex] = [this.#nameOfKey(owner.key), zone.origin].map(formatName);
    this.#blame(file, 0, `${outside} is outside of the zone ${apex}`);
    return null;
  }

  readonly #nameOfKey = (key: string): Name => {
    const octets = this.#store.take(key.length);
    octetsOfKey(key, octets);
    return octets as Name;
  };

  /** The zone is decided by the first record. */
  #makeZone(file: OpenFile, ownerKey: string, type: number): Zone {
    const said = file.origin.map((octet) => LOWER[octet] as number) as Name;
    const owner = type === RecordType.SOA ? this.#nameOfKey(ownerKey) : said;
    const zone = new Zone(this.#hasOrigin ? owner : this.#file.origin);
    this.#zoneKey = keyOfName(zone.origin);
    return zone;
  }

  #blame(file: OpenFile, word: number, message: string): void {
    this.#problems.error({ file: file.path, line: file.words.lines[word] ?? 0 }, message);
  }
}

const DOLLAR = 0x24;
