/** Where our answers end: zone cuts, and DNAMEs that lead to other names. */
import { RecordType } from "../../dns/message/code.ts";
import * as hashModule from "../../picture/format/hash.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import * as nodeFields from "../../picture/format/node.ts";
import type { NodeAt } from "../../picture/format/node.ts";
import * as rrsetFields from "../../picture/format/rrset.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { LookupResult } from "./lookup-result.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { hashLabel } = hashModule;
const { NONE } = memoryModule;
const { NodeFlag, nodeFlags, nodeLabels } = nodeFields;
const { findRRset } = rrsetFields;

/** A cut or a DNAME is at the node or above it. */
export const SHADOWING: number = NodeFlag.Cut | NodeFlag.Dname | NodeFlag.Shadowed;

/** Hashes of the suffixes from label `from` - 1 down to label `to`, given the hash from label `from` on. Returns `to`. */
export function hashDown(context: WorkerContext, start: number, from: number, to: number): number {
  const { hashes, state } = context;
  const { labels, view } = state.name;
  let hash = start;
  hashes[from] = hash;
  for (let i = from - 1; i >= to; i--) {
    hash = hashLabel(hash, view, labels[i] as number);
    hashes[i] = hash;
  }
  return to;
}

/** The node at label `label` of the name that is looked up; its hash is known. */
export function nodeAt(context: WorkerContext, label: number): NodeAt {
  const { name } = context.state;
  const from = name.labels[label] as number;
  return context.picture.findNode(context.hashes[label] as number, name.view, from, name.octets - from);
}

/**
 * Is there a cut at or above the closest node (at label `closest`), or a DNAME above the name? The one nearest to the
 * apex counts; it becomes the node of the state. The parent knows the DS records of a cut itself (RFC 4035 §3.1.4.1).
 */
export function isElsewhere(context: WorkerContext, closest: number, type: number): boolean {
  const { picture, state } = context;
  const { u32 } = picture;
  for (let i = state.name.labelCount - nodeLabels(u32, state.apex); i >= closest; i--) {
    const node = nodeAt(context, i);
    if (node === NONE) continue;
    const flags = nodeFlags(u32, node);
    const isCut = (flags & NodeFlag.Cut) !== 0 && !(i === 0 && type === RecordType.DS);
    if (!isCut && !((flags & NodeFlag.Dname) !== 0 && i > 0)) continue;
    state.node = node;
    state.label = i;
    return true;
  }
  return false;
}

/**
 * DS records at the apex of a zone inside another one of ours are the outer zone's (RFC 4035 §3.1.4.1): its apex becomes
 * that of the state. True when a cut or DNAME of the outer zone lies above the name.
 */
export function isBelowCutOfParent(context: WorkerContext, type: number): boolean {
  const { picture, state } = context;
  for (let i = 1; i <= state.name.labelCount; i++) {
    const node = nodeAt(context, i);
    if (node === NONE) continue;
    state.apex = picture.apexOf(node);
    return isElsewhere(context, i, type);
  }
  return false;
}

/** The node of the state is a cut or has a DNAME. */
export function atEdge(context: WorkerContext): LookupResult {
  const { picture, state } = context;
  const isCut = (nodeFlags(picture.u32, state.node) & NodeFlag.Cut) !== 0;
  state.rrset = findRRset(picture.u32, state.node, isCut ? RecordType.NS : RecordType.DNAME);
  return isCut ? LookupResult.Referral : LookupResult.Redirect;
}
