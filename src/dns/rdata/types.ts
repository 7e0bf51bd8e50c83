/** Mnemonics of record types, and what may stand in a zone at all (IANA "DNS Parameters", RFC 3597 §5, RFC 6895 §3.1). */

const CODES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
};

const codes: ReadonlyMap<string, number> = new Map(Object.entries(CODES));
const mnemonics: ReadonlyMap<number, string> = new Map(
  Object.entries(CODES).map(([name, code]) => [code, name]),
);

/** "AAAA", "aaaa" or "TYPE28" (RFC 3597 §5); null for anything else. */
export function typeCode(text: string): number | null {
  const known = codes.get(text) ?? codes.get(text.toUpperCase());
  if (known !== undefined) return known;
  const number = Number(/^TYPE(\d{1,5})$/i.exec(text)?.[1] ?? Number.NaN);
  return number <= 65_535 ? number : null;
}

/** The mnemonic, or TYPE followed by the number. */
export function typeName(code: number): string {
  return mnemonics.get(code) ?? `TYPE${code}`;
}

/** Types of questions and of messages, never of data: 0, OPT, and 128 to 255 (RFC 6895 §3.1). */
export function isMetaType(code: number): boolean {
  return code === 0 || code === 41 || (code >= 128 && code <= 255);
}
