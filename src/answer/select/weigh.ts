/**
 * What part of a pool's clients each candidate gets: weight x nearness x fullness x share x health, tier by tier.
 *
 * Tier and weight come with the plan of the service. What the distance of a client adds to them is a trait of the policy
 * (federation/policy/policies.ts): `geo` makes the weight fall with distance, `nearest` adds the rank by nearness to the tier.
 *
 * A tier takes of what the tiers before it have left as much as its fullness allows; what no tier can take is shared out
 * as the rest was. Nearness and tiers are computed when something changes (federation/policy), never here.
 */
import { shareAfter } from "../../federation/policy/geo.ts";
import * as policyTable from "../../federation/policy/policies.ts";
import * as inPlaceModule from "../../picture/format/in-place.ts";
import * as memberFields from "../../picture/format/member.ts";
import type { MemberAt } from "../../picture/format/member.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import * as nearnessFields from "../../picture/clients/nearness.ts";
import type { NearnessRowAt } from "../../picture/clients/nearness.ts";
import * as nodeFields from "../../picture/format/node.ts";
import type { LevelAt } from "../../picture/format/node.ts";
import * as poolFields from "../../picture/format/pool.ts";
import type { PoolAt } from "../../picture/format/pool.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { clientClass } from "./client.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { goesByPlace, hasTiersByDistance, hasWeightsByDistance } = policyTable;
const { HEALTH_FULL, healthOf, SHARE_FULL, shareOf } = inPlaceModule;
const {
  firstEndpoint,
  firstMember,
  ipv4Count,
  ipv6Count,
  memberCluster,
  memberFullness,
  memberTier,
  memberWeight,
  nextMember,
  wantedEndpoints,
  WHOLE,
} = memberFields;
const { NONE } = memoryModule;
const { nearnessRank, nearnessRow, nearnessSteps, nearnessTable } = nearnessFields;
const { isInLevel } = nodeFields;
const { poolMembers, poolPolicy } = poolFields;

// All functions here return whole numbers below 2^31: a number with a fraction is allocated when it is passed on.

/** What is left of a share after so many steps, times UNDIMMED. A cluster that is farther away gets nothing. */
const UNDIMMED = 0x7fff;
const STEPS_MAX = 4096;
const FARTHEST = 0xffff;
const LEFT_AFTER: Uint16Array = Uint16Array.from({ length: STEPS_MAX + 1 }, (_, i) =>
  Math.round(UNDIMMED * shareAfter(i)),
);
/** Full share and full health. */
const FULL_CAPACITY: number = SHARE_FULL * HEALTH_FULL;
/** More than any tier. */
const TIERS_END = 256;

/** Fills context.weights for the first `count` candidates: parts of any sum. */
export function weigh(context: WorkerContext, pool: PoolAt, level: LevelAt, count: number): void {
  const { picture, state, weights, tiers } = context;
  const policy = poolPolicy(picture.u32, pool);
  state.row = goesByPlace(policy) ? rowOfClient(context) : NONE;
  state.leastSteps = hasWeightsByDistance(policy) ? leastSteps(context, count) : 0;
  let lowest = TIERS_END;
  let highest = -1;
  for (let i = 0; i < count; i++) {
    const member = context.candidate(i);
    const tier = tierOf(context, member, policy);
    tiers[i] = tier;
    weights[i] = idealWeight(context, member, policy) * capacityForLoad(context, member);
    if (tier < lowest) lowest = tier;
    if (tier > highest) highest = tier;
  }
  if (lowest !== highest) loadTiers(context, pool, level, count);
}

/** NONE when nothing is known of the client, or of distances. */
function rowOfClient(context: WorkerContext): NearnessRowAt {
  const { picture, state } = context;
  const table = nearnessTable(picture.u32);
  if (table === NONE) return NONE;
  state.isByPlace = true;
  const known = clientClass(context);
  const row = nearnessRow(picture.u32, table, known);
  if (row !== NONE) state.clientClass = known;
  return row;
}

/** The fewest steps among the candidates, standby clusters aside: shares are counted from there. */
function leastSteps(context: WorkerContext, count: number): number {
  const { u32 } = context.picture;
  const { row } = context.state;
  let least = FARTHEST;
  let ofAll = FARTHEST;
  for (let i = 0; i < count; i++) {
    const member = context.candidate(i);
    const steps = nearnessSteps(u32, row, memberCluster(u32, member));
    if (steps < ofAll) ofAll = steps;
    if (steps < least && memberTier(u32, member) === 0) least = steps;
  }
  return least === FARTHEST ? ofAll : least;
}

function tierOf({ picture, state }: WorkerContext, member: MemberAt, policy: number): number {
  const { u32 } = picture;
  const own = memberTier(u32, member);
  if (!hasTiersByDistance(policy)) return own;
  return own + nearnessRank(u32, state.row, memberCluster(u32, member));
}

/** What the member would get if all were well, times UNDIMMED. */
function idealWeight({ picture, state }: WorkerContext, member: MemberAt, policy: number): number {
  const { u32 } = picture;
  const weight = memberWeight(u32, member);
  if (!hasWeightsByDistance(policy)) return weight * UNDIMMED;
  const steps = nearnessSteps(u32, state.row, memberCluster(u32, member)) - state.leastSteps;
  if (steps <= 0) return weight * UNDIMMED;
  return steps > STEPS_MAX ? 0 : weight * (LEFT_AFTER[steps] as number);
}

/** 0 to FULL_CAPACITY: how much of its weight the member can take now. */
function capacityForLoad(context: WorkerContext, member: MemberAt): number {
  const { picture } = context;
  const fullness = memberFullness(picture.u32, member);
  const enough = picture.spillBelow();
  const capacity = capacityOf(context, member);
  return fullness >= enough ? capacity : Math.max(1, (capacity * fullness) / enough) | 0;
}

/** 0 to FULL_CAPACITY: share x health of the best of its addresses. When failing open, health does not count. */
function capacityOf({ picture, state }: WorkerContext, member: MemberAt): number {
  const { u8, u32 } = picture;
  const share = shareOf(u8, memberCluster(u32, member));
  if (state.healthNeeded === 0) return share * HEALTH_FULL;
  const first = firstEndpoint(u32, member);
  const end = first + ipv4Count(u32, member) + ipv6Count(u32, member);
  let best = 0;
  for (let endpoint = first; endpoint < end && best < HEALTH_FULL; endpoint++) {
    const health = healthOf(u8, endpoint);
    if (health > best) best = health;
  }
  return share * best;
}

/** Gives each tier its load, in order; within a tier the weights stay in proportion. */
function loadTiers(context: WorkerContext, pool: PoolAt, level: LevelAt, count: number): void {
  const { tiers, weights } = context;
  let left = 1;
  for (let tier = nextTier(tiers, count, -1); tier < TIERS_END; tier = nextTier(tiers, count, tier)) {
    let sum = 0;
    for (let i = 0; i < count; i++) if (tiers[i] === tier) sum += weights[i] as number;
    const load = sum > 0 ? (left * tierFullness(context, pool, level, tier)) / WHOLE : 0;
    for (let i = 0; i < count; i++)
      if (tiers[i] === tier) weights[i] = load > 0 ? ((weights[i] as number) / sum) * load : 0;
    left -= load;
  }
}

function nextTier(tiers: Uint8Array, count: number, after: number): number {
  let next = TIERS_END;
  for (let i = 0; i < count; i++) {
    const tier = tiers[i] as number;
    if (tier > after && tier < next) next = tier;
  }
  return next;
}

/** 0 to WHOLE: how much of its load a tier can take, by all its members at this level, those that are down included. */
function tierFullness(context: WorkerContext, pool: PoolAt, level: LevelAt, tier: number): number {
  const { picture, state } = context;
  const { u32 } = picture;
  const policy = poolPolicy(u32, pool);
  let wanted = 0;
  let able = 0;
  let member = firstMember(u32, pool);
  for (let left = poolMembers(u32, pool); left > 0; left--, member = nextMember(member)) {
    if (tierOf(context, member, policy) !== tier) continue;
    if (!isInLevel(u32, level, memberCluster(u32, member))) continue;
    const fullness = memberFullness(u32, member);
    if (fullness === 0 && wantedEndpoints(u32, member) === 0) continue;
    const weight = idealWeight(context, member, policy);
    wanted += weight;
    if (state.leftOut?.has(memberCluster(u32, member)) === true) continue;
    able += (weight * fullness * capacityOf(context, member)) / (WHOLE * FULL_CAPACITY);
  }
  const enough = (wanted * picture.spillBelow()) / WHOLE;
  // Rounded, as the last bit of the products above must not make a full tier give something away.
  return able >= enough ? WHOLE : ((WHOLE * able) / enough + 0.5) | 0;
}
