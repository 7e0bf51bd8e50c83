/** Finding what a name is: exact node, federated name, or the nearest thing above it (RFC 1034 §4.3.2, DESIGN §3.3). */
// oxlint-disable max-lines -- to be split
import { RecordType } from "../../dns/message/code.ts";
import { hashLabel, serviceSeed } from "../../picture/format/hash.ts";
import {
  CLUSTER_WORDS,
  EVERYWHERE,
  HOSTS,
  Kind,
  NodeFlag,
  POOL_PORTS_WORD,
} from "../../picture/format/layout.ts";
import type { Picture } from "../../picture/format/picture.ts";
import type { WorkerContext } from "./worker-context.ts";
import { isAliased } from "./members.ts";

export const LookupResult = {
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
export type LookupResult = (typeof LookupResult)[keyof typeof LookupResult];

/** Labels before the level in `service.namespace.federation.svc...`. */
const SERVICE_LABELS = 2;
/** Before those, the name and the protocol of a port: `_http._tcp`. */
export const PORT_LABELS = 2;
/** The shortest name of a service: those two, `federation.svc`, and a domain of one label. */
const FEDERATED_LABELS = 5;

/** Looks up the name and type of `context.query`; fills `context.finding`. */
export function lookup(context: WorkerContext): LookupResult {
  const { picture, query, finding } = context;
  const { labelCount } = query;
  let hashed = labelCount;
  // Most names asked of a federation have their level right behind service and namespace.
  if (labelCount >= FEDERATED_LABELS) {
    const from = query.labels[SERVICE_LABELS] as number;
    const known = context.levels.find(picture, context.serial, query.nameView, from, query.nameOctets);
    if (known !== 0) return atLevel(context, known, SERVICE_LABELS);
    hashed = hashDown(context, picture.seed, labelCount, SERVICE_LABELS);
    const level = nodeAt(context, SERVICE_LABELS);
    if (level !== 0 && isLevel(picture, level)) {
      context.levels.keep(level, query.nameView, from, query.nameOctets);
      return atLevel(context, level, SERVICE_LABELS);
    }
  }
  hashDown(context, hashed === labelCount ? picture.seed : (context.hashes[hashed] as number), hashed, 0);
  for (let i = 0; i <= labelCount; i++) {
    const node = nodeAt(context, i);
    if (node === 0) continue;
    finding.node = node;
    finding.label = i;
    finding.apex = picture.apexOf(node);
    const flags = flagsOf(picture, node);
    if ((flags & SHADOWING) !== 0 && isElsewhere(context, i)) return atEdge(context);
    if (i === 0) {
      const asksParent = query.type === RecordType.DS && (flags & NodeFlag.Apex) !== 0;
      return asksParent && isBelowCutOfParent(context)
        ? atEdge(context)
        : atNode(context, node, query.nameView, query.nameOctets);
    }
    if (isLevel(picture, node)) return atLevel(context, node, i);
    return (flags & NodeFlag.Wildcard) !== 0 ? atWildcard(context, i) : absent(context);
  }
  return LookupResult.Refused;
}

/** Hashes of the suffixes from label `from` - 1 down to label `to`, given the hash from label `from` on. Returns `to`. */
function hashDown(context: WorkerContext, start: number, from: number, to: number): number {
  const { query, hashes } = context;
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
function isElsewhere(context: WorkerContext, closest: number): boolean {
  const { picture, query, finding } = context;
  for (let i = query.labelCount - picture.labelsOf(finding.apex); i >= closest; i--) {
    const node = nodeAt(context, i);
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
function isBelowCutOfParent(context: WorkerContext): boolean {
  for (let i = 1; i <= context.query.labelCount; i++) {
    const node = nodeAt(context, i);
    if (node === 0) continue;
    context.finding.apex = context.picture.apexOf(node);
    return isElsewhere(context, i);
  }
  return false;
}

function atEdge(context: WorkerContext): LookupResult {
  const { picture, finding } = context;
  const isCut = (flagsOf(picture, finding.node) & NodeFlag.Cut) !== 0;
  finding.rrset = findRRset(context, finding.node, isCut ? RecordType.NS : RecordType.DNAME);
  return isCut ? LookupResult.Referral : LookupResult.Redirect;
}

/** The closest encloser starts at label `encloser`; what its `*` has, the name has (RFC 4592 §3.3.1). */
function atWildcard(context: WorkerContext, encloser: number): LookupResult {
  const { picture, query, scratch, finding } = context;
  const from = query.labels[encloser] as number;
  scratch.name[0] = 1;
  scratch.name[1] = 0x2a;
  for (let i = from; i < query.nameOctets; i++) scratch.name[2 + i - from] = query.name[i] as number;
  const hash = hashLabel(context.hashes[encloser] as number, scratch.nameView, 0);
  const octets = 2 + query.nameOctets - from;
  const node = picture.findNode(hash, scratch.nameView, 0, octets);
  if (node === 0) return absent(context);
  finding.node = node;
  return atNode(context, node, scratch.nameView, octets);
}

function isLevel(picture: Picture, node: number): boolean {
  return (picture.u32[node] as number) >>> 24 === Kind.Level;
}

function nodeAt(context: WorkerContext, label: number): number {
  const { query } = context;
  const from = query.labels[label] as number;
  return context.picture.findNode(
    context.hashes[label] as number,
    query.nameView,
    from,
    query.nameOctets - from,
  );
}

/** `name`: that of the node, `octets` long. */
function atNode(context: WorkerContext, node: number, name: DataView, octets: number): LookupResult {
  const { picture, query, finding } = context;
  const { type } = query;
  const count = (picture.u32[node + 4] as number) & 0xffff;
  if (type === RecordType.ANY && count > 0) return LookupResult.Any;
  const flags = flagsOf(picture, node);
  const isAboutPool = type === RecordType.A || type === RecordType.AAAA || type === RecordType.ANY;
  if ((flags & NodeFlag.Pool) !== 0 && isAboutPool) return atHost(context, node, name, octets);
  const isAlias = (flags & NodeFlag.Cname) !== 0 && type !== RecordType.CNAME && mayFollow(type);
  finding.rrset = findRRset(context, node, isAlias ? RecordType.CNAME : query.type);
  if (finding.rrset === 0) return LookupResult.NoData;
  return isAlias ? LookupResult.Alias : LookupResult.Records;
}

/** A pool of its own name, which has the node's hash, and every cluster may answer. */
function atHost(context: WorkerContext, node: number, name: DataView, octets: number): LookupResult {
  const { picture, finding } = context;
  const pool = hostPool(picture, node, name, octets);
  if (pool === 0) return LookupResult.NoData;
  finding.pool = pool;
  finding.node = EVERYWHERE;
  return LookupResult.Service;
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
export function findRRset(context: WorkerContext, node: number, type: number): number {
  const { picture } = context;
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
function atLevel(context: WorkerContext, level: number, above: number): LookupResult {
  const { picture, query, finding } = context;
  finding.node = level;
  finding.apex = picture.apexOf(level);
  if (above > SERVICE_LABELS)
    return above <= SERVICE_LABELS + PORT_LABELS
      ? atPort(context, level, above - SERVICE_LABELS)
      : absent(context);
  const federation = (picture.u32[picture.afterName(level)] as number) & 0xffff;
  const start = serviceSeed(picture.seed, federation);
  const end = query.labels[above] as number;
  if (above === 1) {
    const hash = hashLabel(start, query.nameView, 0);
    return picture.findNamespace(hash, federation, query.nameView, 0, end) === 0
      ? absent(context)
      : LookupResult.NoData;
  }
  const hash = hashLabel(hashLabel(start, query.nameView, query.labels[1] as number), query.nameView, 0);
  const pool = picture.findPool(hash, federation, query.nameView, 0, end);
  if (pool === 0) return absent(context);
  finding.pool = pool;
  return LookupResult.Service;
}

/** `front` labels stand before those of the service: of a port and its protocol, or the protocol alone. */
function atPort(context: WorkerContext, level: number, front: number): LookupResult {
  const { picture, query, finding } = context;
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
  if (pool === 0) return absent(context);
  finding.pool = pool;
  // The target of an SRV record may be no alias (RFC 2782): where clients are sent to names there are no ports.
  if (isAliased(picture, pool)) return absent(context);
  const head = u32[pool + POOL_PORTS_WORD] as number;
  let at = pool + (head >>> 8);
  for (let left = head & 255; left > 0; left--) {
    const octets = (u32[at] as number) & 0xffff;
    if (front === PORT_LABELS && octets === from && picture.hasOctets(at + 1, query.nameView, 0, octets)) {
      finding.port = at;
      return LookupResult.Port;
    }
    if (front < PORT_LABELS && endsIn(context, at, octets, from)) return LookupResult.NoData;
    at += 1 + ((octets + 3) >>> 2);
  }
  return absent(context);
}

/** Are the last `count` octets of the port at `port` the first of the name? */
function endsIn({ picture, query }: WorkerContext, port: number, octets: number, count: number): boolean {
  const first = (port + 1) * 4;
  // Behind the label of its name: two octets that only look alike are no label.
  if (1 + (picture.u8[first] as number) + count !== octets) return false;
  const from = first + octets - count;
  for (let i = 0; i < count; i++) if (picture.u8[from + i] !== query.name[i]) return false;
  return true;
}

/** Below a zone that is still being learnt, "no such name" would be a guess (DESIGN §3.5). */
function absent({ picture, finding }: WorkerContext): LookupResult {
  const isKnown = picture.isComplete() || (flagsOf(picture, finding.apex) & LEARNT) === 0;
  return isKnown ? LookupResult.NoName : LookupResult.NotReady;
}

/** Zones in which members add names; others are known from the start. */
const LEARNT = NodeFlag.Federated | NodeFlag.Within;

export function isFederated(picture: Picture, apex: number): boolean {
  return (((picture.u32[apex + 4] as number) >>> 16) & NodeFlag.Federated) !== 0;
}
