/**
 * The `calm` bench: is a query late because the control plane is busy?
 *
 * `fedns serve` runs as deployed, three processes with the shipped defaults, and its one member cluster is an API
 * server (load/api-server.ts) whose list of Services is 50 MB in one piece, ends its watch with 410 at once, and has
 * different addresses each time: the control process parses, compares and republishes the whole list again and again.
 * Beside it run the echo of the `peers` bench and one for TCP (calm/stream-echo.c). An open-loop generator
 * (load/latency.c: fixed schedule, own histogram, no coordinated omission) asks fedns and the echoes in turn at 10,000
 * queries per second, over UDP from 20 sockets and over TCP through 10 connections, while the lists go on, so that all
 * servers run on an equally busy machine. Nothing is pinned. A round in which the control plane was idle does not
 * count.
 */
import { mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Bench, BenchReport, BenchSetting } from "./bench.ts";
import { compile, shoot, type Transport, writeQueryFile } from "./calm/generator.ts";
import { calmGoals, calmTable, warningsOf, type Sample, type Server } from "./calm/goals.ts";
import { serviceLabel, namespace } from "./load/api-objects.ts";
import { ask } from "./load/ask.ts";
import { freePort } from "./load/free-port.ts";
import { cpuNanoseconds } from "./load/cpu.ts";
import { domain, federationLabel } from "./load/federation.ts";
import {
  type ApiServers,
  type FednsServer,
  type Site,
  startApiServers,
  startFedns,
} from "./load/fedns-server.ts";
import { type Program, sayMissing } from "./load/programs.ts";
import { createRandom } from "./load/zone.ts";

type Plan = { readonly rounds: number; readonly seconds: number; readonly warmupSeconds: number };

const fullPlan: Plan = { rounds: 7, seconds: 6, warmupSeconds: 3 };
const quickPlan: Plan = { rounds: 3, seconds: 1.8, warmupSeconds: 0.7 };
const cluster = "us-west";
/** 25,000 objects of 2,000 octets are 50 MB. */
const services = 25_000;
const objectOctets = 2_000;
const perSecond = 10_000;
const sockets: Readonly<Record<Transport, number>> = { udp: 20, tcp: 10 };
const queryNames = 20_000;
const askTimeoutMs = 2_000;
const lookMs = 50;
const compiler: Program = { command: "cc", debianPackage: "gcc" };

export const calm: Bench = {
  name: "calm",
  claim:
    "Latency at 10,000 queries per second while the control plane parses a list of 50 MB and republishes it, over and " +
    "over, beside C programs that only echo, on the same machine at the same time.",
  run,
};

async function run(setting: BenchSetting): Promise<BenchReport> {
  const loadBefore = loadavg()[0] ?? 0;
  if (setting.processes.find(compiler.command) === null) {
    const absent = `${sayMissing([compiler])}: nothing was measured.`;
    return { results: { absent: [absent], samples: [] }, goals: calmGoals([]), tables: [], notes: [absent] };
  }
  const plan = setting.isQuick ? quickPlan : fullPlan;
  const startedMs = performance.now();
  setting.progress("starting the API server, fedns and the echoes");
  const stage = await setUp(setting);
  setting.progress("warming up");
  for (const transport of ["udp", "tcp"] as const)
    await take(stage, { server: "fedns", transport, round: -1 }, plan.warmupSeconds);
  const samples: Sample[] = [];
  let rounds = 0;
  for (let roundMs = 0; rounds < plan.rounds; rounds++) {
    const beganMs = performance.now();
    if (rounds > 0 && beganMs - startedMs + roundMs > setting.budgetMs) break;
    setting.progress(`round ${rounds + 1} of ${plan.rounds}`);
    for (const turn of turnsOf(rounds)) samples.push(await take(stage, turn, plan.seconds));
    roundMs = performance.now() - beganMs;
  }
  const how =
    `${rounds} rounds of ${plan.seconds} s each; figures are medians of the rounds, ratios medians of the rounds' own ratios. ` +
    `Load of the machine before: ${loadBefore.toFixed(2)}.`;
  return {
    results: { loadBefore, rounds, secondsPerRun: plan.seconds, samples },
    goals: calmGoals(samples),
    tables: [calmTable(samples)],
    notes: [how, ...warningsOf(samples)],
  };
}

type Turn = Pick<Sample, "server" | "transport" | "round">;

/** Both transports of both servers, who goes first changing from round to round. */
function turnsOf(round: number): readonly Turn[] {
  const order: readonly Server[] = round % 2 === 0 ? ["fedns", "echo"] : ["echo", "fedns"];
  return (["udp", "tcp"] as const).flatMap((transport) =>
    order.map((server) => ({ server, transport, round })),
  );
}

/** Everything that runs while we measure. */
type Stage = {
  readonly site: Site;
  readonly generator: string;
  readonly queryFile: string;
  readonly fedns: FednsServer;
  readonly api: ApiServers;
  readonly echoPorts: Readonly<Record<Transport, number>>;
};

async function setUp(setting: BenchSetting): Promise<Stage> {
  const { processes, signal } = setting;
  const directory = join(setting.workDirectory, "calm");
  mkdirSync(directory);
  const site = { processes, directory, signal };
  const source = (...path: string[]): string => join(import.meta.dirname, ...path);
  const generator = await compile(source("load", "latency.c"), "latency", site);
  const udpEcho = await compile(source("peers", "echo.c"), "echo", site);
  const tcpEcho = await compile(source("calm", "stream-echo.c"), "stream-echo", site);
  const clusters = [cluster];
  const api = await startApiServers(site, { services, objectOctets, isChurning: true, clusters });
  const fedns = await startFedns(site, clusters);
  const names = drawNames();
  await untilAnswered(fedns.port, names[0] ?? "", signal);
  const queryFile = join(directory, "queries");
  writeQueryFile(queryFile, names);
  const echoPorts = { udp: await freePort(), tcp: await freePort() };
  for (const [command, port] of [
    [udpEcho, echoPorts.udp],
    [tcpEcho, echoPorts.tcp],
  ] as const) {
    processes.start({ command, args: [String(port)], core: null, logPath: `${command}.out`, directory });
  }
  return { site, generator, queryFile, fedns, api, echoPorts };
}

/** The server is ready before the first list is in the picture, so wait for it too. */
async function untilAnswered(port: number, name: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const reply = await ask(port, { name, transport: "udp", edns: false }, askTimeoutMs);
    if (reply !== null && reply.answers > 0) return;
    signal.throwIfAborted();
    await delay(lookMs);
  }
}

function drawNames(): readonly string[] {
  const random = createRandom(3);
  const levels = [domain, `${cluster}.${domain}`, `a.${cluster}.${domain}`];
  return Array.from({ length: queryNames }, () => {
    const level = levels[Math.floor(random() * levels.length)] ?? domain;
    return `${serviceLabel(Math.floor(random() * services))}.${namespace}.${federationLabel}.svc.${level}`;
  });
}

async function take(stage: Stage, turn: Turn, seconds: number): Promise<Sample> {
  const { fedns, api, echoPorts, queryFile } = stage;
  const { server, transport } = turn;
  const port = server === "fedns" ? fedns.port : echoPorts[transport];
  const pids = fedns.pids("control");
  const spentBefore = cpuNanoseconds(pids);
  const listsBefore = await api.listsSent();
  const beganMs = performance.now();
  const shot = { transport, port, perSecond, seconds, sockets: sockets[transport], queryFile };
  const latency = await shoot(stage.generator, shot, stage.site);
  const wallNanoseconds = (performance.now() - beganMs) * 1e6;
  const controlShare = (cpuNanoseconds(pids) - spentBefore) / wallNanoseconds;
  return { ...turn, latency, controlShare, lists: (await api.listsSent()) - listsBefore };
}
