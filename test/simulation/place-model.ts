/** Where clients are and how near clusters are to them: the tables of src/policy in other words. */
import type { Told } from "./feed.ts";
import type { Place, Point } from "./world.ts";

export type Network = {
  readonly cidr: string;
  readonly cluster: string | null;
  readonly region: string | null;
  readonly location: Point | null;
};
/** Null = nothing is known. */
export type Whereabouts = Network | null;

export type Near = {
  /** How often the share has halved, in whole 256ths. */
  readonly halvings: number;
  readonly rank: number;
};

const NO_KIN = 3;

/** How near every cluster is to a client; null = to all alike. */
export function nearnessFor(
  client: Whereabouts,
  told: Told,
  halfKm: number,
): ReadonlyMap<string, Near> | null {
  if (client === null) return null;
  const seen = [...told.values()].map(({ name, places, point }) => {
    const own = client.cluster === null ? undefined : told.get(client.cluster);
    const fromPlaces: readonly Place[] =
      client.region !== null ? [{ region: client.region, zone: null }] : (own?.places ?? []);
    const from = client.location ?? own?.point ?? null;
    if (client.cluster === name) return { name, km: 0, kin: 0 };
    return {
      name,
      km: from === null || point === null ? null : kmBetween(from, point),
      kin: kinOf(fromPlaces, places),
    };
  });
  const known = seen.flatMap(({ km }) => (km === null ? [] : [km]));
  const nearest = known.length === 0 ? 0 : Math.min(...known);
  const ranks = ranksOf(seen);
  return new Map(
    seen.map(({ name, km }) => [
      name,
      {
        halvings: Math.min(0xffff, Math.round((256 * ((km ?? nearest) - nearest)) / halfKm)),
        rank: Math.min(127, ranks.get(name) as number),
      },
    ]),
  );
}

type Seen = { readonly name: string; readonly km: number | null; readonly kin: number };

/** Kin by its nearness of kin; strangers in bands of 5 % and 25 km. */
function ranksOf(seen: readonly Seen[]): Map<string, number> {
  const ranks = new Map<string, number>();
  let rank = 0;
  for (const kin of [0, 1, 2]) {
    const group = seen.filter((one) => one.kin === kin);
    for (const { name } of group) ranks.set(name, rank);
    if (group.length > 0) rank += 1;
  }
  const strangers = seen.filter((one) => one.kin === NO_KIN);
  const known = strangers.flatMap(({ km }) => (km === null ? [] : [km]));
  const closest = known.length === 0 ? 0 : Math.min(...known);
  let rest = strangers.map(({ name, km }) => ({ name, km: km ?? closest }));
  while (rest.length > 0) {
    const first = Math.min(...rest.map(({ km }) => km));
    const isTogether = ({ km }: { readonly km: number }): boolean => km <= first * 1.05 + 25;
    for (const one of rest) if (isTogether(one)) ranks.set(one.name, rank);
    rest = rest.filter((one) => !isTogether(one));
    rank += 1;
  }
  return ranks;
}

function kinOf(a: readonly Place[], b: readonly Place[]): number {
  let kin = NO_KIN;
  for (const one of a)
    for (const other of b)
      if (one.region === other.region)
        kin = Math.min(kin, one.zone !== null && one.zone === other.zone ? 1 : 2);
  return kin;
}

/** By the angle between two vectors from the Earth's centre. */
function kmBetween(a: Point, b: Point): number {
  const [ax, ay, az] = vector(a);
  const [bx, by, bz] = vector(b);
  const cross = Math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx);
  return 6371 * Math.atan2(cross, ax * bx + ay * by + az * bz);
}

function vector({ latitude, longitude }: Point): [number, number, number] {
  const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

/** Networks of the run's clients that are not allocated on the Internet. */
const PRIVATE = ["10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12", "fc00::/7"];

/** Addresses as strings of bits. */
export class ClientMap {
  readonly #networks: readonly { readonly bits: string; readonly at: Network | "private" }[];

  constructor(networks: readonly Network[]) {
    const own = networks.map((network) => ({ bits: bitsOf(network.cidr), at: network }));
    const foreign =
      networks.length === 0 ? [] : PRIVATE.map((cidr) => ({ bits: bitsOf(cidr), at: "private" as const }));
    this.#networks = [...own, ...foreign];
  }

  get isEmpty(): boolean {
    return this.#networks.length === 0;
  }

  /**
   * "private": the network has no location of its own, and the sender of the query counts. `bits` as bitsOf makes them.
   */
  find(bits: string): Whereabouts | "private" {
    let best: { readonly bits: string; readonly at: Network | "private" } | null = null;
    for (const one of this.#networks)
      // For the same network, the location in the settings.
      if (bits.startsWith(one.bits) && (best === null || one.bits.length > best.bits.length)) best = one;
    return best?.at ?? null;
  }

  /** The same location: clients there get the same answer. */
  placeText(bits: string): string {
    const found = this.find(bits);
    return JSON.stringify(found === null || found === "private" ? found : { ...found, cidr: "" });
  }

  /** `subnet` null = no client subnet was sent. */
  whereIs(source: string, subnet: string | null): Whereabouts {
    const byNet = subnet === null ? "private" : this.find(subnet);
    const found = byNet === "private" ? this.find(source) : byNet;
    return found === "private" ? null : found;
  }
}

/** "4" or "6" and the bits of the network or address. */
export function bitsOf(text: string): string {
  const [address = "", length] = text.split("/");
  const isV4 = !address.includes(":");
  const octets = isV4 ? address.split(".").map(Number) : octetsOfV6(address);
  const bits = octets.map((octet) => octet.toString(2).padStart(8, "0")).join("");
  return (isV4 ? "4" : "6") + (length === undefined ? bits : bits.slice(0, Number(length)));
}

export function octetsOfV6(text: string): number[] {
  const [head = "", tail] = text.split("::");
  const words = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16));
  const [a, b] = [words(head), words(tail ?? "")];
  const all = tail === undefined ? a : [...a, ...Array<number>(8 - a.length - b.length).fill(0), ...b];
  return all.flatMap((word) => [word >>> 8, word & 255]);
}
