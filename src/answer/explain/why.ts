/**
 * Why a name gets the addresses it gets: class CHAOS, TXT, `why.NAME` for A and `why-aaaa.NAME` for AAAA. The steps are
 * those of the answer (lookup, select, weigh), so that the explanation cannot say anything else than is done.
 *
 * `why._without.CLUSTER.NAME` is about the answer as it would be if that cluster were drained; several may be left out.
 *
 * This is far from the hot path: lines are strings here, as nowhere else in the data plane.
 */
import { HEADER_OCTETS, Rcode, RecordType } from "../../dns/message/code.ts";
import { formatName } from "../../dns/message/name.ts";
import type { NameBuffer, Query } from "../../dns/message/query-record.ts";
import { nodeName } from "../../picture/content/decode.ts";
import { EVERYWHERE, type LevelAt, levelParent, NO_LEVEL } from "../../picture/format/node.ts";
import { isAliased } from "../../picture/format/pool.ts";
import { resetQueryState } from "../context/query-state.ts";
import { settledSerial } from "../context/settled-serial.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { lookup } from "../lookup/lookup.ts";
import { LookupResult } from "../lookup/lookup-result.ts";
import { CLIMB } from "../select/select.ts";
import { putFact } from "../terms/identity.ts";
import { clientLine, explainMembers } from "./why-members.ts";

const WHY: Uint8Array = labelOf("why");
const WHY_AAAA: Uint8Array = labelOf("why-aaaa");
/** No Service has such a name. */
const WITHOUT: Uint8Array = labelOf("_without");
/** A name in the place of addresses stands where those of IPv4 do (picture/format/member.ts). */
const ALIAS_FAMILY = 4;
/** One string of a TXT record (RFC 1035 §3.3). */
const LINE_OCTETS_MAX = 255;

/** The address family that the question wants explained, or 0 when it is no such question. */
export function familyOfWhy(query: Query): 0 | 4 | 6 {
  if (query.type !== RecordType.TXT || query.name.labelCount < 2) return 0;
  if (startsWith(query.name, WHY)) return 4;
  return startsWith(query.name, WHY_AAAA) ? 6 : 0;
}

/** Asked with every question of class CHAOS: without a string. */
function startsWith({ bytes }: NameBuffer, label: Uint8Array): boolean {
  for (let i = 0; i < label.length; i++) if (bytes[i] !== label[i]) return false;
  return true;
}

function labelOf(text: string): Uint8Array {
  return Uint8Array.of(text.length, ...new TextEncoder().encode(text));
}

const TRIES_MAX = 8;
const UNSETTLED = "a change of the picture is being applied; ask again";

/** Writes the explanation into the response, which has its question already. */
export function putWhy(context: WorkerContext, family: 4 | 6): void {
  const { response, query, picture, scratch } = context;
  copyWithoutFirst(1, query.name, scratch);
  const without = new Set<string>();
  while (scratch.labelCount > 2 && startsWith(scratch, WITHOUT)) {
    without.add(labelText(scratch, 1));
    copyWithoutFirst(2, scratch, scratch);
  }
  let lines: readonly string[] = [];
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    context.serial = settledSerial(context);
    if ((context.serial & 1) !== 0) lines = [UNSETTLED];
    else lines = explain(context, scratch, { family, without });
    // Otherwise a commit came between: what was read may be of two.
    if (picture.serialAgain() === context.serial) break;
    lines = [UNSETTLED];
  }
  response.isAuthoritative = true;
  for (const line of lines) putFact(response, characterString(line), HEADER_OCTETS);
  if (response.isTruncated) response.truncate();
}

/** `count`: of labels. From and to may be one. */
function copyWithoutFirst(count: number, from: NameBuffer, to: NameBuffer): void {
  const skipped = from.labels[count] as number;
  const [octets, labelCount] = [from.octets - skipped, from.labelCount - count];
  for (let i = 0; i < octets; i++) to.bytes[i] = from.bytes[i + skipped] as number;
  for (let i = 0; i <= labelCount; i++) to.labels[i] = (from.labels[i + count] as number) - skipped;
  to.octets = octets;
  to.labelCount = labelCount;
}

/** In small letters, as names of clusters are. */
function labelText({ bytes, labels }: NameBuffer, index: number): string {
  const at = labels[index] as number;
  return String.fromCharCode(...bytes.slice(at + 1, at + 1 + (bytes[at] as number))).toLowerCase();
}

type Question = { readonly family: 4 | 6; readonly without: ReadonlySet<string> };

function explain(context: WorkerContext, asked: NameBuffer, question: Question): readonly string[] {
  const { response, state, query } = context;
  response.restart();
  resetQueryState(state, query, asked);
  const name = formatName(asked.bytes.slice(0, asked.octets));
  switch (lookup(context, question.family === 4 ? RecordType.A : RecordType.AAAA)) {
    case LookupResult.Service:
      return explainService(context, name, question);
    case LookupResult.NoName:
      response.rcode = Rcode.NXDomain;
      return [];
    case LookupResult.Refused:
      return [
        `${name}: not below any zone that this server answers for; fedns status and fedns config name them`,
      ];
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

function explainService(context: WorkerContext, name: string, question: Question): readonly string[] {
  const { picture, state } = context;
  const { family, without } = question;
  const rest = without.size === 0 ? "" : `, without ${[...without].join(", ")}`;
  return isAliased(picture.u32, state.pool)
    ? [
        `${name} CNAME, whatever is asked for${rest}`,
        ...explainLadder(context, { family: ALIAS_FAMILY, without }),
      ]
    : [`${name} ${family === 4 ? "A" : "AAAA"}${rest}`, ...explainLadder(context, question)];
}

/** Level by level, as far as the answer goes. */
function explainLadder(context: WorkerContext, question: Question): string[] {
  const { picture, state } = context;
  const lines: string[] = [];
  for (let { level } = state; ;) {
    const parent = levelParent(picture.u32, level);
    const { count, members } = explainMembers(context, { ...question, pool: state.pool, level });
    const outcome = outcomeOf(context, count, members.length, parent === NO_LEVEL);
    lines.push(`${textOfLevel(context, level)}${parent === NO_LEVEL ? " (top)" : ""}: ${outcome}`);
    if (state.isByPlace && count > 0) lines.push(clientLine(context));
    for (const member of members) lines.push(...member);
    if (count !== CLIMB || parent === NO_LEVEL) return lines;
    level = picture.levelOf(parent);
  }
}

function textOfLevel({ picture }: WorkerContext, level: LevelAt): string {
  return level === EVERYWHERE ? "host" : `level ${formatName(nodeName(picture, level))}`;
}

/** `count`: of candidates, or why there are none. */
function outcomeOf({ state }: WorkerContext, count: number, members: number, isTop: boolean): string {
  if (count === CLIMB)
    return isTop
      ? "no cluster has an endpoint: no data"
      : "no cluster has a healthy endpoint: CNAME to the level above";
  if (count === 0) return "alive, but not with this address family: no data";
  if (state.healthNeeded === 0) return "everything looks down, so everything that is ready is answered";
  return `${count} of ${members} can answer`;
}

function characterString(text: string): Uint8Array {
  const octets = new TextEncoder().encode(text).subarray(0, LINE_OCTETS_MAX);
  return Uint8Array.of(octets.length, ...octets);
}
