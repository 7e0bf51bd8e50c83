/** A cluster and where it is: what the distance to clients is computed from. */
import type { Place } from "../members/cluster.ts";
import type { Coordinates } from "../members/distance.ts";

export type LocatedCluster = {
  readonly name: string;
  readonly index: number;
  readonly places: readonly Place[];
  /** One point for each region that it has nodes in; empty = not known. */
  readonly coordinates: readonly Coordinates[];
};
