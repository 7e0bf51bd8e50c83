/** RDATA in wire form: where each field ends, whether it is sound, whether two are the same record. */
import { LOWER } from "../message/name.ts";
import { nameEnd } from "../message/record.ts";
import { isAlphanumeric } from "../presentation/text.ts";
import { type Field, type FieldKind, fieldsOf } from "./fields.ts";
import { locEnd } from "./loc.ts";
import { paramsEnd } from "./params-wire.ts";
import { SPECIAL_FIELDS } from "./special-fields.ts";

/** Where the field that starts at `at` ends; -1 when the octets there are not such a field. */
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
    case "optional-string":
      return at === rdata.length ? at : at + 1 + (rdata[at] as number);
    case "optional-base64":
      return rdata.length;
    default:
      return SPECIAL_FIELDS[kind].end(rdata, at);
  }
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

/** False when the octets break the rules of their type. A type without fields has no rules. */
export function isRdata(type: number, rdata: Uint8Array): boolean {
  const fields = fieldsOf(type);
  if (fields === undefined) return true;
  let at = 0;
  for (const { kind } of fields) {
    at = fieldEnd(kind, rdata, at);
    if (at < 0) return false;
  }
  return at === rdata.length;
}

/** True when both are the same record: names compare without regard to case (RFC 4343 §3), everything else to the octet. */
export function sameRdata(type: number, a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let first = 0;
  while (first < a.length && a[first] === b[first]) first++;
  if (first === a.length) return true;
  const fields = fieldsOf(type);
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
      // Length octets are below 64, so folding them changes nothing.
      if (kind !== "name" || LOWER[a[at] as number] !== LOWER[b[at] as number]) return false;
    }
  }
  return true;
}

/** The octets of field number `index` in sound `rdata`. */
export function fieldAt(type: number, rdata: Uint8Array, index: number): Uint8Array {
  let at = 0;
  const fields = fieldsOf(type) ?? [];
  for (const { kind } of fields.slice(0, index)) at = fieldEnd(kind, rdata, at);
  return rdata.subarray(at, fieldEnd(fields[index]?.kind ?? "text", rdata, at));
}
