/**
 * What part of a pool's clients each candidate gets: weight x nearness x fullness x share x health, tier by tier.
 *
 *   policy    | tier                  | weight                                  | depends on who asks
 *   geo       | 0, or 1 for weight 0  | configured x share that falls with distance | yes
 *   nearest   | rank by nearness      | configured                              | yes
 *   weighted  | 0, or 1 for weight 0  | configured                              | no
 *   failover  | place in the order    | configured                              | no
 *
 * A tier takes of what the tiers before it have left as much as its fullness allows; what nobody can take is shared out
 * as the rest was. Nearness and tiers are computed when something changes (federation/policy), never here.
 */
import { shareAfter } from "../../federation/policy/geo.ts";
import { goesByPlace, hasTiersByDistance, hasWeightsByDistance } from "../../federation/policy/policies.ts";
import {
  HEALTH_AT_OCTETS,
  Header,
  MEMBER_WORDS,
  NEARNESS_WORDS,
  SHARES_AT,
  WHOLE,
} from "../../picture/format/layout.ts";
import { nearnessRank, nearnessSteps } from "../../picture/format/nearness.ts";
import { clientClass } from "./client.ts";
import type { WorkerContext } from "./worker-context.ts";
import { firstMember, isInLevel, memberCount } from "./members.ts";

// All functions here return whole numbers below 2^31: a number with a fraction is allocated when it is passed on.

/** What is left of a share after so many steps, times UNDIMMED. A cluster that is farther away gets nothing. */
const UNDIMMED = 0x7fff;
const STEPS_MAX = 4096;
const FARTHEST = 0xffff;
/** Full share and full health. */
const VIGOROUS = 255 * 255;
const LEFT_AFTER: Uint16Array = Uint16Array.from({ length: STEPS_MAX + 1 }, (_, i) =>
  Math.round(UNDIMMED * shareAfter(i)),
);

/** Fills context.weights for the first `count` of context.candidates: parts of any sum. */
export function weigh(context: WorkerContext, pool: number, level: number, count: number): void {
  const { u32 } = context.picture;
  const policy = (u32[pool + 5] as number) & 255;
  const row = goesByPlace(policy) ? nearnessRow(context) : 0;
  context.row = row;
  const { candidates, weights, tiers } = context;
  context.nearest = hasWeightsByDistance(policy) ? nearestOf(context, count) : 0;
  let lowest = 256;
  let highest = -1;
  for (let i = 0; i < count; i++) {
    const member = candidates[i] as number;
    const tier = tierOf(context, member, policy);
    tiers[i] = tier;
    weights[i] = wantedWeight(context, member, policy) * strength(context, member);
    if (tier < lowest) lowest = tier;
    if (tier > highest) highest = tier;
  }
  if (lowest !== highest) loadTiers(context, pool, level, count);
}

/** Offset of the nearness of clusters to this client, 0 when nothing is known of it. */
function nearnessRow(context: WorkerContext): number {
  const { u32 } = context.picture;
  const table = u32[Header.Nearness] as number;
  if (table === 0) return 0;
  context.isByPlace = true;
  const known = clientClass(context);
  const classes = u32[table + 3] as number;
  if (known >= classes) return 0;
  context.client = known;
  return table + NEARNESS_WORDS + classes + known * (u32[table + 4] as number);
}

/** The word of one cluster in the table of nearness (picture/format/nearness.ts). */
export function nearnessOf({ picture: { u32 }, row }: WorkerContext, member: number): number {
  return row === 0 ? 0 : (u32[row + ((u32[member] as number) & 127)] as number) | 0;
}

/** The fewest halvings among the candidates, those in reserve aside: shares are counted from there. */
function nearestOf(context: WorkerContext, count: number): number {
  const { candidates, picture } = context;
  let nearest = FARTHEST;
  let ofAll = FARTHEST;
  for (let i = 0; i < count; i++) {
    const member = candidates[i] as number;
    const steps = nearnessSteps(nearnessOf(context, member));
    if (steps < ofAll) ofAll = steps;
    if (steps < nearest && (((picture.u32[member] as number) >>> 8) & 255) === 0) nearest = steps;
  }
  return nearest === FARTHEST ? ofAll : nearest;
}

function tierOf(context: WorkerContext, member: number, policy: number): number {
  const own = ((context.picture.u32[member] as number) >>> 8) & 255;
  return hasTiersByDistance(policy) ? own + nearnessRank(nearnessOf(context, member)) : own;
}

/** What the member would get if all were well, times UNDIMMED. */
function wantedWeight(context: WorkerContext, member: number, policy: number): number {
  const weight = (context.picture.u32[member] as number) >>> 16;
  if (!hasWeightsByDistance(policy)) return weight * UNDIMMED;
  const steps = nearnessSteps(nearnessOf(context, member)) - context.nearest;
  if (steps <= 0) return weight * UNDIMMED;
  return steps > STEPS_MAX ? 0 : weight * (LEFT_AFTER[steps] as number);
}

/** 0 to VIGOROUS: how much of its weight the member can bear now. */
function strength(context: WorkerContext, member: number): number {
  const { u32 } = context.picture;
  const fullness = (u32[member + 2] as number) & WHOLE;
  const enough = u32[Header.SpillBelow] as number;
  const vigour = vigourOf(context, member);
  return fullness >= enough ? vigour : Math.max(1, (vigour * fullness) / enough) | 0;
}

/** 0 to VIGOROUS: share x health of the best of its addresses. When failing open, health does not count. */
function vigourOf(context: WorkerContext, member: number): number {
  const { u32, u8 } = context.picture;
  const share = u8[SHARES_AT + ((u32[member] as number) & 127)] as number;
  if (context.finding.needed === 0) return share * 255;
  const first = HEALTH_AT_OCTETS + (u32[member + 3] as number);
  const counts = u32[member + 4] as number;
  let best = 0;
  for (let at = first, end = first + (counts >>> 16) + (counts & 0xffff); at < end && best < 255; at++)
    if ((u8[at] as number) > best) best = u8[at] as number;
  return share * best;
}

/** Gives each tier its load, in order; within a tier the weights stay in proportion. */
function loadTiers(context: WorkerContext, pool: number, level: number, count: number): void {
  const { tiers, weights } = context;
  let left = 1;
  for (let tier = nextTier(tiers, count, -1); tier < 256; tier = nextTier(tiers, count, tier)) {
    let sum = 0;
    for (let i = 0; i < count; i++) if (tiers[i] === tier) sum += weights[i] as number;
    const load = sum > 0 ? (left * tierFullness(context, pool, level, tier)) / WHOLE : 0;
    for (let i = 0; i < count; i++)
      if (tiers[i] === tier) weights[i] = load > 0 ? ((weights[i] as number) / sum) * load : 0;
    left -= load;
  }
}

function nextTier(tiers: Uint8Array, count: number, after: number): number {
  let next = 256;
  for (let i = 0; i < count; i++) {
    const tier = tiers[i] as number;
    if (tier > after && tier < next) next = tier;
  }
  return next;
}

/** 0 to WHOLE: how much of its load a tier can bear, by all its members at this level, those that are down included. */
function tierFullness(context: WorkerContext, pool: number, level: number, tier: number): number {
  const { picture } = context;
  const { u32 } = picture;
  const policy = (u32[pool + 5] as number) & 255;
  let wanted = 0;
  let able = 0;
  let member = firstMember(picture, pool);
  for (let i = memberCount(picture, pool); i > 0; i--, member += MEMBER_WORDS) {
    if (tierOf(context, member, policy) !== tier) continue;
    if (!isInLevel(picture, level, (u32[member] as number) & 127)) continue;
    const fullness = (u32[member + 2] as number) & WHOLE;
    if (fullness === 0 && (u32[member + 2] as number) >>> 16 === 0) continue;
    const weight = wantedWeight(context, member, policy);
    wanted += weight;
    able += (weight * fullness * vigourOf(context, member)) / (WHOLE * VIGOROUS);
  }
  const enough = (wanted * (u32[Header.SpillBelow] as number)) / WHOLE;
  // Rounded, as the last bit of the products above must not make a full tier give something away.
  return able >= enough ? WHOLE : ((WHOLE * able) / enough + 0.5) | 0;
}
