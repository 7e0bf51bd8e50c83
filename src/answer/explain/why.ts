/**
 * Why a name gets the addresses it gets: class CHAOS, TXT, `why.NAME` for A and `why-aaaa.NAME` for AAAA. The steps are
 * those of the answer (lookup, select, weigh), so that the explanation cannot say anything else than is done.
 *
 * Far from the hot path: here, and only here in this folder, lines are strings.
 */
import { HEADER_OCTETS, Rcode, RecordClass, RecordType } from "../../dns/message/code.ts";
import { formatName, type Name } from "../../dns/message/name.ts";
import type { Query } from "../../dns/message/query-record.ts";
import { nodeName } from "../../picture/format/decode.ts";
import { EVERYWHERE, NO_LEVEL } from "../../picture/format/layout.ts";
import type { WorkerContext } from "../solve/worker-context.ts";
import { putFact } from "../terms/identity.ts";
import { LookupResult, lookup } from "../solve/lookup.ts";
import { isAliased } from "../solve/members.ts";
import { CLIMB } from "../solve/select.ts";
import { clientLine, explainMembers } from "./why-members.ts";

const WHY: Uint8Array = labelOf("why");
const WHY_AAAA: Uint8Array = labelOf("why-aaaa");
/** A name in the place of addresses stands where those of IPv4 do (layout.ts). */
const ALIAS_FAMILY = 4;
/** One string of a TXT record (RFC 1035 §3.3). */
const LINE_OCTETS_MAX = 255;

/** The address family that the question wants explained, or 0 when it is none of these. */
export function familyOfWhy(query: Query): number {
  if (query.type !== RecordType.TXT || query.labelCount < 2) return 0;
  if (startsWith(query, WHY)) return 4;
  return startsWith(query, WHY_AAAA) ? 6 : 0;
}

/** Asked with every question of class CHAOS: without a string. */
function startsWith({ name }: Query, label: Uint8Array): boolean {
  for (let i = 0; i < label.length; i++) if (name[i] !== label[i]) return false;
  return true;
}

function labelOf(text: string): Uint8Array {
  return Uint8Array.of(text.length, ...new TextEncoder().encode(text));
}

/** Writes the explanation into the response, which has its question already; the query becomes the one that is explained. */
export function putWhy(context: WorkerContext, family: number, questionOctets: number): void {
  const { response, query, picture } = context;
  cutFirstLabel(query);
  query.class = RecordClass.IN;
  query.type = family === 4 ? RecordType.A : RecordType.AAAA;
  let lines: readonly string[];
  do {
    context.serial = picture.serial();
    lines = explain(context, family);
    // A commit came between: what was read may be of two.
  } while (picture.serial() !== context.serial && !isOdd(picture.serial()));
  response.isAuthoritative = true;
  for (const line of lines) putFact(response, characterString(line), HEADER_OCTETS);
  if (!response.isTruncated) return;
  response.restart(questionOctets);
  response.isTruncated = true;
}

function isOdd(serial: number): boolean {
  return (serial & 1) !== 0;
}

function cutFirstLabel(query: Query): void {
  const skipped = query.labels[1] as number;
  query.name.copyWithin(0, skipped, query.nameOctets);
  query.nameOctets -= skipped;
  for (let i = 0; i < query.labelCount; i++) query.labels[i] = (query.labels[i + 1] as number) - skipped;
  query.labelCount--;
}

function explain(context: WorkerContext, family: number): readonly string[] {
  const { response, finding, query } = context;
  response.rcode = Rcode.NoError;
  response.subnetScope = 0;
  context.isChased = false;
  context.isByPlace = false;
  const name = formatName(query.name.slice(0, query.nameOctets) as Name);
  switch (lookup(context)) {
    case LookupResult.Service:
      return isAliased(context.picture, finding.pool)
        ? [`${name} CNAME, whatever is asked for`, ...explainLadder(context, finding.node, ALIAS_FAMILY)]
        : [`${name} ${family === 4 ? "A" : "AAAA"}`, ...explainLadder(context, finding.node, family)];
    case LookupResult.NoName:
      response.rcode = Rcode.NXDomain;
      return [];
    case LookupResult.Refused:
      response.rcode = Rcode.Refused;
      return [];
    case LookupResult.NotReady:
      return [`${name}: not known yet; the members have not been read`];
    case LookupResult.Alias:
    case LookupResult.Redirect:
      return [`${name}: an alias, of a zone file or an object; ask about its target`];
    case LookupResult.Referral:
      return [`${name}: delegated to other servers`];
    case LookupResult.Records:
    case LookupResult.NoData:
    case LookupResult.Any:
    case LookupResult.Port:
      return [`${name}: records as they are, or none of this type; nothing is chosen`];
  }
}

/** Level by level, as far as the answer goes. */
function explainLadder(context: WorkerContext, first: number, family: number): string[] {
  const { picture, finding } = context;
  const lines: string[] = [];
  for (let level = first; ;) {
    const parent = (picture.u32[picture.afterName(level)] as number) >>> 16;
    const { count, members } = explainMembers(context, { pool: finding.pool, level, family });
    const where = level === EVERYWHERE ? "host" : `level ${formatName(nodeName(picture, level))}`;
    const outcome =
      count === CLIMB
        ? parent === NO_LEVEL
          ? "nobody has anything: no data"
          : "nobody has anything well: CNAME to the level above"
        : count === 0
          ? "alive, but not with this address family: no data"
          : context.finding.needed === 0
            ? "everything looks down, so everything that is ready is answered"
            : `${count} of ${members.length} can answer`;
    lines.push(`${where}${parent === NO_LEVEL ? " (top)" : ""}: ${outcome}`);
    if (context.isByPlace && count > 0) lines.push(clientLine(context));
    for (const member of members) lines.push(...member);
    if (count !== CLIMB || parent === NO_LEVEL) return lines;
    level = picture.levelNode(parent);
  }
}

function characterString(text: string): Uint8Array {
  const octets = new TextEncoder().encode(text).subarray(0, LINE_OCTETS_MAX);
  return Uint8Array.of(octets.length, ...octets);
}
