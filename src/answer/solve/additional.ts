/**
 * Beside the SRV record of a port: the addresses of its target, in the additional section (RFC 2782, "Target").
 *
 * They are chosen as for a query for the target's name by the same client: members, weights, health, fail open, rotation,
 * TTL; and they count as handed out. One family without an address, or without room, is left out as a whole, and nobody
 * is told to come back by TCP for it (RFC 2181 §9). They are left out as well when the query has a client subnet and
 * they would go by it: a scope is for the answer section alone, and what stands here is cached for everybody (RFC 7871
 * §7.3.1). The resolver asks for the target then, as it does with any server that is brief.
 *
 * Records of zone files (MX, SRV, NS) get none: what they lead to is mostly in caches already, and answers stay small.
 */
import { RecordType } from "../../dns/message/code.ts";
import { goesByPlace } from "../../federation/policy/policies.ts";
import { Header } from "../../picture/format/layout.ts";
import type { WorkerContext } from "./worker-context.ts";
import { select } from "./select.ts";
import { putAddresses } from "./write.ts";

/** `level`: of the target, a name of finding.pool, which stands at `owner` in the message. */
export function putTarget(context: WorkerContext, level: number, owner: number): void {
  const { query } = context;
  if (query.subnetOctets > 0 && mayGoByPlace(context)) return;
  putFamily(context, level, owner, RecordType.A);
  putFamily(context, level, owner, RecordType.AAAA);
  query.type = RecordType.SRV;
}

function mayGoByPlace({ picture: { u32 }, finding }: WorkerContext): boolean {
  return goesByPlace((u32[finding.pool + 5] as number) & 255) && u32[Header.Nearness] !== 0;
}

/** For a moment the query is the one for the target's addresses of this type. */
function putFamily(context: WorkerContext, level: number, owner: number, type: number): void {
  const { query, response, finding } = context;
  query.type = type;
  const { at } = response;
  const count = select(context, finding.pool, level, type === RecordType.A ? 4 : 6);
  if (count <= 0) return;
  const written = putAddresses(context, finding.pool, count, owner);
  if (response.isTruncated) {
    // Some may have been noted as handed out: that only keeps them for a TTL longer.
    response.isTruncated = false;
    response.at = at;
  } else response.extras += written;
}
