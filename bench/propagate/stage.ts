/** Everything that runs in the `propagate` bench: a host, members, and fedns between them; and what the parts ask of them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BenchSetting } from "../bench.ts";
import { BenchError } from "../bench-error.ts";
import { configText } from "../fleet/content.ts";
import { startAnnounced, tell } from "../load/announced.ts";
import { cpuNanoseconds } from "../load/cpu.ts";
import { type FednsServer, startWith } from "../load/fedns-server.ts";
import { freePort } from "../load/free-port.ts";
import { type Requests, sumOf, writesSince } from "./orders.ts";
import type { Plan } from "./plan.ts";

const lookMs = 20;
/** A figure that takes longer is no figure. */
const patienceMs = 240_000;
/** Nothing is written any more when nothing was for so long: statuses are gathered for 100 ms. */
const quietMs = 700;
const quietPatienceMs = 60_000;

export type Stage = {
  readonly setting: BenchSetting;
  readonly plan: Plan;
  readonly directory: string;
  readonly membersFile: string;
  readonly hostPort: number;
  readonly membersPort: number;
  readonly membersPid: number;
};

export async function startStage(setting: BenchSetting, plan: Plan): Promise<Stage> {
  const directory = join(setting.workDirectory, "propagate");
  const [membersDirectory, hostDirectory] = [join(directory, "members"), join(directory, "host")];
  for (const one of [membersDirectory, hostDirectory]) mkdirSync(one, { recursive: true });
  const path = (name: string): string => join(import.meta.dirname, `${name}.ts`);
  const members = await startAnnounced(setting, {
    path: path("members"),
    directory: membersDirectory,
    args: [plan.members, plan.services],
  });
  const membersFile = join(membersDirectory, "members.json");
  const host = await startAnnounced(setting, {
    path: path("host"),
    directory: hostDirectory,
    args: [membersFile],
  });
  return {
    setting,
    plan,
    directory,
    membersFile,
    hostPort: host.port,
    membersPort: members.port,
    membersPid: members.started.pid,
  };
}

export async function tellHost({ hostPort }: Stage, order: string): Promise<unknown> {
  return tell(hostPort, order);
}

/** Throws BENCH_PATIENCE when the reply takes longer than any figure may. */
export async function tellMembers({ membersPort, setting }: Stage, order: string): Promise<unknown> {
  const ending = new AbortController();
  const late = delay(patienceMs, null, { signal: AbortSignal.any([setting.signal, ending.signal]) });
  try {
    return await Promise.race([
      tell(membersPort, order),
      late.then(() => {
        throw new BenchError("BENCH_PATIENCE", `${order} did not come true in ${patienceMs / 1_000} s`);
      }),
    ]);
  } finally {
    ending.abort();
    late.catch(() => undefined);
  }
}

/** Each start goes on with the state of the one before. */
export async function startServer({ setting, directory }: Stage): Promise<FednsServer> {
  const configPath = join(directory, "fedns.yaml");
  const [port, adminPort] = [await freePort(), await freePort()];
  const text = configText({ port, adminPort, stateDirectory: "./state", ttlSeconds: 30 });
  // All objects change several times a minute, which is no mistake here.
  const unbounded = "propagation: { updatesPerMinute: null }\n";
  writeFileSync(configPath, `${text.replace("./host.kubeconfig", "./host/host.kubeconfig")}${unbounded}`);
  const { processes, signal } = setting;
  return startWith({ processes, directory, signal }, { configPath, port, adminPort });
}

export async function untilNamespacesPlaced(stage: Stage): Promise<void> {
  while ((await tellMembers(stage, "namespaces")) !== stage.plan.members) await delay(lookMs);
}

export type Tally = { readonly host: Requests; readonly members: Requests };

export async function requestsOf(stage: Stage): Promise<Tally> {
  const [host, members] = await Promise.all([tellHost(stage, "requests"), tellMembers(stage, "requests")]);
  return { host: host as Requests, members: members as Requests };
}

/** Until nothing is written anywhere. Returns the requests so far; throws BENCH_UNQUIET when writes go on. */
export async function untilQuiet(stage: Stage): Promise<Tally> {
  const deadlineMs = performance.now() + quietPatienceMs;
  let last = await requestsOf(stage);
  while (performance.now() < deadlineMs) {
    stage.setting.signal.throwIfAborted();
    await delay(quietMs);
    const now = await requestsOf(stage);
    const writes = [writesSince(last.host, now.host), writesSince(last.members, now.members)];
    if (writes.every((one) => sumOf(one) === 0)) return now;
    last = now;
  }
  throw new BenchError("BENCH_UNQUIET", "writes go on although nothing changes");
}

/** CPU time of the propagate process so far. */
export function propagateCpuMs(fedns: FednsServer): number {
  return cpuNanoseconds(fedns.pids("propagate")) / 1e6;
}

export function membersCpuMs({ membersPid }: Stage): number {
  return cpuNanoseconds([membersPid]) / 1e6;
}

/** Versions of templates: each change has one of its own, so that its copies are known. */
export class Versions {
  #last = 0;

  next(): number {
    return ++this.#last;
  }
}
