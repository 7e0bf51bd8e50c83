/**
 * How near each cluster is to each class of clients, ready for the data plane: computed when a cluster or the table of
 * clients changes, not per query.
 */
import { type Coordinates, distanceKm } from "../members/distance.ts";
import type { ClientClass } from "../members/client.ts";
import type { Place } from "../members/cluster.ts";
import { halvings, nearestKm } from "./geo.ts";
import { Globe } from "./globe.ts";
import { DISTANCE_UNKNOWN, type LocatedCluster, wordOf } from "./located.ts";
import { ranksOf } from "./nearest.ts";
import type { Candidate } from "./standing.ts";

export type Nearness = {
  /** Of each class, for each index below `stride`: halvings of the share by distance, 8.8 bits << 16 | rank. */
  readonly rows: Uint32Array;
  readonly stride: number;
  readonly halfKm: number;
  /** Of each class; DISTANCE_UNKNOWN = nobody knows. */
  readonly nearestKm: Uint32Array;
};

/** Null when distance tells nothing: no class and no cluster has a place. */
export function nearnessOf(
  classes: readonly ClientClass[],
  clusters: readonly LocatedCluster[],
  halfKm: number,
): Nearness | null {
  const stride = strideFor(clusters);
  const rows = new Uint32Array(classes.length * stride);
  const kms = new Uint32Array(classes.length).fill(DISTANCE_UNKNOWN);
  const globe = new Globe(clusters);
  classes.forEach((one, at) => {
    if (one.kind === "unknown") return;
    if (one.kind === "place") {
      kms[at] = globe.seenFrom(one, halfKm, rows.subarray(at * stride, (at + 1) * stride));
      return;
    }
    const seen = clusters.map((cluster) => seenFrom(one, cluster, clusters));
    const closest = nearestKm(seen);
    if (seen.some(({ km }) => km !== null)) kms[at] = Math.round(closest);
    const ranks = ranksOf(seen);
    clusters.forEach(({ index }, i) => {
      const share = halvings(seen[i]?.km ?? closest, closest, halfKm);
      rows[at * stride + index] = wordOf(share, ranks[i] as number);
    });
  });
  return rows.some((word) => word !== 0) ? { rows, stride, halfKm, nearestKm: kms } : null;
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
): Pick<Candidate, "km" | "kinship"> {
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
