/**
 * Which clusters answer for a federated name.
 *
 *   members of the level with ready endpoints and an address | of those, some in health | answer
 *   none                                                      | -                        | climb; at the top NODATA
 *   some                                                      | some                     | drawn by weight (weigh.ts)
 *   some                                                      | none                     | climb; at the top any of them
 *   some                                                      | the other family only    | NODATA; at the top any of this family
 *
 * A cluster without a share (drained, forced down) is not a candidate. Only the draw depends on the client.
 */
import * as policyTable from "../../federation/policy/policies.ts";
import * as clusterSetFields from "../../picture/format/cluster-set.ts";
import * as inPlaceModule from "../../picture/format/in-place.ts";
import * as memberFields from "../../picture/format/member.ts";
import * as nodeFields from "../../picture/format/node.ts";
import type { LevelAt } from "../../picture/format/node.ts";
import type { Picture } from "../../picture/format/picture.ts";
import * as poolFields from "../../picture/format/pool.ts";
import type { PoolAt } from "../../picture/format/pool.ts";
import type { Family } from "../context/query-state.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { Counter } from "../terms/counter.ts";
import { weigh } from "./weigh.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { hasAllInAnswer } = policyTable;
const { isInSet } = clusterSetFields;
const { shareOf } = inPlaceModule;
const { firstEndpoint, firstMember, ipv4Count, ipv6Count, memberCluster, nextMember } = memberFields;
const { isInLevel, levelParent, NO_LEVEL } = nodeFields;
const { poolClustersAt, poolDraws, poolMembers, poolPolicy } = poolFields;

/** Nothing here: go up the ladder, or answer NODATA at its top. */
export const CLIMB = -1;
/** There is a backend, but none with this address family: NODATA, whatever other types would get. */
export const NO_FAMILY = 0;

/**
 * How many members to answer with, the first of the candidates; or CLIMB, or NO_FAMILY. Leaves in the state the least
 * health that an address must have to be handed out.
 */
export function select(context: WorkerContext, pool: PoolAt, level: LevelAt, family: Family): number {
  const count = gatherAny(context, pool, level, family);
  return count <= 1 ? count : choose(context, pool, level, count);
}

/** Finds the candidates; how many, or CLIMB, or NO_FAMILY. */
export function gatherAny(context: WorkerContext, pool: PoolAt, level: LevelAt, family: Family): number {
  const { picture, state } = context;
  state.healthNeeded = 1;
  let count = gather(context, pool, level, family);
  if (count <= 0) {
    const isTop = levelParent(picture.u32, level) === NO_LEVEL;
    if (!isTop) return count === NONE_ALIVE ? CLIMB : NO_FAMILY;
    state.healthNeeded = 0;
    count = gather(context, pool, level, family);
    if (count === NONE_ALIVE) return CLIMB;
    if (count > 0) (context.counters[Counter.FailedOpen] as number)++;
  }
  return count;
}

/** No member at this level has any address in health, of whatever family. */
const NONE_ALIVE = -1;

/** Makes the members that can answer with this family the candidates; returns how many, or NONE_ALIVE, below 0. */
export function gather(context: WorkerContext, pool: PoolAt, level: LevelAt, family: Family): number {
  const { picture } = context;
  const { u32 } = picture;
  const needed = context.state.healthNeeded;
  let count = 0;
  let isAnyAlive = false;
  let member = firstMember(u32, pool);
  for (let left = poolMembers(u32, pool); left > 0; left--, member = nextMember(member)) {
    if (!isEligible(picture, pool, level, memberCluster(u32, member))) continue;
    const first = firstEndpoint(u32, member);
    const v4 = ipv4Count(u32, member);
    const hasV4 = hasHealthy(picture, first, v4, needed);
    // IPv6 is of interest only when it was asked for, or when nothing else shows that the member is alive.
    const hasV6 = (family !== 4 || !hasV4) && hasHealthy(picture, first + v4, ipv6Count(u32, member), needed);
    isAnyAlive ||= hasV4 || hasV6;
    if (family === 4 ? hasV4 : family === 6 && hasV6) context.setCandidate(count++, member);
  }
  return isAnyAlive ? count : NONE_ALIVE;
}

/** In the level, with something to hand out, and with a share. */
function isEligible({ u8, u32 }: Picture, pool: PoolAt, level: LevelAt, cluster: number): boolean {
  return (
    isInLevel(u32, level, cluster) && isInSet(u32, poolClustersAt(pool), cluster) && shareOf(u8, cluster) > 0
  );
}

/** Has any of `count` endpoints from `first` on at least the needed health? */
function hasHealthy(picture: Picture, first: number, count: number, needed: number): boolean {
  for (let i = 0; i < count; i++) if (picture.health(first + i) >= needed) return true;
  return false;
}

/** Draws among several candidates; the drawn ones come to the front. Returns how many. */
function choose(context: WorkerContext, pool: PoolAt, level: LevelAt, count: number): number {
  const { u32 } = context.picture;
  if (hasAllInAnswer(poolPolicy(u32, pool))) return count;
  weigh(context, pool, level, count);
  const wanted = Math.min(poolDraws(u32, pool), count);
  // Should all have gone down since they were gathered, one is as good as another.
  for (let drawn = 0; drawn < wanted; drawn++) if (!drawTo(context, drawn, count)) return Math.max(1, drawn);
  return wanted;
}

const STEPS = 0x4000_0000;

/** Brings one of the candidates from `to` on to that place, each with a chance by its weight. False: all weigh nothing. */
function drawTo(context: WorkerContext, to: number, count: number): boolean {
  const { weights } = context;
  let total = 0;
  for (let i = to; i < count; i++) total += weights[i] as number;
  if (!(total > 0)) return false;
  let point = (context.draw(STEPS) / STEPS) * total;
  let pick = to;
  for (let i = to; i < count; i++) {
    const weight = weights[i] as number;
    if (weight === 0) continue;
    pick = i;
    point -= weight;
    if (point < 0) break;
  }
  const member = context.candidate(pick);
  context.setCandidate(pick, context.candidate(to));
  context.setCandidate(to, member);
  weights[pick] = weights[to] as number;
  return true;
}
