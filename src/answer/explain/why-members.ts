/** One level of an explanation: of each cluster that declares the service what it gets, and why it gets nothing. */
import { addressText } from "../../federation/members/address.ts";
import { reasonText } from "../../traffic/health/health-reason.ts";
import { kmBeyond } from "../../federation/policy/geo.ts";
import { hasAllInAnswer, policyNameOf } from "../../federation/policy/policies.ts";
import { DISTANCE_UNKNOWN, nearnessRank, nearnessSteps } from "../../picture/format/nearness.ts";
import { toHex } from "../../dns/message/hex.ts";
import { formatName } from "../../dns/message/name.ts";
import { jsonOf } from "../../picture/format/decode.ts";
import {
  Header,
  HEALTH_AT_OCTETS,
  MEMBER_WORDS,
  NEARNESS_WORDS,
  SHARES_AT,
  SIGHTS_AT,
  verdictsAt,
} from "../../picture/format/layout.ts";
import type { WorkerContext } from "../solve/worker-context.ts";
import { aliasAt, firstMember, isAliased, isInLevel, memberCount } from "../solve/members.ts";
import { gatherAny } from "../solve/select.ts";
import { nearnessOf, weigh } from "../solve/weigh.ts";

const FULL = 255;

type LevelFacts = { readonly pool: number; readonly level: number; readonly family: number };

/** `count` as gatherAny gives it; of each member of the level its lines. */
export function explainMembers(
  context: WorkerContext,
  { pool, level, family }: LevelFacts,
): { readonly count: number; readonly members: readonly (readonly string[])[] } {
  const { picture } = context;
  const { u32 } = picture;
  const count = gatherAny(context, pool, level, family);
  if (count > 1) weigh(context, pool, level, count);
  const names = namesOf(context);
  const members: string[][] = [];
  let member = firstMember(picture, pool);
  for (let i = memberCount(picture, pool); i > 0; i--, member += MEMBER_WORDS) {
    const cluster = (u32[member] as number) & 127;
    if (!isInLevel(picture, level, cluster)) continue;
    const place = context.candidates.subarray(0, Math.max(0, count)).indexOf(member);
    const name = names.get(cluster) ?? `cluster ${cluster}`;
    const part = place < 0 ? null : partOf(context, pool, place, count);
    const head = part === null ? `out: ${reasonOut(context, member, family)}` : part;
    members.push([
      `${name}: ${head}; ${factsOf(context, pool, member)}`,
      ...addressLines(context, pool, { member, family, isIn: part !== null && !part.startsWith("0 %") }),
    ]);
  }
  return { count, members };
}

/** What the candidate at `place` gets, in words. */
function partOf(context: WorkerContext, pool: number, place: number, count: number): string {
  const plan = context.picture.u32[pool + 5] as number;
  const policy = plan & 255;
  if (count === 1) return "100 % of answers";
  if (hasAllInAnswer(policy)) return "in every answer";
  let total = 0;
  for (let i = 0; i < count; i++) total += context.weights[i] as number;
  const part = (100 * (context.weights[place] as number)) / total;
  const draws = Math.min((plan >>> 16) & 255, count);
  const drawn = draws > 1 ? ` of the first of ${draws} draws` : " of answers";
  return part === 0 ? "0 %: a nearer or earlier tier bears it all" : `${percent(part)}${drawn}`;
}

function percent(part: number): string {
  return part === 0 ? "0 %" : part < 0.1 ? "less than 0.1 %" : `${part.toFixed(1)} %`;
}

function reasonOut(context: WorkerContext, member: number, family: number): string {
  const { u32, u8 } = context.picture;
  const counts = u32[member + 4] as number;
  if (u8[SHARES_AT + ((u32[member] as number) & 127)] === 0) return "the cluster is drained or forced down";
  if ((u32[member] as number) >>> 16 === 0) return "the service is drained or forced down here";
  if (u32[member + 1] === 0) return "nothing is ready";
  if (counts === 0) return "it has no address yet";
  const own = family === 4 ? counts >>> 16 : counts & 0xffff;
  return own === 0 ? `no IPv${family} address` : `every IPv${family} address is down`;
}

function factsOf(context: WorkerContext, pool: number, member: number): string {
  const { u32, u8 } = context.picture;
  const cluster = (u32[member] as number) & 127;
  const policy = (u32[pool + 5] as number) & 255;
  const wanted = (u32[member + 2] as number) >>> 16;
  const share = u8[SHARES_AT + cluster] as number;
  const sight = u32[SIGHTS_AT + cluster] as number;
  const facts = [
    `${u32[member + 1]} ready of ${Math.max(wanted, u32[member + 1] as number)}${since(context, u32[member + 6] as number)}`,
    `${policyNameOf(policy)}: weight ${(u32[member] as number) >>> 16}, tier ${((u32[member] as number) >>> 8) & 255}`,
    ...distanceOf(context, member),
    ...(share === FULL ? [] : [`share ${percent((100 * share) / FULL)}`]),
    sight === 0
      ? "API seen now"
      : sight === 1
        ? "API not seen in this run"
        : `API last seen ${age(context, sight)} ago`,
  ];
  return facts.join(", ");
}

function distanceOf(context: WorkerContext, member: number): string[] {
  const { picture, row } = context;
  const table = picture.u32[Header.Nearness] as number;
  if (row === 0 || table === 0) return [];
  const near = nearnessOf(context, member);
  const nearest = picture.u32[table + NEARNESS_WORDS + context.client] as number;
  const beyond = kmBeyond(nearnessSteps(near), picture.u32[table + 5] as number);
  const km = nearest === DISTANCE_UNKNOWN ? "distance unknown" : `${Math.round(nearest + beyond)} km`;
  return [`${km}, rank ${nearnessRank(near)}`];
}

/** Which client it is that this is about: the answer holds for the prefix. */
export function clientLine(context: WorkerContext): string {
  const { query, peer, response } = context;
  const isSubnet = query.subnetOctets > 0;
  const octets = isSubnet
    ? query.subnetAddress.subarray(0, query.subnetFamily === 1 ? 4 : 16)
    : new Uint8Array(peer.view.buffer, peer.view.byteOffset + peer.at, peer.octets);
  const address = textOf(octets);
  const what = isSubnet ? `${address}/${query.subnetSource} (client subnet)` : `${address} (source address)`;
  const scope = isSubnet ? `, holds for /${response.subnetScope}` : "";
  return `client ${what}: ${context.client === 0 ? "nothing known of its place" : `class ${context.client}`}${scope}`;
}

function textOf(octets: Uint8Array): string {
  if (octets.length === 16) return addressText(toHex(octets));
  return addressText(octets.reduce((value, octet) => value * 256 + octet, 0));
}

function aliasText({ picture }: WorkerContext, pool: number, member: number): string {
  const at = aliasAt(picture, pool, member);
  const octets = at === 0 ? 0 : (picture.u32[at] as number) & 0xffff;
  return formatName(Uint8Array.of(...picture.u8.subarray((at + 1) * 4, (at + 1) * 4 + octets), 0));
}

function addressLines(
  context: WorkerContext,
  pool: number,
  { member, family, isIn }: { readonly member: number; readonly family: number; readonly isIn: boolean },
): string[] {
  const { u32, u8 } = context.picture;
  const counts = u32[member + 4] as number;
  const isV4 = family === 4;
  const skipped = isV4 ? 0 : counts >>> 16;
  const count = isV4 ? counts >>> 16 : counts & 0xffff;
  const octets = isV4 ? 4 : 16;
  const from = 4 * (pool + (u32[member + 5] as number) + skipped);
  return Array.from({ length: count }, (_, i) => {
    const endpoint = (u32[member + 3] as number) + skipped + i;
    const health = u8[HEALTH_AT_OCTETS + endpoint] as number;
    const verdict = verdictsAt(u32[Header.EndpointCapacity] as number) + 2 * endpoint;
    const state = reasonText(u32[verdict] as number);
    const isAnswered = isIn && health >= context.finding.needed;
    const level = health === FULL ? "" : `, health ${percent((100 * health) / FULL)}`;
    const octetsOf = u8.subarray(from + octets * i, from + octets * (i + 1));
    const address = isAliased(context.picture, pool) ? aliasText(context, pool, member) : textOf(octetsOf);
    const seen = `${state}${since(context, u32[verdict + 1] as number)}${level}`;
    return `  ${address} ${isAnswered ? "in" : "out"}: ${seen}${held(context, endpoint)}`;
  });
}

/** For how long caches may still hold it. */
function held(context: WorkerContext, endpoint: number): string {
  const { u32, heldAt } = context.picture;
  const left = (u32[heldAt + endpoint] as number) - (context.nowSeconds >>> 0);
  return left > 0 ? `; caches may hold it ${left}s more` : "";
}

function since(context: WorkerContext, seconds: number): string {
  return seconds === 0 ? "" : ` for ${age(context, seconds)}`;
}

function age(context: WorkerContext, seconds: number): string {
  const past = Math.max(0, (context.nowSeconds >>> 0) - seconds);
  for (const [unit, length] of UNITS) if (past >= 2 * length) return `${Math.floor(past / length)}${unit}`;
  return `${past}s`;
}

const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
] as const;

function namesOf(context: WorkerContext): ReadonlyMap<number, string> {
  const at = context.picture.u32[Header.Clusters] as number;
  if (at === 0) return new Map();
  const known = jsonOf(context.picture, at) as { clusters?: readonly { index: number; name: string }[] };
  return new Map((known.clusters ?? []).map(({ index, name }) => [index, name]));
}
