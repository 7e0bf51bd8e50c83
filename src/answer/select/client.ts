/** Which class of clients asks: by EDNS Client Subnet (RFC 7871) if there is one, else by where the query came from. */
import * as clientTableModule from "../../picture/clients/client-table.ts";
import type { ClientsAt } from "../../picture/clients/client-table.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import type { WorkerContext } from "../context/worker-context.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { CLASS_SPECIAL, CLASS_UNKNOWN, classOfV4, classOfV6, clientsTable, leafClass, leafLength, widened } =
  clientTableModule;
const { NONE } = memoryModule;

/** Where the IPv4 address stands in an IPv6 one: ::ffff:0:0/96 and 64:ff9b::/96 behind 96 bits, 2002::/16 behind 16. */
const BEHIND_96 = 96;
const BEHIND_16 = 16;

/** Leaves in the response the scope for which an answer that goes by the class holds. */
export function clientClass(context: WorkerContext): number {
  const { picture, response, state } = context;
  const table = clientsTable(picture.u32);
  if (table === NONE) return CLASS_UNKNOWN;
  if (state.usesSubnet) {
    const leaf = classOfSubnet(context, table);
    response.subnetScope = leafLength(leaf);
    // An address that is not public tells less than that of the sender.
    if (leafClass(leaf) !== CLASS_SPECIAL) return leafClass(leaf);
  }
  const own = leafClass(classOfPeer(context, table));
  return own === CLASS_SPECIAL ? CLASS_UNKNOWN : own;
}

function classOfSubnet(context: WorkerContext, table: ClientsAt): number {
  const { subnetAddress, subnetFamily } = context.query;
  const first = wordAt(subnetAddress, 0);
  return subnetFamily === 1
    ? classOfV4(context.picture.u32, table, first)
    : classOf16(
        context,
        table,
        first,
        wordAt(subnetAddress, 4),
        wordAt(subnetAddress, 8),
        wordAt(subnetAddress, 12),
      );
}

function wordAt(octets: Uint8Array, at: number): number {
  return (
    ((octets[at] as number) << 24) |
    ((octets[at + 1] as number) << 16) |
    ((octets[at + 2] as number) << 8) |
    (octets[at + 3] as number)
  );
}

function classOfPeer(context: WorkerContext, table: ClientsAt): number {
  const { view, at, octets } = context.peer;
  const first = view.getInt32(at);
  return octets === 4
    ? classOfV4(context.picture.u32, table, first)
    : classOf16(context, table, first, view.getInt32(at + 4), view.getInt32(at + 8), view.getInt32(at + 12));
}

/** The four words of an IPv6 address, as 32 bits of any sign. */
// oxlint-disable-next-line max-params -- an array of the four would be allocated per query
function classOf16(
  context: WorkerContext,
  table: ClientsAt,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  const { u32 } = context.picture;
  const isMapped = a === 0 && b === 0 && c === 0xffff;
  const isTranslated = a === 0x0064ff9b && b === 0 && c === 0;
  if (isMapped || isTranslated) return widened(classOfV4(u32, table, d), BEHIND_96);
  if (a >>> 16 === 0x2002) return widened(classOfV4(u32, table, (a << 16) | (b >>> 16)), BEHIND_16);
  return classOfV6(u32, table, a, b);
}
