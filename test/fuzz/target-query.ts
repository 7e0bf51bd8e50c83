/** One datagram or one message of a stream through the door: names, types, EDNS options and lies about them. */
import { askBytes } from "../support/desk.ts";
import { encodeQuery, type Option, subnet, wireName } from "../support/query.ts";
import { fuzzFront, MAZE_NAMES } from "./front.ts";
import { damage } from "./octets.ts";
import type { Random } from "./random.ts";
import { checkReply } from "./reply-check.ts";
import type { Target } from "./target.ts";

const LABELS =
  "hello many down demo myfed svc a b us-west us-east example com ns1 ns2 x HELLO Example c ent * ns test w000000 w000001 w000002 w000003 w000004 w000005".split(
    " ",
  );
const TYPES = [
  1, 28, 6, 2, 5, 12, 15, 16, 33, 39, 43, 46, 64, 255, 41, 0, 128, 249, 250, 251, 252, 253, 254, 65_535,
];
const SUFFIXES = ["example.com", "svc.us-west.example.com", "b.us-west.example.com", "test", ""];

export function queryTarget(): Target {
  const front = fuzzFront(2 << 20);
  return {
    boundMs: 20,
    make: makeQuery,
    attack(input) {
      for (const isStream of [false, true]) checkReply(input, askBytes(front, input, isStream), isStream);
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
  if (roll < 45) {
    const above = random.percent(50) ? "" : `${random.pick(LABELS)}.`;
    const name = wireName(above + random.pick(MAZE_NAMES));
    if (name.length <= 255) return Uint8Array.from(name);
  }
  const labels = Array.from({ length: random.below(6) }, () => random.pick(LABELS));
  if (random.percent(3)) labels.unshift(`\\${String(random.below(256)).padStart(3, "0")}`);
  return Uint8Array.from(wireName([...labels, random.pick(SUFFIXES)].join(".")));
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
