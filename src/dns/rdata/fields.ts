/**
 * The fields of RDATA, type by type. From this one table text is read (parse.ts) and written (format.ts), and wire form is
 * checked (wire-form.ts). A new record type takes two lines and a test vector: its number in `RecordType`
 * (dns/message/code.ts), its fields here, and a line in test/dns/rdata/rdata.test.ts. A type without fields has only the generic text form (RFC 3597 §5).
 */
import { RecordType } from "../message/code.ts";
import type { Octets } from "../presentation/octets.ts";
import type { Words } from "../presentation/words.ts";

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
  | "loc"
  /** As string, but may be missing (RFC 1183 §3.2). */
  | "optional-string"
  /** As base64, but may be missing (RFC 4025 §2.6). */
  | "optional-base64"
  | SpecialKind;

/** Fields that few types have; each has its own reader and writer (special-fields.ts). */
export type SpecialKind =
  /** A record type, by its mnemonic in text. */
  | "type"
  /** A set of record types as a bit map, to the end; may be empty (RFC 4034 §4.1.2). */
  | "types"
  /** A moment, in text YYYYMMDDHHmmSS (RFC 4034 §3.2). */
  | "time"
  /** A certificate type: a number or a mnemonic (RFC 4398 §2.1). */
  | "certificate-type"
  /** A length octet and up to 255 octets, in text hexadecimal or "-" (RFC 5155 §3.3). */
  | "salt"
  /** A length octet and 1 to 255 octets, in text base32hex (RFC 5155 §3.3). */
  | "hash"
  /** 6 and 8 octets, in text with hyphens (RFC 7043 §3.2, §4.2). */
  | "eui48"
  | "eui64"
  /** 8 octets, in text four groups with colons (RFC 6742 §2.1.1). */
  | "locator"
  /** To the end, in text 0x and hexadecimal with dots anywhere (RFC 1706 §7). */
  | "nsap"
  /** Kind of gateway, algorithm, gateway (RFC 4025 §3.1). */
  | "gateway"
  /** Whether discovery is optional, kind of relay, relay (RFC 8777 §4.3). */
  | "relay"
  /** All of a HIP record (RFC 8005 §5, §6). */
  | "hip"
  /** Address prefixes, to the end; may be none (RFC 3123 §5). */
  | "prefixes"
  /** Protocol and ports, to the end (RFC 1035 §3.4.2). */
  | "services";

/** The words of RDATA in text, as its reader gets them. */
export type RdataSource = {
  readonly words: Words;
  /** The first word of the RDATA, or of the field. */
  readonly first: number;
  /** What relative names are completed with: wire form, case as written. */
  readonly origin: Uint8Array;
};

/** How a field is read from text, found in octets, and written. */
export type SpecialField = {
  /** How many words it takes in text; Infinity = all to the end of the entry. */
  readonly words: number;
  readonly mayBeMissing?: true;
  /** Null, or a message that says what is wrong. At least `words` words are there, or one where it takes all. */
  readonly put: (source: RdataSource, out: Octets) => string | null;
  /** Where the field that starts at `at` ends; -1, or beyond the end, when the octets are not sound. */
  readonly end: (rdata: Uint8Array, at: number) => number;
  /** Null when text has no way to write these octets. */
  readonly format: (octets: Uint8Array) => string | null;
};

export type Field = { readonly kind: FieldKind; readonly label: string };

const DIGEST = ["u16 key tag", "algorithm algorithm", "u8 digest type", "hex digest"] as const;
const KEY = ["u16 flags", "u8 protocol", "algorithm algorithm", "base64 public key"] as const;
const SIGNATURE = [
  "type type covered",
  "algorithm algorithm",
  "u8 labels",
  "u32 original TTL",
  "time expiration",
  "time inception",
  "u16 key tag",
  "name signer",
  "base64 signature",
] as const;
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
  MD: ["name host"],
  MF: ["name host"],
  MB: ["name host"],
  MG: ["name mailbox"],
  MR: ["name mailbox"],
  WKS: ["ipv4 address", "services services"],
  MINFO: ["name mailbox", "name error mailbox"],
  MX: ["u16 preference", "name exchange"],
  TXT: ["strings text"],
  RP: ["name mailbox", "name text name"],
  AFSDB: ["u16 subtype", "name host"],
  X25: ["string address"],
  ISDN: ["string address", "optional-string subaddress"],
  RT: ["u16 preference", "name host"],
  NSAP: ["nsap address"],
  "NSAP-PTR": ["name target"],
  SIG: SIGNATURE,
  KEY,
  PX: ["u16 preference", "name RFC 822 domain", "name X.400 domain"],
  GPOS: ["string longitude", "string latitude", "string altitude"],
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
  KX: ["u16 preference", "name exchanger"],
  CERT: ["certificate-type type", "u16 key tag", "algorithm algorithm", "base64 certificate"],
  DNAME: ["name target"],
  APL: ["prefixes prefixes"],
  DS: DIGEST,
  SSHFP: ["u8 algorithm", "u8 fingerprint type", "hex fingerprint"],
  IPSECKEY: ["u8 precedence", "gateway gateway", "optional-base64 public key"],
  RRSIG: SIGNATURE,
  NSEC: ["name next name", "types types"],
  DNSKEY: KEY,
  DHCID: ["base64 identity"],
  NSEC3: ["u8 hash algorithm", "u8 flags", "u16 iterations", "salt salt", "hash next owner", "types types"],
  NSEC3PARAM: ["u8 hash algorithm", "u8 flags", "u16 iterations", "salt salt"],
  TLSA: CERTIFICATE,
  SMIMEA: CERTIFICATE,
  HIP: ["hip identity"],
  NINFO: ["strings text"],
  RKEY: KEY,
  TALINK: ["exact-name previous", "exact-name next"],
  CDS: DIGEST,
  CDNSKEY: KEY,
  OPENPGPKEY: ["base64 public key"],
  CSYNC: ["u32 serial", "u16 flags", "types types"],
  ZONEMD: ["u32 serial", "u8 scheme", "u8 hash algorithm", "hex digest"],
  SVCB: BINDING,
  HTTPS: BINDING,
  SPF: ["strings text"],
  NID: ["u16 preference", "locator node"],
  L32: ["u16 preference", "ipv4 locator"],
  L64: ["u16 preference", "locator locator"],
  LP: ["u16 preference", "exact-name pointer"],
  EUI48: ["eui48 address"],
  EUI64: ["eui64 address"],
  URI: ["u16 priority", "u16 weight", "uri target"],
  CAA: ["u8 flags", "tag tag", "text value"],
  AVC: ["strings text"],
  AMTRELAY: ["u8 precedence", "relay relay"],
  RESINFO: ["strings text"],
  WALLET: ["strings text"],
  TA: DIGEST,
  DLV: DIGEST,
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

/** All types that have a text form of their own. */
export function typesWithText(): readonly number[] {
  return [...byType.keys()];
}
