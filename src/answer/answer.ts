/** One question in, one response out: the only door into the data plane (DESIGN §3.2). */
import { ExtendedError, HEADER_OCTETS, Rcode, RecordClass, RecordType } from "../dns/message/code.ts";
import { readQuery, readQuestion, QueryStatus } from "../dns/message/query.ts";
import { appendBadKey } from "../dns/message/tsig.ts";
import { NO_LEVEL } from "../picture/format/layout.ts";
import { Counter } from "./terms/counter.ts";
import { comesAgain, followAlias, followChoice, followRedirect, LINKS_MAX } from "./solve/chase.ts";
import type { WorkerContext } from "./solve/worker-context.ts";
import type { MessageBuffers } from "./solve/message-buffers.ts";
import { precheck, Precheck } from "./precheck.ts";
import { LookupResult, lookup, mayFollow, PORT_LABELS } from "./solve/lookup.ts";
import { isAliased } from "./solve/members.ts";
import type { Peer } from "./terms/peer.ts";
import { putReferral } from "./solve/referral.ts";
import { CLIMB, NO_FAMILY, select } from "./solve/select.ts";
import { putTarget } from "./solve/additional.ts";
import { putAddresses, putAnyHinfo, putClimb, putPort, putRRset, putSoa } from "./solve/write.ts";

/**
 * Answers one message. Returns the length of the response; 0 keeps silent. Total: it returns for every input.
 * A picture that changes meanwhile is read once more, so that an answer comes from one commit.
 */
export function answer(context: WorkerContext, exchange: MessageBuffers, peer: Peer): number {
  const { counters, query, response } = context;
  const request = context.viewRequest(exchange.request);
  const status = readQuery(exchange.request, request, exchange.requestAt, exchange.octets, query);
  if (status === QueryStatus.Ignore) {
    (counters[Counter.Ignored] as number)++;
    return 0;
  }
  (counters[peer.isStream ? Counter.QueriesStream : Counter.QueriesUdp] as number)++;
  context.useResponse(exchange.response);
  // The same for nearly every query: a store that is not made costs no barrier.
  if (context.peer !== peer) context.peer = peer;
  const outcome = precheck(context, exchange, peer, status);
  if (outcome === Precheck.Silent) return 0;
  if (outcome === Precheck.Open) {
    const questionOctets = query.nameOctets + 4;
    response.echoQuestion(request, exchange.requestAt, questionOctets);
    const serial = context.picture.serial();
    context.serial = serial;
    solve(context);
    if ((serial & 1) !== 0 || context.picture.serial() !== serial) {
      (counters[Counter.Retried] as number)++;
      response.restart(questionOctets);
      // Following aliases has overwritten the name.
      readQuestion(
        exchange.request,
        request,
        exchange.requestAt + HEADER_OCTETS,
        exchange.requestAt + exchange.octets,
        query,
      );
      context.serial = context.picture.serial();
      solve(context);
    }
    if (response.isTruncated) {
      response.restart(questionOctets);
      response.isTruncated = true;
      (counters[Counter.Truncated] as number)++;
      if (context.isCutShort) (counters[Counter.CutShort] as number)++;
    }
  }
  (counters[Counter.Rcode + response.rcode] as number)++;
  const octets = response.finish(request.getUint16(exchange.requestAt), query);
  return outcome === Precheck.Signed ? appendBadKey(exchange.request, query, response) : octets;
}

/** Looks up the name, follows what points elsewhere, and writes what is found at the end. */
function solve(context: WorkerContext): void {
  const { response, query } = context;
  response.rcode = Rcode.NoError;
  response.extendedError = ExtendedError.None;
  response.isAuthoritative = query.class === RecordClass.IN;
  response.subnetScope = 0;
  context.isChased = false;
  context.isByPlace = false;
  context.linkEnd = 0;
  context.redirectCount = 0;
  for (let links = 0; ; links++) {
    const found = lookup(context);
    const owner = context.position(0);
    if (found !== LookupResult.Alias && found !== LookupResult.Redirect) {
      if (settle(context, found, owner, links)) continue;
      break;
    }
    if (links === LINKS_MAX || comesAgain(context, links, context.hashes[0] as number)) return;
    const goesOn =
      found === LookupResult.Alias ? followAlias(context, owner) : followRedirect(context, owner);
    noteLink(context);
    if (!goesOn) return;
  }
  if (context.isByPlace && context.linkEnd > 0 && query.subnetOctets > 0) keepFirstLink(context);
}

/** An alias was written, perhaps the first one. */
function noteLink(context: WorkerContext): void {
  if (context.linkEnd > 0) return;
  context.linkEnd = context.response.at;
  context.linkRecords = context.response.answers;
}

/**
 * An alias is the same for everyone, what it leads to is not, and one scope cannot say both: the resolver asks for the
 * target itself (RFC 7871 §7.2.1).
 */
function keepFirstLink(context: WorkerContext): void {
  const { response } = context;
  response.at = context.linkEnd;
  response.answers = context.linkRecords;
  response.authorities = 0;
  response.extras = 0;
  response.subnetScope = 0;
}

/** Results that lead to another name in any case. */
type Followed = typeof LookupResult.Alias | typeof LookupResult.Redirect;

/**
 * The end of the way: `owner` is where the last name stands. What was collected before stays in the answer. True: it was
 * not the end, a service leads to another name.
 */
function settle(
  context: WorkerContext,
  found: Exclude<LookupResult, Followed>,
  owner: number,
  links: number,
): boolean {
  const { response, finding, query } = context;
  switch (found) {
    case LookupResult.Records:
      response.answers +=
        query.type === RecordType.SOA ? putSoa(context, false) : putRRset(context, finding.rrset, owner);
      return false;
    case LookupResult.Service:
      return solveService(context, owner, 0, links);
    case LookupResult.Port:
      return solveService(context, owner, PORT_LABELS, links);
    case LookupResult.Any:
      response.answers += putAnyHinfo(context, owner);
      return false;
    case LookupResult.NoName:
      response.rcode = Rcode.NXDomain;
      response.authorities = putSoa(context, true);
      return false;
    case LookupResult.NoData:
      response.authorities = putSoa(context, true);
      return false;
    case LookupResult.Referral:
      // After an alias of ours the answer section is still ours to vouch for (RFC 1035 §4.1.1, "AA").
      response.isAuthoritative &&= context.isChased;
      putReferral(context);
      return false;
    case LookupResult.NotReady:
      notReady(context);
      return false;
    case LookupResult.Refused:
      // An alias may lead out of our zones: resolvers go on from there.
      if (context.isChased) return false;
      response.rcode = Rcode.Refused;
      response.isAuthoritative = false;
      response.extendedError = ExtendedError.NotAuthoritative;
      return false;
  }
}

function notReady(context: WorkerContext): void {
  const { response } = context;
  response.drop();
  response.rcode = Rcode.ServFail;
  response.isAuthoritative = false;
  response.extendedError = ExtendedError.NotReady;
}

/**
 * Up the ladder until a level has something; each step is one CNAME, decided for the name and not for the type. `front`:
 * labels before the service's: those of a port, which climbs as the service does, for its target may be no alias (RFC 2782).
 * True: the service leads to a name, which is to be looked up next.
 */
function solveService(context: WorkerContext, first: number, front: number, links: number): boolean {
  const { response, finding, query, picture } = context;
  const { type } = query;
  const { pool } = finding;
  const leadsOn = isAliased(picture, pool) && mayFollow(type);
  const family = front > 0 ? 0 : leadsOn || type === RecordType.A ? 4 : type === RecordType.AAAA ? 6 : 0;
  let level = finding.node;
  let owner = first;
  for (;;) {
    const count = select(context, pool, level, family);
    if (count !== CLIMB) {
      if (leadsOn && count !== NO_FAMILY)
        return (
          links < LINKS_MAX && !comesAgain(context, links, pool) && followChoice(context, pool, count, owner)
        );
      if (count !== NO_FAMILY) response.answers += putAddresses(context, pool, count, owner);
      else if (type === RecordType.ANY) response.answers += putAnyHinfo(context, owner);
      else if (front > 0 && type === RecordType.SRV) putPortAndTarget(context, level, owner, first);
      else if (picture.isComplete() || family === 0) response.authorities = putSoa(context, true);
      else notReady(context);
      return false;
    }
    if (!picture.isComplete()) {
      notReady(context);
      return false;
    }
    const parent = (picture.u32[picture.afterName(level)] as number) >>> 16;
    if (parent === NO_LEVEL) {
      response.authorities = putSoa(context, true);
      return false;
    }
    level = picture.levelNode(parent);
    // A level of a zone inside another may lie under one of the outer zone.
    context.finding.apex = picture.apexOf(level);
    (context.counters[Counter.Climbed] as number)++;
    owner = putClimb(context, pool, level, owner);
    if (owner === 0) return false;
    response.answers++;
    noteLink(context);
    if (type === RecordType.CNAME || type === RecordType.ANY) return false;
  }
}

/** Its name was looked up where `first` stands in the message, and found, perhaps up the ladder, where `owner` does. */
function putPortAndTarget(context: WorkerContext, level: number, owner: number, first: number): void {
  const { response, query } = context;
  response.answers += putPort(context, level, owner);
  if (response.isTruncated) return;
  // Up the ladder the labels before the level are written out again; of what was looked up each label has its place.
  const isClimbed = owner !== first;
  putTarget(
    context,
    level,
    isClimbed ? owner + (query.labels[PORT_LABELS] as number) : context.position(PORT_LABELS),
  );
}
