/** The OPT record of a query (RFC 6891 §6.1.2): client subnet (RFC 7871 §6), cookie (RFC 7873), NSID (RFC 5001), keepalive (RFC 7828). */
import { EdnsOption } from "./code.ts";
import type { Query } from "./query-record.ts";
import { u16 } from "./wire.ts";

/** What an EDNS-aware client can always receive, in octets (RFC 6891 §6.2.3). */
export const UDP_OCTETS_MIN = 512;
/** What we send at most over UDP, in octets: fits the IPv6 minimum MTU (RFC 9715 §3.1). */
export const UDP_OCTETS_MAX = 1232;
/** Root name, type, class, TTL and RDLENGTH of an OPT record without options. */
export const OPT_OCTETS = 11;
/** The longest name of a server in an NSID option, in octets: leaves room for the answer (RFC 5001 sets no bound). */
export const NSID_OCTETS_MAX = 128;

/** What a query asks for by options that carry nothing else worth keeping: bits of `Query.requestedOptions`. */
export const RequestedOption = {
  Nsid: 1,
  Cookie: 2,
  Keepalive: 4,
  /** A keepalive with a value, which only servers may send: an error over TCP, nothing over UDP (RFC 7828 §3.2). */
  WrongKeepalive: 8,
} as const;

/** The client part of a cookie alone, and the bounds of a cookie with a server part (RFC 7873 §4). */
const CLIENT_COOKIE_OCTETS = 8;
const COOKIE_OCTETS_MIN = 16;
const COOKIE_OCTETS_MAX = 40;

export function forgetEdns(query: Query): void {
  query.hasEdns = false;
  query.ednsVersion = 0;
  query.udpOctets = 0;
  query.dnssecOk = false;
  query.subnetOctets = -1;
  query.requestedOptions = 0;
}

/**
 * Reads the fixed part at `at` (TYPE onwards) and the options up to `end`. Returns false for options that run past
 * the record or are malformed; the fixed part is filled in any case, so that errors can carry an OPT record.
 * Unknown options are skipped (RFC 6891 §6.1.2); flags other than DO are ignored.
 */
export function readOpt(bytes: Uint8Array, at: number, end: number, query: Query): boolean {
  query.hasEdns = true;
  query.udpOctets = u16(bytes, at + 2);
  query.ednsVersion = bytes[at + 5] as number;
  query.dnssecOk = ((bytes[at + 6] as number) & 0x80) !== 0;
  let option = at + 10;
  while (option < end) {
    if (option + 4 > end) return false;
    const octets = u16(bytes, option + 2);
    const next = option + 4 + octets;
    if (next > end) return false;
    if (!readOption(bytes, option, octets, query)) return false;
    option = next;
  }
  return true;
}

function readOption(bytes: Uint8Array, at: number, octets: number, query: Query): boolean {
  switch (u16(bytes, at)) {
    case EdnsOption.ClientSubnet:
      return readSubnet(bytes, at + 4, octets, query);
    case EdnsOption.Cookie:
      return readCookie(at + 4, octets, query);
    case EdnsOption.NSID:
      query.requestedOptions |= RequestedOption.Nsid;
      return true;
    case EdnsOption.Keepalive:
      query.requestedOptions |= octets === 0 ? RequestedOption.Keepalive : RequestedOption.WrongKeepalive;
      return true;
    default:
      return true;
  }
}

/** The first of several cookies counts (RFC 7873 §5.2). */
function readCookie(at: number, octets: number, query: Query): boolean {
  if (octets !== CLIENT_COOKIE_OCTETS && (octets < COOKIE_OCTETS_MIN || octets > COOKIE_OCTETS_MAX))
    return false;
  if ((query.requestedOptions & RequestedOption.Cookie) !== 0) return true;
  query.requestedOptions |= RequestedOption.Cookie;
  query.cookieAt = at;
  query.cookieOctets = octets;
  return true;
}

/** False for an unknown family with an address, a wrong length, bits after the prefix, or a scope (RFC 7871 §7.1.2). */
function readSubnet(bytes: Uint8Array, at: number, octets: number, query: Query): boolean {
  if (octets < 4 || query.subnetOctets >= 0) return false;
  const family = u16(bytes, at);
  const source = bytes[at + 2] as number;
  const addressOctets = (source + 7) >> 3;
  const bits = family === 1 ? 32 : family === 2 ? 128 : 0;
  if (family > 2 || source > bits || bytes[at + 3] !== 0 || octets !== 4 + addressOctets) return false;
  for (let i = 0; i < addressOctets; i++) query.subnetAddress[i] = bytes[at + 4 + i] as number;
  for (let i = addressOctets; i < bits / 8; i++) query.subnetAddress[i] = 0;
  const strayBits = addressOctets * 8 - source;
  if (strayBits > 0 && ((bytes[at + 3 + addressOctets] as number) & ((1 << strayBits) - 1)) !== 0)
    return false;
  query.subnetFamily = family;
  query.subnetSource = source;
  query.subnetOctets = addressOctets;
  return true;
}
