/**
 * Writing a response into a reused buffer (RFC 1035 §4.1). The only place that thinks about space: what does not fit
 * is not written, `isTruncated` is set, and the OPT record always has its room kept free (RFC 6891 §7).
 *
 *   start                                                   limit            start + capacity
 *     | header | question | answer ... | authority ... |  free  | kept for OPT |
 */
import { EdnsOption, ExtendedError, HEADER_OCTETS, Opcode, Rcode, RecordClass, RecordType } from "./code.ts";
import { NSID_OCTETS_MAX, OPT_OCTETS, UDP_OCTETS_MAX } from "./edns.ts";
import type { Query } from "./query-record.ts";
import { putU16 } from "./wire.ts";

const EDE_OCTETS = 6;
const SUBNET_HEADER_OCTETS = 8;
/** Room for an NSID of NSID_OCTETS_MAX octets, a cookie and a keepalive, with their headers. */
const OPTION_OCTETS_MAX = 4 + NSID_OCTETS_MAX + 4 + 24 + 4 + 2;

export class Response {
  bytes: Uint8Array = new Uint8Array(0);
  /** The same octets as `bytes`. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the message starts in `bytes`; compression pointers count from here. */
  start = 0;
  /** Where the next octet goes, and where the first record went. */
  at = 0;
  private recordsAt = 0;
  limit = 0;
  answers = 0;
  authorities = 0;
  extras = 0;
  rcode: Rcode = Rcode.NoError;
  isAuthoritative = false;
  isTruncated = false;
  extendedError: ExtendedError = ExtendedError.None;
  /** Scope of the client subnet option (RFC 7871 §7.2.1): 0 = the answer is for everyone. */
  subnetScope = 0;
  /** Options that are known before the answer is: whole, one behind the other. Set before `begin`. */
  readonly options: Uint8Array = new Uint8Array(OPTION_OCTETS_MAX);
  optionOctets = 0;

  /** Starts a message of at most `capacity` octets in `bytes`, SLACK_OCTETS not counted. */
  begin(start: number, capacity: number, query: Query): void {
    this.start = start;
    this.at = start + HEADER_OCTETS;
    this.limit = start + capacity - (query.hasEdns ? optOctets(query) + this.optionOctets : 0);
    this.forget();
    this.rcode = Rcode.NoError;
    this.isAuthoritative = false;
    this.isTruncated = false;
    this.extendedError = ExtendedError.None;
    this.subnetScope = 0;
  }

  /** Takes back all records, keeping header and question. */
  restart(questionOctets: number): void {
    this.at = this.start + HEADER_OCTETS + questionOctets;
    this.recordsAt = this.at;
    this.forget();
    this.isTruncated = false;
  }

  /** Takes back all records written since the question. */
  drop(): void {
    this.at = this.recordsAt;
    this.forget();
  }

  private forget(): void {
    this.answers = 0;
    this.authorities = 0;
    this.extras = 0;
  }

  /**
   * The question is echoed octet for octet, letter case included (research/dns.md N1). Whole words are moved, the last
   * one from before its end: a question has at least five octets.
   */
  echoQuestion(request: DataView, requestAt: number, octets: number): void {
    const { view, at } = this;
    const from = requestAt + HEADER_OCTETS;
    for (let i = 0; i + 4 <= octets; i += 4) view.setInt32(at + i, request.getInt32(from + i));
    view.setInt32(at + octets - 4, request.getInt32(from + octets - 4));
    this.at = at + octets;
    this.recordsAt = this.at;
  }

  /** True when `octets` more fit; otherwise the message is truncated from here on. */
  hasRoom(octets: number): boolean {
    if (this.at + octets <= this.limit) return true;
    this.isTruncated = true;
    return false;
  }

  /** Owner (a compression pointer), TYPE, CLASS IN, TTL and RDLENGTH. The caller has asked `hasRoom` for 12 + rdata octets. */
  putRecordHead(owner: number, type: number, ttlSeconds: number, rdataOctets: number): void {
    const { view, at } = this;
    view.setInt32(at, ((0xc000 | owner) << 16) | type);
    view.setInt32(at + 4, (RecordClass.IN << 16) | (ttlSeconds >>> 16));
    view.setInt32(at + 8, (ttlSeconds << 16) | rdataOctets);
    this.at = at + 12;
  }

  /** Writes header and OPT record; returns the length of the message. `id`: of the query. */
  finish(id: number, query: Query): number {
    const { view, start } = this;
    if (this.isTruncated) this.forget();
    if (query.hasEdns) this.putOpt(query);
    const flags =
      0x8000 |
      (query.opcode << 11) |
      (this.isAuthoritative ? 0x0400 : 0) |
      (this.isTruncated ? 0x0200 : 0) |
      (query.recursionDesired && query.opcode === Opcode.Query ? 0x0100 : 0) |
      (this.rcode & 15);
    view.setInt32(start, (id << 16) | flags);
    view.setInt32(start + 4, ((query.hasQuestion ? 1 : 0) << 16) | this.answers);
    view.setInt32(start + 8, (this.authorities << 16) | this.extras);
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
    for (let i = 0; i < this.optionOctets; i++) bytes[at++] = this.options[i] as number;
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
  const subnet = query.subnetOctets >= 0 ? SUBNET_HEADER_OCTETS + query.subnetOctets : 0;
  return OPT_OCTETS + subnet + EDE_OCTETS;
}
