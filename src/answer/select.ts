/**
 * Which cluster answers for a federated name (DESIGN §3.4, §3.5).
 *
 *   members of the level with ready endpoints and an address | of those, some in health | answer
 *   none                                                      | -                        | climb; at the top NODATA
 *   some                                                      | some                     | one of the healthy, drawn evenly
 *   some                                                      | none                     | climb; at the top any of them
 *   some                                                      | the other family only    | NODATA; at the top any of this family
 *
 * Until the traffic policies come, every cluster has the same weight.
 */
import { MEMBER_WORDS, NO_LEVEL, POOL_CLUSTERS_WORD, POOL_WORDS, wordsFor } from "../snapshot/layout.ts";
import type { Picture } from "../snapshot/picture.ts";
import { Counter } from "./counter.ts";
import type { Desk } from "./desk.ts";

/** Nothing here: go up the ladder, or answer NODATA at its top. */
export const CLIMB = -1;
/** There is a backend, but none with this address family: NODATA, whatever other types would get. */
export const NO_FAMILY = 0;

/** Word offset of the first member of a pool. */
export function firstMember(picture: Picture, pool: number): number {
  return pool + POOL_WORDS + wordsFor(((picture.u32[pool + 3] as number) >>> 8) & 255);
}

export function memberCount(picture: Picture, pool: number): number {
  return (picture.u32[pool + 3] as number) & 255;
}

/**
 * The word offset of the member to answer with, CLIMB or NO_FAMILY. `family`: 4, 6, or 0 for "no address asked".
 * Leaves in finding.needed the least health an address must have to be handed out.
 */
export function select(desk: Desk, pool: number, level: number, family: number): number {
  const { picture, finding } = desk;
  finding.needed = 1;
  let count = gather(desk, pool, level, family);
  if (count <= 0) {
    const isTop = (picture.u32[picture.afterName(level)] as number) >>> 16 === NO_LEVEL;
    if (!isTop) return count === NOBODY ? CLIMB : NO_FAMILY;
    finding.needed = 0;
    count = gather(desk, pool, level, family);
    if (count === NOBODY) return CLIMB;
    if (count > 0) (desk.counters[Counter.FailedOpen] as number)++;
  }
  if (count === 0) return NO_FAMILY;
  return desk.candidates[count === 1 ? 0 : desk.draw(count)] as number;
}

/** No member at this level has any address in health, of whatever family. */
const NOBODY = -1;

/** Puts the members that can answer with this family into desk.candidates; returns how many, or NOBODY. */
function gather(desk: Desk, pool: number, level: number, family: number): number {
  const { picture, candidates } = desk;
  const { u32 } = picture;
  const needed = desk.finding.needed;
  const set = picture.afterName(level) + 1;
  let count = 0;
  let isAnybody = false;
  let at = firstMember(picture, pool);
  for (let i = memberCount(picture, pool); i > 0; i--, at += MEMBER_WORDS) {
    const cluster = u32[at] as number;
    const word = cluster >>> 5;
    const both = (u32[set + word] as number) & (u32[pool + POOL_CLUSTERS_WORD + word] as number);
    if (((both >>> (cluster & 31)) & 1) === 0) continue;
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

/** Has any of `count` endpoints from `first` on at least the needed health? */
function hasHealthy(picture: Picture, first: number, count: number, needed: number): boolean {
  for (let i = 0; i < count; i++) if (picture.health(first + i) >= needed) return true;
  return false;
}
