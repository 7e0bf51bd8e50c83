/**
 * One datagram, or one message of a stream, through `answer()`: names, types, EDNS options and contradictions between
 * them.
 */
import { createPeer, type Peer, setPeerAddress } from "../../src/answer/terms/peer.ts";
import { askBytes } from "../support/worker-context.ts";
import { encodeQuery, type Option, subnet, wireName } from "../support/query.ts";
import { fuzzFront, HOST_NAMES, MAZE_NAMES } from "./front.ts";
import { damage } from "./octets.ts";
import type { Random } from "./random.ts";
import { checkReply } from "./reply-check.ts";
import type { Target } from "./target.ts";

const LABELS =
  "hello many much down named inside circle round mixed demo myfed svc a b us-west us-east example com ns1 ns2 x HELLO Example c ent * ns test w000000 w000001 w000002 w000003 w000004 w000005 shop apps alias sub _http _dns _tcp _udp".split(
    " ",
  );
const TYPES = [
  1, 28, 6, 2, 5, 12, 15, 16, 33, 39, 43, 46, 64, 255, 41, 0, 128, 249, 250, 251, 252, 253, 254, 65_535,
];
const SUFFIXES = [
  "example.com",
  "svc.us-west.example.com",
  "b.us-west.example.com",
  "apps.example.com",
  "test",
  "",
];
const PORTS = [
  "_http._tcp",
  "_dns._udp",
  "_http._udp",
  "_tcp",
  "_udp",
  "_sctp",
  "x._http._tcp",
  "_HTTP._Tcp",
];
const SERVICES = ["hello", "many", "much", "down", "asleep", "nobody"];
const LEVELS = ["", "us-west.", "a.us-west.", "b.us-west.", "us-east.", "a.us-east.", "x."];

export function queryTarget(): Target {
  const front = fuzzFront(2 << 20);
  const peers = [createPeer(false), createPeer(true)];
  // One of them is near to a cluster.
  setPeerAddress(peers[1] as Peer, "192.0.2.99");
  return {
    boundMs: 20,
    make: makeQuery,
    attack(input) {
      for (const peer of peers) checkReply(input, askBytes(front, input, peer), peer.isStream);
    },
  };
}

export function makeQuery(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  const other = seeds.length > 0 ? random.pick(seeds) : new Uint8Array(0);
  if (seeds.length > 0 && random.percent(30)) return damage(random.pick(seeds), other, random, 5);
  const query = someQuery(random);
  return random.percent(50) ? query : damage(query, other, random, 3);
}

function someQuery(random: Random): Uint8Array {
  const count = (): number => (random.percent(97) ? 0 : random.below(0x10000));
  const hasEdns = random.percent(60);
  const beforeOpt = random.percent(5) ? hexOf(random.octets(random.below(30))) : "";
  return encodeQuery({
    name: someName(random),
    type: random.percent(80) ? random.pick(TYPES) : random.below(0x10000),
    class: random.percent(92) ? 1 : random.pick([0, 3, 4, 254, 255, 256]),
    id: random.below(0x10000),
    flags: random.percent(70) ? 0x0100 : random.below(0x10000),
    counts: [
      random.percent(97) ? 1 : random.below(3),
      count(),
      count(),
      hasEdns || random.percent(3) ? 1 : 0,
    ],
    beforeOpt,
    trailing: random.percent(3) ? hexOf(random.octets(random.below(60))) : "",
    ...(hasEdns ? { edns: someEdns(random) } : {}),
  });
}

function someName(random: Random): Uint8Array {
  const roll = random.below(100);
  if (roll < 5)
    return Uint8Array.from(wireName(`${"l".repeat(63)}.`.repeat(3) + "m".repeat(random.below(63))));
  if (roll < 8)
    return Uint8Array.from([
      ...wireName(Array.from({ length: 100 }, () => "a").join(".")).slice(0, -1),
      ...wireName("example.com"),
    ]);
  if (roll < 11) return random.octets(random.below(300));
  if (roll < 20) return Uint8Array.from(wireName(portName(random)));
  if (roll < 30) return Uint8Array.from(wireName(above(random) + random.pick(HOST_NAMES)));
  if (roll < 55) {
    const name = wireName(above(random) + random.pick(MAZE_NAMES));
    if (name.length <= 255) return Uint8Array.from(name);
  }
  const labels = Array.from({ length: random.below(6) }, () => random.pick(LABELS));
  if (random.percent(3)) labels.unshift(`\\${String(random.below(256)).padStart(3, "0")}`);
  return Uint8Array.from(wireName([...labels, random.pick(SUFFIXES)].join(".")));
}

/** Nothing, or a label. */
function above(random: Random): string {
  return random.percent(50) ? "" : `${random.pick(LABELS)}.`;
}

/** The name of a port of a service, or one similar to it. */
function portName(random: Random): string {
  return `${random.pick(PORTS)}.${random.pick(SERVICES)}.demo.myfed.svc.${random.pick(LEVELS)}example.com`;
}

function someEdns(random: Random): Exclude<Parameters<typeof encodeQuery>[0]["edns"], undefined> {
  return {
    udpOctets: random.pick([0, 511, 512, 513, 1231, 1232, 1233, 4096, 65_535]),
    version: random.percent(95) ? 0 : random.below(256),
    flags: random.percent(70) ? 0 : random.below(0x10000),
    ...(random.percent(3)
      ? { rdataHex: hexOf(random.octets(random.below(40))) }
      : { options: Array.from({ length: random.below(4) }, () => someOption(random)) }),
  };
}

function someOption(random: Random): Option {
  const octets = (count: number): string => hexOf(random.octets(count));
  switch (random.below(8)) {
    case 0:
      return subnet(1, random.below(40), octets(random.below(6)));
    case 1:
      return subnet(2, 56, "20010db8000000");
    case 2:
      return subnet(1, 24, "c00002");
    case 3:
      return { code: 10, hex: octets(random.pick([8, 8, 16, 24, 40, 7, 41])) };
    case 4:
      return { code: 3, hex: random.percent(80) ? "" : octets(4) };
    case 5:
      return { code: 11, hex: random.percent(80) ? "" : octets(2) };
    case 6:
      return { code: 15, hex: octets(random.below(6)) };
    default:
      return { code: random.below(30), hex: octets(random.below(20)) };
  }
}

function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}
