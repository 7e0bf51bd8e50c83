/**
 * Writing a response into a reused buffer (RFC 1035 §4.1). The only place that thinks about space: what does not fit
 * is not written, `isTruncated` is set, and the OPT record always has its room kept free (RFC 6891 §7).
 *
 *   start                                                   limit            start + capacity
 *     | header | question | answer ... | authority ... |  free  | kept for OPT |
 */
import { EdnsOption, ExtendedError, HEADER_OCTETS, RecordClass, RecordType } from "./code.ts";
import { OPT_OCTETS, UDP_OCTETS_MAX } from "./edns.ts";
import type { Query } from "./query.ts";
import { putU16, putU32 } from "./wire.ts";

const EDE_OCTETS = 6;
const SUBNET_HEADER_OCTETS = 8;

export class Response {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the message starts in `bytes`; compression pointers count from here. */
  start = 0;
  /** Where the next octet goes. */
  at = 0;
  limit = 0;
  answers = 0;
  authorities = 0;
  extras = 0;
  rcode = 0;
  isAuthoritative = false;
  isTruncated = false;
  extendedError: number = ExtendedError.None;
  /** Scope of the client subnet option (RFC 7871 §7.2.1): 0 = the answer is for everyone. */
  subnetScope = 0;

  /** Starts a message of at most `capacity` octets. */
  begin(bytes: Uint8Array, start: number, capacity: number, query: Query): void {
    this.bytes = bytes;
    this.start = start;
    this.at = start + HEADER_OCTETS;
    this.limit = start + capacity - optOctets(query);
    this.forget();
    this.rcode = 0;
    this.isAuthoritative = false;
    this.isTruncated = false;
    this.extendedError = ExtendedError.None;
    this.subnetScope = 0;
  }

  /** Takes back all records, keeping header and question. */
  restart(questionOctets: number): void {
    this.at = this.start + HEADER_OCTETS + questionOctets;
    this.forget();
    this.isTruncated = false;
  }

  private forget(): void {
    this.answers = 0;
    this.authorities = 0;
    this.extras = 0;
  }

  /** The question is echoed octet for octet, letter case included (research/dns.md N1). */
  echoQuestion(request: Uint8Array, requestAt: number, octets: number): void {
    const { bytes } = this;
    let from = requestAt + HEADER_OCTETS;
    let to = this.at;
    for (const end = to + octets; to < end;) bytes[to++] = request[from++] as number;
    this.at = to;
  }

  /** True when `octets` more fit; otherwise the message is truncated from here on. */
  hasRoom(octets: number): boolean {
    if (this.at + octets <= this.limit) return true;
    this.isTruncated = true;
    return false;
  }

  /** Owner (a compression pointer), TYPE, CLASS IN, TTL and RDLENGTH. The caller has asked `hasRoom` for 12 + rdata octets. */
  putRecordHead(owner: number, type: number, ttlSeconds: number, rdataOctets: number): void {
    const { bytes, at } = this;
    putU16(bytes, at, 0xc000 | owner);
    putU16(bytes, at + 2, type);
    putU16(bytes, at + 4, RecordClass.IN);
    putU32(bytes, at + 6, ttlSeconds);
    putU16(bytes, at + 10, rdataOctets);
    this.at = at + 12;
  }

  /** Writes header and OPT record; returns the length of the message. */
  finish(request: Uint8Array, requestAt: number, query: Query): number {
    const { bytes, start } = this;
    if (this.isTruncated) this.forget();
    if (query.hasEdns) this.putOpt(query);
    bytes[start] = request[requestAt] as number;
    bytes[start + 1] = request[requestAt + 1] as number;
    bytes[start + 2] =
      0x80 |
      (query.opcode << 3) |
      (this.isAuthoritative ? 0x04 : 0) |
      (this.isTruncated ? 0x02 : 0) |
      (query.recursionDesired && query.opcode === 0 ? 1 : 0);
    bytes[start + 3] = this.rcode & 15;
    putU16(bytes, start + 4, query.hasQuestion ? 1 : 0);
    putU16(bytes, start + 6, this.answers);
    putU16(bytes, start + 8, this.authorities);
    putU16(bytes, start + 10, this.extras);
    return this.at - start;
  }

  private putOpt(query: Query): void {
    const { bytes } = this;
    let at = this.at;
    bytes[at] = 0;
    putU16(bytes, at + 1, RecordType.OPT);
    putU16(bytes, at + 3, UDP_OCTETS_MAX);
    bytes[at + 5] = this.rcode >>> 4;
    bytes[at + 6] = 0;
    bytes[at + 7] = query.dnssecOk ? 0x80 : 0;
    bytes[at + 8] = 0;
    const lengthAt = at + 9;
    at += OPT_OCTETS;
    if (query.subnetOctets >= 0) at = this.putSubnet(at, query);
    if (this.extendedError !== ExtendedError.None) {
      putU16(bytes, at, EdnsOption.ExtendedError);
      putU16(bytes, at + 2, 2);
      putU16(bytes, at + 4, this.extendedError);
      at += EDE_OCTETS;
    }
    putU16(bytes, lengthAt, at - lengthAt - 2);
    this.at = at;
    this.extras++;
  }

  /** Family, source and address go back as they came: resolvers drop mismatches (RFC 7871 §7.3). */
  private putSubnet(at: number, query: Query): number {
    const { bytes } = this;
    putU16(bytes, at, EdnsOption.ClientSubnet);
    putU16(bytes, at + 2, 4 + query.subnetOctets);
    putU16(bytes, at + 4, query.subnetFamily);
    bytes[at + 6] = query.subnetSource;
    bytes[at + 7] = this.subnetScope;
    const address = at + SUBNET_HEADER_OCTETS;
    for (let i = 0; i < query.subnetOctets; i++) bytes[address + i] = query.subnetAddress[i] as number;
    return address + query.subnetOctets;
  }
}

/** The most the OPT record of this response can take, so that options added late never overflow. */
function optOctets(query: Query): number {
  if (!query.hasEdns) return 0;
  const subnet = query.subnetOctets >= 0 ? SUBNET_HEADER_OCTETS + query.subnetOctets : 0;
  return OPT_OCTETS + subnet + EDE_OCTETS;
}
