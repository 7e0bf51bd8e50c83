/** SvcParams of SVCB and HTTPS records on the wire (RFC 9460 §2.2, §7, §8): keys, and what makes a value sound. */
import { u16 } from "../message/wire.ts";

export const ParamKey = {
  Mandatory: 0,
  Alpn: 1,
  NoDefaultAlpn: 2,
  Port: 3,
  Ipv4Hint: 4,
  Ech: 5,
  Ipv6Hint: 6,
  DohPath: 7,
  Ohttp: 8,
} as const;

/** Reserved (RFC 9460 §14.3.2). */
const INVALID_KEY = 65_535;

/** RFC 9460 §14.3.2, RFC 9461 §5, RFC 9540 §4; the index is the key. */
const NAMES = [
  "mandatory",
  "alpn",
  "no-default-alpn",
  "port",
  "ipv4hint",
  "ech",
  "ipv6hint",
  "dohpath",
  "ohttp",
] as const;

export function paramName(key: number): string {
  return NAMES[key] ?? `key${key}`;
}

/** "alpn" or "key667"; -1 for anything else. */
export function paramKey(name: string): number {
  const known = NAMES.findIndex((other) => other === name);
  if (known >= 0) return known;
  const number = Number(/^key(0|[1-9]\d{0,4})$/.exec(name)?.[1] ?? -1);
  return number < INVALID_KEY ? number : -1;
}

/** One parameter as it is in RDATA. */
export type Param = { readonly key: number; readonly value: Uint8Array };

/** Where SvcParams that start at `start` end, which is the end of `rdata`; -1 when they break a rule. */
export function paramsEnd(rdata: Uint8Array, start: number): number {
  const params = readParams(rdata, start);
  return params !== null && paramsFault(params) === null ? rdata.length : -1;
}

/** All parameters from `start` to the end; null when the last one is cut off. */
export function readParams(rdata: Uint8Array, start: number): readonly Param[] | null {
  const params: Param[] = [];
  let at = start;
  while (at + 4 <= rdata.length) {
    const end = at + 4 + u16(rdata, at + 2);
    if (end > rdata.length) return null;
    params.push({ key: u16(rdata, at), value: rdata.subarray(at + 4, end) });
    at = end;
  }
  return at === rdata.length ? params : null;
}

/** What is wrong with these parameters, which must be in ascending order of their keys; null = nothing. */
export function paramsFault(params: readonly Param[]): string | null {
  for (const [index, { key, value }] of params.entries()) {
    const before = params[index - 1]?.key ?? -1;
    if (key === before) return `${paramName(key)} is given twice`;
    if (key < before) return "the parameters are not in ascending order";
    if (!isValue(key, value)) return `the value of ${paramName(key)} is not sound`;
  }
  const has = (key: number): boolean => params.some((param) => param.key === key);
  if (has(ParamKey.NoDefaultAlpn) && !has(ParamKey.Alpn)) return "no-default-alpn needs alpn beside it";
  const mandatory = params[0]?.key === ParamKey.Mandatory ? keysIn(params[0].value) : [];
  const missing = mandatory.find((key) => !has(key));
  return missing === undefined ? null : `${paramName(missing)} is mandatory, but not given`;
}

/** The keys that a `mandatory` value names. */
export function keysIn(value: Uint8Array): readonly number[] {
  return Array.from({ length: value.length >> 1 }, (_, i) => u16(value, 2 * i));
}

function isValue(key: number, value: Uint8Array): boolean {
  switch (key) {
    case ParamKey.Mandatory:
      return isMandatory(value);
    case ParamKey.Alpn:
      return alpnIds(value) !== null;
    case ParamKey.NoDefaultAlpn:
    case ParamKey.Ohttp:
      return value.length === 0;
    case ParamKey.Port:
      return value.length === 2;
    case ParamKey.Ipv4Hint:
      return value.length > 0 && value.length % 4 === 0;
    case ParamKey.Ipv6Hint:
      return value.length > 0 && value.length % 16 === 0;
    case ParamKey.Ech:
      return value.length > 0;
    case ParamKey.DohPath:
      return isDohPath(value);
    default:
      return key !== INVALID_KEY;
  }
}

/** Strictly ascending, without the key `mandatory` (RFC 9460 §8). */
function isMandatory(value: Uint8Array): boolean {
  if (value.length === 0 || value.length % 2 !== 0) return false;
  return keysIn(value).every((key, i, all) => key > (all[i - 1] ?? 0));
}

/** The protocol names in an `alpn` value; null when the value is not sound. */
export function alpnIds(value: Uint8Array): readonly Uint8Array[] | null {
  const ids: Uint8Array[] = [];
  let at = 0;
  while (at < value.length) {
    const end = at + 1 + (value[at] as number);
    if (end === at + 1 || end > value.length) return null;
    ids.push(value.subarray(at + 1, end));
    at = end;
  }
  return ids.length > 0 ? ids : null;
}

/** A relative URI template with the variable "dns" (RFC 9461 §5). */
function isDohPath(value: Uint8Array): boolean {
  if (value[0] !== 0x2f) return false;
  let text = "";
  for (const octet of value) text += String.fromCharCode(octet);
  return /\{[?&]?([^{}]*,)?dns(,[^{}]*)?\}/.test(text);
}
