/**
 * Is a node or level what format/node.ts and format/rrset.ts draw? Its check says that it was not damaged since it was
 * written; this says that it was written as readers rely on: they follow lengths and names without another look.
 */
import { NAME_OCTETS_MAX, RECORD_HEAD_OCTETS, RecordClass, RecordType } from "../../dns/message/code.ts";
import { u16 } from "../../dns/message/wire.ts";
import { pointersOf } from "../content/decode.ts";
import { LEVELS_MAX, ZONES_MAX } from "../format/layout.ts";
import { type Memory, NONE } from "../format/memory.ts";
import {
  afterNodeName,
  isLevel,
  LEVEL_WORDS,
  type LevelAt,
  levelId,
  levelParent,
  NO_LEVEL,
  NODE_WORDS,
  type NodeAt,
  NodeFlag,
  nodeFlags,
  nodeLabels,
  nodeNameAt,
  nodeNameOctets,
  nodeRRsets,
  nodeZone,
} from "../format/node.ts";
import { apexOfZone, levelOfId } from "../format/picture.ts";
import { recordWords } from "../format/record.ts";
import {
  firstRecord,
  firstRRset,
  nextRecord,
  nextRRset,
  pointerCount,
  RRSET_WORDS,
  type RRsetAt,
  rrsetRecords,
  rrsetType,
  STORED_WORDS,
  type StoredRecordAt,
  storedAt,
  storedOctets,
} from "../format/rrset.ts";

/** `federation.svc` and a domain. */
const LEVEL_LABELS_MIN = 3;
/** Serial to MINIMUM, after two names of an octet or more. */
const SOA_OCTETS_MIN = 22;
const POINTERS_MAX = 2;
/** Types whose RDATA is a name that readers follow. */
const FOLLOWED: ReadonlySet<number> = new Set([RecordType.NS, RecordType.CNAME, RecordType.DNAME]);
/** What a flag promises. */
const PROMISES = [
  [NodeFlag.Cut, RecordType.NS],
  [NodeFlag.Dname, RecordType.DNAME],
  [NodeFlag.Cname, RecordType.CNAME],
] as const;

/** The record at `node` lies within the arena, has a good check, and says that it is a node or level. */
export function isSoundNode(memory: Memory, node: NodeAt): boolean {
  const { u32 } = memory;
  const end = node + recordWords(u32, node);
  const zone = nodeZone(u32, node);
  if (node + NODE_WORDS > end || zone >= ZONES_MAX || !isSoundName(memory, node, end)) return false;
  const apex = apexOfZone(u32, zone);
  if (apex === NONE || !isWithin(memory, node, apex)) return false;
  if (isLevel(u32, node)) {
    if (afterNodeName(u32, node) + LEVEL_WORDS > end || !isSoundLevel(memory, node)) return false;
  }
  const flags = nodeFlags(u32, node);
  const found = new Set<number>();
  let rrset = firstRRset(u32, node);
  for (let left = nodeRRsets(u32, node); left > 0; left--) {
    if (!isSoundRRset(memory, rrset, end, nodeNameOctets(u32, apex))) return false;
    found.add(rrsetType(u32, rrset));
    rrset = nextRRset(u32, rrset);
  }
  const isWhole = Number(rrset) === end;
  return isWhole && PROMISES.every(([flag, type]) => (flags & flag) === 0 || found.has(type));
}

function isSoundName({ u8, u32 }: Memory, node: NodeAt, end: number): boolean {
  const octets = nodeNameOctets(u32, node);
  const from = nodeNameAt(node) * 4;
  if (octets === 0 || afterNodeName(u32, node) > end) return false;
  let at = from;
  let labels = 0;
  for (; at < from + octets && u8[at] !== 0; at += (u8[at] as number) + 1, labels++)
    if ((u8[at] as number) > 63) return false;
  return at === from + octets - 1 && labels === nodeLabels(u32, node);
}

/** Does the name of `node` end in the name of `apex`? Labels are compared from the right, so that octets are enough. */
function isWithin({ u8, u32 }: Memory, node: NodeAt, apex: NodeAt): boolean {
  const [own, above] = [nodeNameOctets(u32, node), nodeNameOctets(u32, apex)];
  if (nodeLabels(u32, node) < nodeLabels(u32, apex) || above > own) return false;
  const shift = nodeNameAt(node) * 4 + own - above;
  const from = nodeNameAt(apex) * 4;
  for (let i = 0; i < above; i++) if (u8[shift + i] !== u8[from + i]) return false;
  return true;
}

/** Ladders end: each level's parent is a level with a shorter name. */
function isSoundLevel({ u32 }: Memory, level: LevelAt): boolean {
  const labels = nodeLabels(u32, level);
  if (labels < LEVEL_LABELS_MIN || levelId(u32, level) >= LEVELS_MAX) return false;
  const parent = levelParent(u32, level);
  if (parent === NO_LEVEL) return true;
  const above = levelOfId(u32, parent);
  return above !== NONE && nodeLabels(u32, above) < labels;
}

/** `end`: of the node. */
function isSoundRRset(memory: Memory, rrset: RRsetAt, end: number, apexOctets: number): boolean {
  const { u32 } = memory;
  if (rrset + RRSET_WORDS > end) return false;
  const last = Number(nextRRset(u32, rrset));
  const records = rrsetRecords(u32, rrset);
  if (last > end || records === 0) return false;
  let record = firstRecord(rrset);
  for (let left = records; left > 0; left--) {
    if (record + STORED_WORDS > last || nextRecord(u32, record) > last) return false;
    if (!isSoundRecord(memory, record, rrsetType(u32, rrset), apexOctets)) return false;
    record = nextRecord(u32, record);
  }
  return Number(record) === last;
}

function isSoundRecord(memory: Memory, record: StoredRecordAt, type: number, apexOctets: number): boolean {
  const { u8, u32 } = memory;
  const octets = storedOctets(u32, record);
  const from = storedAt(record) * 4;
  if (octets < RECORD_HEAD_OCTETS || pointerCount(u32, record) > POINTERS_MAX) return false;
  const isHeadSound =
    u16(u8, from + 2) === type &&
    u16(u8, from + 4) === RecordClass.IN &&
    u16(u8, from + 10) === octets - RECORD_HEAD_OCTETS;
  if (!isHeadSound || (type === RecordType.SOA && octets < RECORD_HEAD_OCTETS + SOA_OCTETS_MIN)) return false;
  const pointers = pointersOf(memory, record);
  if (pointers.some((at) => at < RECORD_HEAD_OCTETS || at + 2 > octets)) return false;
  if (!FOLLOWED.has(type)) return true;
  return isFollowable(u8.subarray(from + RECORD_HEAD_OCTETS, from + octets), pointers, apexOctets);
}

/** A whole name, or labels and a pointer at the zone's own; nothing behind it. */
function isFollowable(rdata: Uint8Array, pointers: readonly number[], apexOctets: number): boolean {
  let at = 0;
  while (at < rdata.length && (rdata[at] as number) > 0 && (rdata[at] as number) <= 63)
    at += (rdata[at] as number) + 1;
  if (pointers.length === 0) return rdata[at] === 0 && at === rdata.length - 1 && at < NAME_OCTETS_MAX;
  const isAtPointer =
    pointers.length === 1 && pointers[0] === RECORD_HEAD_OCTETS + at && at === rdata.length - 2;
  return isAtPointer && at + apexOctets <= NAME_OCTETS_MAX;
}
