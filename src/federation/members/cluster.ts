/** A member cluster as the federation knows it. */

/** One place that nodes of a cluster are in. A zone only has a meaning within its region: two regions may both have an "a". */
export type Place = {
  /** A DNS label (label.ts). */
  readonly region: string;
  /** A DNS label; null = the region is known, the zone is not. */
  readonly zone: string | null;
};

export type Locality = {
  /** Sorted, without duplicates. All of them count. Empty: the cluster is answered for global names only. */
  readonly places: readonly Place[];
  /** The settings say so, and no Node adds to it; absent = they are those of its Nodes. */
  readonly areSettled?: boolean;
  readonly latitude: number | null;
  readonly longitude: number | null;
};

export const nowhere: Locality = { places: [], latitude: null, longitude: null };

/** "us-west/a", or "us-west" without a zone. */
export function placeText({ region, zone }: Place): string {
  return zone === null ? region : `${region}/${zone}`;
}

/** Sorted by region and zone, without duplicates. */
export function sortPlaces(places: Iterable<Place>): Place[] {
  const byKey = new Map<string, Place>();
  for (const place of places) byKey.set(`${place.region} ${place.zone ?? ""}`, place);
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
}

export function samePlaces(a: readonly Place[], b: readonly Place[]): boolean {
  return a.length === b.length && a.every((p, i) => p.region === b[i]?.region && p.zone === b[i]?.zone);
}

/** The places that the settings give a cluster; null = they come from the labels of its nodes. */
export function settledPlaces(settings: {
  readonly region: string | null;
  readonly zones: readonly string[] | null;
}): readonly Place[] | null {
  const { region, zones } = settings;
  if (region === null) return null;
  if (zones === null || zones.length === 0) return [{ region, zone: null }];
  return sortPlaces(zones.map((zone) => ({ region, zone })));
}
