/** Hosts that are named by an address or a name: gateways (RFC 4025), relays (RFC 8777), and the servers of HIP (RFC 8005). */
import { nameEnd } from "../message/record.ts";
import { formatName } from "../message/name.ts";
import { toHex } from "../message/hex.ts";
import { u16 } from "../message/wire.ts";
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from "../presentation/address.ts";
import { Base64, toBase64 } from "../presentation/binary.ts";
import { numberAt } from "../presentation/number.ts";
import { putName } from "../presentation/name.ts";
import type { Octets } from "../presentation/octets.ts";
import type { Words } from "../presentation/words.ts";
import type { RdataSource, SpecialField } from "./fields.ts";

/** How a host is written: nothing, an address, or a name. */
const HostKind = { None: 0, IPv4: 1, IPv6: 2, Name: 3 } as const;
/** The upper bit of a relay's kind. */
const DISCOVERY_OPTIONAL = 0x80;

function putHost(kind: number, source: RdataSource, out: Octets): string | null {
  const { words, first, origin } = source;
  if (kind === HostKind.Name) return putName(words, first, origin, out);
  const text = words.isBare(first) ? words.text(first) : "";
  if (kind === HostKind.None)
    return text === "." ? null : `${words.shown(first)} is not ".", which stands for none`;
  const octets = kind === HostKind.IPv4 ? parseIPv4(text) : parseIPv6(text);
  if (octets === null) return `${words.shown(first)} is not an IPv${kind === HostKind.IPv4 ? 4 : 6} address`;
  for (const octet of octets) out.put8(octet);
  return null;
}

function hostEnd(kind: number, rdata: Uint8Array, at: number): number {
  switch (kind) {
    case HostKind.None:
      return at;
    case HostKind.IPv4:
      return at + 4;
    case HostKind.IPv6:
      return at + 16;
    default:
      return kind === HostKind.Name ? nameEnd(rdata, at) : -1;
  }
}

function formatHost(kind: number, octets: Uint8Array): string {
  switch (kind) {
    case HostKind.None:
      return ".";
    case HostKind.IPv4:
      return formatIPv4(octets);
    case HostKind.IPv6:
      return formatIPv6(octets);
    default:
      return formatName(octets);
  }
}

function kindAt(words: Words, index: number): number {
  const kind = numberAt(words, index);
  return kind > HostKind.Name ? -1 : kind;
}

export const gateway: SpecialField = {
  words: 3,
  put(source, out) {
    const { words, first } = source;
    const kind = kindAt(words, first);
    if (kind < 0) return `${words.shown(first)} is not a gateway type from 0 to 3`;
    const algorithm = numberAt(words, first + 1);
    if (algorithm < 0 || algorithm > 255)
      return `${words.shown(first + 1)} is not an algorithm from 0 to 255`;
    out.put8(kind);
    out.put8(algorithm);
    return putHost(kind, { ...source, first: first + 2 }, out);
  },
  end: (rdata, at) => (at + 2 <= rdata.length ? hostEnd(rdata[at] as number, rdata, at + 2) : -1),
  format: (octets) => `${octets[0]} ${octets[1]} ${formatHost(octets[0] as number, octets.subarray(2))}`,
};

export const relay: SpecialField = {
  words: 3,
  put(source, out) {
    const { words, first } = source;
    const optional = numberAt(words, first);
    if (optional < 0 || optional > 1) return `${words.shown(first)} is not 0 or 1`;
    const kind = kindAt(words, first + 1);
    if (kind < 0) return `${words.shown(first + 1)} is not a relay type from 0 to 3`;
    out.put8(optional * DISCOVERY_OPTIONAL + kind);
    return putHost(kind, { ...source, first: first + 2 }, out);
  },
  end: (rdata, at) =>
    at < rdata.length ? hostEnd((rdata[at] as number) & ~DISCOVERY_OPTIONAL, rdata, at + 1) : -1,
  format(octets) {
    const first = octets[0] as number;
    const kind = first & ~DISCOVERY_OPTIONAL;
    return `${first >> 7} ${kind} ${formatHost(kind, octets.subarray(1))}`;
  },
};

/** Algorithm, host identity tag, public key, and any number of rendezvous servers; the lengths of the first two come first. */
const HIP_HEAD_OCTETS = 4;

export const hip: SpecialField = {
  words: Infinity,
  put(source, out) {
    const { words, first, origin } = source;
    if (words.count < first + 3)
      return "it needs an algorithm, a tag in hexadecimal and a public key in base64";
    const algorithm = numberAt(words, first);
    if (algorithm < 0 || algorithm > 255) return `${words.shown(first)} is not an algorithm from 0 to 255`;
    const start = out.length;
    out.put8(0);
    out.put8(algorithm);
    out.put16(0);
    const hex = words.isBare(first + 1) ? words.text(first + 1) : "";
    if (!/^([0-9a-f]{2}){1,127}$/i.test(hex))
      return `${words.shown(first + 1)} is not at most 127 octets in hexadecimal`;
    for (const pair of hex.match(/../g) ?? []) out.put8(Number.parseInt(pair, 16));
    const keyAt = out.length;
    const key = new Base64(out);
    const isKey =
      words.isBare(first + 2) &&
      key.read(words.bytes, words.starts[first + 2] as number, words.ends[first + 2] as number);
    const keyOctets = out.length - keyAt;
    if (!isKey || !key.isWhole || keyOctets === 0 || keyOctets > 65_535)
      return `${words.shown(first + 2)} is not a public key in base64`;
    out.bytes[start] = keyAt - start - HIP_HEAD_OCTETS;
    out.bytes[start + 2] = keyOctets >> 8;
    out.bytes[start + 3] = keyOctets;
    for (let i = first + 3; i < words.count; i++) {
      const message = putName(words, i, origin, out);
      if (message !== null) return message;
    }
    return null;
  },
  end(rdata, start) {
    if (start + HIP_HEAD_OCTETS > rdata.length) return -1;
    const [tag, key] = [rdata[start] as number, u16(rdata, start + 2)];
    if (tag === 0 || tag > 127 || key === 0) return -1;
    let at = start + HIP_HEAD_OCTETS + tag + key;
    while (at >= 0 && at < rdata.length) at = nameEnd(rdata, at);
    return at;
  },
  format(octets) {
    const keyAt = HIP_HEAD_OCTETS + (octets[0] as number);
    const keyEnd = keyAt + u16(octets, 2);
    const parts = [
      String(octets[1]),
      toHex(octets.subarray(HIP_HEAD_OCTETS, keyAt)),
      toBase64(octets.subarray(keyAt, keyEnd)),
    ];
    for (let at = keyEnd; at < octets.length; at = nameEnd(octets, at))
      parts.push(formatName(octets.subarray(at, nameEnd(octets, at))));
    return parts.join(" ");
  },
};
