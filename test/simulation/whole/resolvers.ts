/** Resolvers with caches between the workers and the clients: what they were told they say until its TTL is over. */
import { answer } from "../../../src/answer/answer.ts";
import { decode } from "../../support/decode.ts";
import { encodeQuery } from "../../support/query.ts";
import { someClient } from "../clients.ts";
import { nameAt } from "../questions.ts";
import { clusterOf } from "../world.ts";
import { count, type Whole } from "./world.ts";

const RESOLVERS = 3;
const ASK_EVERY_MS = 2_000;
/** A worker that has nothing to do looks for a fresh picture as well; a few take their time. */
const REFRESH_EVERY_MS = 2_000;
/** How long a worker works on a batch, which begins with a look at the picture and the time. */
const BATCH_MS = 100;

type Told = { readonly untilMs: number; readonly clusters: ReadonlySet<string> };

const response = new Uint8Array(70_000);

export function startResolvers(whole: Whole): void {
  const { chance, sim, workers } = whole;
  const { clock } = sim.process();
  for (const worker of workers.all) {
    const refresh = (): void => {
      workers.refresh(worker, sim.wallMs);
      clock.after(chance.is(0.05) ? chance.int(2_000, 20_000) : chance.int(50, REFRESH_EVERY_MS), refresh);
    };
    refresh();
  }
  for (let number = 0; number < RESOLVERS; number++) {
    const cache = new Map<string, Told>();
    const ask = (): void => {
      askOnce(whole, cache);
      clock.after(chance.int(100, 2 * ASK_EVERY_MS), ask);
    };
    clock.after(chance.int(0, ASK_EVERY_MS), ask);
  }
}

/** A client of the resolver asks for a name and goes where it is told. */
function askOnce(whole: Whole, cache: Map<string, Told>): void {
  const { chance, keys, sim, judge } = whole;
  const key = chance.pick(keys);
  const type = chance.is(0.6) ? 1 : 28;
  const known = cache.get(`${key} ${type}`);
  if (known !== undefined && known.untilMs > sim.nowMs) {
    count(whole, "answers from caches");
    return judge.led(whole, key, known.clusters, "a cache");
  }
  const told = askWorker(whole, key, type);
  cache.set(`${key} ${type}`, told);
  judge.led(whole, key, told.clusters, "a worker");
}

/** The batch may have begun a moment ago, with the picture of then. */
function askWorker(whole: Whole, key: string, type: 1 | 28): Told {
  const { chance, sim, workers, cached } = whole;
  const client = someClient(chance);
  const worker = chance.pick(workers.all);
  const { context } = worker;
  const isInBatch = Math.floor((sim.wallMs - BATCH_MS) / 1000) < context.nowSeconds;
  if (!isInBatch || chance.is(0.7)) workers.refresh(worker, sim.wallMs);
  const request = encodeQuery({
    name: nameAt(key, null),
    type,
    ...(client.options === null ? {} : { edns: { options: client.options } }),
  });
  const exchange = {
    request,
    requestAt: 0,
    octets: request.length,
    response,
    responseAt: 0,
    octetsMax: 65_536,
  };
  const octets = answer(context, exchange, client.peer);
  const records = decode(response.slice(0, octets)).answer.filter((one) => one.type === type);
  const seconds = Math.min(0xff_ff, ...records.map(({ ttl }) => ttl));
  const clusters = new Set(records.map(({ data }) => clusterOf(data)));
  const until = Math.floor(sim.wallMs / 1000) + seconds;
  for (const { data } of records) cached.note({ key, cluster: clusterOf(data), address: data, until });
  count(whole, records.length === 0 ? "answers without addresses" : "answers of workers");
  return { untilMs: records.length === 0 ? 0 : sim.nowMs + seconds * 1000, clusters };
}
