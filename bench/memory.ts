/**
 * The `memory` bench: the memory of each process of `fedns serve` at rest.
 *
 * Once with the config that the sandbox writes, its API servers in a process apart; once with 150,000 services in each of
 * three clusters, from API servers that generate objects on request (load/api-server.ts). At rest
 * means: ready, everything published (asked of a name of the last service), and then left alone for a while. RSS counts
 * what is shared in each process that maps it, and the picture is shared by control and serve; PSS divides it.
 */
import { existsSync, mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Bench, BenchReport, BenchSetting, Table } from "./bench.ts";
import { namespace, serviceLabel } from "./load/api-objects.ts";
import { ask } from "./load/ask.ts";
import { freePort } from "./load/free-port.ts";
import { domain, federationLabel } from "./load/federation.ts";
import {
  type FednsServer,
  type Role,
  type Site,
  startApiServers,
  startFedns,
  startWith,
} from "./load/fedns-server.ts";
import { atMost } from "./goal.ts";
import { type Resident, residentOf } from "./memory/resident.ts";

type Plan = { readonly services: number; readonly restSeconds: number };

const fullPlan: Plan = { services: 150_000, restSeconds: 20 };
/** Reading 900,000 objects takes longer than a quick run may. */
const quickPlan: Plan = { services: 20_000, restSeconds: 3 };
const clusters = ["us-west", "eu-central", "ap-northeast"] as const;
const objectOctets = 1_000;
const roles: readonly Role[] = ["supervisor", "serve", "control"];
const askTimeoutMs = 1_000;
const lookMs = 100;
/** All processes of a small federation together, what they share counted once. */
const smallBoundMebi = 300;

/** For a role with several processes (a standby of serve), the oldest first; null if it could not be read. */
type Occupant = { readonly role: Role; readonly resident: Resident | null };
type Situation = { readonly name: string; readonly processes: readonly Occupant[] };

export const memory: Bench = {
  name: "memory",
  claim:
    "Memory of each process at rest, with the sandbox's federation and with a large one of three clusters.",
  run,
};

async function run(setting: BenchSetting): Promise<BenchReport> {
  const plan = setting.isQuick ? quickPlan : fullPlan;
  const loadBefore = loadavg()[0] ?? 0;
  setting.progress("with the sandbox");
  const small = await withSandbox(siteOf(setting, "sandbox"), plan);
  setting.progress(`with ${plan.services} services in each of three clusters`);
  const large = await withServices(siteOf(setting, "services"), plan);
  const situations = [small, large];
  const how =
    `Read ${plan.restSeconds} s after the last change, from smaps_rollup; serve with one worker for UDP and one for TCP. ` +
    `Load of the machine before: ${loadBefore.toFixed(2)}.`;
  return {
    results: { loadBefore, situations },
    goals: [
      atMost(
        "all processes with the sandbox's federation, at rest (PSS)",
        mebiOf(sumOf(small, "pss")),
        smallBoundMebi,
        "MiB",
      ),
    ],
    tables: situations.map(tableOf),
    notes: [how],
  };
}

function siteOf({ workDirectory, processes, signal }: BenchSetting, name: string): Site {
  const directory = join(workDirectory, name);
  mkdirSync(directory);
  return { processes, directory, signal };
}

async function withSandbox(site: Site, plan: Plan): Promise<Situation> {
  const { processes, directory, signal } = site;
  const port = await freePort();
  const adminPort = await freePort();
  const sandbox = processes.start({
    command: process.execPath,
    args: [
      join(import.meta.dirname, "memory", "sandbox-host.ts"),
      directory,
      String(port),
      String(adminPort),
    ],
    core: null,
    logPath: join(directory, "sandbox.log"),
    directory,
  });
  const configPath = join(directory, "fedns.yaml");
  while (!existsSync(configPath)) {
    signal.throwIfAborted();
    if (!sandbox.isRunning()) throw new Error(`the sandbox did not start: ${sandbox.lastWords()}`);
    await delay(lookMs);
  }
  const fedns = await startWith(site, { configPath, port, adminPort });
  await untilAnswered(fedns, "hello.demo.myfed.svc.example.com", signal);
  return atRest("the sandbox", fedns, { site, plan, others: [sandbox] });
}

async function withServices(site: Site, plan: Plan): Promise<Situation> {
  const { services } = plan;
  const api = await startApiServers(site, { services, objectOctets, isChurning: false, clusters });
  const fedns = await startFedns(site, clusters);
  const service = serviceLabel(services - 1);
  for (const cluster of clusters) {
    const name = `${service}.${namespace}.${federationLabel}.svc.${cluster}.${domain}`;
    await untilAnswered(fedns, name, site.signal);
  }
  const name = `${services.toLocaleString("en")} services x 3 clusters x 3 addresses`;
  return atRest(name, fedns, { site, plan, others: [api.started] });
}

type Course = {
  readonly site: Site;
  readonly plan: Plan;
  readonly others: readonly { stop(): Promise<void> }[];
};

async function atRest(name: string, fedns: FednsServer, { site, plan, others }: Course): Promise<Situation> {
  await delay(plan.restSeconds * 1_000, null, { signal: site.signal });
  const processes = roles.flatMap((role) =>
    fedns.pids(role).map((pid) => ({ role, resident: residentOf(pid) })),
  );
  await fedns.started.stop();
  for (const other of others) await other.stop();
  return { name, processes };
}

async function untilAnswered({ port }: FednsServer, name: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const reply = await ask(port, { name, transport: "udp", edns: false }, askTimeoutMs);
    if (reply !== null && reply.answers > 0) return;
    signal.throwIfAborted();
    await delay(lookMs);
  }
}

/** Over all processes, in octets; undefined if one could not be read. */
function sumOf({ processes }: Situation, figure: "rss" | "pss" | "own"): number | undefined {
  const octets = processes.map(({ resident }) => resident?.[figure]);
  return octets.every((one) => one !== undefined) ? octets.reduce((all, one) => all + one, 0) : undefined;
}

function tableOf(situation: Situation): Table {
  const { name, processes } = situation;
  const rows = processes.map(({ role, resident }, index) => {
    const isSpare = processes.findIndex((one) => one.role === role) < index;
    const title = isSpare ? `${role}, standing by` : role;
    return [title, mebi(resident?.rss), mebi(resident?.pss), mebi(resident?.own)];
  });
  const together = [
    "together",
    mebi(sumOf(situation, "rss")),
    mebi(sumOf(situation, "pss")),
    mebi(sumOf(situation, "own")),
  ];
  const columns = ["process", "RSS MiB", "PSS MiB", "its own MiB"];
  return { title: `With ${name}`, columns, rows: [...rows, together] };
}

function mebiOf(octets: number | undefined): number | null {
  return octets === undefined ? null : octets / 2 ** 20;
}

function mebi(octets: number | undefined): string {
  return mebiOf(octets)?.toFixed(1) ?? "-";
}
