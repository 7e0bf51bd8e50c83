/**
 * Which cluster answers for a federated name (DESIGN §3.4, §3.5).
 *
 *   members of the level with ready endpoints and an address | of those, some in health | answer
 *   none                                                      | -                        | climb; at the top NODATA
 *   some                                                      | some                     | one of the healthy, drawn evenly
 *   some                                                      | none                     | climb; at the top any of them
 *
 * Until the traffic policies come, every cluster has the same weight.
 */
import { CLUSTER_WORDS, MEMBER_WORDS, NO_LEVEL, POOL_WORDS, wordsFor } from "../snapshot/layout.ts";
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

/** The word offset of the member to answer with, CLIMB or NO_FAMILY. `family`: 4, 6, or 0 for "no address asked". */
export function select(desk: Desk, pool: number, level: number, family: number): number {
  const { picture } = desk;
  const isTop = (picture.u32[picture.afterName(level)] as number) >>> 16 === NO_LEVEL;
  let needed = 1;
  if (!hasAny(picture, pool, level, needed)) {
    needed = 0;
    if (!isTop || !hasAny(picture, pool, level, needed)) return CLIMB;
    (desk.counters[Counter.FailedOpen] as number)++;
  }
  const count = countFamily(picture, pool, level, family, needed);
  if (count === 0) return NO_FAMILY;
  return nthOfFamily(picture, pool, level, family, needed, count === 1 ? 0 : desk.draw(count));
}

/** Is any member here to be had, of either family? `needed`: the least health that counts. */
function hasAny(picture: Picture, pool: number, level: number, needed: number): boolean {
  const { u32 } = picture;
  const set = picture.afterName(level) + 1;
  let selected = 0;
  for (let i = 0; i < CLUSTER_WORDS; i++)
    selected |= (u32[set + i] as number) & (u32[pool + 7 + i] as number);
  if (selected === 0) return false;
  let at = firstMember(picture, pool);
  for (let i = memberCount(picture, pool); i > 0; i--, at += MEMBER_WORDS) {
    if (!isSelected(picture, pool, set, at)) continue;
    const counts = u32[at + 4] as number;
    if (healthyOf(picture, u32[at + 3] as number, (counts >>> 16) + (counts & 0xffff), needed) > 0)
      return true;
  }
  return false;
}

function isSelected(picture: Picture, pool: number, set: number, member: number): boolean {
  const { u32 } = picture;
  const cluster = u32[member] as number;
  const word = cluster >>> 5;
  return ((((u32[set + word] as number) & (u32[pool + 7 + word] as number)) >>> (cluster & 31)) & 1) !== 0;
}

/** How many of `count` endpoints from `first` on have at least the needed health. */
export function healthyOf(picture: Picture, first: number, count: number, needed: number): number {
  let healthy = 0;
  for (let i = 0; i < count; i++) if (picture.health(first + i) >= needed) healthy++;
  return healthy;
}

function countFamily(picture: Picture, pool: number, level: number, family: number, needed: number): number {
  const set = picture.afterName(level) + 1;
  let count = 0;
  let at = firstMember(picture, pool);
  for (let i = memberCount(picture, pool); i > 0; i--, at += MEMBER_WORDS) {
    if (isSelected(picture, pool, set, at) && hasFamily(picture, at, family, needed)) count++;
  }
  return count;
}

function nthOfFamily(
  picture: Picture,
  pool: number,
  level: number,
  family: number,
  needed: number,
  n: number,
): number {
  const set = picture.afterName(level) + 1;
  let left = n;
  let at = firstMember(picture, pool);
  for (let i = memberCount(picture, pool); i > 0; i--, at += MEMBER_WORDS) {
    if (isSelected(picture, pool, set, at) && hasFamily(picture, at, family, needed) && left-- === 0)
      return at;
  }
  return NO_FAMILY;
}

function hasFamily(picture: Picture, member: number, family: number, needed: number): boolean {
  const counts = picture.u32[member + 4] as number;
  const first = picture.u32[member + 3] as number;
  if (family === 4) return healthyOf(picture, first, counts >>> 16, needed) > 0;
  return family === 6 && healthyOf(picture, first + (counts >>> 16), counts & 0xffff, needed) > 0;
}
