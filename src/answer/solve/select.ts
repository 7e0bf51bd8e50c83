/**
 * Which clusters answer for a federated name (DESIGN §3.4, §3.5).
 *
 *   members of the level with ready endpoints and an address | of those, some in health | answer
 *   none                                                      | -                        | climb; at the top NODATA
 *   some                                                      | some                     | drawn by weight (weigh.ts)
 *   some                                                      | none                     | climb; at the top any of them
 *   some                                                      | the other family only    | NODATA; at the top any of this family
 *
 * A cluster without a share (drained, forced down) is none of them. Nothing here depends on who asks, but the draw.
 */
import { hasAllInAnswer } from "../../federation/policy/policies.ts";
import { MEMBER_WORDS, NO_LEVEL, POOL_CLUSTERS_WORD, SHARES_AT } from "../../picture/format/layout.ts";
import type { Picture } from "../../picture/format/picture.ts";
import { Counter } from "../terms/counter.ts";
import type { WorkerContext } from "./worker-context.ts";
import { firstMember, memberCount } from "./members.ts";
import { weigh } from "./weigh.ts";

/** Nothing here: go up the ladder, or answer NODATA at its top. */
export const CLIMB = -1;
/** There is a backend, but none with this address family: NODATA, whatever other types would get. */
export const NO_FAMILY = 0;

/**
 * How many members to answer with, the first of context.candidates; or CLIMB, or NO_FAMILY. `family`: 4, 6, or 0 for "no
 * address asked". Leaves in finding.needed the least health an address must have to be handed out.
 */
export function select(context: WorkerContext, pool: number, level: number, family: number): number {
  const count = gatherAny(context, pool, level, family);
  return count <= 1 ? count : choose(context, pool, level, count);
}

/** Fills context.candidates; how many, or CLIMB, or NO_FAMILY. */
export function gatherAny(context: WorkerContext, pool: number, level: number, family: number): number {
  const { picture, finding } = context;
  finding.needed = 1;
  let count = gather(context, pool, level, family);
  if (count <= 0) {
    const isTop = (picture.u32[picture.afterName(level)] as number) >>> 16 === NO_LEVEL;
    if (!isTop) return count === NOBODY ? CLIMB : NO_FAMILY;
    finding.needed = 0;
    count = gather(context, pool, level, family);
    if (count === NOBODY) return CLIMB;
    if (count > 0) (context.counters[Counter.FailedOpen] as number)++;
  }
  return count;
}

/** No member at this level has any address in health, of whatever family. */
const NOBODY = -1;

/** Puts the members that can answer with this family into context.candidates; returns how many, or NOBODY. */
function gather(context: WorkerContext, pool: number, level: number, family: number): number {
  const { picture, candidates } = context;
  const { u32 } = picture;
  const needed = context.finding.needed;
  let count = 0;
  let isAnybody = false;
  let at = firstMember(picture, pool);
  for (let i = memberCount(picture, pool); i > 0; i--, at += MEMBER_WORDS) {
    if (!isEligible(picture, pool, level, (u32[at] as number) & 127)) continue;
    const first = u32[at + 3] as number;
    const counts = u32[at + 4] as number;
    const hasV4 = hasHealthy(picture, first, counts >>> 16, needed);
    // IPv6 is of interest only when it was asked for, or when nothing else shows that the member is alive.
    const hasV6 =
      (family !== 4 || !hasV4) && hasHealthy(picture, first + (counts >>> 16), counts & 0xffff, needed);
    isAnybody ||= hasV4 || hasV6;
    if (family === 4 ? hasV4 : family === 6 && hasV6) candidates[count++] = at;
  }
  return isAnybody ? count : NOBODY;
}

/** In the level, with something to hand out, and with a share. */
function isEligible(picture: Picture, pool: number, level: number, cluster: number): boolean {
  const { u32, u8 } = picture;
  const word = cluster >>> 5;
  const both =
    (u32[picture.afterName(level) + 1 + word] as number) & (u32[pool + POOL_CLUSTERS_WORD + word] as number);
  return ((both >>> (cluster & 31)) & 1) === 1 && (u8[SHARES_AT + cluster] as number) > 0;
}

/** Has any of `count` endpoints from `first` on at least the needed health? */
function hasHealthy(picture: Picture, first: number, count: number, needed: number): boolean {
  for (let i = 0; i < count; i++) if (picture.health(first + i) >= needed) return true;
  return false;
}

/** Draws among several candidates; the drawn ones come to the front. Returns how many. */
function choose(context: WorkerContext, pool: number, level: number, count: number): number {
  const plan = context.picture.u32[pool + 5] as number;
  if (hasAllInAnswer(plan & 255)) return count;
  weigh(context, pool, level, count);
  const wanted = Math.min((plan >>> 16) & 255, count);
  // Should all have gone down since they were gathered, one is as good as another.
  for (let drawn = 0; drawn < wanted; drawn++) if (!drawTo(context, drawn, count)) return Math.max(1, drawn);
  return wanted;
}

const STEPS = 0x4000_0000;

/** Brings one of the candidates from `to` on to that place, each with a chance by its weight. False: none has any. */
function drawTo(context: WorkerContext, to: number, count: number): boolean {
  const { candidates, weights } = context;
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
  const member = candidates[pick] as number;
  candidates[pick] = candidates[to] as number;
  candidates[to] = member;
  weights[pick] = weights[to] as number;
  return true;
}
