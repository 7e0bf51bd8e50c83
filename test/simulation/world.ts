/** The truth: clusters, their places, services, gateways and pods, known or not. */
import type { Chance } from "./chance.ts";
import { type Phrase, PROBE } from "./phrases.ts";

export type Place = { readonly region: string; readonly zone: string | null };
export type Point = { readonly latitude: number; readonly longitude: number };

/** An object with annotations: a Service or a Namespace. */
export type Sayings = { readonly createdAt: string; readonly phrases: readonly Phrase[] };

export type ServiceObject = Sayings & { readonly ipv4: readonly number[]; readonly ipv6: readonly string[] };
export type Slices = { readonly ready: number; readonly wanted: number };

export type Cluster = {
  readonly name: string;
  readonly number: number;
  places: Place[];
  point: Point | null;
  readonly services: Map<string, ServiceObject>;
  readonly slices: Map<string, Slices>;
  readonly namespaces: Map<string, Sayings>;
};

export type Region = Point & { readonly name: string; readonly zones: readonly string[] };

export const REGIONS: readonly Region[] = [
  { name: "north", latitude: 59.3, longitude: 18.1, zones: ["a", "b"] },
  { name: "middle", latitude: 50.1, longitude: 8.7, zones: ["a", "b", "c"] },
  { name: "west", latitude: 39.7, longitude: -105, zones: ["a"] },
  { name: "south", latitude: -33.9, longitude: 18.4, zones: ["a", "b"] },
];
const NAMESPACES = ["shop", "play"];
const SERVICES = ["shop/web", "shop/api", "play/game", "play/chat"];
export const STRANGE_SERVICE = "shop/nowhere";

/** How a path of data behaves: of an address. */
export type Path =
  | { readonly kind: "good" }
  /** Refused at once, or swallowed until the asker gives up. */
  | { readonly kind: "dead"; readonly isSilent: boolean }
  /** Each packet is lost with this chance. */
  | { readonly kind: "lossy"; readonly loss: number }
  /** Good for a while, dead for a while. */
  | { readonly kind: "flapping"; readonly periodMs: number };

export class World {
  readonly clusters: readonly Cluster[];
  readonly services: readonly string[];
  readonly namespaces: readonly string[] = NAMESPACES;
  readonly paths: Map<string, Path> = new Map();
  /** Clusters that packets cannot reach at all. */
  readonly cutOff: Set<string> = new Set();
  /** The uplink of the probing hub is down: every address looks dead. */
  isUplinkCut = false;
  #objects = 0;
  #addresses = 0;

  constructor(chance: Chance) {
    this.services = chance.shuffle(SERVICES).slice(0, chance.int(1, 4));
    const count = chance.weighed([
      [2, 2],
      [3, 4],
      [4, 3],
      [6, 2],
    ] as const);
    this.clusters = Array.from({ length: count }, (_, number): Cluster => {
      const region = chance.pick(REGIONS);
      return {
        name: `c${number}`,
        number,
        places: this.somePlaces(chance),
        point: chance.is(0.85) ? nearTo(region, chance) : null,
        services: new Map(),
        slices: new Map(),
        namespaces: new Map(),
      };
    });
    for (const cluster of this.clusters)
      for (const key of this.services)
        if (chance.is(0.85)) this.declare(chance, cluster, key, chance.is(0.4) ? [PROBE] : []);
  }

  cluster(name: string): Cluster {
    return this.clusters.find((one) => one.name === name) as Cluster;
  }

  somePlaces(chance: Chance): Place[] {
    if (chance.is(0.08)) return [];
    const region = chance.pick(REGIONS);
    if (chance.is(0.15)) return [{ region: region.name, zone: null }];
    const zones = chance.is(0.3) ? region.zones : [chance.pick(region.zones)];
    const places = zones.map((zone) => ({ region: region.name, zone }));
    const other = chance.pick(REGIONS);
    return chance.is(0.1) && other !== region ? [...places, { region: other.name, zone: "a" }] : places;
  }

  /** The object is made (again). */
  declare(chance: Chance, cluster: Cluster, key: string, phrases: readonly Phrase[]): void {
    const { ipv4, ipv6 } = this.someAddresses(chance, cluster);
    cluster.services.set(key, { createdAt: this.stamp(chance), phrases, ipv4, ipv6 });
    cluster.slices.set(key, someSlices(chance));
  }

  /** Now and then two objects are of the same second. */
  stamp(chance: Chance): string {
    if (!chance.is(0.2)) this.#objects += 1;
    return new Date(Date.UTC(2025, 0, 1) + this.#objects * 1000).toISOString().replace(".000Z", "Z");
  }

  someAddresses(chance: Chance, cluster: Cluster): Pick<ServiceObject, "ipv4" | "ipv6"> {
    const [v4, v6] = chance.weighed([
      [[1, 0], 3],
      [[1, 1], 4],
      [[3, 2], 2],
      [[2, 0], 2],
      [[0, 2], 1],
      [[0, 0], 0.5],
    ] as const);
    return {
      ipv4: Array.from({ length: v4 }, () => this.#address(chance, cluster, 4) as number).toSorted(
        (a, b) => a - b,
      ),
      ipv6: Array.from({ length: v6 }, () => this.#address(chance, cluster, 6) as string).toSorted(),
    };
  }

  /** The second octet is the cluster's number; of IPv6 it is the second group. */
  #address(chance: Chance, cluster: Cluster, family: 4 | 6): number | string {
    this.#addresses += chance.int(1, 3);
    const serial = this.#addresses % 0xffff;
    return family === 4
      ? ((20 << 24) | (cluster.number << 16) | serial) >>> 0
      : `2a00${cluster.number.toString(16).padStart(4, "0")}${serial.toString(16).padStart(24, "0")}`;
  }

  /** Does a packet to this address come back now? */
  isAnswered(chance: Chance, address: string, nowMs: number): boolean {
    if (this.isUplinkCut || this.cutOff.has(clusterOf(address))) return false;
    const path = this.paths.get(address) ?? { kind: "good" };
    if (path.kind === "lossy") return !chance.is(path.loss);
    if (path.kind === "flapping") return Math.floor(nowMs / path.periodMs) % 2 === 0;
    return path.kind === "good";
  }
}

export function someSlices(chance: Chance): Slices {
  const wanted = chance.int(1, 10);
  const ready = chance.weighed([
    [wanted, 6],
    [chance.int(0, wanted), 3],
    [0, 1],
  ]);
  return { ready, wanted };
}

/** The name of the cluster that an address belongs to. */
export function clusterOf(address: string): string {
  const v4 = /^20\.(\d+)\./.exec(address);
  const v6 = /^2a00:([0-9a-f]+):|^2a00::/.exec(address);
  return `c${v4 !== null ? Number(v4[1]) : Number.parseInt(v6?.[1] ?? "0", 16)}`;
}

function nearTo(point: Point, chance: Chance): Point {
  return {
    latitude: point.latitude + chance.next() * 6 - 3,
    longitude: point.longitude + chance.next() * 6 - 3,
  };
}
