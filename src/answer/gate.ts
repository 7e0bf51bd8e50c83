/**
 * What comes before any lookup: who may ask and how often, how much may come back, and the questions that no data is
 * looked up for. Rates first: whatever else is wrong with a query, an answer is an answer.
 */
import { ExtendedError, HEADER_OCTETS, Rcode, RecordClass, RecordType } from "../dns/message/code.ts";
import { UDP_OCTETS_MAX, UDP_OCTETS_MIN, Wish } from "../dns/message/edns.ts";
import { type Query, Verdict } from "../dns/message/query.ts";
import { Counter } from "./terms/counter.ts";
import type { Desk } from "./solve/desk.ts";
import { type Exchange, MESSAGE_OCTETS_MAX } from "./solve/exchange.ts";
import { putFact } from "./terms/identity.ts";
import { putOptions } from "./options.ts";
import type { Peer } from "./terms/peer.ts";
import { familyOfWhy, putWhy } from "./explain/why.ts";

export const Gate = {
  /** The question is for the lookup; the response has begun, and nothing is in it. */
  Open: 0,
  /** The response is all there. */
  Settled: 1,
  /** There is none. */
  Silent: 2,
  /** The response is all there but for the TSIG record, which comes last. */
  Signed: 3,
} as const;

/** Begins the response. `verdict`: of the query's reader, any but Ignore. */
export function admit(desk: Desk, exchange: Exchange, peer: Peer, verdict: number): number {
  const { query, response, terms } = desk;
  response.optionOctets = 0;
  const isRead = verdict === Verdict.Ok || verdict === Verdict.CookieOnly;
  let isProven = peer.isStream;
  if (query.wishes !== 0 && isRead && putOptions(desk, desk.viewRequest(exchange.request), peer))
    isProven = true;
  const room = roomFor(query, peer);
  const most = isProven ? room : Math.max(UDP_OCTETS_MIN, exchange.octets * terms.maxAmplification);
  desk.isCutShort = most < room;
  response.begin(exchange.responseAt, most < room ? most : room, query);
  if (!isProven && terms.rateLimit !== null && isOverRate(desk, peer)) return limit(desk, exchange, isRead);
  if (verdict === Verdict.Signed) {
    refuse(desk, exchange, Rcode.NotAuth);
    return Gate.Signed;
  }
  if (!isRead) return refuse(desk, exchange, rcodeOf(verdict));
  if (terms.mayAsk !== null && !terms.mayAsk.has(peer)) return prohibit(desk, exchange);
  if (peer.isStream && (query.wishes & Wish.WrongKeepalive) !== 0)
    return refuse(desk, exchange, Rcode.FormErr);
  if (verdict === Verdict.CookieOnly) return Gate.Settled;
  if (query.class === RecordClass.CH) return tellFact(desk, exchange);
  const rcode = unanswerable(query);
  return rcode === Rcode.NoError ? Gate.Open : refuse(desk, exchange, rcode);
}

function roomFor(query: Query, peer: Peer): number {
  if (peer.isStream) return MESSAGE_OCTETS_MAX;
  if (!query.hasEdns) return UDP_OCTETS_MIN;
  return Math.min(Math.max(query.udpOctets, UDP_OCTETS_MIN), UDP_OCTETS_MAX);
}

/** Those who are exempt are counted like everybody, but for them the limit is none. */
function isOverRate(desk: Desk, peer: Peer): boolean {
  const { terms, counters } = desk;
  if (terms.rateLimit?.isOver(peer, desk.nowMs) !== true) return false;
  if (!terms.exempt.has(peer)) return true;
  (counters[Counter.RateExempt] as number)++;
  return false;
}

/** Too many: an empty answer that says "use TCP", or none. What could not be read deserves no second try. */
function limit(desk: Desk, exchange: Exchange, isRead: boolean): number {
  const { query, response, counters, terms } = desk;
  if (!isRead || terms.rateLimit?.slips() !== true) {
    (counters[Counter.RateDropped] as number)++;
    return Gate.Silent;
  }
  (counters[Counter.RateSlipped] as number)++;
  if (query.hasQuestion) echoQuestion(desk, exchange);
  response.isTruncated = true;
  return Gate.Settled;
}

function prohibit(desk: Desk, exchange: Exchange): number {
  (desk.counters[Counter.Prohibited] as number)++;
  desk.response.extendedError = ExtendedError.Prohibited;
  return refuse(desk, exchange, Rcode.Refused);
}

/** Class CHAOS: facts about this server (RFC 4892), for those to whom they are told. */
function tellFact(desk: Desk, exchange: Exchange): number {
  const { query, response, terms } = desk;
  const family = familyOfWhy(query);
  if (family !== 0) return tellWhy(desk, exchange, family);
  const fact = terms.identity.find(query);
  if (fact === null) return refuse(desk, exchange, Rcode.Refused);
  if (fact.rdata === null) return prohibit(desk, exchange);
  (desk.counters[Counter.Facts] as number)++;
  echoQuestion(desk, exchange);
  response.isAuthoritative = true;
  putFact(response, fact.rdata, HEADER_OCTETS);
  return Gate.Settled;
}

function tellWhy(desk: Desk, exchange: Exchange, family: number): number {
  if (!desk.terms.mayAskWhy.has(desk.peer)) return prohibit(desk, exchange);
  (desk.counters[Counter.Facts] as number)++;
  const questionOctets = desk.query.nameOctets + 4;
  echoQuestion(desk, exchange);
  putWhy(desk, family, questionOctets);
  return Gate.Settled;
}

function rcodeOf(verdict: number): number {
  if (verdict === Verdict.NotImp) return Rcode.NotImp;
  return verdict === Verdict.BadVers ? Rcode.BadVers : Rcode.FormErr;
}

/** NoError = can be looked up (research/dns.md §3.3, Z23-Z30). */
function unanswerable(query: Query): number {
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
function refuse(desk: Desk, exchange: Exchange, rcode: number): number {
  const { response, query } = desk;
  response.rcode = rcode;
  if (response.extendedError === ExtendedError.None) response.extendedError = reasonFor(query, rcode);
  if (query.hasQuestion && rcode >= Rcode.Refused) echoQuestion(desk, exchange);
  else query.hasQuestion = false;
  if (rcode === Rcode.BadVers) query.subnetOctets = -1;
  return Gate.Settled;
}

function reasonFor(query: Query, rcode: number): number {
  if (rcode === Rcode.Refused) return ExtendedError.NotAuthoritative;
  if (!query.hasQuestion) return ExtendedError.None;
  if (query.type === RecordType.NXNAME) return ExtendedError.InvalidQueryType;
  return rcode === Rcode.NotImp ? ExtendedError.NotSupported : ExtendedError.None;
}

function echoQuestion(desk: Desk, { request, requestAt }: Exchange): void {
  desk.response.echoQuestion(desk.viewRequest(request), requestAt, desk.query.nameOctets + 4);
}
