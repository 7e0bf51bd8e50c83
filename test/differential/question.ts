/** Queries to a world for names that exist, that nearly exist, and above, below and beside them, in any letter case. */
import type { Random } from "../fuzz/random.ts";
import { encodeQuery, wireName } from "../support/query.ts";
import { TYPES } from "./rdata.ts";
import { type World, worldOrigin } from "./world.ts";

export type Question = {
  /** As it is asked, letter case and all. */
  readonly name: string;
  readonly type: number;
  readonly edns: "none" | "plain" | "dnssec";
};

const LABELS = ["a", "b", "c", "ent", "*", "ns", "x", "o\\255\\000\\001", "l".repeat(63)] as const;
const OTHER_TYPES = [255, 99, 47, 46, 64, 65, 65_535] as const;

export function someQuestion(world: World, random: Random): Question {
  const type = random.percent(8) ? random.pick(OTHER_TYPES) : random.pick(Object.values(TYPES));
  const edns = random.pick(["none", "plain", "plain", "dnssec"] as const);
  const name = someName(world, random);
  const usual = name.startsWith("_") ? TYPES.SRV : TYPES.A;
  return { name: shuffleCase(name, random), type: random.percent(30) ? usual : type, edns };
}

function someName(world: World, random: Random): string {
  const { origin, entries } = random.pick(world.zones);
  const entry = random.pick(entries);
  const name =
    random.percent(20) && entry.rdata.text.endsWith(".") ? targetOf(entry.rdata.text) : entry.owner;
  const roll = random.below(100);
  if (roll < 40) return name;
  if (roll < 60) return fitting(`${random.pick(LABELS)}.${name}`, name);
  if (roll < 70) return fitting(`${random.pick(LABELS)}.${random.pick(LABELS)}.${name}`, name);
  if (roll < 80) return fitting(`${random.pick(LABELS)}.${parentOf(name)}`, name);
  if (roll < 88) return parentOf(name);
  if (roll < 94) return origin;
  if (roll < 98) return fitting(`${"l".repeat(63)}.${"m".repeat(63)}.${"n".repeat(63)}.${name}`, name);
  return random.pick([".", "test.", `a.${worldOrigin(random.below(50))}`, "elsewhere.example."]);
}

function targetOf(text: string): string {
  return text.split(" ").at(-1) as string;
}

function parentOf(name: string): string {
  return name === "." ? name : name.slice(name.indexOf(".") + 1) || ".";
}

/** `name` if it has at most 255 octets, else `fallback`. */
function fitting(name: string, fallback: string): string {
  const short = name.endsWith("..") ? name.slice(0, -1) : name;
  return wireName(short).length <= 255 ? short : fallback;
}

function shuffleCase(name: string, random: Random): string {
  if (random.percent(60)) return name;
  return [...name].map((character) => (random.percent(50) ? character.toUpperCase() : character)).join("");
}

/** `id`: which of the questions under way it is. */
export function encodeQuestion({ name, type, edns }: Question, id: number): Uint8Array {
  const asked = { name, type, id, flags: 0 };
  if (edns === "none") return encodeQuery(asked);
  return encodeQuery({ ...asked, edns: { udpOctets: 1232, flags: edns === "dnssec" ? 0x8000 : 0 } });
}
