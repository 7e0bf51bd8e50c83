/** Below a zone cut others know: their nameservers in the authority section, with the addresses that we have (RFC 1034 §4.3.2 step 3b). */
import { LABELS_MAX, RECORD_HEAD_OCTETS } from "../../dns/message/code.ts";
import { Section } from "../../dns/message/response.ts";
import * as hashModule from "../../picture/format/hash.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import * as recordModule from "../../picture/format/record.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { hostPool } from "../lookup/federated.ts";
import { putRRset } from "../records/rrset.ts";
import { takeName } from "./chase.ts";
import { isInBailiwick, putFamily } from "./host-addresses.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { hashLabel } = hashModule;
const { NONE } = memoryModule;
const { recordHash } = recordModule;

const positions = new Uint16Array(LABELS_MAX + 1);
const RDLENGTH_OCTET = 10;

/** Addresses of servers whose names are below the cut are needed; those of others are welcome. */
const Glue = { Needed: 0, Welcome: 1 } as const;
type Glue = (typeof Glue)[keyof typeof Glue];

/**
 * Writes the referral to the cut that lookup found. It is of no use without the addresses of servers whose names are below
 * the cut: if these do not fit, the message is truncated (RFC 9471 §3). Others come last, and only if they fit.
 */
export function putReferral(context: WorkerContext): void {
  const { response, state } = context;
  const first = response.at;
  const servers = putRRset(context, Section.Authority, state.rrset, context.position(state.label));
  // Resolvers keep glue for all their clients (RFC 7871 §7.4), so nothing of it goes by where one client is.
  state.usesSubnet = false;
  putAllGlue(context, first, servers, Glue.Needed);
  putAllGlue(context, first, servers, Glue.Welcome);
}

/** `first`: where the first of the NS records stands in the response's bytes. */
function putAllGlue(context: WorkerContext, first: number, servers: number, glue: Glue): void {
  const { response } = context;
  let at = first;
  for (let left = servers; left > 0 && !response.isTruncated; left--) {
    const octets = response.view.getUint16(at + RDLENGTH_OCTET);
    putGlue(context, at + RECORD_HEAD_OCTETS, glue);
    at += RECORD_HEAD_OCTETS + octets;
  }
}

/** The addresses of the nameserver whose name stands at `at` of the response's bytes, if they are ours to say. */
function putGlue(context: WorkerContext, at: number, glue: Glue): void {
  const { picture, response, scratch, state } = context;
  const cut = recordHash(picture.u32, state.node) | 0;
  takeName(context, at, scratch, positions);
  let hash = picture.seed;
  let isBelow = false;
  for (let i = scratch.labelCount - 1; i >= 0; i--) {
    hash = hashLabel(hash, scratch.view, scratch.labels[i] as number);
    isBelow ||= hash === cut;
  }
  if (isBelow !== (glue === Glue.Needed)) return;
  const node = picture.findNode(hash, scratch.view, 0, scratch.octets);
  if (node === NONE || !isInBailiwick(context, node)) return;
  const pool = hostPool(picture, node, scratch.view, scratch.octets);
  putFamily(context, node, pool, at - response.start, 4, isBelow);
  putFamily(context, node, pool, at - response.start, 6, isBelow);
}
