/** A member cluster as the federation knows it: where it is, and what was last seen of it. */

/** Where a cluster or a client is. Region and zones are DNS labels already (see label.ts). */
export type Locality = {
  readonly region: string | null;
  /** Zones of this region, sorted, without duplicates. All of them count, not just the first. */
  readonly zones: readonly string[];
  readonly latitude: number | null;
  readonly longitude: number | null;
};

export type Cluster = {
  readonly name: string;
  readonly locality: Locality;
};

export const nowhere: Locality = { region: null, zones: [], latitude: null, longitude: null };
