/** Which class of clients asks (DESIGN §3.4): by EDNS Client Subnet (RFC 7871) if there is one, else by where the query came from. */
import { CLASS_SPECIAL, CLASS_UNKNOWN, classOfV4, classOfV6 } from "../../picture/format/clients.ts";
import { Header } from "../../picture/format/layout.ts";
import type { WorkerContext } from "./worker-context.ts";

/** Where the IPv4 address stands in an IPv6 one: ::ffff:0:0/96 and 64:ff9b::/96 behind 96 bits, 2002::/16 behind 16. */
const BEHIND_96 = 96;
const BEHIND_16 = 16;

/** Leaves in the response the scope for which an answer that goes by the class holds. */
export function clientClass(context: WorkerContext): number {
  const { query, response } = context;
  const table = context.picture.u32[Header.Clients] as number;
  if (table === 0) return CLASS_UNKNOWN;
  if (query.subnetOctets > 0) {
    const leaf = classOfSubnet(context, table);
    response.subnetScope = leaf >>> 16;
    // Of an address that is nobody's in public, the sender's own tells more.
    if ((leaf & 0xffff) !== CLASS_SPECIAL) return leaf & 0xffff;
  }
  const own = classOfPeer(context, table) & 0xffff;
  return own === CLASS_SPECIAL ? CLASS_UNKNOWN : own;
}

function classOfSubnet(context: WorkerContext, table: number): number {
  const { subnetAddress, subnetOctets, subnetFamily } = context.query;
  // An earlier query may have left more octets behind than this one has sent.
  const octets = subnetFamily === 1 ? 4 : 16;
  for (let i = subnetOctets; i < octets; i++) subnetAddress[i] = 0;
  const first = word(subnetAddress, 0);
  return subnetFamily === 1
    ? classOfV4(context.picture.u32, table, first)
    : classOf16(
        context,
        table,
        first,
        word(subnetAddress, 4),
        word(subnetAddress, 8),
        word(subnetAddress, 12),
      );
}

function word(octets: Uint8Array, at: number): number {
  return (
    ((octets[at] as number) << 24) |
    ((octets[at + 1] as number) << 16) |
    ((octets[at + 2] as number) << 8) |
    (octets[at + 3] as number)
  );
}

function classOfPeer(context: WorkerContext, table: number): number {
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
  table: number,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  const { u32 } = context.picture;
  const isMapped = a === 0 && b === 0 && c === 0xffff;
  const isTranslated = a === 0x0064ff9b && b === 0 && c === 0;
  if (isMapped || isTranslated) return behind(BEHIND_96, classOfV4(u32, table, d));
  if (a >>> 16 === 0x2002) return behind(BEHIND_16, classOfV4(u32, table, (a << 16) | (b >>> 16)));
  return classOfV6(u32, table, a, b);
}

/** The class of the IPv4 address, for a prefix of the IPv6 address that it stands in. */
function behind(bits: number, leaf: number): number {
  return leaf + (bits << 16);
}
