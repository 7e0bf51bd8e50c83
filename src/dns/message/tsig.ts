/**
 * Signed queries (RFC 8945). We have no keys, so every key is unknown: the answer is NOTAUTH, with the query's own TSIG
 * record, unsigned and with the error BADKEY (§5.2.1).
 *
 *   owner (the key's name) | type, class, TTL | RDLENGTH | algorithm | time, fudge | MAC size, MAC | ID | error | other
 */
import type { Query } from "./query-record.ts";
import type { Response } from "./response.ts";
import { putU16, u16 } from "./wire.ts";

const BADKEY = 17;
/** Time of signing (6) and fudge (2). */
const TIME_OCTETS = 8;
/** Original ID, error, length of other data. */
const TAIL_OCTETS = 6;
/** TYPE, CLASS and TTL. */
const HEAD_OCTETS = 8;

/**
 * Reads the record whose owner is at `ownerAt` and whose TYPE is at `at`. Returns false when it is malformed, or when a
 * name in it is compressed and could not be sent back.
 */
export function readTsig(bytes: Uint8Array, ownerAt: number, at: number, query: Query): boolean {
  const rdata = at + HEAD_OCTETS + 2;
  const end = rdata + u16(bytes, at + HEAD_OCTETS);
  const afterAlgorithm = skipPlainName(bytes, rdata, end);
  const macAt = afterAlgorithm + TIME_OCTETS;
  if (afterAlgorithm < 0 || macAt + 2 > end || skipPlainName(bytes, ownerAt, at) !== at) return false;
  const tailAt = macAt + 2 + u16(bytes, macAt);
  if (tailAt + TAIL_OCTETS > end || tailAt + TAIL_OCTETS + u16(bytes, tailAt + 4) !== end) return false;
  query.tsigAt = ownerAt;
  query.tsigRdataAt = rdata;
  query.tsigMacAt = macAt;
  return true;
}

/** Appends the record to a finished response, or leaves it out when there is no room. Returns the length of the message. */
export function appendBadKey(request: Uint8Array, query: Query, response: Response): number {
  const { tsigAt, tsigRdataAt, tsigMacAt } = query;
  const { bytes, view, start } = response;
  const rdataOctets = tsigMacAt - tsigRdataAt + 2 + TAIL_OCTETS;
  const octets = tsigMacAt - tsigAt + 2 + TAIL_OCTETS;
  let at = response.appendLast(octets);
  if (at < 0) return response.at - start;
  for (let from = tsigAt; from < tsigMacAt; from++) bytes[at++] = request[from] as number;
  putU16(bytes, at - (tsigMacAt - tsigRdataAt) - 2, rdataOctets);
  putU16(bytes, at, 0);
  putU16(bytes, at + 2, view.getUint16(start));
  putU16(bytes, at + 4, BADKEY);
  putU16(bytes, at + 6, 0);
  return response.at - start;
}

/** The offset after an uncompressed name, or -1. */
function skipPlainName(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end;) {
    const length = bytes[at] as number;
    if (length === 0) return at + 1;
    if (length > 63) return -1;
    at += length + 1;
  }
  return -1;
}
