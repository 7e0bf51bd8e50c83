/** Finding what a name is: exact node, federated name, or the nearest thing above it (RFC 1034 §4.3.2, DESIGN §3.3). */
import { RecordType } from "../../dns/message/code.ts";
import { hashLabel, serviceSeed } from "../../picture/format/hash.ts";
import { CLUSTER_WORDS, EVERYWHERE, HOSTS, Kind, NodeFlag, POOL_PORTS_WORD } from "../../picture/format/layout.ts";
import type { Picture } from "../../picture/format/picture.ts";
import type { Desk } from "./desk.ts";
import { isAliased } from "./members.ts";

export const Found = {
  /** Not in any zone of ours. */
  Refused: 0,
  /** The name does not exist. */
  NoName: 1,
  /** The name exists, but not with this type. */
  NoData: 2,
  /** finding.node has the RRset finding.rrset. */
  Records: 3,
  /** A federated name or a host: finding.pool at the level finding.node. */
  Service: 4,
  /** Every type was asked for at a name that has some (RFC 8482). */
  Any: 5,
  /** We cannot know yet: the members have not been seen. */
  NotReady: 6,
  /** finding.node has a CNAME, finding.rrset. */
  Alias: 7,
  /** finding.node is an ancestor with a DNAME, finding.rrset. */
  Redirect: 8,
  /** finding.node is a zone cut at or above the name: its NS, finding.rrset, lead to who knows. */
  Referral: 9,
  /** A port of a federated name: finding.port of finding.pool at the level finding.node. */
  Port: 10,
} as const;

/** Labels before the level in `service.namespace.federation.svc...`. */
const SERVICE_LABELS = 2;
/** Before those, the name and the protocol of a port: `_http._tcp`. */
export const PORT_LABELS = 2;
/** The shortest name of a service: those two, `federation.svc`, and a domain of one label. */
const FEDERATED_LABELS = 5;

/** Looks up the name and type of `desk.query`; fills `desk.finding`. */
export function lookup(desk: Desk): number {
  const { picture, query, finding } = desk;
  const { labelCount } = query;
  let hashed = labelCount;
  // Most names asked of a federation have their level right behind service and namespace.
  if (labelCount >= FEDERATED_LABELS) {
    const from = query.labels[SERVICE_LABELS] as number;
    const known = desk.levels.find(picture, desk.serial, query.nameView, from, query.nameOctets);
    if (known !== 0) return atLevel(desk, known, SERVICE_LABELS);
    hashed = hashDown(desk, picture.seed, labelCount, SERVICE_LABELS);
    const level = nodeAt(desk, SERVICE_LABELS);
    if (level !== 0 && isLevel(picture, level)) {
      desk.levels.keep(level, query.nameView, from, query.nameOctets);
      return atLevel(desk, level, SERVICE_LABELS);
    }
  }
  hashDown(desk, hashed === labelCount ? picture.seed : (desk.hashes[hashed] as number), hashed, 0);
  for (let i = 0; i <= labelCount; i++) {
    const node = nodeAt(desk, i);
    if (node === 0) continue;
    finding.node = node;
    finding.label = i;
    finding.apex = picture.apexOf(node);
    const flags = flagsOf(picture, node);
    if ((flags & SHADOWING) !== 0 && isElsewhere(desk, i)) return atEdge(desk);
    if (i === 0) {
      const asksParent = query.type === RecordType.DS && (flags & NodeFlag.Apex) !== 0;
      return asksParent && isBelowCutOfParent(desk)
        ? atEdge(desk)
        : atNode(desk, node, query.nameView, query.nameOctets);
    }
    if (isLevel(picture, node)) return atLevel(desk, node, i);
    return (flags & NodeFlag.Wildcard) !== 0 ? atWildcard(desk, i) : absent(desk);
  }
  return Found.Refused;
}

/** Hashes of the suffixes from label `from` - 1 down to label `to`, given the hash from label `from` on. Returns `to`. */
function hashDown(desk: Desk, start: number, from: number, to: number): number {
  const { query, hashes } = desk;
  let hash = start;
  hashes[from] = hash;
  for (let i = from - 1; i >= to; i--) {
    hash = hashLabel(hash, query.nameView, query.labels[i] as number);
    hashes[i] = hash;
  }
  return to;
}

const SHADOWING = NodeFlag.Cut | NodeFlag.Dname | NodeFlag.Shadowed;

function flagsOf(picture: Picture, node: number): number {
  return (picture.u32[node + 4] as number) >>> 16;
}

/**
 * Is there a cut at or above the closest node (at label `closest`), or a DNAME above the name? The one nearest to the
 * apex counts; it becomes finding.node. The parent knows the DS records of a cut itself (RFC 4035 §3.1.4.1).
 */
function isElsewhere(desk: Desk, closest: number): boolean {
  const { picture, query, finding } = desk;
  for (let i = query.labelCount - picture.labelsOf(finding.apex); i >= closest; i--) {
    const node = nodeAt(desk, i);
    if (node === 0) continue;
    const flags = flagsOf(picture, node);
    const isCut = (flags & NodeFlag.Cut) !== 0 && !(i === 0 && query.type === RecordType.DS);
    if (!isCut && !((flags & NodeFlag.Dname) !== 0 && i > 0)) continue;
    finding.node = node;
    finding.label = i;
    return true;
  }
  return false;
}

/**
 * Of DS at the apex of a zone inside another one of ours, the outer zone speaks (RFC 4035 §3.1.4.1): it becomes
 * finding.apex. True when a cut or DNAME of the outer zone lies above the name.
 */
function isBelowCutOfParent(desk: Desk): boolean {
  for (let i = 1; i <= desk.query.labelCount; i++) {
    const node = nodeAt(desk, i);
    if (node === 0) continue;
    desk.finding.apex = desk.picture.apexOf(node);
    return isElsewhere(desk, i);
  }
  return false;
}

function atEdge(desk: Desk): number {
  const { picture, finding } = desk;
  const isCut = (flagsOf(picture, finding.node) & NodeFlag.Cut) !== 0;
  finding.rrset = findRRset(desk, finding.node, isCut ? RecordType.NS : RecordType.DNAME);
  return isCut ? Found.Referral : Found.Redirect;
}

/** The closest encloser starts at label `encloser`; what its `*` has, the name has (RFC 4592 §3.3.1). */
function atWildcard(desk: Desk, encloser: number): number {
  const { picture, query, scratch, finding } = desk;
  const from = query.labels[encloser] as number;
  scratch.name[0] = 1;
  scratch.name[1] = 0x2a;
  for (let i = from; i < query.nameOctets; i++) scratch.name[2 + i - from] = query.name[i] as number;
  const hash = hashLabel(desk.hashes[encloser] as number, scratch.nameView, 0);
  const octets = 2 + query.nameOctets - from;
  const node = picture.findNode(hash, scratch.nameView, 0, octets);
  if (node === 0) return absent(desk);
  finding.node = node;
  return atNode(desk, node, scratch.nameView, octets);
}

function isLevel(picture: Picture, node: number): boolean {
  return (picture.u32[node] as number) >>> 24 === Kind.Level;
}

function nodeAt(desk: Desk, label: number): number {
  const { query } = desk;
  const from = query.labels[label] as number;
  return desk.picture.findNode(desk.hashes[label] as number, query.nameView, from, query.nameOctets - from);
}

/** `name`: that of the node, `octets` long. */
function atNode(desk: Desk, node: number, name: DataView, octets: number): number {
  const { picture, query, finding } = desk;
  const { type } = query;
  const count = (picture.u32[node + 4] as number) & 0xffff;
  if (type === RecordType.ANY && count > 0) return Found.Any;
  const flags = flagsOf(picture, node);
  const isAboutPool = type === RecordType.A || type === RecordType.AAAA || type === RecordType.ANY;
  if ((flags & NodeFlag.Pool) !== 0 && isAboutPool) return atHost(desk, node, name, octets);
  const isAlias = (flags & NodeFlag.Cname) !== 0 && type !== RecordType.CNAME && mayFollow(type);
  finding.rrset = findRRset(desk, node, isAlias ? RecordType.CNAME : query.type);
  if (finding.rrset === 0) return Found.NoData;
  return isAlias ? Found.Alias : Found.Records;
}

/** A pool of its own name, which has the node's hash, and every cluster may answer. */
function atHost(desk: Desk, node: number, name: DataView, octets: number): number {
  const { picture, finding } = desk;
  const pool = hostPool(picture, node, name, octets);
  if (pool === 0) return Found.NoData;
  finding.pool = pool;
  finding.node = EVERYWHERE;
  return Found.Service;
}

/** The pool of the host that `node` is, whose name is `octets` long; 0 = it has none. */
export function hostPool(picture: Picture, node: number, name: DataView, octets: number): number {
  if ((flagsOf(picture, node) & NodeFlag.Pool) === 0) return 0;
  return picture.findPool((picture.u32[node + 1] as number) | 0, HOSTS, name, 0, octets - 1);
}

/** An alias is not followed for what an alias itself may have (RFC 4034 §3, §4). */
export function mayFollow(type: number): boolean {
  return type !== RecordType.RRSIG && type !== RecordType.NSEC;
}

/** The word offset of a node's RRset of a type, or 0. */
export function findRRset(desk: Desk, node: number, type: number): number {
  const { picture } = desk;
  const { u32 } = picture;
  let at = picture.afterName(node);
  if (isLevel(picture, node)) at += 1 + CLUSTER_WORDS;
  for (let i = (u32[node + 4] as number) & 0xffff; i > 0; i--) {
    if ((u32[at] as number) >>> 16 === type) return at;
    at += 2 + (u32[at + 1] as number);
  }
  return 0;
}

/** `above` labels stand before the level's own name. */
function atLevel(desk: Desk, level: number, above: number): number {
  const { picture, query, finding } = desk;
  finding.node = level;
  finding.apex = picture.apexOf(level);
  if (above > SERVICE_LABELS)
    return above <= SERVICE_LABELS + PORT_LABELS ? atPort(desk, level, above - SERVICE_LABELS) : absent(desk);
  const federation = (picture.u32[picture.afterName(level)] as number) & 0xffff;
  const start = serviceSeed(picture.seed, federation);
  const end = query.labels[above] as number;
  if (above === 1) {
    const hash = hashLabel(start, query.nameView, 0);
    return picture.findNamespace(hash, federation, query.nameView, 0, end) === 0
      ? absent(desk)
      : Found.NoData;
  }
  const hash = hashLabel(hashLabel(start, query.nameView, query.labels[1] as number), query.nameView, 0);
  const pool = picture.findPool(hash, federation, query.nameView, 0, end);
  if (pool === 0) return absent(desk);
  finding.pool = pool;
  return Found.Service;
}

/** `front` labels stand before those of the service: of a port and its protocol, or the protocol alone. */
function atPort(desk: Desk, level: number, front: number): number {
  const { picture, query, finding } = desk;
  const { u32 } = picture;
  const federation = (u32[picture.afterName(level)] as number) & 0xffff;
  const from = query.labels[front] as number;
  const namespace = hashLabel(
    serviceSeed(picture.seed, federation),
    query.nameView,
    query.labels[front + 1] as number,
  );
  const hash = hashLabel(namespace, query.nameView, from);
  const end = query.labels[front + SERVICE_LABELS] as number;
  const pool = picture.findPool(hash, federation, query.nameView, from, end - from);
  if (pool === 0) return absent(desk);
  finding.pool = pool;
  // The target of an SRV record may be no alias (RFC 2782): where clients are sent to names there are no ports.
  if (isAliased(picture, pool)) return absent(desk);
  const head = u32[pool + POOL_PORTS_WORD] as number;
  let at = pool + (head >>> 8);
  for (let left = head & 255; left > 0; left--) {
    const octets = (u32[at] as number) & 0xffff;
    if (front === PORT_LABELS && octets === from && picture.hasOctets(at + 1, query.nameView, 0, octets)) {
      finding.port = at;
      return Found.Port;
    }
    if (front < PORT_LABELS && endsIn(desk, at, octets, from)) return Found.NoData;
    at += 1 + ((octets + 3) >>> 2);
  }
  return absent(desk);
}

/** Are the last `count` octets of the port at `port` the first of the name? */
function endsIn({ picture, query }: Desk, port: number, octets: number, count: number): boolean {
  const first = (port + 1) * 4;
  // Behind the label of its name: two octets that only look alike are no label.
  if (1 + (picture.u8[first] as number) + count !== octets) return false;
  const from = first + octets - count;
  for (let i = 0; i < count; i++) if (picture.u8[from + i] !== query.name[i]) return false;
  return true;
}

/** Below a zone that is still being learnt, "no such name" would be a guess (DESIGN §3.5). */
function absent(desk: Desk): number {
  const { picture, finding } = desk;
  const isKnown = picture.isComplete() || (flagsOf(picture, finding.apex) & LEARNT) === 0;
  return isKnown ? Found.NoName : Found.NotReady;
}

/** Zones in which members add names; others are known from the start. */
const LEARNT = NodeFlag.Federated | NodeFlag.Within;

export function isFederated(picture: Picture, apex: number): boolean {
  return (((picture.u32[apex + 4] as number) >>> 16) & NodeFlag.Federated) !== 0;
}
