/** From records in the picture to records on the wire: RRsets, one cluster's addresses, ladder CNAMEs, the SOA of negative answers. */
import { HEADER_OCTETS, RecordType } from "../dns/code.ts";
import { putU16 } from "../dns/wire.ts";
import { CLUSTER_WORDS, Header, Kind } from "../snapshot/layout.ts";
import type { Desk } from "./desk.ts";
import { healthyOf } from "./select.ts";

const SOA_TAIL_OCTETS = 20;
const ADDRESS_RECORD_OCTETS = 16;

/** Where the zone's own name stands in the message: it is a suffix of the question. */
function apexPointer(desk: Desk): number {
  const { query, picture, finding } = desk;
  const label = query.labelCount - picture.labelsOf(finding.apex);
  return HEADER_OCTETS + (query.labels[label] as number);
}

/** Copies the RRset at `rrset`, from a random record on; `owner` is an offset in the message. Returns records written. */
export function putRRset(desk: Desk, rrset: number, owner: number): number {
  const { u32 } = desk.picture;
  const count = (u32[rrset] as number) & 0xffff;
  const first = count > 1 ? desk.draw(count) : 0;
  let at = rrset + 2;
  for (let i = 0; i < first; i++) at = nextRecord(u32, at);
  for (let i = first; i < first + count; i++) {
    if (i === count) at = rrset + 2;
    if (!putRecord(desk, at, owner)) return 0;
    at = nextRecord(u32, at);
  }
  return count;
}

function nextRecord(u32: Uint32Array, at: number): number {
  return at + 2 + ((((u32[at] as number) >>> 16) + 3) >>> 2);
}

function putRecord(desk: Desk, record: number, owner: number): boolean {
  const { response, picture } = desk;
  const head = picture.u32[record] as number;
  const octets = head >>> 16;
  if (!response.hasRoom(octets)) return false;
  const { bytes, at } = response;
  const { u8 } = picture;
  let from = (record + 2) * 4;
  for (let to = at, end = at + octets; to < end;) bytes[to++] = u8[from++] as number;
  putU16(bytes, at, 0xc000 | owner);
  if ((head & 3) !== 0) {
    const pointers = picture.u32[record + 1] as number;
    const target = 0xc000 | apexPointer(desk);
    putU16(bytes, at + (pointers >>> 16), target);
    if ((head & 3) === 2) putU16(bytes, at + (pointers & 0xffff), target);
  }
  response.at = at + octets;
  return true;
}

/**
 * The SOA record with the picture's serial, in answer or authority. `isNegative`: its TTL is the lesser of its own
 * and its MINIMUM field (RFC 2308 §3). Returns records written.
 */
export function putSoa(desk: Desk, isNegative: boolean): number {
  const { response, picture, finding } = desk;
  const { bytes, at } = response;
  const rrset = findRRset(desk, finding.apex, RecordType.SOA);
  if (rrset === 0 || !putRecord(desk, rrset + 2, apexPointer(desk))) return 0;
  const tail = response.at - SOA_TAIL_OCTETS;
  const serial = picture.u32[Header.SoaSerial] as number;
  putU16(bytes, tail, serial >>> 16);
  putU16(bytes, tail + 2, serial);
  if (isNegative && isLess(bytes, tail + 16, at + 6))
    for (let i = 0; i < 4; i++) bytes[at + 6 + i] = bytes[tail + 16 + i] as number;
  return 1;
}

/** Is the 32-bit number at `a` less than the one at `b`? */
function isLess(bytes: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < 4; i++)
    if (bytes[a + i] !== bytes[b + i]) return (bytes[a + i] as number) < (bytes[b + i] as number);
  return false;
}

export function findRRset(desk: Desk, node: number, type: number): number {
  const { picture } = desk;
  const { u32 } = picture;
  let at = picture.afterName(node);
  if ((u32[node] as number) >>> 24 === Kind.Level) at += 1 + CLUSTER_WORDS;
  for (let i = (u32[node + 4] as number) & 0xffff; i > 0; i--) {
    if ((u32[at] as number) >>> 16 === type) return at;
    at += 2 + (u32[at + 1] as number);
  }
  return 0;
}

/** Up to AnswersMax healthy addresses of one member, rotated. Returns records written. */
export function putAddresses(desk: Desk, pool: number, member: number, owner: number): number {
  const { picture, response, query } = desk;
  const { u32 } = picture;
  const counts = u32[member + 4] as number;
  const isV4 = query.type === RecordType.A;
  const count = isV4 ? counts >>> 16 : counts & 0xffff;
  const firstEndpoint = (u32[member + 3] as number) + (isV4 ? 0 : counts >>> 16);
  const words = isV4 ? 1 : 4;
  const addresses = pool + (u32[member + 5] as number) + (isV4 ? 0 : counts >>> 16);
  // A member chosen although nothing in it is in health was chosen to fail open: then all count.
  const needed = healthyOf(picture, firstEndpoint, count, 1) > 0 ? 1 : 0;
  const ttlSeconds = poolTtl(desk, pool);
  let left = u32[Header.AnswersMax] as number;
  let written = 0;
  for (
    let i = 0, at = count > 1 ? desk.draw(count) : 0;
    i < count && left > 0;
    i++, at = at + 1 === count ? 0 : at + 1
  ) {
    if (picture.health(firstEndpoint + at) < needed) continue;
    if (!response.hasRoom(ADDRESS_RECORD_OCTETS - 4 + words * 4)) return 0;
    response.putRecordHead(owner, query.type, ttlSeconds, words * 4);
    copyOctets(desk, (addresses + at * words) * 4, words * 4);
    written++;
    left--;
  }
  return written;
}

function copyOctets(desk: Desk, from: number, octets: number): void {
  const { response, picture } = desk;
  const { bytes, at } = response;
  const { u8 } = picture;
  for (let i = 0; i < octets; i++) bytes[at + i] = u8[from + i] as number;
  response.at = at + octets;
}

export function poolTtl(desk: Desk, pool: number): number {
  const own = desk.picture.u32[pool + 4] as number;
  return own === 0 ? (desk.picture.u32[Header.TtlSeconds] as number) : own;
}

/**
 * CNAME to the same service one level up: its four labels `service.namespace.federation.svc`, then a pointer at the
 * suffix of the level `parent`, which the question holds too. Returns the offset of the target in the message, 0 = no room.
 */
export function putClimb(desk: Desk, pool: number, parent: number, owner: number): number {
  const { response, query, picture } = desk;
  const prefix = query.labels[4] as number;
  if (!response.hasRoom(12 + prefix + 2)) return 0;
  response.putRecordHead(owner, RecordType.CNAME, poolTtl(desk, pool), prefix + 2);
  const { bytes, at } = response;
  for (let i = 0; i < prefix; i++) bytes[at + i] = query.name[i] as number;
  const suffix = query.labelCount - (picture.labelsOf(parent) - 2);
  putU16(bytes, at + prefix, 0xc000 | (HEADER_OCTETS + (query.labels[suffix] as number)));
  response.at = at + prefix + 2;
  return at - response.start;
}

/** The synthesised HINFO of RFC 8482 §4.2: what "every type" gets. */
export function putAnyHinfo(desk: Desk): number {
  const { response } = desk;
  const text = "RFC8482";
  if (!response.hasRoom(12 + text.length + 2)) return 0;
  response.putRecordHead(HEADER_OCTETS, RecordType.HINFO, 3600, text.length + 2);
  const { bytes } = response;
  bytes[response.at++] = text.length;
  for (let i = 0; i < text.length; i++) bytes[response.at++] = text.charCodeAt(i);
  bytes[response.at++] = 0;
  return 1;
}
