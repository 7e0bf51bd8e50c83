/** Record types by name, and which of them can stand in a zone (RFC 3597 §5, RFC 6895 §3.1). */
import { RecordType } from "../message/code.ts";

const codes: ReadonlyMap<string, number> = new Map(Object.entries(RecordType));
const mnemonics: ReadonlyMap<number, string> = new Map(
  Object.entries(RecordType).map(([name, code]) => [code, name]),
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

/** Types of questions and messages, which never stand in a zone: 0, OPT, and 128 to 255 (RFC 6895 §3.1). */
export function isMetaType(code: number): boolean {
  return code === 0 || code === RecordType.OPT || (code >= 128 && code <= 255);
}

/**
 * Records that mean something only in a signed zone. fedns serves no signatures, and such records without them would
 * make resolvers distrust the zone, or its parent announce keys that sign nothing (RFC 4035 §2, RFC 7344 §4.1). DS is
 * none of them: it stands at a delegation and is about the child's keys. KEY has uses of its own (RFC 3445).
 */
const OF_SIGNED_ZONES: ReadonlySet<number> = new Set([
  RecordType.SIG,
  RecordType.NXT,
  RecordType.RRSIG,
  RecordType.NSEC,
  RecordType.DNSKEY,
  RecordType.NSEC3,
  RecordType.NSEC3PARAM,
  RecordType.CDS,
  RecordType.CDNSKEY,
  RecordType.ZONEMD,
]);

export function isOfSignedZones(type: number): boolean {
  return OF_SIGNED_ZONES.has(type);
}
