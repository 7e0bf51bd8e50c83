/**
 * The PROXY protocol, version 2: what a balancer puts before a datagram, or before the first message of a connection, to
 * say whose query it is. All fields are big-endian.
 *
 *    0  signature, 12 octets
 *   12  version 2 << 4 | command: 0 LOCAL (the balancer asks for itself), 1 PROXY (the addresses below ask)
 *   13  address family << 4 | transport: family 1 IPv4, 2 IPv6
 *   14  octets that follow: source and destination address, source and destination port, and TLVs, which are skipped
 *
 *   sender is in `proxyProtocol`   header       what holds
 *   yes                            PROXY        the client has the header's source address
 *   yes                            LOCAL        the client is the balancer
 *   yes                            none, wrong, version 1, or PROXY with no IP address      no answer
 *   no                             none         as everywhere
 *   no                             any          no answer: nobody else may say whose query it is
 *
 * A PROXY header without IP addresses (family 0, UNIX) is refused, because its client would have the rights of the balancer.
 */

/** Longer headers are refused: TLVs that balancers send take some hundred octets. */
const HEADER_OCTETS_MAX = 2048;
const FIXED_OCTETS = 16;
const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const VERSION_AND_LOCAL = 0x20;
const VERSION_AND_PROXY = 0x21;
/** Source address in octets, and both addresses and ports. */
const IPV4_OCTETS = 4;
const IPV4_BLOCK_OCTETS = 12;
const IPV6_OCTETS = 16;
const IPV6_BLOCK_OCTETS = 36;
const TRANSPORT_MAX = 2;

/** The end of the input comes before that of the header. */
const INCOMPLETE = 0;
export const UNSOUND = -1;

/** Where the source address stands in the same bytes; no octets = the sender itself asks. Reused for every header. */
export type ProxiedAddress = { at: number; octets: number };

/** Octets of the header that starts at `start`, or INCOMPLETE, or UNSOUND. Total for all input; allocates nothing. */
export function readProxyHeader(bytes: Uint8Array, start: number, end: number, into: ProxiedAddress): number {
  const given = end - start;
  for (let i = 0; i < SIGNATURE.length && i < given; i++)
    if (bytes[start + i] !== SIGNATURE[i]) return UNSOUND;
  if (given < FIXED_OCTETS) return INCOMPLETE;
  const octets = FIXED_OCTETS + (((bytes[start + 14] as number) << 8) | (bytes[start + 15] as number));
  if (octets > HEADER_OCTETS_MAX) return UNSOUND;
  const command = bytes[start + 12] as number;
  const family = (bytes[start + 13] as number) >> 4;
  const transport = (bytes[start + 13] as number) & 15;
  into.at = start + FIXED_OCTETS;
  into.octets = 0;
  if (command === VERSION_AND_PROXY) {
    const isKnown = family === 1 || family === 2;
    const block = family === 1 ? IPV4_BLOCK_OCTETS : IPV6_BLOCK_OCTETS;
    if (!isKnown || transport > TRANSPORT_MAX || octets < FIXED_OCTETS + block) return UNSOUND;
    into.octets = family === 1 ? IPV4_OCTETS : IPV6_OCTETS;
  } else if (command !== VERSION_AND_LOCAL) return UNSOUND;
  return octets > given ? INCOMPLETE : octets;
}

/** 4 or 16 octets as text, in the long form that every reader of addresses takes. */
export function textOfAddress(octets: Uint8Array): string {
  if (octets.length === IPV4_OCTETS) return octets.join(".");
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((octets[2 * i] as number) << 8) | (octets[2 * i + 1] as number),
  );
  return groups.map((group) => group.toString(16)).join(":");
}

/** Do these octets begin like a header? */
export function hasProxySignature(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < SIGNATURE.length) return false;
  for (let i = 0; i < SIGNATURE.length; i++) if (bytes[start + i] !== SIGNATURE[i]) return false;
  return true;
}

/** What a query of our own begins with where its sender must send a header: LOCAL. */
export const LOCAL_HEADER: Uint8Array = Uint8Array.of(...SIGNATURE, VERSION_AND_LOCAL, 0, 0, 0);
