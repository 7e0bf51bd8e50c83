/** The addresses of a host in the additional section: from the records of its node, or else from its pool. */
import { Section } from "../../dns/message/response.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import * as nodeFields from "../../picture/format/node.ts";
import type { NodeAt } from "../../picture/format/node.ts";
import type { PoolAt } from "../../picture/format/pool.ts";
import * as rrsetFields from "../../picture/format/rrset.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { addressType, putAddresses } from "../records/addresses.ts";
import { putRecords } from "../records/rrset.ts";
import { select } from "../select/select.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { NONE } = memoryModule;
const { EVERYWHERE, nodeLabels } = nodeFields;
const { findRRset } = rrsetFields;

/** Names of this zone, and of ours inside it; what a zone beside or around it says of its names is its own to answer. */
export function isInBailiwick({ picture, state }: WorkerContext, node: NodeAt): boolean {
  return nodeLabels(picture.u32, picture.apexOf(node)) >= nodeLabels(picture.u32, state.apex);
}

/** Addresses of a pool are chosen as for a query for the host's name. `isNeeded`: without room, the message is truncated. */
// oxlint-disable-next-line max-params -- an object of these would be allocated per query
export function putFamily(
  context: WorkerContext,
  node: NodeAt,
  pool: PoolAt,
  owner: number,
  family: 4 | 6,
  isNeeded: boolean,
): void {
  const { picture, response } = context;
  const type = addressType(family);
  const rrset = findRRset(picture.u32, node, type);
  response.openRRset(Section.Additional, owner, type);
  if (rrset !== NONE) putRecords(context, rrset);
  else if (pool !== NONE) putFromPool(context, pool, family);
  if (isNeeded) response.closeRRset();
  else response.closeOptionalRRset();
}

function putFromPool(context: WorkerContext, pool: PoolAt, family: 4 | 6): void {
  const count = select(context, pool, EVERYWHERE, family);
  if (count > 0) putAddresses(context, pool, count, family);
}
