/**
 * The clients: from networks in the settings, from private networks and from anywhere, with and without a client
 * subnet.
 */
import type { Peer } from "../../src/answer/terms/peer.ts";
import { type Option, subnet } from "../support/query.ts";
import { tcpFrom, udpFrom } from "../support/terms.ts";
import type { Chance } from "./chance.ts";
import { bitsOf, type Network } from "./place-model.ts";
import { type Point, REGIONS } from "./world.ts";

export type Client = {
  readonly peer: Peer;
  readonly source: string;
  /** The client subnet of the query; null = no EDNS. */
  readonly options: readonly Option[] | null;
  /** bitsOf the network sent; null = none, or a length of 0. */
  readonly subnetBits: string | null;
  readonly hasSubnet: boolean;
  readonly text: string;
};

/** Public networks that are in no list. */
export function someNetworks(chance: Chance, clusters: readonly string[]): readonly Network[] {
  const cidrs = [
    "81.0.0.0/8",
    "81.2.0.0/16",
    "81.2.3.0/24",
    "81.2.3.64/27",
    "90.64.0.0/10",
    "10.8.0.0/16",
    "10.8.9.0/24",
    "2001:470::/32",
    "2001:470:5::/48",
    "fd00:8::/48",
  ];
  return chance.some(cidrs, 0.6).map((cidr): Network => {
    const location: Point = chance.pick(REGIONS);
    const kind = chance.weighed([
      ["cluster", 2],
      ["region", 1],
      ["location", 3],
    ] as const);
    return {
      cidr,
      cluster: kind === "cluster" ? chance.pick(clusters) : null,
      region: kind === "region" ? chance.pick(REGIONS).name : null,
      location: kind === "location" ? { latitude: location.latitude, longitude: location.longitude } : null,
    };
  });
}

const V4 = [
  "81.2.3.70",
  "81.2.3.9",
  "81.2.200.1",
  "81.99.1.1",
  "90.70.1.2",
  "10.8.1.1",
  "10.8.9.9",
  "10.1.2.3",
  "5.6.7.8",
];
const V6 = ["2001:470:5::9", "2001:470:9::1", "fd00:8::7", "fd00:9::7", "2a02:1::1"];

export function someClient(chance: Chance): Client {
  const source = chance.pick([...V4, ...V6]);
  const isStream = chance.is(0.7);
  const peer = isStream ? tcpFrom(source) : udpFrom(source);
  const kind = chance.weighed([
    ["plain", 2],
    ["edns", 2],
    ["subnet", 5],
    ["zero", 0.7],
  ] as const);
  const whole = { peer, source, hasSubnet: false, subnetBits: null };
  if (kind === "plain") return { ...whole, options: null, text: source };
  if (kind === "edns") return { ...whole, options: [], text: `${source}, EDNS` };
  const address = chance.pick([...V4, ...V6]);
  const isV4 = !address.includes(":");
  const length =
    kind === "zero" ? 0 : isV4 ? chance.pick([8, 16, 20, 24, 24, 27, 32]) : chance.pick([32, 48, 56, 64]);
  const bits = bitsOf(`${address}/${length}`);
  return {
    ...whole,
    hasSubnet: true,
    options: [subnetOf(bits)],
    // The rest of the address is taken to be 0.
    subnetBits: length === 0 ? null : bits.padEnd(isV4 ? 33 : 129, "0"),
    text: `${source}, client subnet ${address}/${length}`,
  };
}

/** The option for a network as bitsOf has it. */
export function subnetOf(bits: string): Option {
  const own = bits.slice(1);
  const octets = own.padEnd(Math.ceil(own.length / 8) * 8, "0").match(/.{8}/g) ?? [];
  const hex = octets.map((octet) => Number.parseInt(octet, 2).toString(16).padStart(2, "0")).join("");
  return subnet(bits.startsWith("4") ? 1 : 2, own.length, hex);
}
