/** Queries of all kinds, sent through `answer()`, with the answers that the model allows. */
import { answer } from "../../src/answer/answer.ts";
import { decode, type Message } from "../support/decode.ts";
import { encodeQuery } from "../support/query.ts";
import { expectedAt, type Expected, type Family, isInLevel, type Level, parentOf } from "./answer-model.ts";
import type { Client } from "./clients.ts";
import { bitsOf } from "./place-model.ts";
import { FEDERATION, ZONE } from "./control.ts";
import { count, type Run } from "./run-state.ts";
import { sceneFor, type SceneNow } from "./scene.ts";
import { REGIONS, STRANGE_SERVICE } from "./world.ts";

export type Asked = {
  readonly key: string;
  readonly level: Level;
  readonly family: Family;
  readonly client: Client;
  readonly worker: number;
};

export type Forecast = {
  readonly scene: SceneNow;
  readonly exists: boolean;
  /** Levels that are climbed to. */
  readonly climbs: readonly Level[];
  readonly end: Exclude<Expected, { readonly kind: "climb" }>;
};

export function nameAt(key: string, level: Level): string {
  const [namespace, service] = key.split("/");
  const place = level === null ? [] : level.zone === null ? [level.region] : [level.zone, level.region];
  return [service, namespace, FEDERATION, "svc", ...place, ZONE].join(".");
}

export function someLevel(run: Run): Level {
  const { chance } = run;
  const kind = chance.int(0, 2);
  if (kind === 0) return null;
  const region = chance.pick(REGIONS);
  return { region: region.name, zone: kind === 1 ? null : chance.pick(region.zones) };
}

export function someQuestion(run: Run, client: Client): Asked {
  const { chance, world } = run;
  const key = chance.is(0.05) ? STRANGE_SERVICE : chance.pick(world.services);
  const worker = chance.int(0, run.workers.all.length - 1);
  return { key, level: someLevel(run), family: chance.is(0.6) ? 4 : 6, client, worker };
}

export function forecast(run: Run, { key, level, family, client }: Asked): Forecast {
  const where = run.clients.whereIs(sourceBits(client), client.subnetBits);
  const scene = sceneFor(run, key, where);
  const { told } = run.control;
  const isLevel = level === null || [...told.keys()].some((name) => isInLevel(told, name, level));
  const climbs: Level[] = [];
  let at = level;
  let end = expectedAt(scene, at, family);
  while (end.kind === "climb") {
    at = parentOf(at);
    climbs.push(at);
    end = expectedAt(scene, at, family);
  }
  return { scene, exists: isLevel && scene.members.length > 0, climbs, end };
}

const cachedBits = new Map<string, string>();
function sourceBits({ source }: Client): string {
  const known = cachedBits.get(source);
  if (known !== undefined) return known;
  const bits = bitsOf(source);
  cachedBits.set(source, bits);
  return bits;
}

const response = new Uint8Array(70_000);

/** The answer of a worker now. `refreshes` false: it has not looked for a fresh picture. */
export function put(run: Run, asked: Asked): { readonly bytes: Uint8Array; readonly message: Message } {
  const bytes = ask(run, asked);
  const message = decode(bytes);
  run.question = questionText(asked);
  run.answer = answerText(message);
  return { bytes, message };
}

export function ask(run: Run, { key, level, family, client, worker: number }: Asked): Uint8Array {
  const worker = run.workers.all[number];
  if (worker === undefined) throw new Error("no such worker");
  count(run, "questions");
  const request = encodeQuery({
    name: nameAt(key, level),
    type: family === 4 ? 1 : 28,
    ...(client.options === null ? {} : { edns: { options: client.options } }),
  });
  const exchange = {
    request,
    requestAt: 0,
    octets: request.length,
    octetsMax: 65_536,
    response,
    responseAt: 0,
  };
  const octets = answer(worker.context, exchange, client.peer);
  return run.onAnswer(response.slice(0, octets));
}

export function questionText({ key, level, family, client }: Asked): string {
  return `${nameAt(key, level)} ${family === 4 ? "A" : "AAAA"} from ${client.text}`;
}

export function answerText({ rcode, answer: records, authority, opt }: Message): string {
  const lines = records.map(({ name, ttl, data }) => `${name} ${ttl} ${data}`);
  const options = (opt?.options ?? []).map(({ code, hex }) => `option ${code} ${hex}`);
  return [`rcode ${rcode}`, ...lines, `${authority.length} in authority`, ...options].join("; ");
}
