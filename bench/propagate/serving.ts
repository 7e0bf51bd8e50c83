/** Part (h): whether the DNS server notices that copies are being placed: CPU time per query, and changes of addresses. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { octetsOf } from "../converge/fleet.ts";
import { Asker } from "../failover/asker.ts";
import { addressOf, nameOf } from "../fleet/content.ts";
import { cpuNanoseconds } from "../load/cpu.ts";
import { dnsperf, runLoad } from "../load/dnsperf.ts";
import type { FednsServer } from "../load/fedns-server.ts";
import { SteadyChanges } from "./changes.ts";
import { type Stage, tellMembers, type Versions } from "./stage.ts";

const queriesPerSecond = 5_000;
const queryLines = 5_000;
const warmupSeconds = 1;
const askRestMs = 1;
const askPatienceMs = 5_000;
const pauseMs = 20;

export type Serving = {
  /** Microseconds of serve per query, window by window. */
  readonly restMicros: readonly (number | null)[];
  readonly placingMicros: readonly (number | null)[];
  /** From a change of a Service in a member to the first answer that shows it, while copies are placed; Infinity = never. */
  readonly answerMs: readonly number[];
};

export async function serving(
  stage: Stage,
  fedns: FednsServer,
  versions: Versions,
  perSecond: number,
): Promise<Serving> {
  const asker = await Asker.open(fedns.port);
  try {
    await untilAnswered(stage, asker);
    const windows = await askWindows(stage, fedns, versions, perSecond);
    const placing = new SteadyChanges(stage, versions, perSecond);
    const answerMs = await addressChanges(stage, asker);
    await placing.stop();
    return { ...windows, answerMs };
  } finally {
    asker.close();
  }
}

async function untilAnswered({ plan }: Stage, asker: Asker): Promise<void> {
  for (let cluster = 0; cluster < plan.members; cluster++) {
    const index = plan.services - 1;
    const octets = octetsOf(addressOf({ cluster, index, version: 0 }, plan.services));
    const name = nameOf(index, cluster);
    await asker.first({ name, octets, isThere: true, restMs: askRestMs, patienceMs: askPatienceMs });
  }
}

type Windows = Pick<Serving, "restMicros" | "placingMicros">;

/** At rest and while copies are placed, in turn. Without dnsperf there are none. */
async function askWindows(
  stage: Stage,
  fedns: FednsServer,
  versions: Versions,
  perSecond: number,
): Promise<Windows> {
  const { plan, setting } = stage;
  const restMicros: (number | null)[] = [];
  const placingMicros: (number | null)[] = [];
  if (setting.processes.find(dnsperf.command) === null) return { restMicros, placingMicros };
  const queryFile = join(stage.directory, "names");
  writeFileSync(queryFile, queries(stage));
  await askWindow(stage, fedns, queryFile, warmupSeconds);
  for (let round = 0; round < plan.windows >> 1; round++) {
    setting.progress(`questions, round ${round + 1} of ${plan.windows >> 1}`);
    restMicros.push(await askWindow(stage, fedns, queryFile, plan.windowSeconds));
    const placing = new SteadyChanges(stage, versions, perSecond);
    placingMicros.push(await askWindow(stage, fedns, queryFile, plan.windowSeconds));
    await placing.stop();
    await delay(plan.restMs >> 2);
  }
  return { restMicros, placingMicros };
}

/** Null when nothing came back. */
async function askWindow(
  { setting, directory }: Stage,
  fedns: FednsServer,
  queryFile: string,
  seconds: number,
): Promise<number | null> {
  const { processes, cores, signal } = setting;
  const before = cpuNanoseconds(fedns.pids("serve"));
  const { completed } = await runLoad(
    {
      port: fedns.port,
      queryFile,
      transport: "udp",
      edns: false,
      seconds,
      clients: 10,
      outstanding: 500,
      queriesPerSecond,
    },
    { processes, core: cores.load, directory, signal },
  );
  const micros = (cpuNanoseconds(fedns.pids("serve")) - before) / 1_000;
  return completed === 0 ? null : micros / completed;
}

function queries({ plan }: Stage): string {
  const line = (n: number): string => {
    const cluster = n % 2 === 0 ? null : (n >> 1) % plan.members;
    return `${nameOf(n % plan.services, cluster)} A\n`;
  };
  return Array.from({ length: queryLines }, (_, n) => line(n)).join("");
}

/** One Service after the other in the first member. */
async function addressChanges(stage: Stage, asker: Asker): Promise<readonly number[]> {
  const { plan, setting } = stage;
  const timesMs: number[] = [];
  for (let n = 0; n < plan.changes; n++) {
    setting.signal.throwIfAborted();
    const index = n % plan.services;
    const version = 1 + Math.floor(n / plan.services);
    const octets = octetsOf(addressOf({ cluster: 0, index, version }, plan.services));
    const fromMs = performance.now();
    const told = tellMembers(stage, `service/0/${index}/${version}`);
    const awaited = { octets, isThere: true, restMs: askRestMs, patienceMs: askPatienceMs };
    timesMs.push((await asker.first({ name: nameOf(index, 0), ...awaited })) - fromMs);
    await told;
    await delay(pauseMs);
  }
  return timesMs;
}
