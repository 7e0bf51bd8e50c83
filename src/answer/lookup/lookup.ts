/** Finding what a name is: exact node, federated name, or the nearest thing above it (RFC 1034 §4.3.2). */
import { RecordType } from "../../dns/message/code.ts";
import * as hashModule from "../../picture/format/hash.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import * as nodeFields from "../../picture/format/node.ts";
import type { NodeAt } from "../../picture/format/node.ts";
import * as rrsetFields from "../../picture/format/rrset.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { atEdge, hashDown, isBelowCutOfParent, isElsewhere, nodeAt, SHADOWING } from "./edge.ts";
import { absent, atLevel, hasNameOfService, hostPool, SERVICE_LABELS } from "./federated.ts";
import { isNameKeptBack, mayBeKeptBack } from "./kept-back.ts";
import { LookupResult } from "./lookup-result.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { hashLabel } = hashModule;
const { NONE } = memoryModule;
const { EVERYWHERE, isLevel, NodeFlag, nodeFlags, nodeRRsets } = nodeFields;
const { findRRset } = rrsetFields;

/** The shortest name of a service: service and namespace, `federation.svc`, and a domain of one label. */
const FEDERATED_LABELS = 5;

/** Looks up the name of the state, which says then where it was found. `type`: a type of records. */
export function lookup(context: WorkerContext, type: number): LookupResult {
  const { picture, state } = context;
  const { name } = state;
  const { labelCount } = name;
  let hashed = labelCount;
  // Most names asked of a federation have their level right behind service and namespace.
  if (labelCount >= FEDERATED_LABELS) {
    const from = name.labels[SERVICE_LABELS] as number;
    const known = context.levels.find(picture, context.serial, name.view, from, name.octets);
    if (known !== NONE) return atLevel(context, known, SERVICE_LABELS);
    hashed = hashDown(context, picture.seed, labelCount, SERVICE_LABELS);
    const level = nodeAt(context, SERVICE_LABELS);
    if (level !== NONE && isLevel(picture.u32, level)) {
      context.levels.keep(level, name.view, from, name.octets);
      return atLevel(context, level, SERVICE_LABELS);
    }
  }
  hashDown(context, hashed === labelCount ? picture.seed : (context.hashes[hashed] as number), hashed, 0);
  for (let i = 0; i <= labelCount; i++) {
    const node = nodeAt(context, i);
    if (node !== NONE) return atClosest(context, node, i, type);
  }
  const isKnown = picture.isWritten() && !mayBeKeptBack(context, false);
  return isKnown ? LookupResult.Refused : LookupResult.NotReady;
}

/** `node`: the closest one that exists, at label `label` of the name. */
function atClosest(context: WorkerContext, node: NodeAt, label: number, type: number): LookupResult {
  const { picture, state } = context;
  const { name } = state;
  state.node = node;
  state.label = label;
  state.apex = picture.apexOf(node);
  const flags = nodeFlags(picture.u32, node);
  if ((flags & SHADOWING) !== 0 && isElsewhere(context, label, type)) return atEdge(context);
  if (label === 0) {
    const asksParent = type === RecordType.DS && (flags & NodeFlag.Apex) !== 0;
    return asksParent && isBelowCutOfParent(context, type)
      ? atEdge(context)
      : atNode(context, node, name.view, name.octets, type);
  }
  if (isLevel(picture.u32, node)) return atLevel(context, node, label);
  return (flags & NodeFlag.Wildcard) !== 0 ? atWildcard(context, label, type) : absent(context);
}

/** The closest encloser starts at label `encloser`; what its `*` has, the name has (RFC 4592 §3.3.1). */
function atWildcard(context: WorkerContext, encloser: number, type: number): LookupResult {
  if (isNameKeptBack(context)) return LookupResult.NotReady;
  const { picture, scratch, state } = context;
  const { name } = state;
  const isOfService = hasNameOfService(context);
  const from = name.labels[encloser] as number;
  scratch.bytes[0] = 1;
  scratch.bytes[1] = 0x2a;
  for (let i = from; i < name.octets; i++) scratch.bytes[2 + i - from] = name.bytes[i] as number;
  const hash = hashLabel(context.hashes[encloser] as number, scratch.view, 0);
  const octets = 2 + name.octets - from;
  const node = picture.findNode(hash, scratch.view, 0, octets);
  if (node === NONE) return absent(context);
  // Wildcards of zone files are the operator's, and cover such names too.
  if (isOfService && (nodeFlags(picture.u32, node) & NodeFlag.Claimed) !== 0) return absent(context);
  state.node = node;
  return atNode(context, node, scratch.view, octets, type);
}

/** `name`: that of the node, `octets` long. */
function atNode(
  context: WorkerContext,
  node: NodeAt,
  name: DataView,
  octets: number,
  type: number,
): LookupResult {
  const { picture, state } = context;
  const { u32 } = picture;
  if (type === RecordType.ANY && nodeRRsets(u32, node) > 0) return LookupResult.Any;
  const flags = nodeFlags(u32, node);
  const isAboutPool = type === RecordType.A || type === RecordType.AAAA || type === RecordType.ANY;
  if ((flags & NodeFlag.Pool) !== 0 && isAboutPool) return atHost(context, node, name, octets);
  const isAlias = (flags & NodeFlag.Cname) !== 0 && type !== RecordType.CNAME && mayFollow(type);
  state.rrset = findRRset(u32, node, isAlias ? RecordType.CNAME : type);
  if (state.rrset === NONE) return isNameKeptBack(context) ? LookupResult.NotReady : LookupResult.NoData;
  return isAlias ? LookupResult.Alias : LookupResult.Records;
}

/** The pool of a host has the name and the hash of its node, and every cluster may answer. */
function atHost(context: WorkerContext, node: NodeAt, name: DataView, octets: number): LookupResult {
  const { picture, state } = context;
  const pool = hostPool(picture, node, name, octets);
  if (pool === NONE) return LookupResult.NoData;
  state.pool = pool;
  state.level = EVERYWHERE;
  return LookupResult.Service;
}

/** An alias is not followed for what an alias itself may have (RFC 4034 §3, §4). */
export function mayFollow(type: number): boolean {
  return type !== RecordType.RRSIG && type !== RecordType.NSEC;
}
