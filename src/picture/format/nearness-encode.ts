/** How near clusters are to classes of clients, as the words of a record (layout.ts has the drawing). */
import { Kind, NEARNESS_WORDS } from "./layout.ts";

type NearnessContent = {
  /** Of each class, for each cluster: halvings of the share, 8.8 bits << 16 | rank. */
  readonly rows: Uint32Array;
  /** Clusters per class, a power of two. */
  readonly stride: number;
  /** Kilometres in which a share halves. */
  readonly halfKm: number;
  /** Of each class, kilometres to the nearest cluster, or DISTANCE_UNKNOWN. */
  readonly nearestKm: Uint32Array;
};

export function encodeNearness({ rows, stride, halfKm, nearestKm }: NearnessContent): Uint32Array {
  const words = new Uint32Array(NEARNESS_WORDS + nearestKm.length + rows.length);
  words[0] = (Kind.Nearness << 24) | words.length;
  words[3] = nearestKm.length;
  words[4] = stride;
  words[5] = halfKm;
  words.set(nearestKm, NEARNESS_WORDS);
  words.set(rows, NEARNESS_WORDS + nearestKm.length);
  return words;
}
