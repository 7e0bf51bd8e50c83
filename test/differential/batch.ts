/** One batch: many worlds, three servers started once, and every question asked of them and of us. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../fuzz/random.ts";
import { askBytes } from "../support/worker-context.ts";
import { askAll, askTcp } from "./exchange.ts";
import { publishWorlds } from "./ours.ts";
import { encodeQuestion, type Question, someQuestion } from "./question.ts";
import { readReply, type Reply, sameReply } from "./reply.ts";
import { crossingOf } from "./crossing.ts";
import { SERVERS, servedOf, type ServerName, startServers } from "./servers.ts";
import { makeWorld, type World, worldOrigin } from "./world.ts";

/** One question to one world, with all replies. */
export type Case = {
  readonly world: World;
  readonly question: Question;
  readonly ours: Reply | null;
  readonly peers: Readonly<Record<ServerName, Reply | null>>;
  /**
   * For an alias that leads into another zone: the records there, as fedns and each of the three answer them directly.
   */
  readonly beyond: { readonly ours: Reply; readonly peers: readonly (Reply | null)[] } | null;
};

export type Batch = {
  readonly cases: readonly Case[];
  /** Worlds that a server has refused to load, by server. */
  readonly refused: Readonly<Record<ServerName, number>>;
  readonly worlds: number;
};

export type WorldsAsked = { readonly world: World; readonly questions: readonly Question[] };

/** Worlds `from` to `from + count - 1` of a seed, with their questions. */
export function worldsOf(seed: number, from: number, count: number, questions: number): WorldsAsked[] {
  return Array.from({ length: count }, (_, i) => {
    const world = makeWorld(seed, from + i);
    const random = Random.of(~seed, from + i);
    return { world, questions: Array.from({ length: questions }, () => someQuestion(world, random)) };
  });
}

export async function runBatch(asked: readonly WorldsAsked[]): Promise<Batch> {
  const folder = mkdtempSync(join(tmpdir(), "fedns-differential-"));
  try {
    const worlds = asked.map(({ world }) => world);
    const fleet = await startServers(folder, worlds);
    try {
      return await compare(asked, fleet.ports);
    } finally {
      await fleet.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(
  asked: readonly WorldsAsked[],
  ports: Readonly<Record<ServerName, number>>,
): Promise<Batch> {
  const refused = { nsd: 0, knot: 0, bind: 0 };
  const origins = asked.flatMap(({ world }) => world.zones.map(({ origin }) => origin));
  const served = await Promise.all(SERVERS.map((name) => servedOf(ports[name], origins)));
  const isLoaded = ({ world }: WorldsAsked): boolean => {
    const missing = SERVERS.filter((_, i) =>
      world.zones.some(({ origin }) => served[i]?.has(origin) === false),
    );
    for (const name of missing) refused[name]++;
    return missing.length === 0;
  };
  // All worlds are published, refused ones too, because aliases of other worlds lead to them.
  const { context } = publishWorlds(asked.map(({ world }) => world));
  const questions = questionsTo(asked, new Set(asked.filter(isLoaded)));
  const queries = questions.map(({ question }, i) => encodeQuestion(question, i & 0xffff));
  const replies = await Promise.all(SERVERS.map((name) => askServer(ports[name], queries)));
  const cases = questions.map((one, i) => ({
    ...one,
    ours: askOurs(context, queries[i] as Uint8Array),
    peers: { nsd: replies[0]?.[i] ?? null, knot: replies[1]?.[i] ?? null, bind: replies[2]?.[i] ?? null },
    beyond: null,
  }));
  return { cases: await withBeyond(cases, new Set(origins), ports), refused, worlds: asked.length };
}

/**
 * Each question with the world it is about, sometimes another one than it was made for. Worlds that a server refused
 * cannot be compared.
 */
function questionsTo(
  asked: readonly WorldsAsked[],
  loaded: ReadonlySet<WorldsAsked>,
): readonly Pick<Case, "world" | "question">[] {
  const byOrigin = new Map(asked.map((one) => [worldOrigin(one.world.number), one]));
  return [...loaded].flatMap((one) =>
    one.questions.flatMap((question) => {
      const origin = /[^.]+\.test\.$/.exec(question.name.toLowerCase())?.[0] ?? "";
      const about = byOrigin.get(origin) ?? one;
      return loaded.has(about) ? [{ world: about.world, question }] : [];
    }),
  );
}

/** If no server agrees with an answer that goes on in another zone, the three are queried for the target. */
async function withBeyond(
  cases: readonly Case[],
  origins: ReadonlySet<string>,
  ports: Readonly<Record<ServerName, number>>,
): Promise<readonly Case[]> {
  const crossings = cases.map((one) => {
    const { ours, question, peers } = one;
    if (ours === null || SERVERS.some((name) => sameReply(peers[name], ours))) return null;
    return crossingOf(question, ours, origins);
  });
  const indexes = crossings.flatMap((crossing, i) => (crossing === null ? [] : [i]));
  const queries = indexes.map((index, i) => {
    const { question } = cases[index] as Case;
    return encodeQuestion({ ...question, name: crossings[index]?.target ?? "." }, i & 0xffff);
  });
  const replies = await Promise.all(SERVERS.map((name) => askServer(ports[name], queries)));
  return cases.map((one, i) => {
    const crossing = crossings[i];
    if (crossing === null || crossing === undefined) return one;
    const at = indexes.indexOf(i);
    return { ...one, beyond: { ours: crossing.rest, peers: replies.map((list) => list[at] ?? null) } };
  });
}

async function askServer(port: number, queries: readonly Uint8Array[]): Promise<readonly (Reply | null)[]> {
  const replies = (await askAll(port, queries)).map((bytes) => (bytes === null ? null : readReply(bytes)));
  // One after the other: few are truncated, and servers limit connections.
  for (const [i, reply] of replies.entries()) {
    if (reply?.tc !== true) continue;
    const whole = await askTcp(port, queries[i] as Uint8Array);
    replies[i] = whole === null ? null : { ...readReply(whole), tc: true };
  }
  return replies;
}

function askOurs(context: Parameters<typeof askBytes>[0]["context"], query: Uint8Array): Reply | null {
  const short = askBytes({ context }, query);
  if (short.length === 0) return null;
  const reply = readReply(short);
  return reply.tc ? { ...readReply(askBytes({ context }, query, true)), tc: true } : reply;
}
