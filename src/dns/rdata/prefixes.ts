/** Address prefixes of APL records (RFC 3123 §4, §5): `!` for "not in", the address family, an address, the prefix length. */
import { u16 } from "../message/wire.ts";
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from "../presentation/address.ts";
import type { Octets } from "../presentation/octets.ts";
import type { SpecialField } from "./fields.ts";

const HEAD_OCTETS = 4;
const NEGATED = 0x80;
/** IANA address families: 1 and 2 have a text form. */
const FAMILY_OCTETS: Readonly<Record<number, 4 | 16>> = { 1: 4, 2: 16 };

export const prefixes: SpecialField = {
  words: Infinity,
  mayBeMissing: true,
  put({ words, first }, out) {
    for (let i = first; i < words.count; i++)
      if (!words.isBare(i) || !isPut(words.text(i), out))
        return `${words.shown(i)} is not a prefix like 1:192.0.2.0/24 or !2:2001:db8::/32`;
    return null;
  },
  end: prefixesEnd,
  format: formatPrefixes,
};

function isPut(text: string, out: Octets): boolean {
  const parts = /^(!?)([12]):([0-9a-f.:]+)\/(\d{1,3})$/i.exec(text);
  if (parts === null) return false;
  const [, not, family, address = "", length] = parts;
  const octets = family === "1" ? parseIPv4(address) : parseIPv6(address);
  if (octets === null || Number(length) > 8 * octets.length) return false;
  // Zeros at the end are left out.
  const used = octets.findLastIndex((octet) => octet !== 0) + 1;
  out.put16(Number(family));
  out.put8(Number(length));
  out.put8((not === "!" ? NEGATED : 0) | used);
  for (const octet of octets.slice(0, used)) out.put8(octet);
  return true;
}

function prefixesEnd(rdata: Uint8Array, start: number): number {
  let at = start;
  while (at < rdata.length) {
    if (at + HEAD_OCTETS > rdata.length) return -1;
    const most = FAMILY_OCTETS[u16(rdata, at)] ?? 127;
    const octets = (rdata[at + 3] as number) & ~NEGATED;
    const end = at + HEAD_OCTETS + octets;
    const isKnown = most < 127;
    if (octets > most || end > rdata.length) return -1;
    if (isKnown && (rdata[at + 2] as number) > 8 * most) return -1;
    if (octets > 0 && rdata[end - 1] === 0) return -1;
    at = end;
  }
  return at;
}

function formatPrefixes(octets: Uint8Array): string | null {
  const texts: string[] = [];
  for (let at = 0; at < octets.length;) {
    const family = u16(octets, at);
    const size = FAMILY_OCTETS[family];
    if (size === undefined) return null;
    const last = octets[at + 3] as number;
    const end = at + HEAD_OCTETS + (last & ~NEGATED);
    const address = new Uint8Array(size);
    address.set(octets.subarray(at + HEAD_OCTETS, end));
    const text = size === 4 ? formatIPv4(address) : formatIPv6(address);
    texts.push(`${last >= NEGATED ? "!" : ""}${family}:${text}/${octets[at + 2]}`);
    at = end;
  }
  return texts.join(" ");
}
