/** DNSSEC algorithms, by number or mnemonic (RFC 4034 §A.1 and the IANA registry since). */
import { numberAt } from "../presentation/number.ts";
import type { Octets } from "../presentation/octets.ts";
import type { Words } from "../presentation/words.ts";

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

export function putAlgorithm(words: Words, index: number, out: Octets): string | null {
  const number = numberAt(words, index);
  const name = number >= 0 || !words.isBare(index) ? "" : words.text(index).toUpperCase();
  const value = Object.hasOwn(ALGORITHMS, name) ? (ALGORITHMS[name] as number) : number;
  if (value < 0 || value > 255) return `${words.shown(index)} is not a DNSSEC algorithm`;
  out.put8(value);
  return null;
}
