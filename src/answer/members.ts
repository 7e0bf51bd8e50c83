/** Finding one's way in a pool: its members, and which of them a level selects. */
import { POOL_WORDS, wordsFor } from "../snapshot/layout.ts";
import type { Picture } from "../snapshot/picture.ts";

/** Word offset of the first member of a pool. */
export function firstMember(picture: Picture, pool: number): number {
  return pool + POOL_WORDS + wordsFor(((picture.u32[pool + 3] as number) >>> 8) & 255);
}

export function memberCount(picture: Picture, pool: number): number {
  return (picture.u32[pool + 3] as number) & 255;
}

export function isInLevel(picture: Picture, level: number, cluster: number): boolean {
  const set = picture.u32[picture.afterName(level) + 1 + (cluster >>> 5)] as number;
  return ((set >>> (cluster & 31)) & 1) === 1;
}
