/**
 * The fields of RDATA, type by type. From this one table text is read (parse.ts) and written (format.ts), and wire form is
 * checked (wire-form.ts). A new record type takes two lines and a test vector: its number in `RecordType`
 * (dns/message/code.ts), its fields here, and a line in test/dns/rdata/rdata.test.ts. A type without fields has only the generic text form (RFC 3597 §5).
 */
import { RecordType } from "../message/code.ts";

export type FieldKind =
  | "u8"
  | "u16"
  | "u32"
  /** 32 bits, in text also with units ("1h30m"). */
  | "seconds"
  /** A DNSSEC algorithm: a number or a mnemonic (RFC 4034 §A.1). */
  | "algorithm"
  | "ipv4"
  | "ipv6"
  /** Uncompressed, case as written. */
  | "name"
  /** As name, but compared with regard to case, as in all types that are newer than RFC 3597 (§6). */
  | "exact-name"
  /** A character-string: a length octet and up to 255 octets (RFC 1035 §3.3). */
  | "string"
  /** As string, but letters and digits without quotes (RFC 8659 §4.1). */
  | "tag"
  /** One or more character-strings, to the end. */
  | "strings"
  /** One quoted text without a length octet, to the end. */
  | "text"
  /** As text, but never empty (RFC 7553 §4.4). */
  | "uri"
  | "hex"
  | "base64"
  /** SvcParams (RFC 9460 §2.1). */
  | "params"
  /** All of a LOC record (RFC 1876). */
  | "loc";

export type Field = { readonly kind: FieldKind; readonly label: string };

const DIGEST = ["u16 key tag", "algorithm algorithm", "u8 digest type", "hex digest"] as const;
const KEY = ["u16 flags", "u8 protocol", "algorithm algorithm", "base64 public key"] as const;
const CERTIFICATE = ["u8 usage", "u8 selector", "u8 matching type", "hex association"] as const;
const BINDING = ["u16 priority", "exact-name target", "params parameters"] as const;

/** Each field: its kind, then what people call it. */
const TABLE: Readonly<Partial<Record<keyof typeof RecordType, readonly `${FieldKind} ${string}`[]>>> = {
  A: ["ipv4 address"],
  NS: ["name nameserver"],
  CNAME: ["name target"],
  SOA: [
    "name primary nameserver",
    "name mailbox",
    "u32 serial",
    "seconds refresh",
    "seconds retry",
    "seconds expire",
    "seconds minimum",
  ],
  PTR: ["name target"],
  HINFO: ["string CPU", "string operating system"],
  MX: ["u16 preference", "name exchange"],
  TXT: ["strings text"],
  RP: ["name mailbox", "name text name"],
  AFSDB: ["u16 subtype", "name host"],
  AAAA: ["ipv6 address"],
  LOC: ["loc location"],
  SRV: ["u16 priority", "u16 weight", "u16 port", "name target"],
  NAPTR: [
    "u16 order",
    "u16 preference",
    "string flags",
    "string services",
    "string regexp",
    "name replacement",
  ],
  DNAME: ["name target"],
  DS: DIGEST,
  SSHFP: ["u8 algorithm", "u8 fingerprint type", "hex fingerprint"],
  DNSKEY: KEY,
  TLSA: CERTIFICATE,
  SMIMEA: CERTIFICATE,
  CDS: DIGEST,
  CDNSKEY: KEY,
  OPENPGPKEY: ["base64 public key"],
  SVCB: BINDING,
  HTTPS: BINDING,
  SPF: ["strings text"],
  URI: ["u16 priority", "u16 weight", "uri target"],
  CAA: ["u8 flags", "tag tag", "text value"],
};

const byType: ReadonlyMap<number, readonly Field[]> = new Map(
  Object.entries(TABLE).map(([name, fields]) => [
    RecordType[name as keyof typeof RecordType],
    fields.map(fieldOf),
  ]),
);

function fieldOf(line: string): Field {
  const space = line.indexOf(" ");
  return { kind: line.slice(0, space) as FieldKind, label: line.slice(space + 1) };
}

/** undefined when the type has only the generic form of RFC 3597. */
export function fieldsOf(type: number): readonly Field[] | undefined {
  return byType.get(type);
}

/** True for fields that take all words to the end of the entry. */
export function takesRest(kind: FieldKind): boolean {
  return kind === "strings" || kind === "hex" || kind === "base64" || kind === "params" || kind === "loc";
}

/** All types that have a text form of their own. */
export function typesWithText(): readonly number[] {
  return [...byType.keys()];
}
