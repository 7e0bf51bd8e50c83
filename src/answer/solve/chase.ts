/** Following aliases inside our zones in one answer (RFC 1034 §4.3.2 step 3, RFC 6672 §3.2): bounded, never twice the same. */
import { NAME_OCTETS_MAX, Rcode, RecordType } from "../../dns/message/code.ts";
import type { NameBuffer } from "../../dns/message/query-record.ts";
import { putU16, u16 } from "../../dns/message/wire.ts";
import { LOWER } from "../../dns/message/name.ts";
import type { WorkerContext } from "./worker-context.ts";
import { putAlias, putRRset } from "./write.ts";

/** Longer chains are a mistake or an attack; what was collected is answered (research/dns.md Z17). */
export const LINKS_MAX = 8;

/** Writes the CNAME that lookup found and makes its target the name to look up. False: no further. */
export function followAlias(context: WorkerContext, owner: number): boolean {
  const { response, finding } = context;
  const at = response.at;
  const written = putRRset(context, finding.rrset, owner);
  response.answers += written;
  return written > 0 && takeTarget(context, at + 12);
}

/**
 * Writes the name that this client of a service is sent to, and makes it the one to look up. Where it may depend on the
 * client's subnet it stands alone: what it leads to has a scope of its own (RFC 7871 §7.2.1). False: no further.
 */
export function followChoice(context: WorkerContext, pool: number, count: number, owner: number): boolean {
  const { response, query } = context;
  const at = response.at + RECORD_HEAD_OCTETS;
  const written = putAlias(context, pool, count, owner);
  response.answers += written;
  return written > 0 && query.subnetOctets <= 0 && takeTarget(context, at);
}

/**
 * Writes the DNAME that lookup found, once however often it is met, and the CNAME it means for this name, which ends in
 * a pointer at the DNAME's own target; goes on with that one's target.
 */
export function followRedirect(context: WorkerContext, owner: number): boolean {
  const { response, finding, query, picture } = context;
  const target = redirectTarget(context);
  if (target === 0) return false;
  // The record as layout.ts draws it: two words, then owner to RDLENGTH, then the target, never compressed.
  const record = finding.rrset + 2;
  const targetOctets = ((picture.u32[record] as number) >>> 16) - RECORD_HEAD_OCTETS;
  const prefix = query.labels[finding.label] as number;
  if (prefix + targetOctets > NAME_OCTETS_MAX) {
    response.rcode = Rcode.YXDomain;
    return false;
  }
  if (!response.hasRoom(RECORD_HEAD_OCTETS + prefix + 2)) return false;
  const { bytes } = response;
  response.putRecordHead(owner, RecordType.CNAME, ttlOf(picture.u8, (record + 2) * 4), prefix + 2);
  const start = response.at;
  for (let i = 0; i < prefix; i++) bytes[start + i] = query.name[i] as number;
  putU16(bytes, start + prefix, 0xc000 | target);
  response.at = start + prefix + 2;
  response.answers++;
  return takeTarget(context, start);
}

const RECORD_HEAD_OCTETS = 12;

/** The TTL of the record whose wire form starts at `at` of the picture. */
function ttlOf(u8: Uint8Array, at: number): number {
  return (u16(u8, at + 6) << 16) | u16(u8, at + 8);
}

/** Where in the message the target of this DNAME stands; writes the DNAME first if it is not there. 0 = no room. */
function redirectTarget(context: WorkerContext): number {
  const { response, finding, redirects, redirectTargets } = context;
  for (let i = 0; i < context.redirectCount; i++)
    if (redirects[i] === finding.node) return redirectTargets[i] as number;
  const at = response.at + RECORD_HEAD_OCTETS - response.start;
  const written = putRRset(context, finding.rrset, context.position(finding.label));
  response.answers += written;
  if (written === 0) return 0;
  redirects[context.redirectCount] = finding.node;
  redirectTargets[context.redirectCount++] = at;
  return at;
}

/** Has this been met before in this answer? Remembers it. `mark`: of an alias the hash of its name, of a service its pool. */
export function comesAgain({ visited }: WorkerContext, links: number, mark: number): boolean {
  visited[links] = mark;
  // As it is kept there: of hashes the sign is lost or found.
  const kept = visited[links];
  for (let i = 0; i < links; i++) if (visited[i] === kept) return true;
  return false;
}

/** The name at `at` of our own message becomes the name to look up. */
function takeTarget(context: WorkerContext, at: number): boolean {
  const { query } = context;
  if (query.type === RecordType.CNAME || query.type === RecordType.ANY) return false;
  takeName(context, at, query, context.positions);
  context.isChased = true;
  return true;
}

/** Reads a name that we have written, pointers and all, into a buffer; notes where each label stands in the message. */
export function takeName(context: WorkerContext, at: number, into: NameBuffer, positions: Uint16Array): void {
  const { bytes, start } = context.response;
  let from = at;
  let to = 0;
  let count = 0;
  for (;;) {
    const length = bytes[from] as number;
    if (length >= 0xc0) {
      from = start + (((length & 0x3f) << 8) | (bytes[from + 1] as number));
      continue;
    }
    into.labels[count] = to;
    positions[count] = from - start;
    for (let i = 0; i <= length; i++) into.name[to++] = LOWER[bytes[from++] as number] as number;
    if (length === 0) break;
    count++;
  }
  into.labelCount = count;
  into.nameOctets = to;
}
