/**
 * Beside records of zone files and hosts that lead to a host: that host's addresses, in the additional section, when they
 * fit and `minimalResponses` is off.
 *
 *   asked for      the host                               also
 *   NS at an apex  the nameserver (RFC 1034 §4.3.2)       glue, for this is what the parent has
 *   MX, SRV        the exchange, the target (RFC 2782)
 *   SVCB, HTTPS    the target, "." = the owner itself     the target's records of that type (RFC 9460 §4.1)
 *
 * Only names in the zone of the answer are given, each once. A name below a cut is not ours to vouch for, but for
 * nameservers. With a client subnet, addresses that go by place are left out (additional.ts says why).
 */
import { LABELS_MAX, RECORD_HEAD_OCTETS, RecordType } from "../../dns/message/code.ts";
import { Section } from "../../dns/message/response.ts";
import { goesByPlace } from "../../federation/policy/policies.ts";
import * as nearnessFields from "../../picture/clients/nearness.ts";
import * as hashModule from "../../picture/format/hash.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import * as nodeFields from "../../picture/format/node.ts";
import type { NodeAt } from "../../picture/format/node.ts";
import * as poolFields from "../../picture/format/pool.ts";
import type { PoolAt } from "../../picture/format/pool.ts";
import * as recordModule from "../../picture/format/record.ts";
import * as rrsetFields from "../../picture/format/rrset.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { hostPool } from "../lookup/federated.ts";
import { putRecords } from "../records/rrset.ts";
import { takeName } from "./chase.ts";
import { isInBailiwick, putFamily } from "./host-addresses.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { nearnessTable } = nearnessFields;
const { hashLabel } = hashModule;
const { NONE } = memoryModule;
const { NodeFlag, nodeFlags } = nodeFields;
const { isAliased, poolPolicy } = poolFields;
const { recordHash } = recordModule;
const { findRRset } = rrsetFields;

const RDLENGTH_OCTET = 10;
/** More hosts than this get no addresses; the first ones do. */
const HOSTS_MAX = 16;

const positions = new Uint16Array(LABELS_MAX + 1);
/** Nodes whose addresses are there. */
const given = new Int32Array(HOSTS_MAX);

/** How far into RDATA of this type the name of a host is; -1 = there is none. */
export function hostOctet(type: number): number {
  switch (type) {
    case RecordType.NS:
      return 0;
    case RecordType.MX:
    case RecordType.SVCB:
    case RecordType.HTTPS:
      return 2;
    case RecordType.SRV:
      return 6;
    default:
      return -1;
  }
}

/** `first`: where the first of the answer's `records` stands in the response's bytes. `owner`: where its name does. */
export function putBeside(context: WorkerContext, first: number, records: number, owner: number): void {
  const { query, response, state } = context;
  const { node } = state;
  const skipped = RECORD_HEAD_OCTETS + hostOctet(query.type);
  const isBinding = query.type === RecordType.SVCB || query.type === RecordType.HTTPS;
  let hosts = 0;
  let at = first;
  for (let left = records; left > 0 && hosts < HOSTS_MAX; left--) {
    const next = at + RECORD_HEAD_OCTETS + response.view.getUint16(at + RDLENGTH_OCTET);
    const target = at + skipped;
    const isRoot = response.bytes[target] === 0;
    const host = isRoot ? (isBinding && priorityAt(context, at) > 0 ? node : NONE) : hostAt(context, target);
    if (host !== NONE && !isGiven(host, hosts)) {
      given[hosts++] = host;
      const position = isRoot ? owner : target - response.start;
      putHost(context, host, isRoot ? NONE : poolOf(context, host), position);
      if (isBinding && host !== node) putBinding(context, host, position);
    }
    at = next;
  }
}

/** Of SVCB: 0 = an alias. */
function priorityAt({ response }: WorkerContext, record: number): number {
  return response.view.getUint16(record + RECORD_HEAD_OCTETS);
}

function isGiven(host: NodeAt, hosts: number): boolean {
  for (let i = 0; i < hosts; i++) if (given[i] === host) return true;
  return false;
}

/** The node of the name at `at` of the response's bytes, if we may speak for it; the name is in `scratch` then. */
function hostAt(context: WorkerContext, at: number): NodeAt {
  const { picture, scratch, query, state } = context;
  const apex = recordHash(picture.u32, state.apex) | 0;
  takeName(context, at, scratch, positions);
  let hash = picture.seed;
  let isInZone = hash === apex;
  for (let i = scratch.labelCount - 1; i >= 0; i--) {
    hash = hashLabel(hash, scratch.view, scratch.labels[i] as number);
    isInZone ||= hash === apex;
  }
  // What is asked of a resolver about another zone, it asks there: it would not believe us (RFC 2181 §5.4.1).
  const node = isInZone ? picture.findNode(hash, scratch.view, 0, scratch.octets) : NONE;
  if (node === NONE || !isInBailiwick(context, node)) return NONE;
  const isOthers = (nodeFlags(picture.u32, node) & (NodeFlag.Cut | NodeFlag.Shadowed)) !== 0;
  return isOthers && query.type !== RecordType.NS ? NONE : node;
}

/** The pool of a host whose name is in `scratch`; NONE also where its addresses may not be given here. */
function poolOf({ picture, scratch, query }: WorkerContext, host: NodeAt): PoolAt {
  const { u32 } = picture;
  const pool = hostPool(picture, host, scratch.view, scratch.octets);
  if (pool === NONE || isAliased(u32, pool)) return NONE;
  const mayGoByPlace = goesByPlace(poolPolicy(u32, pool)) && nearnessTable(u32) !== NONE;
  return query.subnetOctets > 0 && mayGoByPlace ? NONE : pool;
}

function putHost(context: WorkerContext, host: NodeAt, pool: PoolAt, owner: number): void {
  putFamily(context, host, pool, owner, 4, false);
  putFamily(context, host, pool, owner, 6, false);
}

function putBinding(context: WorkerContext, host: NodeAt, owner: number): void {
  const { picture, query, response } = context;
  const rrset = findRRset(picture.u32, host, query.type);
  if (rrset === NONE) return;
  response.openRRset(Section.Additional, owner, query.type);
  putRecords(context, rrset);
  response.closeOptionalRRset();
}
