/** Below a zone cut others know: their nameservers in the authority section, with the addresses that we have (RFC 1034 §4.3.2 step 3b). */
import { LABELS_MAX, RecordType } from "../../dns/message/code.ts";
import { hashLabel } from "../../picture/format/hash.ts";
import { EVERYWHERE } from "../../picture/format/layout.ts";
import { takeName } from "./chase.ts";
import type { WorkerContext } from "./worker-context.ts";
import { findRRset, hostPool } from "./lookup.ts";
import { select } from "./select.ts";
import { putAddresses, putRRset } from "./write.ts";

const GLUE_TYPES = [RecordType.A, RecordType.AAAA] as const;
const positions = new Uint16Array(LABELS_MAX + 1);

/**
 * Writes the referral to the cut that lookup found. Without the addresses of servers whose names are below the cut it is
 * of no use: what of them does not fit truncates the message (RFC 9471 §3). Others come last, and only if they fit.
 */
export function putReferral(context: WorkerContext): void {
  const { response, finding } = context;
  const first = response.at;
  response.authorities = putRRset(context, finding.rrset, context.position(finding.label));
  putAllGlue(context, first, Glue.Needed);
  putAllGlue(context, first, Glue.Welcome);
}

const Glue = { Needed: 0, Welcome: 1 } as const;
type Glue = (typeof Glue)[keyof typeof Glue];

/** `first`: where the first NS record stands in `response.bytes`. */
function putAllGlue(context: WorkerContext, first: number, glue: Glue): void {
  const { response } = context;
  let at = first;
  for (let i = response.authorities; i > 0 && !response.isTruncated; i--) {
    const octets = response.view.getUint16(at + 10);
    putGlue(context, at + 12, glue);
    at += 12 + octets;
  }
}

/** The addresses of the nameserver whose name stands at `at` of the message, if it is ours to say. */
function putGlue(context: WorkerContext, at: number, glue: Glue): void {
  const { picture, response, scratch, finding } = context;
  const cut = (picture.u32[finding.node + 1] as number) | 0;
  takeName(context, at, scratch, positions);
  let hash = picture.seed;
  let isBelow = false;
  for (let i = scratch.labelCount - 1; i >= 0; i--) {
    hash = hashLabel(hash, scratch.nameView, scratch.labels[i] as number);
    isBelow ||= hash === cut;
  }
  if (isBelow !== (glue === Glue.Needed)) return;
  const node = picture.findNode(hash, scratch.nameView, 0, scratch.nameOctets);
  // Names of this zone, and of ours inside it; what a zone beside or around it says of its names is its own to answer.
  if (node === 0 || picture.labelsOf(picture.apexOf(node)) < picture.labelsOf(finding.apex)) return;
  const pool = hostPool(picture, node, scratch.nameView, scratch.nameOctets);
  for (const type of GLUE_TYPES) {
    const rrset = findRRset(context, node, type);
    const end = response.at;
    if (rrset !== 0) response.extras += putRRset(context, rrset, at - response.start);
    else if (pool !== 0) response.extras += putPoolGlue(context, pool, at - response.start, type);
    if (!response.isTruncated || isBelow) continue;
    response.isTruncated = false;
    response.at = end;
  }
}

/**
 * Of a nameserver that is a host of the members: chosen as for a query of its own, for a moment this one, but without its
 * client subnet. Resolvers keep glue for all their clients (RFC 7871 §7.4), so nothing of it goes by where one client is.
 */
function putPoolGlue(context: WorkerContext, pool: number, owner: number, type: number): number {
  const { query } = context;
  const { type: asked, subnetOctets } = query;
  query.type = type;
  if (subnetOctets > 0) query.subnetOctets = 0;
  const count = select(context, pool, EVERYWHERE, type === RecordType.A ? 4 : 6);
  const written = count > 0 ? putAddresses(context, pool, count, owner) : 0;
  query.type = asked;
  query.subnetOctets = subnetOctets;
  context.isByPlace = false;
  return written;
}
