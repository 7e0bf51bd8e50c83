/** Following aliases inside our zones in one answer (RFC 1034 §4.3.2 step 3, RFC 6672 §3.2): bounded, never twice the same. */
import { NAME_OCTETS_MAX, Rcode, RecordType } from "../dns/code.ts";
import type { NameBuffer } from "../dns/query.ts";
import { LOWER } from "../dns/name.ts";
import type { Desk } from "./desk.ts";
import { putRRset } from "./write.ts";

/** Longer chains are a mistake or an attack; what was collected is answered (research/dns.md Z17). */
export const LINKS_MAX = 8;

/** Writes the CNAME that lookup found and makes its target the name to look up. False: no further. */
export function followAlias(desk: Desk, owner: number): boolean {
  const { response, finding } = desk;
  const at = response.at;
  const written = putRRset(desk, finding.rrset, owner);
  response.answers += written;
  return written > 0 && takeTarget(desk, at + 12);
}

/** Writes the DNAME that lookup found and the CNAME it means for this name, and goes on with that one's target. */
export function followRedirect(desk: Desk, owner: number): boolean {
  const { response, finding, query } = desk;
  const at = response.at;
  const written = putRRset(desk, finding.rrset, desk.position(finding.label));
  response.answers += written;
  if (written === 0) return false;
  const prefix = query.labels[finding.label] as number;
  const target = response.at - (at + 12);
  if (prefix + target > NAME_OCTETS_MAX) {
    response.rcode = Rcode.YXDomain;
    return false;
  }
  if (!response.hasRoom(12 + prefix + target)) return false;
  const { bytes, view } = response;
  response.putRecordHead(owner, RecordType.CNAME, view.getUint32(at + 6), prefix + target);
  const start = response.at;
  for (let i = 0; i < prefix; i++) bytes[start + i] = query.name[i] as number;
  for (let i = 0; i < target; i++) bytes[start + prefix + i] = bytes[at + 12 + i] as number;
  response.at = start + prefix + target;
  response.answers++;
  return takeTarget(desk, start);
}

/** The name at `at` of our own message becomes the name to look up. */
function takeTarget(desk: Desk, at: number): boolean {
  const { query } = desk;
  if (query.type === RecordType.CNAME || query.type === RecordType.ANY) return false;
  takeName(desk, at, query, desk.positions);
  desk.isChased = true;
  return true;
}

/** Reads a name that we have written, pointers and all, into a buffer; notes where each label stands in the message. */
export function takeName(desk: Desk, at: number, into: NameBuffer, positions: Uint16Array): void {
  const { bytes, start } = desk.response;
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
