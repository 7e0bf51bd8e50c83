/**
 * The `image` bench: the size of the picture, and the time until a change is answered, from small fleets to a very
 * large one.
 *
 * Per size a host process (image/host.ts) builds the picture with the code of the control process and keeps a real serve
 * process with sockets on it. Building is timed there; lookups call the door in that process with names drawn from the
 * whole picture. Then dnsperf asks for random federated names at 20,000 queries per second while
 * - backends change one after another: the time runs from the call that tells the federation, on the machine's monotonic
 *   clock, to the arrival of the first answer with the new addresses at a client in this process that asks without pause;
 * - clusters join one after another: from the call to the commit, the publisher's gathering of changes included.
 * Only dnsperf is pinned to a core; the other processes are scheduled as in production.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Bench, BenchReport, BenchSetting } from "./bench.ts";
import { type Commands, tell } from "./image/commands.ts";
import {
  addressesOf,
  clusters,
  drawRecordName,
  drawServiceName,
  octetsOf,
  serviceName,
} from "./image/fleet.ts";
import { Probe } from "./image/probe.ts";
import {
  imageGoals,
  imageTables,
  nameOf,
  octetsPerRecord,
  octetsPerService,
  type Size,
  type Sizing,
} from "./image/goals.ts";
import { freePort } from "./load/free-port.ts";
import { dnsperf, type LoadReport, runLoad } from "./load/dnsperf.ts";
import { domain } from "./load/federation.ts";
import type { Started } from "./load/processes.ts";
import { sayMissing } from "./load/programs.ts";
import { roundsOf, spreadOf } from "./load/quantile.ts";
import { createRandom } from "./load/zone.ts";

type Plan = {
  readonly records: number;
  /** The p99 of changes is the median of the rounds' own: what disturbs a shared machine disturbs some of them. */
  readonly rounds: number;
  readonly changesPerRound: number;
  readonly joins: number;
  readonly lookupSeconds: number;
  readonly lookupNames: number;
  readonly loadSeconds: number;
};

const fullPlan: Plan = {
  records: 1_000_000,
  rounds: 5,
  changesPerRound: 200,
  joins: 60,
  lookupSeconds: 2,
  lookupNames: 200_000,
  loadSeconds: 14,
};
/** Building a picture with a million records takes half of the time there is. */
const quickPlan: Plan = {
  records: 100_000,
  rounds: 3,
  changesPerRound: 80,
  joins: 20,
  lookupSeconds: 0.3,
  lookupNames: 50_000,
  loadSeconds: 2.6,
};
const serviceCounts = [1_000, 20_000, 150_000] as const;
const loadPerSecond = 20_000;
const queryNames = 100_000;
const startTimeoutMs = 120_000;
const lookMs = 50;
/** The pause between two changes is drawn evenly from 0 to this, so that changes do not coincide with timers. */
const pauseMaxMs = 8;
/** Changes before the first that counts: the client has code to warm up, too. */
const warmupChanges = 20;

export const image: Bench = {
  name: "image",
  claim:
    "The picture of 150,000 services x 7 levels over three clusters of three addresses, and of a million exact records: " +
    "what it takes, and how soon a change is answered over UDP while 20,000 queries per second come in.",
  run,
};

async function run(setting: BenchSetting): Promise<BenchReport> {
  const plan = setting.isQuick ? quickPlan : fullPlan;
  const loadBefore = loadavg()[0] ?? 0;
  const hasLoad = setting.processes.find(dnsperf.command) !== null;
  const sizes: readonly Size[] = [
    ...serviceCounts.map((services) => ({ services, records: 0 })),
    { services: serviceCounts[2], records: plan.records },
  ];
  const sizings: Sizing[] = [];
  for (const size of sizes) {
    setting.signal.throwIfAborted();
    setting.progress(nameOf(size));
    sizings.push(await measureSize(size, { setting, plan, hasLoad }));
  }
  const absent = hasLoad ? [] : [`${sayMissing([dnsperf])}: changes and joins were not measured.`];
  const how =
    `${plan.rounds} rounds of ${plan.changesPerRound} changes, p99 the median of the rounds', and ${plan.joins} joins per size; lookups over ${plan.lookupNames} random names, in one thread. ` +
    `Load of the machine before: ${loadBefore.toFixed(2)}.`;
  return {
    results: {
      loadBefore,
      sizes: sizings,
      octetsPerService: octetsPerService(sizings),
      octetsPerRecord: octetsPerRecord(sizings),
      absent,
    },
    goals: imageGoals(sizings),
    tables: imageTables(sizings),
    notes: [how, ...absent, ...warningsOf(sizings, plan)],
  };
}

type Course = { readonly setting: BenchSetting; readonly plan: Plan; readonly hasLoad: boolean };

type Host = { readonly port: number; readonly directory: string; readonly started: Started };

async function measureSize(size: Size, course: Course): Promise<Sizing> {
  const { setting, plan, hasLoad } = course;
  const host = await startHost(size, setting);
  try {
    const { directory } = host;
    const figures = await tell(directory, "figures", {});
    const random = createRandom(size.services + size.records);
    const lookups = async (name: () => string): Promise<number> => {
      const names = Array.from({ length: plan.lookupNames }, name);
      return (await tell(directory, "lookups", { names, seconds: plan.lookupSeconds })).perSecond;
    };
    const serviceLookupsPerSecond = await lookups(() => drawServiceName(size.services, random));
    const recordLookupsPerSecond =
      size.records === 0 ? null : await lookups(() => drawRecordName(size.records, random));
    const underLoad = hasLoad ? await measureUnderLoad(host, size, course) : null;
    const compactMs = (await tell(directory, "compact", {})).ms;
    return {
      ...size,
      figures,
      serviceLookupsPerSecond,
      recordLookupsPerSecond,
      change: roundsOf(underLoad?.changesMs ?? [], plan.changesPerRound),
      join: spreadOf(underLoad?.joinsMs ?? []),
      compactMs,
      loadPerSecond: underLoad?.load.queriesPerSecond ?? null,
    };
  } finally {
    await host.started.stop();
  }
}

async function startHost({ services, records }: Size, setting: BenchSetting): Promise<Host> {
  const directory = join(setting.workDirectory, `${services}-${records}`);
  mkdirSync(directory);
  const port = await freePort();
  const program = join(import.meta.dirname, "image", "host.ts");
  const started = setting.processes.start({
    command: process.execPath,
    args: [program, port, directory, services, records].map(String),
    core: null,
    logPath: join(directory, "output.log"),
    directory,
  });
  const deadlineMs = performance.now() + startTimeoutMs;
  const question = serviceName(0, domain);
  while (started.isRunning() && performance.now() < deadlineMs) {
    setting.signal.throwIfAborted();
    const isUp = await tell(directory, "figures", {}).then(
      () => true,
      () => false,
    );
    if (isUp && (await isAnswered(port, question))) return { port, directory, started };
    await delay(lookMs);
  }
  throw new Error(`the host did not start: ${started.lastWords()}`);
}

async function isAnswered(port: number, name: string): Promise<boolean> {
  const probe = await Probe.open(port);
  // Which cluster is drawn for the top level is chance; all of them have addresses that begin so.
  const seen = await probe.seen(name, Uint8Array.of(0, 4, 10));
  probe.close();
  return seen !== null;
}

type UnderLoad = {
  readonly changesMs: readonly number[];
  readonly joinsMs: readonly number[];
  readonly load: LoadReport;
};

/** Changes and joins for as long as dnsperf runs. */
async function measureUnderLoad(host: Host, size: Size, { setting, plan }: Course): Promise<UnderLoad> {
  const random = createRandom(7);
  const queryFile = join(host.directory, "queries");
  const names = Array.from({ length: queryNames }, () => `${drawServiceName(size.services, random)}. A\n`);
  writeFileSync(queryFile, names.join(""));
  const { processes, signal, cores } = setting;
  const site = { processes, signal, core: cores.load, directory: host.directory };
  const running = runLoad(
    {
      port: host.port,
      queryFile,
      transport: "udp",
      edns: false,
      seconds: plan.loadSeconds,
      clients: 20,
      outstanding: 100,
      queriesPerSecond: loadPerSecond,
    },
    site,
  );
  const loaded = { isOver: false };
  const ended = running.finally(() => (loaded.isOver = true));
  // The error is handled below. This handler only keeps a failure in between from ending the process.
  ended.catch(() => undefined);
  const joinsMs = (await tell(host.directory, "join", { count: plan.joins })).timesMs;
  const changesMs: number[] = [];
  const probe = await Probe.open(host.port);
  const last = warmupChanges + plan.rounds * plan.changesPerRound;
  for (let version = 1; version <= last && !loaded.isOver; version++) {
    const service = Math.floor(random() * size.services);
    const ms = await changeToWire(host.directory, probe, { service, version });
    if (version > warmupChanges) changesMs.push(ms);
    await delay(random() * pauseMaxMs);
  }
  probe.close();
  return { changesMs, joinsMs, load: await ended };
}

async function changeToWire(
  directory: string,
  probe: Probe,
  change: Commands["change"]["told"],
): Promise<number> {
  const { service, version } = change;
  const [first = 0] = addressesOf(0, service, version);
  // The level of the region: its only cluster is the one that changes.
  const seen = probe.seen(serviceName(service, `${clusters[0]}.${domain}`), octetsOf(first));
  const { beganNanoseconds } = await tell(directory, "change", change);
  const at = await seen;
  return at === null ? Infinity : Number(at - BigInt(beganNanoseconds)) / 1e6;
}

function warningsOf(sizings: readonly Sizing[], plan: Plan): readonly string[] {
  return sizings.flatMap((sizing) => {
    const warnings: string[] = [];
    const { count } = sizing.change;
    const due = plan.rounds * plan.changesPerRound;
    if (sizing.loadPerSecond !== null && count < due)
      warnings.push(
        `${nameOf(sizing)}: the load ended after ${count} of ${due} changes; the rest was not made.`,
      );
    if (sizing.loadPerSecond !== null && sizing.loadPerSecond < 0.95 * loadPerSecond)
      warnings.push(
        `${nameOf(sizing)}: only ${Math.round(sizing.loadPerSecond)} of ${loadPerSecond} queries per second were answered.`,
      );
    return warnings;
  });
}
