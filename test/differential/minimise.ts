/** Makes a failing case small: records are taken out of its zones as long as it still fails. */
import { runBatch, type Case, type WorldsAsked } from "./batch.ts";
import { isFailure } from "./tally.ts";
import { type Entry, makeWorld, type World, worldOrigin } from "./world.ts";

/** Numbers that no generated world has. */
const FIRST_NUMBER = 900_000;
const ROUNDS_MAX = 12;

/** `seed`: that of the run, for the other worlds that the names of this one lead to. */
export async function minimise(failed: Case, seed: number): Promise<Case> {
  const others = neighboursOf(failed.world).map((number) => ({
    world: makeWorld(seed, number),
    questions: [],
  }));
  let best = failed;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const smaller = await smallerThan(best, others);
    if (smaller === null) break;
    best = smaller;
  }
  return best;
}

/** All variants of one round are served at once, each under a name of its own; the smallest that fails wins. */
async function smallerThan(best: Case, others: readonly WorldsAsked[]): Promise<Case | null> {
  const variants = variantsOf(best.world).map((world, i) =>
    rename({ world, questions: [best.question] }, FIRST_NUMBER + i),
  );
  if (variants.length === 0) return null;
  const { cases } = await runBatch([...others, ...variants]);
  const failing = cases.filter(isFailure).sort((a, b) => sizeOf(a.world) - sizeOf(b.world));
  return failing[0] ?? null;
}

function sizeOf(world: World): number {
  return world.zones.reduce((sum, { entries }) => sum + entries.length, 0);
}

/**
 * Leaves out every run of so many records: half of them, a quarter, ... one. SOA and services stay; whole inner zones
 * may go.
 */
function variantsOf(world: World): World[] {
  const removable = world.zones.flatMap(({ entries }) =>
    entries.filter(({ type, pooled }) => type !== "SOA" && pooled !== "service"),
  );
  const variants: World[] = [];
  for (let run = removable.length >> 1; run >= 1; run >>= 1) {
    for (let from = 0; from < removable.length; from += run)
      variants.push(without(world, new Set(removable.slice(from, from + run))));
  }
  const [outer] = world.zones;
  if (world.zones.length > 1 && outer !== undefined) variants.push({ ...world, zones: [outer] });
  return variants;
}

function without(world: World, gone: ReadonlySet<Entry>): World {
  const zones = world.zones.map(({ origin, entries }) => ({
    origin,
    entries: entries.filter((entry) => !gone.has(entry)),
  }));
  return { ...world, zones };
}

function neighboursOf(world: World): number[] {
  const text = JSON.stringify(world.zones);
  return [...new Set([...text.matchAll(/w(\d{6})\.test/g)].map((match) => Number(match[1])))].filter(
    (number) => number !== world.number && number < FIRST_NUMBER,
  );
}

/** The same world under another number. */
function rename({ world, questions }: WorldsAsked, number: number): WorldsAsked {
  const from = worldOrigin(world.number);
  const to = worldOrigin(number);
  const inText = (text: string): string => text.replaceAll(from, to).replaceAll(from.toUpperCase(), to);
  const inWire = (wire: Uint8Array): Uint8Array => {
    const text = Buffer.from(wire).toString("latin1");
    return new Uint8Array(Buffer.from(text.replaceAll(from.slice(0, 7), to.slice(0, 7)), "latin1"));
  };
  const zones = world.zones.map(({ origin, entries }) => ({
    origin: inText(origin),
    entries: entries.map(({ owner, rdata, ...rest }) => ({
      ...rest,
      owner: inText(owner),
      rdata: { text: inText(rdata.text), wire: inWire(rdata.wire) },
    })),
  }));
  return {
    world: { number, zones },
    questions: questions.map((question) => ({ ...question, name: inText(question.name.toLowerCase()) })),
  };
}
