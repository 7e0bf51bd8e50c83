/** A set of clusters by their indexes: cluster i is bit i & 31 of word i >>> 5. Levels and pools have one. */
import * as memoryModule from "./memory.ts";
import type { PictureWords } from "./memory.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { word } = memoryModule;

export const CLUSTER_WORDS = 4;
export const CLUSTERS_MAX: number = CLUSTER_WORDS * 32;
/** The index of every cluster that there can be. */
export const ALL_CLUSTERS: readonly number[] = Array.from({ length: CLUSTERS_MAX }, (_, index) => index);

/** The word in which a cluster's bit is. */
function clusterWord(cluster: number): number {
  return cluster >>> 5;
}

/** `bits`: the word of this cluster, of one set or of several joined. */
function hasClusterBit(bits: number, cluster: number): boolean {
  return ((bits >>> (cluster & 31)) & 1) === 1;
}

/** `set`: where the set starts. */
export function isInSet(words: PictureWords, set: number, cluster: number): boolean {
  return hasClusterBit(word(words, set + clusterWord(cluster)), cluster);
}

export function addToSet(words: Uint32Array, set: number, cluster: number): void {
  const at = set + clusterWord(cluster);
  words[at] = (words[at] as number) | (1 << (cluster & 31));
}
