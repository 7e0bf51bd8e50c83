/**
 * What is decided before any lookup: which clients may ask and how often, how large the response may be, and the questions
 * that need no lookup. Rate limits come first, since errors are answers too.
 */
import { ExtendedError, HEADER_OCTETS, Rcode, RecordClass, RecordType } from "../dns/message/code.ts";
import { UDP_OCTETS_MAX, UDP_OCTETS_MIN, RequestedOption } from "../dns/message/edns.ts";
import type { Query } from "../dns/message/query-record.ts";
import { QueryStatus } from "../dns/message/query.ts";
import { Counter } from "./terms/counter.ts";
import type { WorkerContext } from "./context/worker-context.ts";
import { type MessageBuffers, MESSAGE_OCTETS_MAX } from "./context/message-buffers.ts";
import { putFact } from "./terms/identity.ts";
import { putOptions } from "./options.ts";
import type { Peer } from "./terms/peer.ts";
import { familyOfWhy, putWhy } from "./explain/why.ts";

const TYPE_AND_CLASS_OCTETS = 4;

export const Precheck = {
  /** The question needs a lookup; the response is begun and empty. */
  Open: 0,
  /** The response is complete. */
  Settled: 1,
  /** There is no response. */
  Silent: 2,
  /** The response is complete but for the TSIG record, which comes last. */
  Signed: 3,
} as const;
export type Precheck = (typeof Precheck)[keyof typeof Precheck];

/** Begins the response. `status`: as `readQuery` returned it. */
export function precheck(
  context: WorkerContext,
  buffers: MessageBuffers,
  peer: Peer,
  status: Exclude<QueryStatus, typeof QueryStatus.Ignore>,
): Precheck {
  const { query, response, terms } = context;
  response.optionOctets = 0;
  const isRead = status === QueryStatus.Ok || status === QueryStatus.CookieOnly;
  let isProven = peer.isStream;
  if (
    query.requestedOptions !== 0 &&
    isRead &&
    putOptions(context, context.viewRequest(buffers.request), peer)
  )
    isProven = true;
  const room = roomFor(query, peer);
  const most = isProven ? room : Math.max(UDP_OCTETS_MIN, buffers.octets * terms.maxAmplification);
  response.begin(buffers.responseAt, room, most, query);
  if (!isProven && terms.rateLimit !== null && isOverRate(context, peer))
    return limit(context, buffers, isRead);
  if (status === QueryStatus.Signed) {
    refuse(context, buffers, Rcode.NotAuth);
    return Precheck.Signed;
  }
  if (!isRead) {
    if (isCut(buffers, query, status)) return askAgain(context, buffers);
    return refuse(context, buffers, rcodeOf(status));
  }
  if (terms.mayAsk !== null && !terms.mayAsk.has(peer)) return prohibit(context, buffers);
  if (peer.isStream && (query.requestedOptions & RequestedOption.WrongKeepalive) !== 0)
    return refuse(context, buffers, Rcode.FormErr);
  if (status === QueryStatus.CookieOnly) return Precheck.Settled;
  if (query.class === RecordClass.CH) return tellFact(context, buffers);
  const rcode = unanswerable(query);
  return rcode === Rcode.NoError ? Precheck.Open : refuse(context, buffers, rcode);
}

function roomFor(query: Query, peer: Peer): number {
  if (peer.isStream) return MESSAGE_OCTETS_MAX;
  if (!query.hasEdns) return UDP_OCTETS_MIN;
  return Math.min(Math.max(query.udpOctets, UDP_OCTETS_MIN), UDP_OCTETS_MAX);
}

/** Exempt clients are counted as well, but never limited. */
function isOverRate(context: WorkerContext, peer: Peer): boolean {
  const { terms, counters } = context;
  if (terms.rateLimit?.isOver(peer, context.nowMs) !== true) return false;
  if (!terms.exempt.has(peer)) return true;
  (counters[Counter.RateExempt] as number)++;
  return false;
}

/** Over the limit: an empty response with TC set, or none. A query that could not be read gets none. */
function limit(context: WorkerContext, buffers: MessageBuffers, isRead: boolean): Precheck {
  const { query, response, counters, terms } = context;
  if (!isRead || terms.rateLimit?.slips() !== true) {
    (counters[Counter.RateDropped] as number)++;
    return Precheck.Silent;
  }
  (counters[Counter.RateSlipped] as number)++;
  if (query.hasQuestion) echoQuestion(context, buffers);
  response.isTruncated = true;
  return Precheck.Settled;
}

function prohibit(context: WorkerContext, buffers: MessageBuffers): Precheck {
  (context.counters[Counter.Prohibited] as number)++;
  context.response.extendedError = ExtendedError.Prohibited;
  return refuse(context, buffers, Rcode.Refused);
}

/** Class CHAOS: facts about this server (RFC 4892), for clients that may see them. */
function tellFact(context: WorkerContext, buffers: MessageBuffers): Precheck {
  const { query, response, terms } = context;
  const family = familyOfWhy(query);
  if (family !== 0) return tellWhy(context, buffers, family);
  const fact = terms.identity.find(query);
  if (fact === null) return refuse(context, buffers, Rcode.Refused);
  if (fact.rdata === null) return prohibit(context, buffers);
  (context.counters[Counter.Facts] as number)++;
  echoQuestion(context, buffers);
  response.isAuthoritative = true;
  putFact(response, fact.rdata, HEADER_OCTETS);
  return Precheck.Settled;
}

function tellWhy(context: WorkerContext, buffers: MessageBuffers, family: 4 | 6): Precheck {
  if (!context.terms.mayAskWhy.has(context.peer)) return prohibit(context, buffers);
  (context.counters[Counter.Facts] as number)++;
  echoQuestion(context, buffers);
  putWhy(context, family);
  return Precheck.Settled;
}

/** The question is there; what comes after it was too long for a datagram, such as padding (RFC 7830). */
function isCut({ octets, octetsMax }: MessageBuffers, query: Query, status: Unreadable): boolean {
  return octets >= octetsMax && query.hasQuestion && status === QueryStatus.FormErr;
}

/** An empty response with TC set: over TCP there is room for every query. */
function askAgain(context: WorkerContext, buffers: MessageBuffers): Precheck {
  (context.counters[Counter.Truncated] as number)++;
  echoQuestion(context, buffers);
  context.response.isTruncated = true;
  return Precheck.Settled;
}

type Unreadable = typeof QueryStatus.FormErr | typeof QueryStatus.NotImp | typeof QueryStatus.BadVers;

function rcodeOf(status: Unreadable): Rcode {
  switch (status) {
    case QueryStatus.FormErr:
      return Rcode.FormErr;
    case QueryStatus.NotImp:
      return Rcode.NotImp;
    case QueryStatus.BadVers:
      return Rcode.BadVers;
  }
}

/** NoError = can be looked up. Meta types and transfers are no questions about data (RFC 6895 §3.1). */
function unanswerable(query: Query): Rcode {
  if (query.class !== RecordClass.IN && query.class !== RecordClass.ANY) return Rcode.Refused;
  const { type } = query;
  if (type >= RecordType.NXNAME && type < RecordType.ANY) {
    if (type === RecordType.NXNAME || type === RecordType.TKEY || type === RecordType.TSIG)
      return Rcode.FormErr;
    if (type >= RecordType.IXFR) return Rcode.NotImp;
  }
  return type === RecordType.OPT || type === 0 ? Rcode.FormErr : Rcode.NoError;
}

/** Errors about the message itself are a bare header; REFUSED and BADVERS echo the question (RFC 8906 §3). */
function refuse(context: WorkerContext, buffers: MessageBuffers, rcode: Rcode): Precheck {
  const { response, query } = context;
  response.rcode = rcode;
  if (response.extendedError === ExtendedError.None) response.extendedError = reasonFor(query, rcode);
  if (query.hasQuestion && echoesQuestion(rcode)) echoQuestion(context, buffers);
  return Precheck.Settled;
}

function echoesQuestion(rcode: Rcode): boolean {
  return rcode === Rcode.Refused || rcode === Rcode.NotAuth || rcode === Rcode.BadVers;
}

function reasonFor(query: Query, rcode: Rcode): ExtendedError {
  if (rcode === Rcode.Refused) return ExtendedError.NotAuthoritative;
  if (!query.hasQuestion) return ExtendedError.None;
  if (query.type === RecordType.NXNAME) return ExtendedError.InvalidQueryType;
  return rcode === Rcode.NotImp ? ExtendedError.NotSupported : ExtendedError.None;
}

export function echoQuestion(context: WorkerContext, { request, requestAt }: MessageBuffers): void {
  const { query, response } = context;
  response.echoQuestion(context.viewRequest(request), requestAt, query.name.octets + TYPE_AND_CLASS_OCTETS);
}
