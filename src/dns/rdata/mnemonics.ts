/** Numbers that may be written by name: DNSSEC algorithms (RFC 4034 §A.1) and certificate types (RFC 4398 §2.1), as IANA has them. */
import { numberAt } from "../presentation/number.ts";
import type { Octets } from "../presentation/octets.ts";
import type { Words } from "../presentation/words.ts";
import { u16 } from "../message/wire.ts";
import type { SpecialField } from "./fields.ts";

const ALGORITHMS: Readonly<Record<string, number>> = {
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  "DSA-NSEC3-SHA1": 6,
  "RSASHA1-NSEC3-SHA1": 7,
  RSASHA256: 8,
  RSASHA512: 10,
  "ECC-GOST": 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
};

const CERTIFICATES: Readonly<Record<string, number>> = {
  PKIX: 1,
  SPKI: 2,
  PGP: 3,
  IPKIX: 4,
  ISPKI: 5,
  IPGP: 6,
  ACPKIX: 7,
  IACPKIX: 8,
  URI: 253,
  OID: 254,
};

export function putAlgorithm(words: Words, index: number, out: Octets): string | null {
  const value = valueAt(words, index, ALGORITHMS);
  if (value < 0 || value > 255) return `${words.shown(index)} is not a DNSSEC algorithm`;
  out.put8(value);
  return null;
}

function valueAt(words: Words, index: number, names: Readonly<Record<string, number>>): number {
  const number = numberAt(words, index);
  const name = number >= 0 || !words.isBare(index) ? "" : words.text(index).toUpperCase();
  return Object.hasOwn(names, name) ? (names[name] as number) : number;
}

export const certificateType: SpecialField = {
  words: 1,
  put({ words, first }, out) {
    const value = valueAt(words, first, CERTIFICATES);
    if (value < 0 || value > 65_535) return `${words.shown(first)} is not a certificate type`;
    out.put16(value);
    return null;
  },
  end: (_rdata, at) => at + 2,
  format: (octets) => String(u16(octets, 0)),
};
