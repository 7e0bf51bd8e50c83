/** Queries as bytes, valid and invalid ones, written independently of src/dns. */
import { unhex } from "./decode.ts";

export type Option = { readonly code: number; readonly hex: string };
export type EdnsAsked = {
  readonly udpOctets?: number;
  readonly version?: number;
  readonly extendedRcode?: number;
  /** All 16 flag bits; 0x8000 = DO. */
  readonly flags?: number;
  readonly options?: readonly Option[];
  /** RDATA as it is, in place of the options. */
  readonly rdataHex?: string;
};
export type Asked = {
  /** Labels separated by dots, or a name in wire form. */
  readonly name: string | Uint8Array;
  readonly type: number;
  readonly class?: number;
  readonly id?: number;
  /** The 16 bits behind the ID; 0x0100 = RD, which is the default. */
  readonly flags?: number;
  readonly edns?: EdnsAsked;
  /** Instead of the true counts: questions, answers, authorities, additionals. */
  readonly counts?: readonly [number, number, number, number];
  /** Octets between the question and the OPT record. */
  readonly beforeOpt?: string;
  readonly trailing?: string;
};

export function encodeQuery(asked: Asked): Uint8Array {
  const { edns, counts = [1, 0, 0, edns === undefined ? 0 : 1] } = asked;
  const numbers = [asked.id ?? 0x1234, asked.flags ?? 0x0100, ...counts];
  return Uint8Array.from([
    ...numbers.flatMap(u16),
    ...wireName(asked.name),
    ...u16(asked.type),
    ...u16(asked.class ?? 1),
    ...unhex(asked.beforeOpt ?? ""),
    ...(edns === undefined ? [] : optRecord(edns)),
    ...unhex(asked.trailing ?? ""),
  ]);
}

export function optRecord(edns: EdnsAsked, owner: readonly number[] = [0]): number[] {
  const options = (edns.options ?? []).flatMap(({ code, hex: digits }) => {
    const octets = [...unhex(digits)];
    return [...u16(code), ...u16(octets.length), ...octets];
  });
  const rdata = edns.rdataHex === undefined ? options : [...unhex(edns.rdataHex)];
  return [
    ...owner,
    ...u16(41),
    ...u16(edns.udpOctets ?? 1232),
    edns.extendedRcode ?? 0,
    edns.version ?? 0,
    ...u16(edns.flags ?? 0),
    ...u16(rdata.length),
    ...rdata,
  ];
}

/** An EDNS Client Subnet option (RFC 7871 §6) as it is given, sound or not. */
export function subnet(family: number, source: number, addressHex: string, scope = 0): Option {
  const head = [...u16(family), source, scope].map((octet) => octet.toString(16).padStart(2, "0"));
  return { code: 8, hex: head.join("") + addressHex };
}

export function wireName(name: string | Uint8Array): number[] {
  if (typeof name !== "string") return [...name];
  const labels = name.split(".").filter((label) => label !== "");
  return [
    ...labels.flatMap((label) => {
      const octets = [...label.replace(/\\(\d{3})/g, (_, digits) => String.fromCharCode(Number(digits)))];
      return [octets.length, ...octets.map((character) => character.charCodeAt(0))];
    }),
    0,
  ];
}

function u16(value: number): number[] {
  return [value >>> 8, value & 255];
}
