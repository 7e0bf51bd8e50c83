/**
 * The `fleet` bench: a host cluster that declares a hundred members with two hundred services each, in a process of their
 * own. Members join and leave one after another, and settings change, while Services of another member change and
 * questions for what stays are asked all the time. Then what all members cost at rest.
 */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Bench, BenchReport, BenchSetting } from "./bench.ts";
import { octetsOf } from "./converge/fleet.ts";
import { Asker } from "./failover/asker.ts";
import { addressOf, type ConfigPlan, configText, nameOf, type Place } from "./fleet/content.ts";
import { fleetGoals, fleetTables, type Measured } from "./fleet/goals.ts";
import type { Counters } from "./fleet/members.ts";
import { SteadyQuestions } from "./fleet/steady-questions.ts";
import { startAnnounced, tell } from "./load/announced.ts";
import { descendantsOf, withCommandLine } from "./load/cpu.ts";
import { freePort } from "./load/free-port.ts";
import type { Started } from "./load/processes.ts";
import { residentOf } from "./memory/resident.ts";

type Plan = {
  readonly members: number;
  readonly services: number;
  /** So many of the members join and leave, one after another. */
  readonly movers: number;
  readonly rounds: number;
  readonly settings: number;
  readonly restMs: number;
  readonly idleMs: number;
};

const fullPlan: Plan = {
  members: 100,
  services: 200,
  movers: 25,
  rounds: 4,
  settings: 10,
  restMs: 10_000,
  idleMs: 120_000,
};
const quickPlan: Plan = {
  members: 100,
  services: 200,
  movers: 8,
  rounds: 1,
  settings: 2,
  restMs: 2_000,
  idleMs: 10_000,
};
const startPatienceMs = 60_000;
const patienceMs = 5_000;
const restMs = 1;
const changeEveryMs = 20;
const questionEveryMs = 4;
const ttlSeconds = 30;
/** Between two moves: the machine is to do something else as well. */
const pauseMs = 100;

export const fleet: Bench = {
  name: "fleet",
  claim:
    "A host cluster with a hundred members: how soon one that joins is answered and one that leaves is denied, and what members cost.",
  run,
};

type Rig = {
  readonly setting: BenchSetting;
  readonly plan: Plan;
  readonly directory: string;
  readonly apiPort: number;
};
type Fedns = {
  readonly started: Started;
  readonly port: number;
  readonly asker: Asker;
  readonly file: string;
  readonly config: Omit<ConfigPlan, "ttlSeconds">;
};

async function run(setting: BenchSetting): Promise<BenchReport> {
  const plan = setting.isQuick ? quickPlan : fullPlan;
  const directory = join(setting.workDirectory, "fleet");
  mkdirSync(directory);
  const [loadBefore = 0] = loadavg();
  const path = join(import.meta.dirname, "fleet", "api-servers.ts");
  const { port: apiPort } = await startAnnounced(setting, {
    path,
    directory,
    args: [plan.members, plan.services],
  });
  const rig = { setting, plan, directory, apiPort };
  const empty = await startFedns(rig, "empty");
  await delay(plan.restMs + 2_000);
  const emptyRss = rssOf(empty);
  await empty.started.stop();
  await tell(rig.apiPort, `join/0/${plan.members - 1}`);
  setting.progress(`a start with ${plan.members} members`);
  const fromMs = performance.now();
  const fedns = await startFedns(rig, "fleet");
  const startMs = (await untilAllAnswered(rig, fedns)) - fromMs;
  setting.progress(`answered after ${Math.round(startMs)} ms`);
  const moving = await move(rig, fedns);
  setting.progress("at rest");
  await delay(plan.restMs);
  const controlRss = rssOf(fedns);
  const resting = await rest(rig);
  await fedns.started.stop();
  const { members, services } = plan;
  const measured: Measured = { members, services, startMs, ...moving, ...resting, controlRss, emptyRss };
  return {
    results: measured,
    goals: fleetGoals(measured),
    tables: fleetTables(measured),
    notes: [
      `${members} members with the same ${services} services; ${plan.movers} of them leave and join again, one at a time. Members are reached over plain HTTP. Nothing is pinned: API servers, fedns and the client share the machine. Load of the machine before: ${loadBefore.toFixed(2)}.`,
    ],
  };
}

async function startFedns({ setting, directory }: Rig, name: string): Promise<Fedns> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(directory, `${name}.yaml`);
  const config = { port, adminPort, stateDirectory: `./${name}` };
  writeSettings({ file, config }, ttlSeconds);
  const started = setting.processes.start({
    command: process.execPath,
    args: [join(import.meta.dirname, "..", "src", "cli", "fedns.ts"), "serve", "--config", file],
    core: null,
    logPath: join(directory, `${name}.log`),
    directory,
  });
  const asker = await Asker.open(port);
  // Whatever becomes of the run: an open socket would keep it.
  void started.ended.then(() => asker.close()).catch(() => undefined);
  return { started, port, asker, file, config };
}

/** When the address of the last service of a member was first answered in its region, or denied. */
function firstAt(
  { plan }: Rig,
  { asker }: Fedns,
  cluster: number,
  isThere: true | "no such name",
  patience: number,
) {
  const place: Place = { cluster, index: plan.services - 1, version: 0 };
  const octets = octetsOf(addressOf(place, plan.services));
  return asker.first({ name: nameOf(place.index, cluster), octets, isThere, restMs, patienceMs: patience });
}

async function untilAllAnswered(rig: Rig, fedns: Fedns): Promise<number> {
  let lastMs = 0;
  for (let cluster = 0; cluster < rig.plan.members; cluster++) {
    const atMs = await firstAt(rig, fedns, cluster, true, startPatienceMs);
    if (!Number.isFinite(atMs))
      throw new Error(`member ${cluster} was not answered: ${fedns.started.lastWords()}`);
    lastMs = Math.max(lastMs, atMs);
  }
  return lastMs;
}

type Moving = Pick<Measured, "joinMs" | "leaveMs" | "settingsMs" | "changeMs" | "steady">;

/** The last members leave and join, one after another, while Services of the first one change. */
async function move(rig: Rig, fedns: Fedns): Promise<Moving> {
  const { plan } = rig;
  const stays = Array.from({ length: plan.services }, (_, index) =>
    nameOf(index, index % 2 === 0 ? 1 : null),
  );
  const questions = await SteadyQuestions.start(fedns.port, stays, questionEveryMs);
  const ending = new AbortController();
  const changing = changes(rig, fedns, ending.signal);
  // It is awaited at the end; until then a failure of the API servers is told by the others.
  changing.catch(() => undefined);
  try {
    const moves = await leaveAndJoin(rig, fedns);
    const settingsMs = await changeSettings(rig, fedns);
    ending.abort();
    return { ...moves, settingsMs, changeMs: await changing, steady: await questions.stop() };
  } finally {
    ending.abort();
    await questions.stop();
  }
}

/** Another TTL each time; until the answer has it. */
async function changeSettings(rig: Rig, fedns: Fedns): Promise<number[]> {
  const { setting, plan } = rig;
  setting.progress("settings change");
  const timesMs: number[] = [];
  for (let n = 1; n <= plan.settings; n++) {
    setting.signal.throwIfAborted();
    const ttl = ttlSeconds + n;
    const place: Place = { cluster: 1, index: 0, version: 0 };
    // The end of a record of an address: TTL, length of the data, data.
    const octets = Buffer.from([0, 0, 0, ttl, 0, 4, ...octetsOf(addressOf(place, plan.services))]);
    const fromMs = performance.now();
    writeSettings(fedns, ttl);
    const awaited = { name: nameOf(place.index, 1), octets, isThere: true, restMs, patienceMs };
    timesMs.push((await fedns.asker.first(awaited)) - fromMs);
    await delay(plan.restMs);
  }
  return timesMs;
}

/** Replaced as a whole, as editors and mounted volumes do it. */
function writeSettings({ file, config }: Pick<Fedns, "file" | "config">, ttl: number): void {
  writeFileSync(`${file}.new`, configText({ ...config, ttlSeconds: ttl }));
  renameSync(`${file}.new`, file);
}

async function leaveAndJoin(rig: Rig, fedns: Fedns): Promise<Pick<Measured, "joinMs" | "leaveMs">> {
  const { setting, plan } = rig;
  const joinMs: number[] = [];
  const leaveMs: number[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    setting.progress(`members leave and join, round ${round + 1} of ${plan.rounds}`);
    for (let n = 1; n <= plan.movers; n++) {
      setting.signal.throwIfAborted();
      const cluster = plan.members - n;
      let fromMs = performance.now();
      await tell(rig.apiPort, `leave/${cluster}`);
      leaveMs.push((await firstAt(rig, fedns, cluster, "no such name", patienceMs)) - fromMs);
      await delay(pauseMs);
      fromMs = performance.now();
      await tell(rig.apiPort, `join/${cluster}/${cluster}`);
      joinMs.push((await firstAt(rig, fedns, cluster, true, patienceMs)) - fromMs);
      await delay(pauseMs);
    }
  }
  return { joinMs, leaveMs };
}

/** One change after the other in the first member. */
async function changes(rig: Rig, { asker }: Fedns, signal: AbortSignal): Promise<number[]> {
  const { services } = rig.plan;
  const timesMs: number[] = [];
  for (let n = 0; !signal.aborted; n++) {
    const place: Place = { cluster: 0, index: n % services, version: 1 + Math.floor(n / services) };
    const octets = octetsOf(addressOf(place, services));
    const fromMs = performance.now();
    await tell(rig.apiPort, `change/0/${place.index}/${place.version}`);
    const awaited = { name: nameOf(place.index, 0), octets, isThere: true, restMs, patienceMs };
    timesMs.push((await asker.first(awaited)) - fromMs);
    await delay(changeEveryMs);
  }
  return timesMs;
}

async function rest(rig: Rig): Promise<Pick<Measured, "idle" | "idleMs" | "connections">> {
  const counters = async (): Promise<Counters> => (await tell(rig.apiPort, "counters")) as Counters;
  const [before, fromMs] = [await counters(), performance.now()];
  await delay(rig.plan.idleMs);
  const after = await counters();
  const idle = { requests: after.requests - before.requests, octets: after.octets - before.octets };
  return { idle, idleMs: performance.now() - fromMs, connections: after.connections };
}

function rssOf({ started }: Fedns): number | null {
  const [pid] = withCommandLine(descendantsOf(started.pid), "control/child");
  return pid === undefined ? null : (residentOf(pid)?.rss ?? null);
}
