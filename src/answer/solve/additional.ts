/**
 * Beside the SRV record of a port: the addresses of its target, in the additional section (RFC 2782, "Target").
 *
 * They are chosen as for a query for the target's name by the same client: members, weights, health, fail open, rotation,
 * TTL; and they count as handed out. One family without an address, or without room, is left out as a whole, and the
 * client is not told to come back by TCP for it (RFC 2181 §9). They are left out as well when the query has a client
 * subnet and they would go by it: a scope is for the answer section alone, and what stands here is cached for all clients
 * (RFC 7871 §7.3.1). The resolver asks for the target then, as it does with any server that is brief.
 *
 * beside.ts does the same for records of zone files and hosts.
 */
import { Section } from "../../dns/message/response.ts";
import { goesByPlace } from "../../federation/policy/policies.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import * as nearnessFields from "../../picture/clients/nearness.ts";
import type { LevelAt } from "../../picture/format/node.ts";
import * as poolFields from "../../picture/format/pool.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { addressType, putAddresses } from "../records/addresses.ts";
import { select } from "../select/select.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { NONE } = memoryModule;
const { nearnessTable } = nearnessFields;
const { poolPolicy } = poolFields;

/** `level`: of the target, a name of the state's pool, which stands at `owner` in the message. */
export function putTarget(context: WorkerContext, level: LevelAt, owner: number): void {
  if (context.terms.isMinimal || (context.query.subnetOctets > 0 && mayGoByPlace(context))) return;
  putFamily(context, level, owner, 4);
  putFamily(context, level, owner, 6);
}

function mayGoByPlace({ picture: { u32 }, state }: WorkerContext): boolean {
  return goesByPlace(poolPolicy(u32, state.pool)) && nearnessTable(u32) !== NONE;
}

function putFamily(context: WorkerContext, level: LevelAt, owner: number, family: 4 | 6): void {
  const { response, state } = context;
  const count = select(context, state.pool, level, family);
  if (count <= 0) return;
  response.openRRset(Section.Additional, owner, addressType(family));
  putAddresses(context, state.pool, count, family);
  // Some may have been noted as handed out and left out then: that only keeps them for a TTL longer.
  response.closeOptionalRRset();
}
