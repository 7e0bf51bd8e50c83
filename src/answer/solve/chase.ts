/** Following aliases inside our zones in one answer (RFC 1034 §4.3.2 step 3, RFC 6672 §3.2): bounded, never twice the same. */
import { NAME_OCTETS_MAX, Rcode, RECORD_HEAD_OCTETS, RecordType } from "../../dns/message/code.ts";
import { LOWER } from "../../dns/message/name.ts";
import type { NameBuffer } from "../../dns/message/query-record.ts";
import { POINTER, Section } from "../../dns/message/response.ts";
import { putU16 } from "../../dns/message/wire.ts";
import type { PoolAt } from "../../picture/format/pool.ts";
import * as rrsetFields from "../../picture/format/rrset.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { putAlias } from "../records/addresses.ts";
import { putRRset } from "../records/rrset.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { firstRecord, storedOctets } = rrsetFields;

/** Longer chains are a mistake or an attack; what was collected is answered. */
export const LINKS_MAX = 8;
const TTL_OCTET = 6;

/** Writes the CNAME that lookup found and makes its target the name to look up. False: no further. */
export function followAlias(context: WorkerContext, owner: number): boolean {
  const at = context.response.at + RECORD_HEAD_OCTETS;
  const written = putRRset(context, Section.Answer, context.state.rrset, owner);
  return written > 0 && takeTarget(context, at);
}

/**
 * Writes the name that this client of a service is sent to, and makes it the one to look up. Where it may depend on the
 * client's subnet it stands alone: what it leads to has a scope of its own (RFC 7871 §7.2.1). False: no further.
 */
export function followChoice(context: WorkerContext, pool: PoolAt, count: number, owner: number): boolean {
  const at = context.response.at + RECORD_HEAD_OCTETS;
  return putAlias(context, pool, count, owner) && context.query.subnetOctets <= 0 && takeTarget(context, at);
}

/**
 * Writes the DNAME that lookup found, once however often it is met, and the CNAME it means for this name; goes on with
 * that one's target. The CNAME's target ends in a pointer: at a longer suffix that it shares with the name, or else at
 * the DNAME's own target.
 */
export function followRedirect(context: WorkerContext, owner: number): boolean {
  const { response, state, picture } = context;
  const { name } = state;
  const target = redirectTarget(context);
  if (target === 0) return false;
  const record = firstRecord(state.rrset);
  // The target of a DNAME is never compressed.
  const targetOctets = storedOctets(picture.u32, record) - RECORD_HEAD_OCTETS;
  const prefix = name.labels[state.label] as number;
  if (prefix + targetOctets > NAME_OCTETS_MAX) {
    response.rcode = Rcode.YXDomain;
    return false;
  }
  const dname = response.start + target - RECORD_HEAD_OCTETS;
  response.openRRset(Section.Answer, owner, RecordType.CNAME);
  const shared = sharedLabel(context, prefix, response.start + target, targetOctets);
  const own = shared < 0 ? prefix : prefix + targetOctets - (name.octets - (name.labels[shared] as number));
  if (!response.startRecord(response.view.getUint32(dname + TTL_OCTET), own + 2)) return false;
  const { bytes, at } = response;
  for (let i = 0; i < own; i++) bytes[at + i] = name.bytes[i] as number;
  putU16(bytes, at + own, POINTER | (shared < 0 ? target : context.position(shared)));
  response.at = at + own + 2;
  response.closeRRset();
  return takeTarget(context, at);
}

/**
 * The first label of the name from which on it is the end of the new name, and longer than the DNAME's target; -1 = none.
 * The new name: the first `prefix` octets of the name, and `octets` at `target` of the response's bytes.
 */
function sharedLabel(context: WorkerContext, prefix: number, target: number, octets: number): number {
  const { name } = context.state;
  for (let label = 0; label < name.labelCount; label++) {
    const from = name.labels[label] as number;
    const more = name.octets - from - octets;
    if (more <= 0) return -1;
    if (more <= prefix && isEndOf(context, from, prefix, more, target)) return label;
  }
  return -1;
}

/** Is the name from octet `from` on the last `more` octets of the prefix, at a label's start, and then the target? */
// oxlint-disable-next-line max-params -- an object of these would be allocated per query
function isEndOf(
  context: WorkerContext,
  from: number,
  prefix: number,
  more: number,
  target: number,
): boolean {
  const { bytes, octets, labels, labelCount } = context.state.name;
  const start = prefix - more;
  let isLabel = false;
  for (let i = 0; i < labelCount; i++) isLabel ||= labels[i] === start;
  if (!isLabel) return false;
  for (let i = 0; i < more; i++) if (bytes[from + i] !== bytes[start + i]) return false;
  const written = context.response.bytes;
  for (let i = 0; from + more + i < octets; i++)
    if (bytes[from + more + i] !== LOWER[written[target + i] as number]) return false;
  return true;
}

/** Does the answer have the DNAME records of the state's node already? */
export function isRedirectWritten({ state, redirects }: WorkerContext): boolean {
  for (let i = 0; i < state.redirects; i++) if (redirects[i] === state.node) return true;
  return false;
}

/** Where in the message the target of this DNAME stands; writes the DNAME first if it is not there. 0 = no room. */
function redirectTarget(context: WorkerContext): number {
  const { response, state, redirects, redirectTargets } = context;
  for (let i = 0; i < state.redirects; i++)
    if (redirects[i] === state.node) return redirectTargets[i] as number;
  const target = response.at + RECORD_HEAD_OCTETS - response.start;
  const owner = context.position(state.label);
  if (putRRset(context, Section.Answer, state.rrset, owner) === 0) return 0;
  redirects[state.redirects] = state.node;
  redirectTargets[state.redirects++] = target;
  return target;
}

/** Has this been met before in this answer? Remembers it. `mark`: the hash of an alias's name, or the pool of a service. */
export function comesAgain({ visited }: WorkerContext, links: number, mark: number): boolean {
  visited[links] = mark;
  // As it is kept there: of hashes the sign is lost or found.
  const kept = visited[links];
  for (let i = 0; i < links; i++) if (visited[i] === kept) return true;
  return false;
}

/** The name at `at` of the response's bytes becomes the name to look up, unless the alias itself was asked for. */
function takeTarget(context: WorkerContext, at: number): boolean {
  const { query, state, chased } = context;
  if (query.type === RecordType.CNAME || query.type === RecordType.ANY) return false;
  takeName(context, at, chased, context.chasedAt);
  state.name = chased;
  state.isChased = true;
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
    for (let i = 0; i <= length; i++) into.bytes[to++] = LOWER[bytes[from++] as number] as number;
    if (length === 0) break;
    count++;
  }
  into.labelCount = count;
  into.octets = to;
}
