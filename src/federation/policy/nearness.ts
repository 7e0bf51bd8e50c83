/**
 * How near each cluster is to each class of clients, for the policies that go by distance: computed when a cluster or
 * the table of clients changes, so that a query only looks it up.
 */
import { type Coordinates, distanceKm } from "../members/distance.ts";
import type { ClientClass } from "../members/client.ts";
import type { Place } from "../members/cluster.ts";
import { nearestKm, stepsAt } from "./geo.ts";
import { Globe, type NearnessRow } from "./globe.ts";
import type { LocatedCluster } from "./located-cluster.ts";
import { ranksOf, type SeenCluster } from "./nearest.ts";

/** One row per class of clients, with `stride` entries: those of the clusters, by their index. */
export type Nearness = {
  /** A power of two. */
  readonly stride: number;
  readonly halfKm: number;
  /** How far the share has fallen with distance (geo.ts). */
  readonly steps: Uint16Array;
  /** The rank by nearness (nearest.ts). */
  readonly ranks: Uint8Array;
  /** Per class, kilometres to the nearest cluster; Infinity = not known. */
  readonly nearestKm: Float64Array;
};

/** Null when distance makes no difference: no class or no cluster has a place. */
export function nearnessOf(
  classes: readonly ClientClass[],
  clusters: readonly LocatedCluster[],
  halfKm: number,
): Nearness | null {
  const stride = strideFor(clusters);
  const steps = new Uint16Array(classes.length * stride);
  const ranks = new Uint8Array(classes.length * stride);
  const kms = new Float64Array(classes.length).fill(Infinity);
  const globe = new Globe(clusters);
  classes.forEach((one, at) => {
    if (one.kind === "unknown") return;
    const row = {
      steps: steps.subarray(at * stride, (at + 1) * stride),
      ranks: ranks.subarray(at * stride, (at + 1) * stride),
    };
    kms[at] =
      one.kind === "place"
        ? globe.fillRow(one, halfKm, row)
        : fillRow(clusters, { client: one, halfKm }, row);
  });
  const isUseful = steps.some((one) => one !== 0) || ranks.some((one) => one !== 0);
  return isUseful ? { stride, halfKm, steps, ranks, nearestKm: kms } : null;
}

/** Returns the kilometres to the nearest cluster; Infinity = not known. */
function fillRow(
  clusters: readonly LocatedCluster[],
  { client, halfKm }: { readonly client: ClientClass; readonly halfKm: number },
  { steps, ranks }: NearnessRow,
): number {
  const seen = clusters.map((cluster) => seenFrom(client, cluster, clusters));
  const closest = nearestKm(seen);
  const ranked = ranksOf(seen);
  clusters.forEach(({ index }, i) => {
    steps[index] = stepsAt(seen[i]?.km ?? closest, closest, halfKm);
    ranks[index] = ranked[i] as number;
  });
  return seen.some(({ km }) => km !== null) ? closest : Infinity;
}

function strideFor(clusters: readonly LocatedCluster[]): number {
  let stride = 1;
  for (const { index } of clusters) while (stride <= index) stride *= 2;
  return stride;
}

/** Distance and kinship of a cluster, as a client of this class sees it. */
export function seenFrom(
  client: ClientClass,
  cluster: LocatedCluster,
  clusters: readonly LocatedCluster[],
): SeenCluster {
  const from = whereabouts(client, clusters);
  const kms = from.coordinates.flatMap((a) => cluster.coordinates.map((b) => distanceKm(a, b)));
  const isOwn = client.kind === "cluster" && client.cluster === cluster.name;
  return {
    km: isOwn ? 0 : kms.length === 0 ? null : Math.min(...kms),
    kinship: isOwn ? 0 : kinshipOf(from.places, cluster.places),
  };
}

type Whereabouts = { readonly places: readonly Place[]; readonly coordinates: readonly Coordinates[] };

function whereabouts(client: ClientClass, clusters: readonly LocatedCluster[]): Whereabouts {
  switch (client.kind) {
    case "unknown":
      return { places: [], coordinates: [] };
    case "place":
      return { places: [], coordinates: [client] };
    case "region": {
      const { region, latitude, longitude } = client;
      const coordinates = latitude === null || longitude === null ? [] : [{ latitude, longitude }];
      return { places: [{ region, zone: null }], coordinates };
    }
    case "cluster":
      return clusters.find(({ name }) => name === client.cluster) ?? { places: [], coordinates: [] };
  }
}

/** 1 a zone, 2 a region, 3 nothing in common. */
function kinshipOf(a: readonly Place[], b: readonly Place[]): number {
  const together = a.flatMap((one) =>
    b.filter(({ region }) => region === one.region).map((other) => [one, other]),
  );
  if (together.some(([one, other]) => one?.zone !== null && one?.zone === other?.zone)) return 1;
  return together.length > 0 ? 2 : 3;
}
