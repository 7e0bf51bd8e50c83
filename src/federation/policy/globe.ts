/**
 * The clusters on the globe, for clients of whom nothing but a place is known: nearly all classes are such, there are
 * thousands, and all are looked at again whenever a cluster comes or moves. Says what geo.ts and nearest.ts say.
 */
import { arcKm, type Coordinates, RADIANS } from "../members/distance.ts";
import { halvings } from "./geo.ts";
import { bandEnd } from "./nearest.ts";
import { DISTANCE_UNKNOWN, type LocatedCluster, wordOf } from "./located.ts";
import { RESERVE_TIERS } from "./standing.ts";

/** Clusters are sorted as whole numbers: metres, and behind them which cluster it is. */
const METRES = 1000;
const PLACES = 1024;

type Vector = readonly [number, number, number];

export class Globe {
  readonly #clusters: readonly { readonly index: number; readonly vectors: readonly Vector[] }[];
  readonly #kms: Float64Array;
  readonly #order: Float64Array;

  /** At most PLACES clusters. */
  constructor(clusters: readonly LocatedCluster[]) {
    this.#clusters = clusters.map(({ index, coordinates }) => ({
      index,
      vectors: coordinates.map(vectorOf),
    }));
    this.#kms = new Float64Array(clusters.length);
    this.#order = new Float64Array(clusters.length);
  }

  /** Fills the row of a class; returns the kilometres to the nearest cluster, DISTANCE_UNKNOWN if there is none on the globe. */
  seenFrom(client: Coordinates, halfKm: number, row: Uint32Array): number {
    const closest = this.#measure(vectorOf(client));
    if (closest === Infinity) return DISTANCE_UNKNOWN;
    const [clusters, kms, order] = [this.#clusters, this.#kms, this.#order];
    for (let i = 0; i < kms.length; i++) {
      // Where nobody knows, it is as near as the nearest.
      if (kms[i] === Infinity) kms[i] = closest;
      order[i] = Math.round((kms[i] as number) * METRES) * PLACES + i;
    }
    order.sort();
    let rank = -1;
    let end = -1;
    for (const place of order) {
      const i = place % PLACES;
      const km = kms[i] as number;
      if (km > end) {
        rank++;
        end = bandEnd(km);
      }
      const share = halvings(km, closest, halfKm);
      row[clusters[i]?.index as number] = wordOf(share, Math.min(rank, RESERVE_TIERS - 1));
    }
    return Math.round(closest);
  }

  /** Kilometres to each cluster, Infinity where it is nowhere; returns the least. */
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

/** Along the great circle, by the chord: exact for short ways too. */
function apartKm(a: Vector, b: Vector): number {
  const [x, y, z] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
  return arcKm(Math.sqrt(x * x + y * y + z * z) / 2);
}
