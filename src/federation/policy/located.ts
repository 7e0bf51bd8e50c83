/** Clusters with their places, and what the table of nearness says of each. */
import type { Place } from "../members/cluster.ts";
import type { Coordinates } from "../members/distance.ts";

export type LocatedCluster = {
  readonly name: string;
  readonly index: number;
  readonly places: readonly Place[];
  /** Where it is: one per region it has nodes in; empty = nobody knows. */
  readonly coordinates: readonly Coordinates[];
};

export const DISTANCE_UNKNOWN = 0xffff_ffff;

/** Eight binary places of a halving: a share is right to a quarter of a percent. */
const STEPS_PER_HALVING = 256;
const HALVINGS_MAX = 0xffff;

/** `share`: how often it has halved. */
export function wordOf(share: number, rank: number): number {
  return ((Math.min(HALVINGS_MAX, Math.round(STEPS_PER_HALVING * share)) << 16) | rank) >>> 0;
}
