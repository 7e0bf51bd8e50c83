/** How near clusters are to classes of clients, as the words of a record (layout.ts has the drawing). */
import type { Nearness } from "../../federation/policy/nearness.ts";
import { Kind, NEARNESS_WORDS } from "./layout.ts";

/** In place of the kilometres to the nearest cluster when no distance is known. */
export const DISTANCE_UNKNOWN = 0xffff_ffff;

const RANK_MASK = 0x7f;

/** `steps`: how far the share has fallen with distance; `rank`: 0 = nearest. */
function nearnessWord(steps: number, rank: number): number {
  return ((steps << 16) | rank) >>> 0;
}

/** `word`: of one class and cluster. */
export function nearnessSteps(word: number): number {
  return word >>> 16;
}

export function nearnessRank(word: number): number {
  return word & RANK_MASK;
}

export function encodeNearness({ stride, halfKm, steps, ranks, nearestKm }: Nearness): Uint32Array {
  const classes = nearestKm.length;
  const words = new Uint32Array(NEARNESS_WORDS + classes + classes * stride);
  words[0] = (Kind.Nearness << 24) | words.length;
  words[3] = classes;
  words[4] = stride;
  words[5] = halfKm;
  nearestKm.forEach((km, i) => {
    words[NEARNESS_WORDS + i] = km === Infinity ? DISTANCE_UNKNOWN : Math.round(km);
  });
  steps.forEach((one, i) => {
    words[NEARNESS_WORDS + classes + i] = nearnessWord(one, ranks[i] as number);
  });
  return words;
}
