/**
 * Reads the master files of one zone (RFC 1035 §5): text in, a zone and its problems out; nothing is thrown. Records
 * inherit the origin, the owner and the TTL from the entries before them.
 */
import { formatName, LOWER, type Name } from "../message/name.ts";
import { putName } from "../presentation/name.ts";
import { EntryReader } from "../presentation/entry-reader.ts";
import { Octets } from "../presentation/octets.ts";
import { putRdata } from "../rdata/parse.ts";
import { RRsetCollector } from "../zone/rrset-collector.ts";
import { isOfSignedZones } from "../rdata/types.ts";
import { GENERATED_MAX, readGenerate } from "./generate.ts";
import { FILES_MAX, INCLUDE_DEPTH_MAX, includedName, includePath } from "./include.ts";
import { LeftOut } from "./left-out.ts";
import { TextPositions } from "../zone/text-positions.ts";
import { Problems, type TextPosition } from "../zone/problem.ts";
import { type Preamble, readPreamble } from "./record-preamble.ts";
import { keyOfName, nameOfKey } from "../zone/zone.ts";
import { readTtl, TTL_SECONDS_MAX, TtlDefaults } from "./ttl.ts";
import { type Owner, ZoneBuilder } from "./zone-builder.ts";
import type { FileText, ParsedZone, ZoneFile } from "./zone-file.ts";

/** All files of a zone together: enough for some three million records. */
export const ZONE_OCTETS_MAX: number = 256 * 1024 * 1024;

const DOLLAR = 0x24;

export function parseZoneFile(file: ZoneFile): ParsedZone {
  return new ZoneReader(file).read();
}

/** One file that is being read. */
type OpenFile = {
  /** An index of `TextPositions.files`. */
  readonly index: number;
  readonly path: string;
  readonly depth: number;
  readonly entries: EntryReader;
  /** Of the directive that made all these entries; 0 = each has its own line. */
  readonly line: number;
  /** Wire form, case as written. */
  origin: Uint8Array;
};

class ZoneReader {
  readonly #file: ZoneFile;
  readonly #problems: Problems = new Problems();
  readonly #positions: TextPositions = new TextPositions();
  readonly #rrsets: RRsetCollector = new RRsetCollector(this.#positions, this.#problems);
  readonly #out: Octets = new Octets();
  readonly #builder: ZoneBuilder;
  readonly #ttls: TtlDefaults = new TtlDefaults();
  /** Paths of the files that are being read, the innermost last. */
  readonly #open: string[] = [];
  readonly #leftOut: LeftOut = new LeftOut();
  #octets = 0;
  #generated = 0;
  /** Of records that name no owner: undefined = there was none before; null = the last one was wrong, which was reported. */
  #owner: Owner | null | undefined = undefined;

  constructor(file: ZoneFile) {
    this.#file = file;
    this.#builder = new ZoneBuilder(file.origin);
  }

  read(): ParsedZone {
    const { name, text, origin } = this.#file;
    this.#readFile({ path: name, text, origin, depth: 0 });
    const { zone } = this.#builder;
    this.#leftOut.report(this.#problems, zone.origin);
    return {
      zone,
      recordCount: this.#positions.count,
      positionOf: (rdata) => this.#positions.positionOf(rdata),
      problems: this.#problems.list,
    };
  }

  #readFile(given: { path: string; text: FileText; origin: Uint8Array; depth: number }): void {
    const { path, text, origin, depth } = given;
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const index = this.#positions.files.push(path) - 1;
    this.#octets += bytes.length;
    if (this.#octets > ZONE_OCTETS_MAX) {
      this.#problems.error(
        { file: path, line: 0 },
        `the zone has more than ${ZONE_OCTETS_MAX} octets of text`,
      );
      return;
    }
    const file: OpenFile = { index, path, depth, entries: new EntryReader(bytes), line: 0, origin };
    this.#open.push(path);
    while (!this.#problems.isFull && file.entries.next()) this.#readEntry(file);
    this.#open.pop();
  }

  #readEntry(file: OpenFile): void {
    const { words, fault, faultLine, isIndented } = file.entries;
    if (fault !== null) {
      this.#problems.error({ file: file.path, line: file.line || faultLine }, fault);
      if (!isIndented) this.#owner = null;
      return;
    }
    const isDirective = !isIndented && words.isBare(0) && words.bytes[words.starts[0] as number] === DOLLAR;
    if (isDirective) this.#readDirective(file);
    else this.#readRecord(file);
  }

  #readDirective(file: OpenFile): void {
    const { words } = file.entries;
    switch (words.text(0).toUpperCase()) {
      case "$ORIGIN":
        return this.#readOrigin(file);
      case "$TTL":
        return this.#readDefaultTtl(file);
      case "$INCLUDE":
        return this.#include(file);
      case "$GENERATE":
        return this.#generate(file);
      default:
        this.#report(
          file,
          0,
          `${words.shown(0)} is not a directive; $ORIGIN, $TTL, $INCLUDE and $GENERATE are`,
        );
    }
  }

  #readOrigin(file: OpenFile): void {
    if (file.entries.words.count !== 2) return this.#report(file, 0, "$ORIGIN needs one name");
    const origin = this.#readName(file, 1, "$ORIGIN");
    if (origin === null) return;
    file.origin = origin;
    this.#builder.noteOriginDirective();
  }

  #readDefaultTtl(file: OpenFile): void {
    const ttl = file.entries.words.count === 2 ? readTtl(file.entries.words, 1) : "$TTL needs one time";
    if (typeof ttl === "string") this.#report(file, 0, ttl);
    else this.#ttls.directive = this.#boundedTtl(file, ttl);
  }

  #boundedTtl(file: OpenFile, ttlSeconds: number): number {
    if (ttlSeconds <= TTL_SECONDS_MAX) return ttlSeconds;
    const message = `TTL ${ttlSeconds} is over ${TTL_SECONDS_MAX} seconds; 0 is used (RFC 2181 §8)`;
    this.#problems.warning(positionIn(file, 0), message);
    return 0;
  }

  #include(file: OpenFile): void {
    const { depth } = file;
    const { words } = file.entries;
    if (words.count < 2 || words.count > 3)
      return this.#report(file, 0, "$INCLUDE needs a file and, optionally, an origin");
    const written = words.text(1);
    const origin = words.count === 3 ? this.#readName(file, 2, "$INCLUDE") : file.origin;
    if (origin === null) return;
    const inside = includePath(written);
    if (typeof inside === "string") return this.#report(file, 1, inside);
    const name = includedName(this.#file.name, inside.path);
    const fault = this.#includeBound(name, depth);
    if (fault !== null) return this.#report(file, 1, fault);
    const found = this.#file.readInclude(inside.path);
    if ("problem" in found) return this.#report(file, 1, `$INCLUDE "${written}": ${found.problem}`);
    const owner = this.#owner;
    this.#readFile({ path: name, text: found.text, origin, depth: depth + 1 });
    this.#owner = owner;
  }

  /** Reads the generated records one by one, up to the first error: all others would be the same. */
  #generate(file: OpenFile): void {
    const { words } = file.entries;
    const generation = readGenerate(words);
    if (typeof generation === "string") return this.#report(file, 0, generation);
    this.#generated += generation.count;
    if (this.#generated > GENERATED_MAX)
      return this.#report(file, 0, `$GENERATE: more than ${GENERATED_MAX} records in the zone`);
    const owner = this.#owner;
    const { line } = positionIn(file, 0);
    const before = this.#problems.errors;
    for (let i = 0; i < generation.count && this.#problems.errors === before; i++) {
      const bytes = generation.line(i);
      this.#octets += bytes.length;
      if (this.#octets > ZONE_OCTETS_MAX)
        return this.#report(file, 0, `the zone has more than ${ZONE_OCTETS_MAX} octets of text`);
      const entries = new EntryReader(bytes);
      if (entries.next()) this.#readEntry({ ...file, entries, line });
    }
    this.#owner = owner;
  }

  #includeBound(name: string, depth: number): string | null {
    if (this.#open.includes(name)) return "$INCLUDE: the file includes itself";
    if (depth === INCLUDE_DEPTH_MAX)
      return `$INCLUDE: more than ${INCLUDE_DEPTH_MAX} files inside each other`;
    if (this.#positions.files.length >= FILES_MAX)
      return `$INCLUDE: the zone has more than ${FILES_MAX} files`;
    return null;
  }

  #readName(file: OpenFile, word: number, directive: string): Uint8Array | null {
    this.#out.length = 0;
    const message = putName(file.entries.words, word, file.origin, this.#out);
    if (message === null) return this.#out.copy();
    this.#report(file, word, `${directive}: ${message}`);
    return null;
  }

  #readRecord(file: OpenFile): void {
    const { words, isIndented } = file.entries;
    this.#out.length = 0;
    if (!isIndented) this.#readOwner(file);
    else if (this.#owner === undefined) {
      this.#owner = null;
      this.#report(file, 0, "the line begins with a blank, but no record before it has an owner");
    }
    const preamble = readPreamble(words, isIndented ? 0 : 1);
    if ("message" in preamble) return this.#report(file, preamble.word, preamble.message);
    const start = this.#out.length;
    const source = { words, first: preamble.next, origin: file.origin };
    const fault = putRdata(preamble.type, source, this.#out);
    if (fault !== null) return this.#report(file, fault.word, fault.message);
    this.#put(file, preamble, this.#builder.store.copy(this.#out.bytes, start, this.#out.length));
  }

  #readOwner(file: OpenFile): void {
    const out = this.#out;
    const message = putName(file.entries.words, 0, file.origin, out);
    if (message !== null) {
      this.#owner = null;
      this.#report(file, 0, message);
      return;
    }
    for (let at = 0; at < out.length; at++) out.bytes[at] = LOWER[out.bytes[at] as number] as number;
    this.#owner = { key: keyOfName(out.bytes.subarray(0, out.length) as Name), node: undefined };
  }

  #put(file: OpenFile, preamble: Preamble, rdata: Uint8Array): void {
    const { type } = preamble;
    const ttlSeconds = this.#ttls.ttlOf(type, this.#boundedTtl(file, preamble.ttlSeconds), rdata);
    if (ttlSeconds < 0)
      return this.#report(file, 0, "the record has no TTL; write $TTL before the first record");
    const owner = this.#owner ?? null;
    if (owner === null) return;
    if (isOfSignedZones(type)) return this.#leftOut.add(type, positionIn(file, 0));
    const node = this.#builder.nodeOf(owner, type, file.origin);
    if (node === null) return this.#ignoreOutside(file, owner);
    if (typeof node === "string") {
      this.#owner = null;
      return this.#report(file, 0, node);
    }
    const { line } = positionIn(file, 0);
    this.#rrsets.put({ node, type, ttlSeconds, rdata, file: file.index, line });
  }

  /** Also the records after it that name no owner; one warning is enough for all of them. */
  #ignoreOutside(file: OpenFile, { key }: Owner): void {
    this.#owner = null;
    const [owner, zone] = [nameOfKey(key), this.#builder.zone.origin].map(formatName);
    const message = `${owner} is outside of the zone ${zone}; what it has is left out`;
    this.#problems.warning(positionIn(file, 0), message);
  }

  #report(file: OpenFile, word: number, message: string): void {
    this.#problems.error(positionIn(file, word), message);
  }
}

function positionIn({ path, line, entries }: OpenFile, word: number): TextPosition {
  return { file: path, line: line || (entries.words.lines[word] ?? 0) };
}
