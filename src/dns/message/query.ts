/**
 * Reading a query (RFC 1035 §4.1, RFC 6891 §6.1, RFC 9619): hostile bytes in, one reused Query and a status out.
 *
 * Nothing is allocated and nothing is thrown; the cost is linear in the length of the message. Which malformed
 * message gets which status is what `test/dns/message/query.test.ts` lists.
 */
import { HEADER_OCTETS, LABEL_OCTETS_MAX, NAME_OCTETS_MAX, Opcode, RecordType } from "./code.ts";
import { forgetEdns, readOpt, RequestedOption } from "./edns.ts";
import type { Query } from "./query-record.ts";
import { readTsig } from "./tsig.ts";
import { foldWord, u16 } from "./wire.ts";

export const QueryStatus = {
  /** A question to be answered. */
  Ok: 0,
  /** Say nothing: a response, or not even a header. */
  Ignore: 1,
  FormErr: 2,
  NotImp: 3,
  BadVers: 4,
  /** No question, but a cookie: the client asks for a server cookie (RFC 7873 §5.4). */
  CookieOnly: 5,
  /** Signed with a key, and we have none. */
  Signed: 6,
} as const;
export type QueryStatus = (typeof QueryStatus)[keyof typeof QueryStatus];

/** Reads the message `bytes[start, start + length)` into `query`; `view` shows the same bytes. */
export function readQuery(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  length: number,
  query: Query,
): QueryStatus {
  if (length < HEADER_OCTETS) return QueryStatus.Ignore;
  const flags = bytes[start + 2] as number;
  if ((flags & 0x80) !== 0) return QueryStatus.Ignore;
  forgetEdns(query);
  query.hasQuestion = false;
  query.opcode = (flags >> 3) & 15;
  query.recursionDesired = (flags & 1) !== 0;
  if (query.opcode !== Opcode.Query) return QueryStatus.NotImp;
  const counts = view.getUint32(start + 4);
  if (counts >>> 16 !== 1)
    return counts === 0 ? readWithoutQuestion(bytes, start, length, query) : QueryStatus.FormErr;
  const end = start + length;
  const afterQuestion = readQuestion(bytes, view, start + HEADER_OCTETS, end, query);
  if (afterQuestion < 0) return QueryStatus.FormErr;
  query.hasQuestion = true;
  const ordinary = (counts & 0xffff) + u16(bytes, start + 8);
  const additional = u16(bytes, start + 10);
  // Nearly every query ends here or carries just an OPT record.
  if (ordinary === 0 && additional === 0) return QueryStatus.Ok;
  return readRecords(bytes, afterQuestion, end, ordinary, additional, query);
}

/** Returns the offset after the question, or -1. A name here can only be uncompressed: a pointer has nothing to point at. */
function readQuestion(bytes: Uint8Array, view: DataView, start: number, end: number, query: Query): number {
  const { name } = query;
  const { labels, view: nameView } = name;
  let at = start;
  let count = 0;
  for (;;) {
    // The root octet and at least type and class must still come.
    if (at + 5 > end || at - start >= NAME_OCTETS_MAX) return -1;
    const length = bytes[at] as number;
    if (length > LABEL_OCTETS_MAX) return -1;
    labels[count] = at - start;
    if (length === 0) break;
    count++;
    at += length + 1;
  }
  const octets = at - start + 1;
  // Length octets are below 64 and no capitals, so whole words can be folded, up to three octets of the type too.
  for (let i = 0; i < octets; i += 4) nameView.setInt32(i, foldWord(view.getInt32(start + i, true)), true);
  name.octets = octets;
  name.labelCount = count;
  const typeAndClass = view.getUint32(at + 1);
  query.type = typeAndClass >>> 16;
  query.class = typeAndClass & 0xffff;
  return at + 5;
}

/** A header, and perhaps an OPT record with a cookie. */
function readWithoutQuestion(bytes: Uint8Array, start: number, length: number, query: Query): QueryStatus {
  if (u16(bytes, start + 8) !== 0) return QueryStatus.FormErr;
  const records = start + HEADER_OCTETS;
  const status = readRecords(bytes, records, start + length, 0, u16(bytes, start + 10), query);
  if (status !== QueryStatus.Ok) return status;
  return (query.requestedOptions & RequestedOption.Cookie) !== 0
    ? QueryStatus.CookieOnly
    : QueryStatus.FormErr;
}

/** Walks the other sections: ordinary records are skipped, OPT is read from the additional section only. */
function readRecords(
  bytes: Uint8Array,
  start: number,
  end: number,
  ordinary: number,
  additional: number,
  query: Query,
): QueryStatus {
  let at = start;
  let status: QueryStatus = QueryStatus.Ok;
  const last = ordinary + additional - 1;
  for (let i = 0; i <= last; i++) {
    const owner = at;
    at = skipName(bytes, at, end);
    if (at < 0 || at + 10 > end) return QueryStatus.FormErr;
    const rdata = at + 10;
    const next = rdata + u16(bytes, at + 8);
    if (next > end) return QueryStatus.FormErr;
    const type = u16(bytes, at);
    if (type === RecordType.OPT) {
      if (i < ordinary || bytes[owner] !== 0 || query.hasEdns) return QueryStatus.FormErr;
      if (!readOpt(bytes, at, next, query))
        return query.ednsVersion > 0 ? QueryStatus.BadVers : QueryStatus.FormErr;
    } else if (type === RecordType.TSIG) {
      // It signs everything before it (RFC 8945 §5.1).
      if (i < ordinary || i !== last || !readTsig(bytes, owner, at, query)) return QueryStatus.FormErr;
      status = QueryStatus.Signed;
    }
    at = next;
  }
  return query.ednsVersion > 0 ? QueryStatus.BadVers : status;
}

/** The offset after the name at `start`, or -1. A pointer ends the name; where it leads is of no interest here. */
function skipName(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end;) {
    const length = bytes[at] as number;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > 63) return -1;
    at += length + 1;
  }
  return -1;
}
