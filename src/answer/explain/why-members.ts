/** One level of an explanation: what each cluster that declares the service gets, and why it gets nothing. */
import { formatName } from "../../dns/message/name.ts";
import { kmBeyond } from "../../federation/policy/geo.ts";
import { hasAllInAnswer, policyNameOf } from "../../federation/policy/policies.ts";
import { type ClustersAt, decodeClusters } from "../../picture/content/clusters.ts";
import {
  cachedUntilOf,
  HEALTH_FULL,
  lastSeenOf,
  NEVER_SEEN,
  reasonOf,
  reasonSince,
  SHARE_FULL,
  shareOf,
} from "../../picture/format/in-place.ts";
import { Header, onlyRecord } from "../../picture/format/layout.ts";
import {
  firstEndpoint,
  firstMember,
  ipv4Count,
  ipv6Count,
  type MemberAt,
  memberCluster,
  memberSince,
  memberTier,
  memberWeight,
  nextMember,
  readyEndpoints,
  wantedEndpoints,
} from "../../picture/format/member.ts";
import { NONE, octetsFrom } from "../../picture/format/memory.ts";
import {
  DISTANCE_UNKNOWN,
  nearestKm,
  nearnessHalfKm,
  nearnessRank,
  nearnessSteps,
  nearnessTable,
} from "../../picture/clients/nearness.ts";
import { isInLevel, type LevelAt } from "../../picture/format/node.ts";
import {
  hasEqualAddresses,
  isAliased,
  isLookedUp,
  type PoolAt,
  poolDraws,
  poolMembers,
  poolPolicy,
} from "../../picture/format/pool.ts";
import { aliasLabelsAt, aliasOctets, findAlias } from "../../picture/format/port.ts";
import { RESERVE_TIERS } from "../../federation/policy/placement.ts";
import { reasonText } from "../../traffic/health/health-reason.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { weigh } from "../select/weigh.ts";
import { addressesOf, clustersByAddress, freshness, NOT_SHARED, textOf } from "./address-facts.ts";
import { gatherRest } from "./gather-rest.ts";

/** While changes are seen, the time is noted each second. */
const SEEN_NOW_SECONDS = 3;
const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
] as const;

type Asked = {
  readonly pool: PoolAt;
  readonly level: LevelAt;
  readonly family: 4 | 6;
  /** Names of clusters that are left out, as if they were drained. */
  readonly without: ReadonlySet<string>;
};

/** `count` as gatherAny gives it; `members`: the lines of each member of the level. */
export function explainMembers(
  context: WorkerContext,
  { pool, level, family, without }: Asked,
): { readonly count: number; readonly members: readonly (readonly string[])[] } {
  const { u32 } = context.picture;
  const names = namesOf(context);
  const leftOut = new Set([...names].flatMap(([number, name]) => (without.has(name) ? [number] : [])));
  const count = gatherRest(context, { pool, level, family }, leftOut);
  context.state.leftOut = leftOut.size === 0 ? null : leftOut;
  if (count > 1) weigh(context, pool, level, count);
  context.state.leftOut = null;
  const candidates = Array.from({ length: Math.max(0, count) }, (_, i) => context.candidate(i));
  const members: string[][] = [];
  const shared = hasEqualAddresses(u32, pool)
    ? clustersByAddress(context, { pool, level, family }, names)
    : NOT_SHARED;
  let member = firstMember(u32, pool);
  for (let left = poolMembers(u32, pool); left > 0; left--, member = nextMember(member)) {
    const cluster = memberCluster(u32, member);
    if (!isInLevel(u32, level, cluster)) continue;
    const index = candidates.indexOf(member);
    const name = names.get(cluster) ?? `cluster ${cluster}`;
    const part = index < 0 ? null : partOf(context, pool, index, count);
    const reason = leftOut.has(cluster)
      ? "left out, as the question says"
      : reasonOut(context, member, family);
    const head = part ?? `out: ${reason}`;
    members.push([
      `${name}: ${head}; ${factsOf(context, pool, member)}`,
      ...addressLines(context, pool, {
        member,
        family,
        isIn: part !== null && !part.startsWith("0 %"),
        othersWith: (address) => (shared.get(address) ?? []).filter((one) => one !== name),
      }),
    ]);
  }
  return { count, members };
}

/** What a candidate gets, in words. */
function partOf({ picture, weights }: WorkerContext, pool: PoolAt, index: number, count: number): string {
  if (count === 1) return "100 % of answers";
  if (hasAllInAnswer(poolPolicy(picture.u32, pool))) return "in every answer";
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i] as number;
  const part = (100 * (weights[index] as number)) / total;
  const draws = Math.min(poolDraws(picture.u32, pool), count);
  const drawn = draws > 1 ? ` of the first of ${draws} draws` : " of answers";
  return part === 0 ? "0 %: nearer or earlier clusters take all" : `${percent(part)}${drawn}`;
}

function percent(part: number): string {
  return part === 0 ? "0 %" : part < 0.1 ? "less than 0.1 %" : `${part.toFixed(1)} %`;
}

function reasonOut({ picture }: WorkerContext, member: MemberAt, family: 4 | 6): string {
  const { u32, u8 } = picture;
  const [v4, v6] = [ipv4Count(u32, member), ipv6Count(u32, member)];
  if (shareOf(u8, memberCluster(u32, member)) === 0) return "the cluster is drained or forced down";
  if (memberWeight(u32, member) === 0) return "the service is drained or forced down here";
  if (readyEndpoints(u32, member) === 0) return "no endpoint is ready";
  if (v4 + v6 === 0) return "it has no address yet";
  const own = family === 4 ? v4 : v6;
  return own === 0 ? `no IPv${family} address` : `every IPv${family} address is down`;
}

function factsOf(context: WorkerContext, pool: PoolAt, member: MemberAt): string {
  const { u32, u8 } = context.picture;
  const cluster = memberCluster(u32, member);
  const ready = readyEndpoints(u32, member);
  const share = shareOf(u8, cluster);
  const facts = [
    `${ready} ready of ${Math.max(wantedEndpoints(u32, member), ready)}${since(context, memberSince(u32, member))}`,
    `policy ${policyNameOf(poolPolicy(u32, pool))}`,
    ...placementOf(memberTier(u32, member), memberWeight(u32, member)),
    ...distanceOf(context, cluster),
    ...(share === SHARE_FULL ? [] : [`share ${percent((100 * share) / SHARE_FULL)}`]),
    lastSeenText(context, lastSeenOf(u32, cluster)),
  ];
  return facts.join(", ");
}

/** Nothing to say about the first choice with the usual weight. */
function placementOf(tier: number, weight: number): string[] {
  if (tier >= RESERVE_TIERS) return ["in reserve (weight 0): for clients that no other cluster can take"];
  const order = tier === 0 ? [] : [`choice ${tier + 1}: for clients that the choices before it cannot take`];
  return weight === 1 ? order : [`weight ${weight}`, ...order];
}

function lastSeenText(context: WorkerContext, lastSeen: number): string {
  if (lastSeen === NEVER_SEEN) return "API not seen yet";
  if ((context.nowSeconds >>> 0) - lastSeen <= SEEN_NOW_SECONDS) return "API seen now";
  return `API last seen ${age(context, lastSeen)} ago`;
}

function distanceOf({ picture, state }: WorkerContext, cluster: number): string[] {
  const { u32 } = picture;
  const { row, clientClass } = state;
  const table = nearnessTable(u32);
  if (row === NONE || table === NONE) return [];
  const nearest = nearestKm(u32, table, clientClass);
  const beyond = kmBeyond(nearnessSteps(u32, row, cluster), nearnessHalfKm(u32, table));
  const rank = nearnessRank(u32, row, cluster);
  const place = rank === 0 ? "none is nearer" : `${ordinal(rank + 1)} nearest`;
  if (nearest !== DISTANCE_UNKNOWN) return [`${Math.round(nearest + beyond)} km away, ${place}`];
  // All are equally near to clients whose place is not known.
  return rank === 0 ? ["distance unknown"] : [place];
}

function ordinal(number: number): string {
  const isTeen = number % 100 >= 11 && number % 100 <= 13;
  const ending = isTeen ? undefined : { 1: "st", 2: "nd", 3: "rd" }[number % 10];
  return `${number}${ending ?? "th"}`;
}

/** The client that this is about; the answer holds for the whole prefix. */
export function clientLine(context: WorkerContext): string {
  const { query, peer, response, state } = context;
  const isSubnet = query.subnetOctets > 0;
  const octets = isSubnet
    ? query.subnetAddress.subarray(0, query.subnetFamily === 1 ? 4 : 16)
    : new Uint8Array(peer.view.buffer, peer.view.byteOffset + peer.at, peer.octets);
  const address = textOf(octets);
  const what = isSubnet ? `${address}/${query.subnetSource} (client subnet)` : `${address} (source address)`;
  const scope = isSubnet ? `, holds for /${response.subnetScope}` : "";
  return `client ${what}: ${state.clientClass === 0 ? "its place is not known" : "its place is known"}${scope}`;
}

function aliasText({ picture }: WorkerContext, pool: PoolAt, member: MemberAt): string {
  const { u32, u8 } = picture;
  const alias = findAlias(u32, pool, member);
  if (alias === NONE) return ".";
  return formatName(Uint8Array.of(...octetsFrom(u8, aliasLabelsAt(alias) * 4, aliasOctets(u32, alias)), 0));
}

function addressLines(
  context: WorkerContext,
  pool: PoolAt,
  {
    member,
    family,
    isIn,
    othersWith,
  }: {
    readonly member: MemberAt;
    readonly family: 4 | 6;
    readonly isIn: boolean;
    readonly othersWith: (address: string) => readonly string[];
  },
): string[] {
  const { picture, state } = context;
  const { u32 } = picture;
  const skipped = family === 4 ? 0 : ipv4Count(u32, member);
  return addressesOf(context, pool, member, family).map((given, i) => {
    const endpoint = firstEndpoint(u32, member) + skipped + i;
    const health = picture.health(endpoint);
    const isAnswered = isIn && health >= state.healthNeeded;
    const level = health === HEALTH_FULL ? "" : `, health ${percent((100 * health) / HEALTH_FULL)}`;
    const address = isAliased(u32, pool) ? aliasText(context, pool, member) : given;
    const others = othersWith(given);
    const once = others.length === 0 ? "" : `; ${others.join(", ")} has it too: an answer has it once`;
    const fresh = isLookedUp(u32, pool) ? freshness(context, endpoint) : "";
    const seen = `${reasonText(reasonOf(u32, endpoint))}${since(context, reasonSince(u32, endpoint))}${level}`;
    return `  ${address} ${isAnswered ? "in" : "out"}: ${seen}${fresh}${once}${cached(context, endpoint)}`;
  });
}

/** For how long caches may still hold it. */
function cached({ picture, nowSeconds }: WorkerContext, endpoint: number): string {
  const left = cachedUntilOf(picture.u32, endpoint) - (nowSeconds >>> 0);
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

function namesOf({ picture }: WorkerContext): ReadonlyMap<number, string> {
  const at = onlyRecord(picture.u32, Header.Clusters) as ClustersAt;
  if (at === NONE) return new Map();
  const known = decodeClusters(picture, at) as { clusters?: readonly { index: number; name: string }[] };
  return new Map((known.clusters ?? []).map(({ index, name }) => [index, name]));
}
