/** From a question to the records of its answer: looks up the name, follows what points elsewhere, writes what is found. */
import { ExtendedError, Rcode, RecordClass, RecordType } from "../../dns/message/code.ts";
import { Section } from "../../dns/message/response.ts";
import { resetQueryState } from "../context/query-state.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { PORT_LABELS } from "../lookup/federated.ts";
import { lookup } from "../lookup/lookup.ts";
import { LookupResult } from "../lookup/lookup-result.ts";
import { putRRset, putSoa } from "../records/rrset.ts";
import { putAnyHinfo } from "../records/synthesized.ts";
import { hostOctet, putBeside } from "./beside.ts";
import { comesAgain, followAlias, followRedirect, isRedirectWritten, LINKS_MAX } from "./chase.ts";
import { notReady } from "./not-ready.ts";
import { putReferral } from "./referral.ts";
import { solveService } from "./service.ts";

/** Results that lead to another name in any case. */
type Followed = typeof LookupResult.Alias | typeof LookupResult.Redirect;

/** The response has its question, and nothing else. */
export function solve(context: WorkerContext): void {
  const { response, state, query } = context;
  resetQueryState(state, query, query.name);
  response.isAuthoritative = query.class === RecordClass.IN;
  for (let links = 0; ; links++) {
    const found = lookup(context, query.type);
    const owner = context.position(0);
    if (found !== LookupResult.Alias && found !== LookupResult.Redirect) {
      if (settle(context, found, owner, links)) continue;
      break;
    }
    if (links === LINKS_MAX || comesAgain(context, links, context.hashes[0] as number)) return;
    const goesOn =
      found === LookupResult.Alias ? followAlias(context, owner) : followRedirect(context, owner);
    if (!response.isMarked) response.mark();
    if (!goesOn) return;
  }
  // An alias is the same for all clients, what it leads to is not, and one scope cannot say both: the resolver asks for the
  // target itself (RFC 7871 §7.2.1).
  if (state.isByPlace && state.usesSubnet && response.isMarked) {
    response.rewind();
    response.subnetScope = 0;
  }
}

/**
 * Writes what the last name has; `owner` is where that name stands. What was collected before stays in the answer. True:
 * it was not the last, a service leads to another name.
 */
function settle(
  context: WorkerContext,
  found: Exclude<LookupResult, Followed>,
  owner: number,
  links: number,
): boolean {
  const { response, state, query } = context;
  switch (found) {
    case LookupResult.Records:
      // A DNAME that led here may be what was asked for.
      if (query.type === RecordType.DNAME && isRedirectWritten(context)) return false;
      if (query.type === RecordType.SOA) putSoa(context, Section.Answer);
      else putRecordsAndHosts(context, owner);
      return false;
    case LookupResult.Service:
      return solveService(context, owner, 0, links);
    case LookupResult.Port:
      return solveService(context, owner, PORT_LABELS, links);
    case LookupResult.Any:
      putAnyHinfo(context, owner);
      return false;
    case LookupResult.NoName:
      response.rcode = Rcode.NXDomain;
      putSoa(context, Section.Authority);
      return false;
    case LookupResult.NoData:
      putSoa(context, Section.Authority);
      return false;
    case LookupResult.Referral:
      // After an alias of ours the answer section is still ours to vouch for (RFC 1035 §4.1.1, "AA").
      response.isAuthoritative &&= state.isChased;
      putReferral(context);
      return false;
    case LookupResult.NotReady:
      notReady(context);
      return false;
    case LookupResult.Refused:
      // An alias may lead out of our zones: resolvers go on from there.
      if (state.isChased) return false;
      response.rcode = Rcode.Refused;
      response.isAuthoritative = false;
      response.extendedError = ExtendedError.NotAuthoritative;
      return false;
  }
}

function putRecordsAndHosts(context: WorkerContext, owner: number): void {
  const { response, state, query, terms } = context;
  const first = response.at;
  const records = putRRset(context, Section.Answer, state.rrset, owner);
  if (records > 0 && hostOctet(query.type) >= 0 && !terms.isMinimal)
    putBeside(context, first, records, owner);
}
