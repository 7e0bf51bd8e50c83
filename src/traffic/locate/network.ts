/** The networks of the settings: where their clients are, and how many bits of an address are compared. */
import { parseNetwork } from "../../federation/members/address.ts";
import type { ClientClass } from "../../federation/members/client.ts";
import type { Coordinates } from "../../federation/members/distance.ts";
import { coordinatesOfRegion } from "./cloud-regions.ts";

/** A network and where its clients are: exactly one of the three. */
export type LocatedNetwork = {
  /** ADDRESS/LENGTH; IPv6 up to /64. */
  readonly cidr: string;
  readonly cluster: string | null;
  readonly region: string | null;
  readonly location: Coordinates | null;
};

export type Prefix = {
  readonly family: 4 | 6;
  /** The first 32 bits of the address, and for IPv6 the next 32; signed. */
  readonly high: number;
  readonly low: number;
  /** 0..32 or 0..64. */
  readonly length: number;
};

/** Null for a text that is not a network, or one with more bits than are compared. */
export function prefixOf(cidr: string): Prefix | null {
  const network = parseNetwork(cidr);
  if (network === null || network.bits.length > 64) return null;
  const bits = network.bits.padEnd(64, "0");
  const word = (from: number): number => Number.parseInt(bits.slice(from, from + 32), 2) | 0;
  return { family: network.family, high: word(0), low: word(32), length: network.bits.length };
}

export function classOfNetwork({ cluster, region, location }: LocatedNetwork): ClientClass {
  if (cluster !== null) return { kind: "cluster", cluster };
  if (region === null) return location === null ? { kind: "unknown" } : { kind: "place", ...location };
  const { latitude = null, longitude = null } = coordinatesOfRegion(region) ?? {};
  return { kind: "region", region, latitude, longitude };
}
