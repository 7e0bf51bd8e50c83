/**
 * Writing a response into a reused buffer (RFC 1035 §4.1). This is the only place that thinks about space and counts
 * records: what does not fit is not written and `isTruncated` is set, and the OPT record always has its room kept free
 * (RFC 6891 §7).
 *
 *   start                                                   limit            start + capacity
 *     | header | question | answer ... | authority ... |  free  | kept for OPT |
 *
 * Records are written an RRset at a time: `openRRset`, each record, `closeRRset`. An RRset that is not needed is closed by
 * `closeOptionalRRset`, which takes it back when it does not fit.
 */
import {
  EdnsOption,
  ExtendedError,
  HEADER_OCTETS,
  Opcode,
  Rcode,
  RECORD_HEAD_OCTETS,
  RecordClass,
  RecordType,
} from "./code.ts";
import { NSID_OCTETS_MAX, OPT_OCTETS, UDP_OCTETS_MAX } from "./edns.ts";
import type { Query } from "./query-record.ts";
import { putU16 } from "./wire.ts";

export const Section = { Answer: 0, Authority: 1, Additional: 2 } as const;
export type Section = (typeof Section)[keyof typeof Section];

/** The two topmost bits of an offset that is a compression pointer (RFC 1035 §4.1.4). */
export const POINTER = 0xc000;
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
  /** Where the next octet goes. */
  at = 0;
  rcode: Rcode = Rcode.NoError;
  isAuthoritative = false;
  isTruncated = false;
  /** The message may be shorter than the client said it can take. */
  isCapped = false;
  extendedError: ExtendedError = ExtendedError.None;
  /** Scope of the client subnet option (RFC 7871 §7.2.1): 0 = the answer is for everyone. */
  subnetScope = 0;
  /** Options that are known before the answer is: whole, one behind the other. Set before `begin`. */
  readonly options: Uint8Array = new Uint8Array(OPTION_OCTETS_MAX);
  optionOctets = 0;
  #limit = 0;
  /** Where the first record goes. */
  #recordsAt = 0;
  #questions = 0;
  #answers = 0;
  #authorities = 0;
  #additionals = 0;
  /** Of the open RRset: section, where it starts, records so far, the first word and the class of each record. */
  #section: Section = Section.Answer;
  #rrsetAt = 0;
  #records = 0;
  #ownerAndType = 0;
  #class = 0;
  /** What `rewind` goes back to; 0 = there is no mark. */
  #markAt = 0;
  #markAnswers = 0;

  /** Starts a message in `bytes`. `room`: octets that the client can take; `most`: octets that it may get. */
  begin(start: number, room: number, most: number, query: Query): void {
    this.isCapped = most < room;
    const capacity = this.isCapped ? most : room;
    this.start = start;
    this.at = start + HEADER_OCTETS;
    this.#limit = start + capacity - (query.hasEdns ? optOctets(query) + this.optionOctets : 0);
    this.#recordsAt = this.at;
    this.#questions = 0;
    this.restart();
  }

  /**
   * The question is echoed octet for octet, letter case included: clients compare it with theirs. Whole words are moved,
   * the last one from before its end: a question has at least five octets.
   */
  echoQuestion(request: DataView, requestAt: number, octets: number): void {
    const { view, at } = this;
    const from = requestAt + HEADER_OCTETS;
    for (let i = 0; i + 4 <= octets; i += 4) view.setInt32(at + i, request.getInt32(from + i));
    view.setInt32(at + octets - 4, request.getInt32(from + octets - 4));
    this.at = at + octets;
    this.#recordsAt = this.at;
    this.#questions = 1;
  }

  /** Takes back all records, and what was said of them, for another try. */
  restart(): void {
    this.dropRecords();
    this.rcode = Rcode.NoError;
    this.isAuthoritative = false;
    this.isTruncated = false;
    this.extendedError = ExtendedError.None;
    this.subnetScope = 0;
  }

  /** Takes back all records: the client is told to come back by TCP. */
  truncate(): void {
    this.dropRecords();
    this.isTruncated = true;
  }

  /** Takes back all records written since the question. */
  dropRecords(): void {
    this.at = this.#recordsAt;
    this.#answers = 0;
    this.#authorities = 0;
    this.#additionals = 0;
    this.#markAt = 0;
  }

  /** Remembers this place, where only answers have been written. */
  mark(): void {
    this.#markAt = this.at;
    this.#markAnswers = this.#answers;
  }

  get isMarked(): boolean {
    return this.#markAt > 0;
  }

  /** Takes back all records written since the mark. */
  rewind(): void {
    this.at = this.#markAt;
    this.#answers = this.#markAnswers;
    this.#authorities = 0;
    this.#additionals = 0;
  }

  /** The records that follow, up to `closeRRset`, are one RRset. `owner`: where its name stands in the message. */
  openRRset(section: Section, owner: number, type: number, recordClass: number = RecordClass.IN): void {
    this.#section = section;
    this.#rrsetAt = this.at;
    this.#records = 0;
    this.#ownerAndType = ((POINTER | owner) << 16) | type;
    this.#class = recordClass << 16;
  }

  /** Where the open RRset starts. */
  get rrsetAt(): number {
    return this.#rrsetAt;
  }

  /** Starts a record: RDATA goes to `at`. False: no room, and the message is truncated from here on. */
  startRecord(ttlSeconds: number, rdataOctets: number): boolean {
    const { view, at } = this;
    if (at + RECORD_HEAD_OCTETS + rdataOctets > this.#limit) {
      this.isTruncated = true;
      return false;
    }
    view.setInt32(at, this.#ownerAndType);
    view.setInt32(at + 4, this.#class | (ttlSeconds >>> 16));
    view.setInt32(at + 8, (ttlSeconds << 16) | rdataOctets);
    this.at = at + RECORD_HEAD_OCTETS;
    this.#records++;
    return true;
  }

  /**
   * Room for a whole record of `octets`, which the caller copies to the offset returned, all but its owner, and ends by
   * `putOwner`. -1: no room, and the message is truncated from here on.
   */
  claimRecord(octets: number): number {
    const { at } = this;
    if (at + octets > this.#limit) {
      this.isTruncated = true;
      return -1;
    }
    this.at = at + octets;
    this.#records++;
    return at;
  }

  /** `at`: of a record, as claimRecord returned it. */
  putOwner(at: number): void {
    this.view.setInt16(at, this.#ownerAndType >>> 16);
  }

  /** Returns how many records the RRset has; 0 when the message is truncated. */
  closeRRset(): number {
    const records = this.isTruncated ? 0 : this.#records;
    switch (this.#section) {
      case Section.Answer:
        this.#answers += records;
        break;
      case Section.Authority:
        this.#authorities += records;
        break;
      case Section.Additional:
        this.#additionals += records;
        break;
    }
    return records;
  }

  /** The same for an RRset that can be left out: if it does not fit, it is, and nothing is truncated (RFC 2181 §9). */
  closeOptionalRRset(): number {
    if (!this.isTruncated) return this.closeRRset();
    this.isTruncated = false;
    this.at = this.#rrsetAt;
    return 0;
  }

  /** Writes header and OPT record; returns the length of the message. `id`: of the query. */
  finish(id: number, query: Query): number {
    const { view, start } = this;
    if (this.isTruncated) {
      this.#answers = 0;
      this.#authorities = 0;
      this.#additionals = 0;
    }
    if (query.hasEdns) {
      putOpt(this, query);
      this.#additionals++;
    }
    const flags =
      0x8000 |
      (query.opcode << 11) |
      (this.isAuthoritative ? 0x0400 : 0) |
      (this.isTruncated ? 0x0200 : 0) |
      (query.recursionDesired && query.opcode === Opcode.Query ? 0x0100 : 0) |
      (this.rcode & 15);
    view.setInt32(start, (id << 16) | flags);
    view.setInt32(start + 4, (this.#questions << 16) | this.#answers);
    view.setInt32(start + 8, (this.#authorities << 16) | this.#additionals);
    return this.at - start;
  }

  /** Room for a record behind all others of a finished message. Returns where it goes, or -1 when there is none. */
  appendLast(octets: number): number {
    const { at } = this;
    if (at + octets > this.#limit) return -1;
    this.at = at + octets;
    this.#additionals++;
    this.view.setUint16(this.start + 10, this.#additionals);
    return at;
  }
}

function putOpt(response: Response, query: Query): void {
  const { bytes } = response;
  let { at } = response;
  bytes[at] = 0;
  putU16(bytes, at + 1, RecordType.OPT);
  putU16(bytes, at + 3, UDP_OCTETS_MAX);
  bytes[at + 5] = response.rcode >>> 4;
  bytes[at + 6] = 0;
  bytes[at + 7] = query.dnssecOk ? 0x80 : 0;
  bytes[at + 8] = 0;
  const lengthAt = at + 9;
  at += OPT_OCTETS;
  for (let i = 0; i < response.optionOctets; i++) bytes[at++] = response.options[i] as number;
  // Of a version that we do not speak, what an option means is not known.
  if (query.subnetOctets >= 0 && response.rcode !== Rcode.BadVers) at = putSubnet(response, at, query);
  if (response.extendedError !== ExtendedError.None) {
    putU16(bytes, at, EdnsOption.ExtendedError);
    putU16(bytes, at + 2, 2);
    putU16(bytes, at + 4, response.extendedError);
    at += EDE_OCTETS;
  }
  putU16(bytes, lengthAt, at - lengthAt - 2);
  response.at = at;
}

/** Family, source and address go back as they came: resolvers drop mismatches (RFC 7871 §7.3). */
function putSubnet({ bytes, subnetScope }: Response, at: number, query: Query): number {
  putU16(bytes, at, EdnsOption.ClientSubnet);
  putU16(bytes, at + 2, 4 + query.subnetOctets);
  putU16(bytes, at + 4, query.subnetFamily);
  bytes[at + 6] = query.subnetSource;
  bytes[at + 7] = subnetScope;
  const address = at + SUBNET_HEADER_OCTETS;
  for (let i = 0; i < query.subnetOctets; i++) bytes[address + i] = query.subnetAddress[i] as number;
  return address + query.subnetOctets;
}

/** The most the OPT record of this response can take, so that options added late never overflow. */
function optOctets(query: Query): number {
  const subnet = query.subnetOctets >= 0 ? SUBNET_HEADER_OCTETS + query.subnetOctets : 0;
  return OPT_OCTETS + subnet + EDE_OCTETS;
}
