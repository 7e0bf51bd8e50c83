/**
 * What RDATA is made of, type by type: one table, from which text is read (rdata-parse.ts) and written (rdata-format.ts)
 * and by which wire form is judged. Types that are not in it have no text form of their own (RFC 3597).
 */
import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX } from "../message/code.ts";
import { LOWER } from "../message/name.ts";
import { locEnd } from "./loc.ts";
import { isAlphanumeric } from "./octets.ts";
import { paramsEnd } from "./params-wire.ts";
import { typeCode } from "./types.ts";

type FieldKind =
  | "u8"
  | "u16"
  | "u32"
  /** 32 bits; in text also with units ("1h30m"). */
  | "seconds"
  /** A DNSSEC algorithm: a number or a mnemonic (RFC 4034 §A.1). */
  | "algorithm"
  | "ipv4"
  | "ipv6"
  /** Uncompressed, case as written. */
  | "name"
  /** As name, but compared to the octet, as in all types younger than RFC 3597 (§6 there). */
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

const DIGEST = ["u16 key tag", "algorithm algorithm", "u8 digest type", "hex digest"];
const KEY = ["u16 flags", "u8 protocol", "algorithm algorithm", "base64 public key"];
const CERTIFICATE = ["u8 usage", "u8 selector", "u8 matching type", "hex association"];
const BINDING = ["u16 priority", "exact-name target", "params parameters"];

/** Kind, then what people call the field. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
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
  Object.entries(TABLE).map(([name, fields]) => [typeCode(name) as number, fields.map(fieldOf)]),
);

function fieldOf(line: string): Field {
  const space = line.indexOf(" ");
  return { kind: line.slice(0, space) as FieldKind, label: line.slice(space + 1) };
}

/** undefined = only the generic form of RFC 3597. */
export function fieldsOf(type: number): readonly Field[] | undefined {
  return byType.get(type);
}

/** Fields that take everything that is left. */
export function takesRest(kind: FieldKind): boolean {
  return kind === "strings" || kind === "hex" || kind === "base64" || kind === "params" || kind === "loc";
}

/** Where the field that starts at `at` ends; -1 when no such field is there. */
export function fieldEnd(kind: FieldKind, rdata: Uint8Array, at: number): number {
  const end = endOf(kind, rdata, at);
  return end <= rdata.length ? end : -1;
}

function endOf(kind: FieldKind, rdata: Uint8Array, at: number): number {
  switch (kind) {
    case "u8":
    case "algorithm":
      return at + 1;
    case "u16":
      return at + 2;
    case "u32":
    case "seconds":
    case "ipv4":
      return at + 4;
    case "ipv6":
      return at + 16;
    case "name":
    case "exact-name":
      return nameEnd(rdata, at);
    case "string":
      return at < rdata.length ? at + 1 + (rdata[at] as number) : -1;
    case "tag":
      return tagEnd(rdata, at);
    case "strings":
      return stringsEnd(rdata, at);
    case "text":
      return rdata.length;
    case "uri":
    case "hex":
    case "base64":
      return at < rdata.length ? rdata.length : -1;
    case "params":
      return paramsEnd(rdata, at);
    case "loc":
      return locEnd(rdata, at);
  }
}

function nameEnd(rdata: Uint8Array, start: number): number {
  let at = start;
  while (at < rdata.length && rdata[at] !== 0) {
    if ((rdata[at] as number) > LABEL_OCTETS_MAX) return -1;
    at += (rdata[at] as number) + 1;
  }
  return at < rdata.length && at + 1 - start <= NAME_OCTETS_MAX ? at + 1 : -1;
}

function tagEnd(rdata: Uint8Array, at: number): number {
  const end = at < rdata.length ? at + 1 + (rdata[at] as number) : -1;
  if (end > rdata.length || end <= at + 1) return -1;
  for (let i = at + 1; i < end; i++) if (!isAlphanumeric(rdata[i] as number)) return -1;
  return end;
}

function stringsEnd(rdata: Uint8Array, start: number): number {
  let at = start;
  while (at < rdata.length) at += 1 + (rdata[at] as number);
  return at === rdata.length && at > start ? at : -1;
}

/** False when the wire form breaks the rules of its type; what we know nothing of is true. */
export function isRdata(type: number, rdata: Uint8Array): boolean {
  const fields = byType.get(type);
  if (fields === undefined) return true;
  let at = 0;
  for (const { kind } of fields) {
    at = fieldEnd(kind, rdata, at);
    if (at < 0) return false;
  }
  return at === rdata.length;
}

/** True when both say the same: names compare without regard to case (RFC 4343 §3), everything else to the octet. */
export function sameRdata(type: number, a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let first = 0;
  while (first < a.length && a[first] === b[first]) first++;
  if (first === a.length) return true;
  const fields = byType.get(type);
  if (fields === undefined || LOWER[a[first] as number] !== LOWER[b[first] as number]) return false;
  return sameFields(fields, a, b);
}

function sameFields(fields: readonly Field[], a: Uint8Array, b: Uint8Array): boolean {
  let at = 0;
  for (const { kind } of fields) {
    const end = fieldEnd(kind, a, at);
    if (end < 0) return false;
    for (; at < end; at++) {
      if (a[at] === b[at]) continue;
      // Length octets are below 64: to fold them changes nothing.
      if (kind !== "name" || LOWER[a[at] as number] !== LOWER[b[at] as number]) return false;
    }
  }
  return true;
}

/** The octets of one field of a sound `rdata`; `index` counts the fields of its type. */
export function fieldAt(type: number, rdata: Uint8Array, index: number): Uint8Array {
  let at = 0;
  const fields = byType.get(type) ?? [];
  for (const { kind } of fields.slice(0, index)) at = fieldEnd(kind, rdata, at);
  return rdata.subarray(at, fieldEnd(fields[index]?.kind ?? "text", rdata, at));
}

/** All types that have a text form of their own. */
export function typesWithText(): readonly number[] {
  return [...byType.keys()];
}
