/**
 * What comes before any lookup: who may ask and how often, how much may come back, and the questions that no data is
 * looked up for. Rates first: whatever else is wrong with a query, an answer is an answer.
 */
import { ExtendedError, HEADER_OCTETS, Rcode, RecordClass, RecordType } from "../dns/message/code.ts";
import { UDP_OCTETS_MAX, UDP_OCTETS_MIN, RequestedOption } from "../dns/message/edns.ts";
import type { Query } from "../dns/message/query-record.ts";
import { QueryStatus } from "../dns/message/query.ts";
import { Counter } from "./terms/counter.ts";
import type { WorkerContext } from "./solve/worker-context.ts";
import { type MessageBuffers, MESSAGE_OCTETS_MAX } from "./solve/message-buffers.ts";
import { putFact } from "./terms/identity.ts";
import { putOptions } from "./options.ts";
import type { Peer } from "./terms/peer.ts";
import { familyOfWhy, putWhy } from "./explain/why.ts";

export const Precheck = {
  /** The question is for the lookup; the response has begun, and nothing is in it. */
  Open: 0,
  /** The response is all there. */
  Settled: 1,
  /** There is none. */
  Silent: 2,
  /** The response is all there but for the TSIG record, which comes last. */
  Signed: 3,
} as const;
export type Precheck = (typeof Precheck)[keyof typeof Precheck];

/** Begins the response. `status`: as `readQuery` returned it. */
export function precheck(
  context: WorkerContext,
  exchange: MessageBuffers,
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
    putOptions(context, context.viewRequest(exchange.request), peer)
  )
    isProven = true;
  const room = roomFor(query, peer);
  const most = isProven ? room : Math.max(UDP_OCTETS_MIN, exchange.octets * terms.maxAmplification);
  context.isCutShort = most < room;
  response.begin(exchange.responseAt, most < room ? most : room, query);
  if (!isProven && terms.rateLimit !== null && isOverRate(context, peer))
    return limit(context, exchange, isRead);
  if (status === QueryStatus.Signed) {
    refuse(context, exchange, Rcode.NotAuth);
    return Precheck.Signed;
  }
  if (!isRead) return refuse(context, exchange, rcodeOf(status));
  if (terms.mayAsk !== null && !terms.mayAsk.has(peer)) return prohibit(context, exchange);
  if (peer.isStream && (query.requestedOptions & RequestedOption.WrongKeepalive) !== 0)
    return refuse(context, exchange, Rcode.FormErr);
  if (status === QueryStatus.CookieOnly) return Precheck.Settled;
  if (query.class === RecordClass.CH) return tellFact(context, exchange);
  const rcode = unanswerable(query);
  return rcode === Rcode.NoError ? Precheck.Open : refuse(context, exchange, rcode);
}

function roomFor(query: Query, peer: Peer): number {
  if (peer.isStream) return MESSAGE_OCTETS_MAX;
  if (!query.hasEdns) return UDP_OCTETS_MIN;
  return Math.min(Math.max(query.udpOctets, UDP_OCTETS_MIN), UDP_OCTETS_MAX);
}

/** Those who are exempt are counted like everybody, but for them the limit is none. */
function isOverRate(context: WorkerContext, peer: Peer): boolean {
  const { terms, counters } = context;
  if (terms.rateLimit?.isOver(peer, context.nowMs) !== true) return false;
  if (!terms.exempt.has(peer)) return true;
  (counters[Counter.RateExempt] as number)++;
  return false;
}

/** Too many: an empty answer that says "use TCP", or none. What could not be read deserves no second try. */
function limit(context: WorkerContext, exchange: MessageBuffers, isRead: boolean): Precheck {
  const { query, response, counters, terms } = context;
  if (!isRead || terms.rateLimit?.slips() !== true) {
    (counters[Counter.RateDropped] as number)++;
    return Precheck.Silent;
  }
  (counters[Counter.RateSlipped] as number)++;
  if (query.hasQuestion) echoQuestion(context, exchange);
  response.isTruncated = true;
  return Precheck.Settled;
}

function prohibit(context: WorkerContext, exchange: MessageBuffers): Precheck {
  (context.counters[Counter.Prohibited] as number)++;
  context.response.extendedError = ExtendedError.Prohibited;
  return refuse(context, exchange, Rcode.Refused);
}

/** Class CHAOS: facts about this server (RFC 4892), for those to whom they are told. */
function tellFact(context: WorkerContext, exchange: MessageBuffers): Precheck {
  const { query, response, terms } = context;
  const family = familyOfWhy(query);
  if (family !== 0) return tellWhy(context, exchange, family);
  const fact = terms.identity.find(query);
  if (fact === null) return refuse(context, exchange, Rcode.Refused);
  if (fact.rdata === null) return prohibit(context, exchange);
  (context.counters[Counter.Facts] as number)++;
  echoQuestion(context, exchange);
  response.isAuthoritative = true;
  putFact(response, fact.rdata, HEADER_OCTETS);
  return Precheck.Settled;
}

function tellWhy(context: WorkerContext, exchange: MessageBuffers, family: number): Precheck {
  if (!context.terms.mayAskWhy.has(context.peer)) return prohibit(context, exchange);
  (context.counters[Counter.Facts] as number)++;
  const questionOctets = context.query.nameOctets + 4;
  echoQuestion(context, exchange);
  putWhy(context, family, questionOctets);
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

/** NoError = can be looked up (research/dns.md §3.3, Z23-Z30). */
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
function refuse(context: WorkerContext, exchange: MessageBuffers, rcode: Rcode): Precheck {
  const { response, query } = context;
  response.rcode = rcode;
  if (response.extendedError === ExtendedError.None) response.extendedError = reasonFor(query, rcode);
  if (query.hasQuestion && rcode >= Rcode.Refused) echoQuestion(context, exchange);
  else query.hasQuestion = false;
  if (rcode === Rcode.BadVers) query.subnetOctets = -1;
  return Precheck.Settled;
}

function reasonFor(query: Query, rcode: Rcode): ExtendedError {
  if (rcode === Rcode.Refused) return ExtendedError.NotAuthoritative;
  if (!query.hasQuestion) return ExtendedError.None;
  if (query.type === RecordType.NXNAME) return ExtendedError.InvalidQueryType;
  return rcode === Rcode.NotImp ? ExtendedError.NotSupported : ExtendedError.None;
}

function echoQuestion(context: WorkerContext, { request, requestAt }: MessageBuffers): void {
  context.response.echoQuestion(context.viewRequest(request), requestAt, context.query.nameOctets + 4);
}
