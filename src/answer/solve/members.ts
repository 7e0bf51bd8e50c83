/** Finding one's way in a pool: its members, and which of them a level selects. */
import { POOL_ALIASES, POOL_PORTS_WORD, POOL_WORDS, wordsFor } from "../../picture/format/layout.ts";
import type { Picture } from "../../picture/format/picture.ts";

/** Word offset of the first member of a pool. */
export function firstMember(picture: Picture, pool: number): number {
  return pool + POOL_WORDS + wordsFor(((picture.u32[pool + 3] as number) >>> 8) & 255);
}

export function memberCount(picture: Picture, pool: number): number {
  return (picture.u32[pool + 3] as number) & 255;
}

/** Its clients are sent to names, and not to addresses. */
export function isAliased({ u32 }: Picture, pool: number): boolean {
  return ((u32[pool + 5] as number) & POOL_ALIASES) !== 0;
}

/** Word offset of the alias of a member, its octets in the lower half; 0 = it has none. */
export function aliasAt({ u32 }: Picture, pool: number, member: number): number {
  const cluster = (u32[member] as number) & 127;
  const head = u32[pool + POOL_PORTS_WORD] as number;
  let at = pool + (head >>> 8);
  for (let left = head & 255; left > 0; left--) {
    if ((u32[at] as number) >>> 16 === cluster) return at;
    at += 1 + wordsFor((u32[at] as number) & 0xffff);
  }
  return 0;
}

export function isInLevel(picture: Picture, level: number, cluster: number): boolean {
  const set = picture.u32[picture.afterName(level) + 1 + (cluster >>> 5)] as number;
  return ((set >>> (cluster & 31)) & 1) === 1;
}
