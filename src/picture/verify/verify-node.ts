/**
 * Is a node or level what layout.ts draws? Its check says that nobody damaged it since; this, that whoever wrote it
 * knew what readers rely on: they follow lengths and names without another look.
 */
import { NAME_OCTETS_MAX, RecordClass, RecordType } from "../../dns/message/code.ts";
import { u16 } from "../../dns/message/wire.ts";
import { kindOf, wordsOf } from "../format/decode.ts";
import {
  CLUSTER_WORDS,
  Kind,
  LEVELS_AT,
  LEVELS_MAX,
  type Memory,
  NO_LEVEL,
  NODE_WORDS,
  NodeFlag,
  wordsFor,
  ZONES_AT,
  ZONES_MAX,
} from "../format/layout.ts";

/** Owner to RDLENGTH. */
const HEAD_OCTETS = 12;
/** `federation.svc` and a domain. */
const LEVEL_LABELS_MIN = 3;
/** Serial to MINIMUM, after two names of an octet or more. */
const SOA_OCTETS_MIN = 22;
/** Types whose RDATA is a name that readers follow. */
const FOLLOWED: ReadonlySet<number> = new Set([RecordType.NS, RecordType.CNAME, RecordType.DNAME]);
/** What a flag promises. */
const PROMISES = [
  [NodeFlag.Cut, RecordType.NS],
  [NodeFlag.Dname, RecordType.DNAME],
  [NodeFlag.Cname, RecordType.CNAME],
] as const;

/** The record at `at` lies within the arena, has a good check, and says that it is a node or level. */
export function isSoundNode(memory: Memory, at: number): boolean {
  const { u32 } = memory;
  const end = at + wordsOf(memory, at);
  const isLevel = kindOf(memory, at) === Kind.Level;
  const zone = (u32[at + 3] as number) >>> 16;
  if (at + NODE_WORDS > end || zone >= ZONES_MAX || !isSoundName(memory, at, end)) return false;
  const apex = u32[ZONES_AT + zone] as number;
  if (apex === 0 || !isWithin(memory, at, apex)) return false;
  let word = at + NODE_WORDS + wordsFor(nameOctets(memory, at));
  if (isLevel) {
    if (word + 1 + CLUSTER_WORDS > end || !isSoundLevel(memory, at, (u32[word] as number) >>> 16))
      return false;
    word += 1 + CLUSTER_WORDS;
  }
  const flags = (u32[at + 4] as number) >>> 16;
  const found = new Set<number>();
  for (let left = (u32[at + 4] as number) & 0xffff; left > 0; left--) {
    const next = afterRRset(memory, word, end, nameOctets(memory, apex));
    if (next === 0) return false;
    found.add((u32[word] as number) >>> 16);
    word = next;
  }
  return word === end && PROMISES.every(([flag, type]) => (flags & flag) === 0 || found.has(type));
}

function nameOctets({ u32 }: Memory, node: number): number {
  return ((u32[node + 3] as number) >>> 8) & 255;
}

function isSoundName(memory: Memory, node: number, end: number): boolean {
  const { u32, u8 } = memory;
  const octets = nameOctets(memory, node);
  const from = (node + NODE_WORDS) * 4;
  if (octets === 0 || node + NODE_WORDS + wordsFor(octets) > end) return false;
  let at = from;
  let labels = 0;
  for (; at < from + octets && u8[at] !== 0; at += (u8[at] as number) + 1, labels++)
    if ((u8[at] as number) > 63) return false;
  return at === from + octets - 1 && labels === ((u32[node + 3] as number) & 255);
}

/** Does the name of `node` end in the name of `apex`? Labels are compared from the right, so that octets are enough. */
function isWithin(memory: Memory, node: number, apex: number): boolean {
  const { u8, u32 } = memory;
  const [own, above] = [nameOctets(memory, node), nameOctets(memory, apex)];
  const labels = ((u32[node + 3] as number) & 255) - ((u32[apex + 3] as number) & 255);
  if (labels < 0 || above > own) return false;
  const shift = (node + NODE_WORDS) * 4 + own - above;
  const from = (apex + NODE_WORDS) * 4;
  for (let i = 0; i < above; i++) if (u8[shift + i] !== u8[from + i]) return false;
  return true;
}

/** Ladders end: each level's parent is a level with a shorter name. */
function isSoundLevel(memory: Memory, level: number, parent: number): boolean {
  const { u32 } = memory;
  const labels = (u32[level + 3] as number) & 255;
  if (labels < LEVEL_LABELS_MIN || (u32[level + 5] as number) >= LEVELS_MAX) return false;
  if (parent === NO_LEVEL) return true;
  const above = u32[LEVELS_AT + parent] as number;
  return above !== 0 && ((u32[above + 3] as number) & 255) < labels;
}

/** The word behind the RRset at `at`, or 0 when it is not sound. */
function afterRRset(memory: Memory, at: number, end: number, apexOctets: number): number {
  const { u32 } = memory;
  if (at + 2 > end) return 0;
  const type = (u32[at] as number) >>> 16;
  const last = at + 2 + (u32[at + 1] as number);
  const records = (u32[at] as number) & 0xffff;
  if (last > end || records === 0) return 0;
  let word = at + 2;
  for (let left = records; left > 0; left--) {
    if (word + 2 > last || word + 2 + wordsFor((u32[word] as number) >>> 16) > last) return 0;
    if (!isSoundRecord(memory, word, type, apexOctets)) return 0;
    word += 2 + wordsFor((u32[word] as number) >>> 16);
  }
  return word === last ? last : 0;
}

function isSoundRecord({ u8, u32 }: Memory, word: number, type: number, apexOctets: number): boolean {
  const octets = (u32[word] as number) >>> 16;
  const pointers = (u32[word] as number) & 0xffff;
  const from = (word + 2) * 4;
  if (octets < HEAD_OCTETS || pointers > 2) return false;
  const isHeadSound =
    u16(u8, from + 2) === type &&
    u16(u8, from + 4) === RecordClass.IN &&
    u16(u8, from + 10) === octets - HEAD_OCTETS;
  if (!isHeadSound || (type === RecordType.SOA && octets < HEAD_OCTETS + SOA_OCTETS_MIN)) return false;
  const places = [(u32[word + 1] as number) >>> 16, (u32[word + 1] as number) & 0xffff].slice(0, pointers);
  if (places.some((place) => place < HEAD_OCTETS || place + 2 > octets)) return false;
  if (!FOLLOWED.has(type)) return true;
  return isFollowable(u8.subarray(from + HEAD_OCTETS, from + octets), places, apexOctets);
}

/** A whole name, or labels and a pointer at the zone's own; nothing behind it. */
function isFollowable(rdata: Uint8Array, places: readonly number[], apexOctets: number): boolean {
  let at = 0;
  while (at < rdata.length && (rdata[at] as number) > 0 && (rdata[at] as number) <= 63)
    at += (rdata[at] as number) + 1;
  if (places.length === 0) return rdata[at] === 0 && at === rdata.length - 1 && at < NAME_OCTETS_MAX;
  const isAtPointer = places.length === 1 && places[0] === HEAD_OCTETS + at && at === rdata.length - 2;
  return isAtPointer && at + apexOctets <= NAME_OCTETS_MAX;
}
