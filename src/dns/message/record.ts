/** Resource records as data: RRsets with RDATA in uncompressed wire form (RFC 1035 §3.3, RFC 2181 §5). */
import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX, RecordType } from "./code.ts";
import type { Name } from "./name.ts";

export type RRset = {
  readonly type: number;
  /** Seconds, 0 to 2^31 - 1, the same for the whole set (RFC 2181 §5.2, §8). */
  readonly ttlSeconds: number;
  readonly rdatas: readonly Uint8Array[];
};

export type Soa = {
  readonly mname: Name;
  readonly rname: Name;
  readonly serial: number;
  readonly refreshSeconds: number;
  readonly retrySeconds: number;
  readonly expireSeconds: number;
  /** The MINIMUM field: the TTL of negative answers (RFC 2308 §4). */
  readonly negativeTtlSeconds: number;
};

export function soaRdata(soa: Soa): Uint8Array {
  const names = soa.mname.length + soa.rname.length;
  const rdata = new Uint8Array(names + 20);
  rdata.set(soa.mname, 0);
  rdata.set(soa.rname, soa.mname.length);
  const numbers = [
    soa.serial,
    soa.refreshSeconds,
    soa.retrySeconds,
    soa.expireSeconds,
    soa.negativeTtlSeconds,
  ];
  const view = new DataView(rdata.buffer);
  numbers.forEach((value, i) => {
    view.setUint32(names + 4 * i, value);
  });
  return rdata;
}

/** Offsets in `rdata` of the domain names that may be compressed: those of RFC 1035's types only (RFC 3597 §4). */
export function compressibleNames(type: number, rdata: Uint8Array): readonly number[] {
  switch (type) {
    case RecordType.NS:
    case RecordType.CNAME:
    case RecordType.PTR:
      return [0];
    case RecordType.MX:
      return [2];
    case RecordType.SOA:
      return [0, nameLength(rdata, 0)];
    default:
      return [];
  }
}

/** Octets of the uncompressed name at `start`, root included. */
export function nameLength(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== 0) at += (bytes[at] as number) + 1;
  return at + 1 - start;
}

/** Where the uncompressed name at `start` ends; -1 when the octets there are no name. */
export function nameEnd(rdata: Uint8Array, start: number): number {
  let at = start;
  while (at < rdata.length && rdata[at] !== 0) {
    if ((rdata[at] as number) > LABEL_OCTETS_MAX) return -1;
    at += (rdata[at] as number) + 1;
  }
  return at < rdata.length && at + 1 - start <= NAME_OCTETS_MAX ? at + 1 : -1;
}

/** True when both hold the same sets in the same order. */
export function sameRRsets(a: readonly RRset[], b: readonly RRset[]): boolean {
  return a.length === b.length && a.every((rrset, i) => sameRRset(rrset, b[i] as RRset));
}

function sameRRset(a: RRset, b: RRset): boolean {
  return (
    a.type === b.type &&
    a.ttlSeconds === b.ttlSeconds &&
    a.rdatas.length === b.rdatas.length &&
    a.rdatas.every((rdata, i) => sameOctets(rdata, b.rdatas[i] as Uint8Array))
  );
}

export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
