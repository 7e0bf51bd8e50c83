/**
 * Places of clients combined into classes: the cells of a grid over the globe, all of about the same area. The location
 * of a class is the mean of its addresses.
 *
 * geoip-lite 2.0.3 (154,942 places; the error is the distance between an address and the location of its class):
 *
 *   cell side   classes   prefixes IPv4, IPv6   table     error, mean   95 % below
 *   1.0°        6,033     2,502,541   443,436   15.4 MB    9 km          46 km
 *   1.5°        3,601     2,293,635   437,403   14.5 MB   15 km          74 km      <- this one
 *   2.0°        2,486     2,167,342   431,870   13.9 MB   21 km          99 km
 *   2.5°        1,840     1,979,754   427,838   13.0 MB   29 km         135 km
 *
 * The error of the database itself is larger: it states 200 km and more for three fifths of the addresses.
 */
import type { Coordinates } from "../../federation/members/distance.ts";

const CELL_DEGREES = 1.5;
/** Bounds the computations per class and cluster. A database with more cells than this gets larger ones. */
export const CELLS_MAX = 8192;
/** Coordinates closer than this are one place, in degrees: 11 m. */
const PLACE_DEGREES = 1e-4;

/** Collects places and numbers them from 1; 0 means unknown. */
export class ClientClasses {
  readonly #ids = new Map<number, number>();
  readonly #latitudes: number[] = [];
  readonly #longitudes: number[] = [];
  readonly #weights: number[] = [];

  get size(): number {
    return this.#weights.length;
  }

  /** `weight`: the number of addresses there. Invalid coordinates, and 0/0, which means none, give 0. */
  add(latitude: unknown, longitude: unknown, weight: number): number {
    if (typeof latitude !== "number" || typeof longitude !== "number") return 0;
    if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) return 0;
    if (latitude === 0 && longitude === 0) return 0;
    const row = Math.round((latitude + 90) / PLACE_DEGREES);
    const key = row * 4e6 + Math.round((longitude + 180) / PLACE_DEGREES);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#latitudes.push(latitude);
      this.#longitudes.push(longitude);
      this.#weights.push(0);
      this.#ids.set(key, id);
    }
    this.#weights[id - 1] = (this.#weights[id - 1] as number) + weight;
    return id;
  }

  /** The cells, and the number of its cell for each place; cells are numbered from 1, and 0 stays unknown. */
  gather(cellDegrees: number = CELL_DEGREES): { cells: readonly Coordinates[]; cellOf: Uint32Array } {
    const cellOf = new Uint32Array(this.size + 1);
    const numbers = new Map<number, number>();
    for (let place = 0; place < this.size; place++) {
      const key = cellKey(this.#latitudes[place] as number, this.#longitudes[place] as number, cellDegrees);
      const number = numbers.get(key) ?? numbers.size + 1;
      numbers.set(key, number);
      if (number > CELLS_MAX) return this.gather(cellDegrees * 1.5);
      cellOf[place + 1] = number;
    }
    return { cells: this.#centres(cellOf, numbers.size), cellOf };
  }

  /** The mean location of a cell's addresses. No cell crosses the date line. */
  #centres(cellOf: Uint32Array, count: number): Coordinates[] {
    const sums = Array.from({ length: count }, () => ({ weight: 0, latitude: 0, longitude: 0 }));
    for (let place = 0; place < this.size; place++) {
      const sum = sums[(cellOf[place + 1] as number) - 1] as (typeof sums)[number];
      const weight = this.#weights[place] as number;
      sum.weight += weight;
      sum.latitude += weight * (this.#latitudes[place] as number);
      sum.longitude += weight * (this.#longitudes[place] as number);
    }
    return sums.map(({ weight, latitude, longitude }) => ({
      latitude: hundredths(latitude / weight),
      longitude: hundredths(longitude / weight),
    }));
  }
}

/** Rows of equal height; each has as many columns as make its cells about square. */
function cellKey(latitude: number, longitude: number, degrees: number): number {
  const row = Math.floor((latitude + 90) / degrees);
  const middle = Math.min(90, (row + 0.5) * degrees - 90);
  const columns = Math.max(1, Math.round((360 * Math.cos((middle * Math.PI) / 180)) / degrees));
  const column = Math.min(columns - 1, Math.floor(((longitude + 180) / 360) * columns));
  return row * 65_536 + column;
}

/** Rounded to about a kilometre: a cell is no more precise. */
function hundredths(degrees: number): number {
  return Math.round(degrees * 100) / 100;
}
