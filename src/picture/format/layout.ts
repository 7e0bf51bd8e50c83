/**
 * The picture: zones and federation as bytes that answer. One file, mapped by the only writer (control) and all
 * readers (serve). Offsets count 32-bit words of the host's byte order; a foreign order fails the magic.
 *
 *   0        header       1024 words; see Header below
 *   1024     zones        ZONES_MAX words     zone id -> word offset of the apex node
 *   ...      levels       LEVELS_MAX words    level id -> word offset of the level's node
 *   ...      health       one octet per endpoint  (this and the next three: in-place.ts)
 *   ...      cachedUntil  one word per endpoint
 *   ...      reasons      two words per endpoint
 *   ...      freshUntil   one word per endpoint
 *   ...      arena        records and tables, append only; a record never changes once it can be reached
 *
 * Each kind of record has a file here, with its layout diagram and a function for each of its fields: record.ts (how all of
 * them begin), node.ts (names of zones, and levels), rrset.ts, pool.ts, member.ts, port.ts, and,
 * in ../clients, client-table.ts and nearness.ts; in ../content, unread.ts and kept-back.ts. The record Clusters is JSON (record.ts). Tables are in table.ts.
 *
 * A change appends records, lists the words to flip behind the arena's end (the redo list), makes the serial odd,
 * flips, and makes it even again. serial.ts has the rules for readers and the writer. If a writer is killed in between,
 * the list is repeated by the next one that holds its lock.
 */
import * as memoryModule from "./memory.ts";
import type { At, PictureWords } from "./memory.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { word } = memoryModule;

export const MAGIC_0 = 0x44454601;
export const MAGIC_1 = 0x0a50534e;
/** 8: until when addresses that were looked up are fresh; which pools have equal addresses. */
export const FORMAT = 8;

export const HEADER_WORDS = 1024;
export const ZONES_MAX = 4096;
/** The highest number means "no level". */
export const LEVELS_MAX = 0xffff;

/** Word offsets in the header. The first eight never change after creation. */
export const Header = {
  Magic0: 0,
  Magic1: 1,
  Format: 2,
  Words: 3,
  Seed: 4,
  EndpointCapacity: 5,
  Check: 6,
  Serial: 16,
  ArenaEnd: 17,
  /** Of both tables: place, live entries, used slots (table.ts). */
  Nodes: 18,
  NodesLive: 20,
  NodesUsed: 21,
  Services: 22,
  ServicesLive: 24,
  ServicesUsed: 25,
  Clusters: 26,
  Unread: 27,
  EndpointsEnd: 28,
  CommittedAt: 29,
  SoaSerial: 30,
  TtlSeconds: 31,
  AnswersMax: 32,
  Clients: 33,
  Nearness: 34,
  /** A tier with a smaller part of its wanted endpoints than this, in 65,535ths, gives some of its load to the next. */
  SpillBelow: 35,
  KeptBack: 36,
  RedoStart: 37,
  RedoCount: 38,
  RedoCheck: 39,
  /** Over the words from FIRST_COMMITTED to LAST_COMMITTED, renewed with every commit. */
  CommitCheck: 40,
} as const;
export type Header = (typeof Header)[keyof typeof Header];
export const FIRST_COMMITTED: number = Header.ArenaEnd;
export const LAST_COMMITTED: number = Header.KeptBack;
/** Header words with the offset of a record that is there once or not at all. */
export type OnlyRecord =
  | typeof Header.Clusters
  | typeof Header.Clients
  | typeof Header.Nearness
  | typeof Header.Unread
  | typeof Header.KeptBack;
type OnlyRecordAt = At<"clusters" | "clients" | "nearness" | "unread" | "kept back">;
export const ONLY_RECORDS: readonly OnlyRecord[] = [
  Header.Clusters,
  Header.Clients,
  Header.Nearness,
  Header.Unread,
  Header.KeptBack,
];

/** Words of a line of the processor's cache, less one. */
const LINE_MASK = 15;

/** Octet offset, in the header, of the clusters' shares: one octet each. */
export const SHARES_AT: number = 64 * 4;
/** Word offset, in the header, of when the clusters were last seen: one word each. */
export const LAST_SEEN_AT = 96;

export const ZONES_AT: number = HEADER_WORDS;
export const LEVELS_AT: number = ZONES_AT + ZONES_MAX;
/** Octet offset of the health of the first endpoint. */
export const HEALTH_AT_OCTETS: number = (LEVELS_AT + LEVELS_MAX) * 4;

/** Of the header: it must not be used for the offset of a record, which has a type. */
export function header(words: PictureWords, field: Header): number {
  return word(words, field);
}

/** The record that there is one of, or NONE. */
export function onlyRecord(words: PictureWords, field: OnlyRecord): OnlyRecordAt {
  return word(words, field) as OnlyRecordAt;
}

/** Word offset of the first endpoint's `cachedUntil`. */
export function cachedUntilAt(endpointCapacity: number): number {
  return HEALTH_AT_OCTETS / 4 + ((endpointCapacity + 3) >>> 2);
}

/** Word offset of the first endpoint's reason. */
export function reasonsAt(endpointCapacity: number): number {
  return cachedUntilAt(endpointCapacity) + endpointCapacity;
}

/** Word offset of the first endpoint's `freshUntil`. */
export function freshUntilAt(endpointCapacity: number): number {
  return reasonsAt(endpointCapacity) + 2 * endpointCapacity;
}

/** At the start of a line of the processor's cache. */
export function arenaAt(endpointCapacity: number): number {
  return (freshUntilAt(endpointCapacity) + endpointCapacity + LINE_MASK) & ~LINE_MASK;
}
