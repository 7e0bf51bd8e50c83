/** Records in two spellings made side by side: as zone files write them and as they go on the wire. No code of src/. */
import type { Random } from "../fuzz/random.ts";
import { hex, unhex } from "../support/decode.ts";
import { wireName } from "../support/query.ts";

export const TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  DS: 43,
  TLSA: 52,
  CAA: 257,
  TYPE65280: 65_280,
} as const;
export type TypeName = keyof typeof TYPES;

export type Rdata = { readonly text: string; readonly wire: Uint8Array };

/** RDATA that is one domain name: NS, CNAME, PTR, DNAME. */
export function nameRdata(name: string): Rdata {
  return { text: name, wire: Uint8Array.from(wireName(name)) };
}

export function addressRdata(last: number): Rdata {
  return { text: `192.0.2.${last}`, wire: Uint8Array.of(192, 0, 2, last) };
}

export function someAddress6(last: number): Rdata {
  return {
    text: `2001:db8::${last.toString(16)}`,
    wire: unhex(`20010db8${"00".repeat(11)}${hex([last])}`),
  };
}

export function srvRdata(weight: number, port: number, target: string): Rdata {
  return {
    text: `0 ${weight} ${port} ${target}`,
    wire: Uint8Array.from([0, 0, 0, weight, port >> 8, port & 255, ...wireName(target)]),
  };
}

export function soaRdata(mname: string, minimum: number): Rdata {
  const rname = `hostmaster.${mname}`;
  const numbers = [1, 7200, 3600, 1_209_600, minimum];
  return {
    text: [mname, rname, ...numbers].join(" "),
    wire: Uint8Array.from([...wireName(mname), ...wireName(rname), ...numbers.flatMap(u32)]),
  };
}

/** Random RDATA of a type; `target` is the name in it if the type has one. */
export function someRdata(type: TypeName, target: string, random: Random): Rdata {
  const n = 1 + random.below(250);
  switch (type) {
    case "A":
      return addressRdata(n);
    case "AAAA":
      return someAddress6(n);
    case "MX":
      return { text: `${n} ${target}`, wire: Uint8Array.from([0, n, ...wireName(target)]) };
    case "SRV":
      return srvRdata(n, 53, target);
    case "TXT":
      return {
        text: `"${"t".repeat(n)}" "*"`,
        wire: Uint8Array.from([...string("t".repeat(n)), ...string("*")]),
      };
    case "CAA":
      return { text: `0 issue "ca${n}"`, wire: Uint8Array.from([0, ...string("issue"), ...ascii(`ca${n}`)]) };
    case "TLSA":
      return { text: `3 1 1 ${hex([n]).repeat(32)}`, wire: unhex(`030101${hex([n]).repeat(32)}`) };
    case "DS":
      return {
        text: `${n} 13 2 ${hex([n]).repeat(32)}`,
        wire: unhex(`00${hex([n])}0d02${hex([n]).repeat(32)}`),
      };
    case "TYPE65280":
      return { text: `\\# 3 ${hex([n, 0, 1])}`, wire: Uint8Array.of(n, 0, 1) };
    case "SOA":
      return soaRdata(target, n);
    default:
      return nameRdata(target);
  }
}

function string(text: string): number[] {
  return [text.length, ...ascii(text)];
}

function ascii(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
