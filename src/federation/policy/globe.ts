/**
 * A fast path of nearness.ts for clients with known coordinates and nothing else. Nearly all classes are of this kind,
 * there are thousands of them, and all are computed again whenever a cluster is added or moves.
 */
import { arcKm, type Coordinates, RADIANS } from "../members/distance.ts";
import { stepsAt } from "./geo.ts";
import type { LocatedCluster } from "./located-cluster.ts";
import { bandEnd, RANK_MAX } from "./nearest.ts";

/** The part of the table (nearness.ts) that belongs to one class; its entries are at the indexes of the clusters. */
export type NearnessRow = { readonly steps: Uint16Array; readonly ranks: Uint8Array };

/** Clusters are sorted as numbers: the distance in metres times SLOTS, plus the cluster's slot. */
const METRES_PER_KM = 1000;
const SLOTS = 1024;

type Vector = readonly [number, number, number];

export class Globe {
  readonly #clusters: readonly { readonly index: number; readonly vectors: readonly Vector[] }[];
  readonly #kms: Float64Array;
  readonly #order: Float64Array;

  /** At most SLOTS clusters. */
  constructor(clusters: readonly LocatedCluster[]) {
    this.#clusters = clusters.map(({ index, coordinates }) => ({
      index,
      vectors: coordinates.map(vectorOf),
    }));
    this.#kms = new Float64Array(clusters.length);
    this.#order = new Float64Array(clusters.length);
  }

  /** Returns the kilometres to the nearest cluster; Infinity when no cluster has coordinates. */
  fillRow(client: Coordinates, halfKm: number, { steps, ranks }: NearnessRow): number {
    const closest = this.#measure(vectorOf(client));
    if (closest === Infinity) return Infinity;
    const [clusters, kms, order] = [this.#clusters, this.#kms, this.#order];
    for (let i = 0; i < kms.length; i++) {
      // An unknown distance is treated as that of the nearest cluster.
      if (kms[i] === Infinity) kms[i] = closest;
      order[i] = Math.round((kms[i] as number) * METRES_PER_KM) * SLOTS + i;
    }
    order.sort();
    let rank = -1;
    let end = -1;
    for (const one of order) {
      const i = one % SLOTS;
      const km = kms[i] as number;
      if (km > end) {
        rank++;
        end = bandEnd(km);
      }
      const index = clusters[i]?.index as number;
      steps[index] = stepsAt(km, closest, halfKm);
      ranks[index] = Math.min(rank, RANK_MAX);
    }
    return closest;
  }

  /** Measures the kilometres to each cluster, Infinity for one without coordinates; returns the least. */
  #measure(from: Vector): number {
    let closest = Infinity;
    this.#clusters.forEach(({ vectors }, i) => {
      let km = Infinity;
      for (const to of vectors) km = Math.min(km, apartKm(from, to));
      this.#kms[i] = km;
      closest = Math.min(closest, km);
    });
    return closest;
  }
}

/** A point of the unit sphere. */
function vectorOf({ latitude, longitude }: Coordinates): Vector {
  const shrink = Math.cos(latitude * RADIANS);
  return [
    shrink * Math.cos(longitude * RADIANS),
    shrink * Math.sin(longitude * RADIANS),
    Math.sin(latitude * RADIANS),
  ];
}

/** Kilometres along the great circle, by the chord, which is exact for short distances too. */
function apartKm(a: Vector, b: Vector): number {
  const [x, y, z] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
  return arcKm(Math.sqrt(x * x + y * y + z * z) / 2);
}
