/** From records in the picture to records on the wire: RRsets, one cluster's addresses, ladder CNAMEs, the SOA of negative answers. */
import { RecordClass, RecordType } from "../../dns/message/code.ts";
import { putU16 } from "../../dns/message/wire.ts";
import { raiseTime } from "../../picture/format/in-place.ts";
import { hasAllInAnswer } from "../../federation/policy/policies.ts";
import { Header, HEALTH_AT_OCTETS, NODE_WORDS } from "../../picture/format/layout.ts";
import type { Picture } from "../../picture/format/picture.ts";
import type { WorkerContext } from "./worker-context.ts";
import { aliasAt } from "./members.ts";
import { findRRset, isFederated, PORT_LABELS } from "./lookup.ts";

const SOA_TAIL_OCTETS = 20;

/** Where the zone's own name stands in the message: it is a suffix of the name that is looked up. */
function apexPointer(context: WorkerContext): number {
  return context.position(context.query.labelCount - context.picture.labelsOf(context.finding.apex));
}

/** Copies the RRset at `rrset`, from a random record on; `owner` is an offset in the message. Returns records written. */
export function putRRset(context: WorkerContext, rrset: number, owner: number): number {
  const { u32 } = context.picture;
  const count = (u32[rrset] as number) & 0xffff;
  const first = count > 1 ? context.draw(count) : 0;
  let at = rrset + 2;
  for (let i = 0; i < first; i++) at = nextRecord(u32, at);
  for (let i = first; i < first + count; i++) {
    if (i === count) at = rrset + 2;
    if (!putRecord(context, at, owner)) return 0;
    at = nextRecord(u32, at);
  }
  return count;
}

function nextRecord(u32: Uint32Array, at: number): number {
  return at + 2 + ((((u32[at] as number) >>> 16) + 3) >>> 2);
}

function putRecord(context: WorkerContext, record: number, owner: number): boolean {
  const { response, picture } = context;
  const head = picture.u32[record] as number;
  const octets = head >>> 16;
  if (!response.hasRoom(octets)) return false;
  const { view, at } = response;
  const { u32 } = picture;
  let word = record + 2;
  for (let to = at, end = at + octets; to < end; to += 4) view.setUint32(to, u32[word++] as number, true);
  view.setInt16(at, 0xc000 | owner);
  if ((head & 3) !== 0) {
    const pointers = u32[record + 1] as number;
    const target = 0xc000 | apexPointer(context);
    view.setInt16(at + (pointers >>> 16), target);
    if ((head & 3) === 2) view.setInt16(at + (pointers & 0xffff), target);
  }
  response.at = at + octets;
  return true;
}

/**
 * The SOA record, of federated zones with the picture's serial, in answer or authority. `isNegative`: its TTL is the lesser of its own
 * and its MINIMUM field (RFC 2308 §3). Returns records written.
 */
export function putSoa(context: WorkerContext, isNegative: boolean): number {
  const { response, picture, finding } = context;
  const { view, at } = response;
  const rrset = findRRset(context, finding.apex, RecordType.SOA);
  if (rrset === 0 || !putRecord(context, rrset + 2, apexPointer(context))) return 0;
  const tail = response.at - SOA_TAIL_OCTETS;
  if (isFederated(picture, finding.apex)) view.setUint32(tail, picture.u32[Header.SoaSerial] as number);
  if (isNegative) view.setUint32(at + 6, Math.min(view.getUint32(at + 6), view.getUint32(tail + 16)));
  return 1;
}

/**
 * Healthy addresses of the first `count` of context.candidates, of each in rotation, as many as the pool lets into one
 * answer. Returns records written, 0 only for want of room: should the last healthy one have gone down since the
 * members were chosen, all of them are as good as any.
 */
export function putAddresses(context: WorkerContext, pool: number, count: number, owner: number): number {
  const written = putMembers(context, pool, count, owner);
  if (written > 0 || context.response.isTruncated) return written;
  context.finding.needed = 0;
  return putMembers(context, pool, count, owner);
}

/** CNAME of the first of context.candidates, of all with the policy that draws none. Returns records written: one or none. */
export function putAlias(context: WorkerContext, pool: number, count: number, owner: number): number {
  const { candidates, picture, response } = context;
  const { u32, u8 } = picture;
  const isDrawn = !hasAllInAnswer((u32[pool + 5] as number) & 255);
  const member = candidates[isDrawn || count === 1 ? 0 : context.draw(count)] as number;
  const alias = aliasAt(picture, pool, member);
  const octets = alias === 0 ? 0 : (u32[alias] as number) & 0xffff;
  if (alias === 0 || !response.hasRoom(12 + octets + 1)) return 0;
  const ttlSeconds = poolTtl(context, pool);
  response.putRecordHead(owner, RecordType.CNAME, ttlSeconds, octets + 1);
  const { bytes, at } = response;
  const from = (alias + 1) * 4;
  for (let i = 0; i < octets; i++) bytes[at + i] = u8[from + i] as number;
  bytes[at + octets] = 0;
  response.at = at + octets + 1;
  const until = (context.nowSeconds + ttlSeconds) | 0;
  raiseTime(u32, picture.heldAt + (u32[member + 3] as number), until);
  return 1;
}

/** What BIND's caches take at most is a hundred; half of that is more than anybody can use (research/dns.md §2.9). */
const ALL_MAX = 50;

function putMembers(context: WorkerContext, pool: number, count: number, owner: number): number {
  const { candidates, picture } = context;
  const most = answersMax(picture, pool);
  // One cluster, the usual case, needs no turn among several.
  if (count === 1) return putHealthy(context, pool, candidates[0] as number, owner, most);
  let written = 0;
  let turn = context.draw(count);
  for (let left = count; left > 0 && written < most; left--, turn = turn + 1 === count ? 0 : turn + 1) {
    const part = Math.ceil((most - written) / left);
    written += putHealthy(context, pool, candidates[turn] as number, owner, part);
    if (context.response.isTruncated) return 0;
  }
  return written;
}

function answersMax({ u32 }: Picture, pool: number): number {
  const plan = u32[pool + 5] as number;
  const own = (plan >>> 8) & 255;
  if (own > 0) return own;
  return hasAllInAnswer(plan & 255) ? ALL_MAX : (u32[Header.AnswersMax] as number);
}

/** Up to `most` addresses of one member. */
function putHealthy(
  context: WorkerContext,
  pool: number,
  member: number,
  owner: number,
  most: number,
): number {
  const { picture, response, query } = context;
  const { u32, u8 } = picture;
  const { view } = response;
  const { needed } = context.finding;
  const counts = u32[member + 4] as number;
  const isV4 = query.type === RecordType.A;
  const count = isV4 ? counts >>> 16 : counts & 0xffff;
  const skipped = isV4 ? 0 : counts >>> 16;
  const endpoint = (u32[member + 3] as number) + skipped;
  const addresses = pool + (u32[member + 5] as number) + skipped;
  const words = isV4 ? 1 : 4;
  const octets = 12 + 4 * words;
  // Owner to RDLENGTH of every record, as three words.
  const ttlSeconds = poolTtl(context, pool);
  const first = ((0xc000 | owner) << 16) | query.type;
  const second = (RecordClass.IN << 16) | (ttlSeconds >>> 16);
  const third = (ttlSeconds << 16) | (4 * words);
  const until = (context.nowSeconds + ttlSeconds) | 0;
  const held = picture.heldAt + endpoint;
  let written = 0;
  let turn = count > 1 ? context.draw(count) : 0;
  for (let i = 0; i < count && written < most; i++, turn = turn + 1 === count ? 0 : turn + 1) {
    if ((u8[HEALTH_AT_OCTETS + endpoint + turn] as number) < needed) continue;
    if (!response.hasRoom(octets)) return 0;
    const { at } = response;
    view.setInt32(at, first);
    view.setInt32(at + 4, second);
    view.setInt32(at + 8, third);
    // Addresses lie in the picture as they go on the wire; read and written the same way round they stay so.
    const from = addresses + turn * words;
    for (let word = 0; word < words; word++)
      view.setUint32(at + 12 + 4 * word, u32[from + word] as number, true);
    if (((until - (u32[held + turn] as number)) | 0) > 0) raiseTime(u32, held + turn, until);
    response.at = at + octets;
    written++;
  }
  return written;
}

function poolTtl(context: WorkerContext, pool: number): number {
  const own = context.picture.u32[pool + 4] as number;
  return own === 0 ? (context.picture.u32[Header.TtlSeconds] as number) : own;
}

/**
 * CNAME to the same service one level up: its four labels `service.namespace.federation.svc`, then a pointer at the
 * suffix of `level`, which the question holds too. Returns the offset of the target in the message, 0 = no room.
 */
export function putClimb(context: WorkerContext, pool: number, level: number, owner: number): number {
  const { response, query, picture, finding } = context;
  // finding.node is the level where the climb began, `federation.svc` its first labels; ports have two more before it.
  const prefix = query.labels[query.labelCount - picture.labelsOf(finding.node) + 2] as number;
  if (!response.hasRoom(12 + prefix + 2)) return 0;
  response.putRecordHead(owner, RecordType.CNAME, poolTtl(context, pool), prefix + 2);
  const { bytes, at } = response;
  for (let i = 0; i < prefix; i++) bytes[at + i] = query.name[i] as number;
  const suffix = query.labelCount - (picture.labelsOf(level) - 2);
  putU16(bytes, at + prefix, 0xc000 | context.position(suffix));
  response.at = at + prefix + 2;
  return at - response.start;
}

/** SRV of finding.port: the service's own name at `level`, never compressed (RFC 2782). Returns records written. */
export function putPort(context: WorkerContext, level: number, owner: number): number {
  const { response, query, picture, finding } = context;
  const from = query.labels[PORT_LABELS] as number;
  const labels = (query.labels[PORT_LABELS + 2] as number) - from;
  const suffix = ((picture.u32[level + 3] as number) >>> 8) & 255;
  const octets = 6 + labels + suffix;
  if (!response.hasRoom(12 + octets)) return 0;
  response.putRecordHead(owner, RecordType.SRV, poolTtl(context, finding.pool), octets);
  const { bytes } = response;
  let { at } = response;
  // Priority and weight: there is one target only.
  for (let i = 0; i < 4; i++) bytes[at++] = 0;
  putU16(bytes, at, (picture.u32[finding.port] as number) >>> 16);
  at += 2;
  for (let i = 0; i < labels; i++) bytes[at++] = query.name[from + i] as number;
  const name = (level + NODE_WORDS) * 4;
  for (let i = 0; i < suffix; i++) bytes[at++] = picture.u8[name + i] as number;
  response.at = at;
  return 1;
}

/** The synthesised HINFO of RFC 8482 §4.2: what "every type" gets. */
export function putAnyHinfo(context: WorkerContext, owner: number): number {
  const { response } = context;
  const text = "RFC8482";
  if (!response.hasRoom(12 + text.length + 2)) return 0;
  response.putRecordHead(owner, RecordType.HINFO, 3600, text.length + 2);
  const { bytes } = response;
  bytes[response.at++] = text.length;
  for (let i = 0; i < text.length; i++) bytes[response.at++] = text.charCodeAt(i);
  bytes[response.at++] = 0;
  return 1;
}
