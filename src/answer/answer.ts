/** One question in, one response out: the only door into the data plane (DESIGN §3.2). */
import { ExtendedError, HEADER_OCTETS, Rcode, RecordClass, RecordType } from "../dns/code.ts";
import { UDP_OCTETS_MAX, UDP_OCTETS_MIN } from "../dns/edns.ts";
import { type Query, readQuery, Verdict } from "../dns/query.ts";
import { NO_LEVEL } from "../snapshot/layout.ts";
import { Counter } from "./counter.ts";
import type { Desk, Peer } from "./desk.ts";
import { Found, lookup } from "./lookup.ts";
import { CLIMB, NO_FAMILY, select } from "./select.ts";
import { putAddresses, putAnyHinfo, putClimb, putRRset, putSoa } from "./write.ts";

/** The longest message there is: two octets of length over TCP. */
export const MESSAGE_OCTETS_MAX = 65_535;

/**
 * Bytes in and out: `request` holds `octets` at `requestAt`; `response` has room for a whole message at `responseAt`.
 * Both have SLACK_OCTETS more than is used.
 */
export type Exchange = {
  request: Uint8Array;
  requestAt: number;
  octets: number;
  response: Uint8Array;
  responseAt: number;
};

/**
 * Answers one message. Returns the length of the response; 0 keeps silent. Total: it returns for every input.
 * A picture that changes meanwhile is read once more, so that an answer comes from one commit.
 */
export function answer(desk: Desk, exchange: Exchange, peer: Peer): number {
  const { counters, query, response } = desk;
  const request = desk.viewRequest(exchange.request);
  const verdict = readQuery(exchange.request, request, exchange.requestAt, exchange.octets, query);
  if (verdict === Verdict.Ignore) {
    (counters[Counter.Ignored] as number)++;
    return 0;
  }
  (counters[peer.isStream ? Counter.QueriesStream : Counter.QueriesUdp] as number)++;
  desk.useResponse(exchange.response);
  response.begin(exchange.responseAt, capacity(query, peer), query);
  const settled = verdict === Verdict.Ok ? gate(query) : rcodeOf(verdict);
  if (settled !== Rcode.NoError) refuse(desk, exchange, settled);
  else {
    const questionOctets = query.nameOctets + 4;
    response.echoQuestion(request, exchange.requestAt, questionOctets);
    const serial = desk.picture.serial();
    solve(desk);
    if ((serial & 1) !== 0 || desk.picture.serial() !== serial) {
      (counters[Counter.Retried] as number)++;
      response.restart(questionOctets);
      solve(desk);
    }
    if (response.isTruncated) {
      response.restart(questionOctets);
      response.isTruncated = true;
      (counters[Counter.Truncated] as number)++;
    }
  }
  (counters[Counter.Rcode + response.rcode] as number)++;
  return response.finish(request.getUint16(exchange.requestAt), query);
}

function capacity(query: Query, peer: Peer): number {
  if (peer.isStream) return MESSAGE_OCTETS_MAX;
  if (!query.hasEdns) return UDP_OCTETS_MIN;
  return Math.min(Math.max(query.udpOctets, UDP_OCTETS_MIN), UDP_OCTETS_MAX);
}

function rcodeOf(verdict: number): number {
  if (verdict === Verdict.NotImp) return Rcode.NotImp;
  return verdict === Verdict.BadVers ? Rcode.BadVers : Rcode.FormErr;
}

/** Questions that no data is looked up for (research/dns.md §3.3, Z23-Z30). */
function gate(query: Query): number {
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
function refuse(desk: Desk, exchange: Exchange, rcode: number): void {
  const { response, query } = desk;
  response.rcode = rcode;
  if (rcode === Rcode.Refused) response.extendedError = ExtendedError.NotAuthoritative;
  if (query.hasQuestion && query.type === RecordType.NXNAME)
    response.extendedError = ExtendedError.InvalidQueryType;
  if (query.hasQuestion && (rcode === Rcode.Refused || rcode === Rcode.BadVers)) {
    response.echoQuestion(desk.viewRequest(exchange.request), exchange.requestAt, query.nameOctets + 4);
  } else query.hasQuestion = false;
  if (rcode === Rcode.BadVers) query.subnetOctets = -1;
}

function solve(desk: Desk): void {
  const { response, finding, query } = desk;
  response.rcode = Rcode.NoError;
  response.extendedError = ExtendedError.None;
  response.isAuthoritative = query.class === RecordClass.IN;
  switch (lookup(desk)) {
    case Found.Records:
      response.answers =
        query.type === RecordType.SOA ? putSoa(desk, false) : putRRset(desk, finding.rrset, HEADER_OCTETS);
      return;
    case Found.Service:
      solveService(desk);
      return;
    case Found.Any:
      response.answers = putAnyHinfo(desk);
      return;
    case Found.NoName:
      response.rcode = Rcode.NXDomain;
      response.authorities = putSoa(desk, true);
      return;
    case Found.NoData:
      response.authorities = putSoa(desk, true);
      return;
    case Found.NotReady:
      notReady(desk);
      return;
    default:
      response.rcode = Rcode.Refused;
      response.isAuthoritative = false;
      response.extendedError = ExtendedError.NotAuthoritative;
  }
}

function notReady(desk: Desk): void {
  const { response } = desk;
  response.rcode = Rcode.ServFail;
  response.isAuthoritative = false;
  response.extendedError = ExtendedError.NotReady;
}

/** Up the ladder until a level has something; each step is one CNAME, decided for the name and not for the type. */
function solveService(desk: Desk): void {
  const { response, finding, query, picture } = desk;
  const family = query.type === RecordType.A ? 4 : query.type === RecordType.AAAA ? 6 : 0;
  const { pool } = finding;
  let level = finding.node;
  let owner = HEADER_OCTETS;
  for (;;) {
    const member = select(desk, pool, level, family);
    if (member !== CLIMB) {
      if (member !== NO_FAMILY) response.answers += putAddresses(desk, pool, member, owner);
      else if (query.type === RecordType.ANY) response.answers += putAnyHinfo(desk);
      else response.authorities = putSoa(desk, true);
      return;
    }
    if (!picture.isComplete()) {
      response.restart(query.nameOctets + 4);
      notReady(desk);
      return;
    }
    const parent = (picture.u32[picture.afterName(level)] as number) >>> 16;
    if (parent === NO_LEVEL) {
      response.authorities = putSoa(desk, true);
      return;
    }
    level = picture.levelNode(parent);
    (desk.counters[Counter.Climbed] as number)++;
    owner = putClimb(desk, pool, level, owner);
    if (owner === 0) return;
    response.answers++;
    if (query.type === RecordType.CNAME || query.type === RecordType.ANY) return;
  }
}
