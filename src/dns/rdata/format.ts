/** RDATA as zone files have it (RFC 1035 §5.1): by the table of fields, or in the generic form (RFC 3597 §5). */
import { toHex } from "../message/hex.ts";
import { formatName } from "../message/name.ts";
import { formatIPv4, formatIPv6 } from "../presentation/address.ts";
import { type Field, fieldsOf } from "./fields.ts";
import { fieldEnd, isRdata } from "./wire-form.ts";
import { formatLoc } from "./loc.ts";
import { toBase64 } from "../presentation/binary.ts";
import { alpnIds, keysIn, type Param, ParamKey, paramName, readParams } from "./params-wire.ts";
import { SPECIAL_FIELDS } from "./special-fields.ts";
import { viewOfBytes } from "../message/wire.ts";

/** `rdata` is in uncompressed wire form. Octets that are not sound for their type get the generic form. */
export function formatRdata(type: number, rdata: Uint8Array): string {
  const fields = fieldsOf(type);
  if (fields === undefined || !isRdata(type, rdata)) return generic(rdata);
  const parts: string[] = [];
  let at = 0;
  for (const { kind } of fields) {
    const end = fieldEnd(kind, rdata, at);
    const text = formatField(kind, rdata.subarray(at, end));
    if (text === null) return generic(rdata);
    if (text !== "") parts.push(text);
    at = end;
  }
  return parts.length === 0 ? generic(rdata) : parts.join(" ");
}

function generic(rdata: Uint8Array): string {
  return `\\# ${rdata.length}${rdata.length === 0 ? "" : ` ${toHex(rdata)}`}`;
}

function formatField(kind: Field["kind"], octets: Uint8Array): string | null {
  switch (kind) {
    case "u8":
    case "algorithm":
      return String(octets[0]);
    case "u16":
      return String(viewOfBytes(octets).getUint16(0));
    case "u32":
    case "seconds":
      return String(viewOfBytes(octets).getUint32(0));
    case "ipv4":
      return formatIPv4(octets);
    case "ipv6":
      return formatIPv6(octets);
    case "name":
    case "exact-name":
      return formatName(octets);
    case "string":
      return quoted(octets.subarray(1));
    case "tag":
      return String.fromCharCode(...octets.subarray(1));
    case "strings":
      return formatStrings(octets);
    case "text":
    case "uri":
      return quoted(octets);
    case "hex":
      return toHex(octets);
    case "base64":
      return toBase64(octets);
    case "params":
      return (readParams(octets, 0) ?? []).map(formatParam).join(" ");
    case "loc":
      return formatLoc(octets);
    case "optional-string":
      return octets.length === 0 ? "" : quoted(octets.subarray(1));
    case "optional-base64":
      return toBase64(octets);
    default:
      return SPECIAL_FIELDS[kind].format(octets);
  }
}

function formatStrings(octets: Uint8Array): string {
  const texts: string[] = [];
  for (let at = 0; at < octets.length; at += 1 + (octets[at] as number))
    texts.push(quoted(octets.subarray(at + 1, at + 1 + (octets[at] as number))));
  return texts.join(" ");
}

/** In quotation marks; octets that are not printable become \DDD. */
function quoted(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) {
    if (octet === QUOTE || octet === BACKSLASH) text += `\\${String.fromCharCode(octet)}`;
    else if (octet >= 0x20 && octet < 0x7f) text += String.fromCharCode(octet);
    else text += `\\${octet.toString().padStart(3, "0")}`;
  }
  return `"${text}"`;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

function formatParam({ key, value }: Param): string {
  const text = paramText(key, value);
  return text === "" ? paramName(key) : `${paramName(key)}=${text}`;
}

function paramText(key: number, value: Uint8Array): string {
  switch (key) {
    case ParamKey.Mandatory:
      return keysIn(value).map(paramName).join(",");
    case ParamKey.Alpn:
      return quoted(alpnText(value));
    case ParamKey.Port:
      return String(viewOfBytes(value).getUint16(0));
    case ParamKey.Ipv4Hint:
      return chunks(value, 4).map(formatIPv4).join(",");
    case ParamKey.Ipv6Hint:
      return chunks(value, 16).map(formatIPv6).join(",");
    case ParamKey.Ech:
      return toBase64(value);
    default:
      return value.length === 0 ? "" : quoted(value);
  }
}

/** The list with commas between; commas and backslashes in items are escaped here, and again by `quoted` (RFC 9460 §A.1). */
function alpnText(value: Uint8Array): Uint8Array {
  const escaped = (id: Uint8Array): number[] =>
    [...id].flatMap((octet) => (octet === COMMA || octet === BACKSLASH ? [BACKSLASH, octet] : [octet]));
  const ids = (alpnIds(value) ?? []).map(escaped);
  return Uint8Array.from(ids.flatMap((id, i) => (i === 0 ? id : [COMMA, ...id])));
}

function chunks(octets: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: octets.length / size }, (_, i) => octets.subarray(i * size, (i + 1) * size));
}
