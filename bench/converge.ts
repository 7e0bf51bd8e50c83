/**
 * The `converge` bench: twenty API servers, in a process of their own, each with services that have an Ingress; no name
 * is in two clusters. Three figures, without peers: the time until all names are answered, the time from a change of an
 * Ingress to the changed answer on the wire (at rest, and while another cluster is listed again), and the memory of the
 * control process.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Bench, BenchReport, BenchSetting } from "./bench.ts";
import { addressOf, configText, hostOf, octetsOf } from "./converge/fleet.ts";
import { convergeGoals, convergeTables, type Measured } from "./converge/goals.ts";
import { Asker } from "./failover/asker.ts";
import { startAnnounced } from "./load/announced.ts";
import { freePort } from "./load/free-port.ts";
import { cpuNanoseconds, descendantsOf, withCommandLine } from "./load/cpu.ts";
import type { Started } from "./load/processes.ts";
import { residentOf } from "./memory/resident.ts";

type Plan = {
  readonly clusters: number;
  readonly services: number;
  readonly colds: number;
  readonly changes: number;
  readonly restMs: number;
};

const fullPlan: Plan = { clusters: 20, services: 1_000, colds: 3, changes: 300, restMs: 10_000 };
/** Three starts of twenty thousand services do not fit into a quick run on a busy machine. */
const quickPlan: Plan = { clusters: 20, services: 250, colds: 1, changes: 100, restMs: 2_000 };
const patienceMs = 25_000;
const changePatienceMs = 5_000;
const relistEveryMs = 250;

export const converge: Bench = {
  name: "converge",
  claim:
    "From the API servers of twenty clusters to answers: cold start, one changed Ingress, and what control has in memory.",
  run,
};

type Fleet = {
  readonly setting: BenchSetting;
  readonly plan: Plan;
  readonly apiPort: number;
  readonly directory: string;
};
type Fedns = { readonly started: Started; readonly asker: Asker; readonly adminPort: number };

async function run(setting: BenchSetting): Promise<BenchReport> {
  const plan = setting.isQuick ? quickPlan : fullPlan;
  const directory = join(setting.workDirectory, "fleet");
  mkdirSync(directory);
  const path = join(import.meta.dirname, "converge", "api-servers.ts");
  const { port: apiPort } = await startAnnounced(setting, {
    path,
    directory,
    args: [plan.clusters, plan.services],
  });
  const fleet = { setting, plan, apiPort, directory };
  const bareMs: number[] = [];
  const coldMs: number[] = [];
  let controlCpuSeconds: number | null = null;
  let fedns: Fedns | null = null;
  for (let round = 0; round < plan.colds; round++) {
    await fedns?.started.stop();
    setting.progress(`cold start ${round + 1} of ${plan.colds}`);
    bareMs.push(await readBare(fleet));
    const fromMs = performance.now();
    fedns = await startFedns(fleet, `cold-${round}`, plan.clusters);
    coldMs.push(await untilAnswered(fedns, plan, fromMs));
    controlCpuSeconds = cpuNanoseconds(controlOf(fedns)) / 1e9;
  }
  if (fedns === null) throw new Error("no round was run");
  await assertAllAnswered(fedns, plan);
  await delay(plan.restMs);
  const controlRss = rssOf(fedns);
  setting.progress("changes");
  const idleMs = await changes(fleet, fedns, { from: 0, isRelisting: false });
  setting.progress("changes while another cluster is read anew");
  const relistMs = await changes(fleet, fedns, { from: plan.changes, isRelisting: true });
  await fedns.started.stop();
  const empty = await startFedns(fleet, "empty", 0);
  await delay(plan.restMs + 2_000);
  const emptyRss = rssOf(empty);
  await empty.started.stop();
  const services = plan.clusters * plan.services;
  const measured: Measured = {
    services,
    coldMs,
    bareMs,
    idleMs,
    relistMs,
    controlRss,
    emptyRss,
    controlCpuSeconds,
  };
  return {
    results: measured,
    goals: convergeGoals(measured),
    tables: convergeTables(measured),
    notes: [
      `${plan.clusters} clusters of ${plan.services} services. Starts are the best of ${plan.colds}, each beside a bare reading of the same lists; both count from the launch of the program. Nothing is pinned: API servers, fedns and the client share the machine.`,
    ],
  };
}

async function readBare({ setting, plan, apiPort, directory }: Fleet): Promise<number> {
  const fromMs = performance.now();
  const started = setting.processes.start({
    command: process.execPath,
    args: [join(import.meta.dirname, "converge", "bare.ts"), String(apiPort), String(plan.clusters)],
    core: null,
    logPath: join(directory, "bare.log"),
    directory,
  });
  if ((await started.ended) !== 0) throw new Error(`the bare reader failed: ${started.lastWords()}`);
  const ms = performance.now() - fromMs;
  const read = Number(readFileSync(join(directory, "bare.log"), "utf8"));
  if (read !== 3 * plan.clusters * plan.services) throw new Error(`the bare reader has read ${read} objects`);
  return ms;
}

/** With a state of its own: nothing is known of an earlier run. */
async function startFedns({ setting, directory }: Fleet, name: string, clusters: number): Promise<Fedns> {
  const port = await freePort();
  const adminPort = await freePort();
  const file = join(directory, `${name}.yaml`);
  writeFileSync(file, configText(port, adminPort, clusters).replace("./state", `./${name}`));
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
  return { started, asker, adminPort };
}

/** The last host of every cluster; lists are read in order. */
async function untilAnswered({ asker, started }: Fedns, plan: Plan, fromMs: number): Promise<number> {
  const lasts = await Promise.all(
    Array.from({ length: plan.clusters }, (_, cluster) => {
      const index = plan.services - 1;
      const octets = octetsOf(addressOf(index, 0));
      return asker.first({ name: hostOf(cluster, index), octets, isThere: true, restMs: 5, patienceMs });
    }),
  );
  const atMs = Math.max(...lasts);
  if (!Number.isFinite(atMs)) throw new Error(`not all names were answered: ${started.lastWords()}`);
  return atMs - fromMs;
}

async function assertAllAnswered({ adminPort }: Fedns, plan: Plan): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/status`);
  const { hosts } = (await response.json()) as { readonly hosts: { readonly answered: number } | null };
  if (hosts?.answered !== plan.clusters * plan.services)
    throw new Error(`only ${hosts?.answered ?? 0} hosts are answered`);
}

function controlOf({ started }: Fedns): readonly number[] {
  return withCommandLine(descendantsOf(started.pid), "control/child");
}

function rssOf(fedns: Fedns): number | null {
  const [pid] = controlOf(fedns);
  return pid === undefined ? null : (residentOf(pid)?.rss ?? null);
}

type Course = { readonly from: number; readonly isRelisting: boolean };

/** One change after the other in cluster 0; meanwhile cluster 1 is listed again. */
async function changes(
  { setting, plan, apiPort }: Fleet,
  { asker }: Fedns,
  course: Course,
): Promise<number[]> {
  const timesMs: number[] = [];
  let isOver = false;
  const tell = async (order: string): Promise<void> => {
    await (await fetch(`http://127.0.0.1:${apiPort}/${order}`)).text();
  };
  const relists = (async (): Promise<void> => {
    while (course.isRelisting && !isOver) {
      await tell("relist/1");
      await delay(relistEveryMs);
    }
  })();
  for (let n = 0; n < plan.changes; n++) {
    setting.signal.throwIfAborted();
    const index = (course.from + n) % plan.services;
    const version = 1 + Math.floor((course.from + n) / plan.services);
    const octets = octetsOf(addressOf(index, version));
    const fromMs = performance.now();
    const told = tell(`change/0/${index}/${version}`);
    const awaited = {
      name: hostOf(0, index),
      octets,
      isThere: true,
      restMs: 0.5,
      patienceMs: changePatienceMs,
    };
    timesMs.push((await asker.first(awaited)) - fromMs);
    await told;
    await delay(5);
  }
  isOver = true;
  await relists;
  return timesMs;
}
