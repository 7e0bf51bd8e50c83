/**
 * The `attack` bench: what a well-behaved client notices during an attack, and how much memory the attack costs.
 *
 * `fedns serve` with a zone file and the shipped limits. One attack after another, each for some seconds: crowds of TCP
 * connections (attack/crowd.ts: idle ones, more than the cap; one octet per 100 ms; half queries; clients that never
 * read), opened steadily from hundreds of addresses; and floods over UDP (attack/flood.c) at a fixed pace, of random
 * names and of malformed messages, from an address that is exempt from the rate limit, and of random names from one
 * that is not. Meanwhile a well-behaved client at another address, 127.0.0.2, sends queries steadily over UDP and over
 * TCP, each TCP query on a new connection, without retries (attack/client.ts). The RSS of serve is read four times a
 * second.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { type Asked, askSteadily } from "./attack/client.ts";
import {
  type Crowd,
  type CrowdKind,
  type Flood,
  readCrowd,
  readFlood,
  readSockstat,
} from "./attack/crowd-report.ts";
import {
  attackGoals,
  attackTables,
  warningsOf,
  type Limits,
  type Phase,
  type PhaseKind,
} from "./attack/goals.ts";
import type { Bench, BenchReport, BenchSetting } from "./bench.ts";
import { compile } from "./calm/generator.ts";
import { ask } from "./load/ask.ts";
import { freePort } from "./load/free-port.ts";
import { type FednsServer, type Site, startWith } from "./load/fedns-server.ts";
import { type Program, sayMissing } from "./load/programs.ts";
import { zoneName, zoneText } from "./load/zone.ts";
import { residentOf } from "./memory/resident.ts";

const fullSeconds = 8;
const quickSeconds = 3;
/** What may still be on its way when a phase is over, before the next begins. */
const restMs = 300;
const lookAtMemoryMs = 250;
const goodAddress = "127.0.0.2";
const exemptAddress = "127.0.0.1";
const limitedAddress = "127.0.0.3";
const goodPerSecond = { udp: 200, tcp: 50 };
const floodPerSecond = 50_000;
const longName = `long.${zoneName}`;
const compiler: Program = { command: "cc", debianPackage: "gcc" };
const askTimeoutMs = 1_000;
/** As shipped (src/run/config/access.ts, src/answer/terms/rate-limit.ts), except for the single worker. */
const limits: Limits = { maxConnections: 1_000, responsesPerSecond: 1_000, burstSeconds: 2.5, workers: 1 };

type Attack = {
  readonly name: string;
  readonly kind: PhaseKind;
  readonly crowd?: { readonly kind: CrowdKind; readonly perSecond: number; readonly most: number };
  readonly flood?: { readonly content: "names" | "garbage"; readonly address: string };
};

const attacks: readonly Attack[] = [
  { name: "none", kind: "calm" },
  {
    name: "idle connections",
    kind: "connections",
    crowd: { kind: "idle", perSecond: 1_000, most: 10_000 },
  },
  {
    name: "slow writers, an octet per 100 ms",
    kind: "connections",
    crowd: { kind: "drip", perSecond: 500, most: 10_000 },
  },
  { name: "half queries", kind: "connections", crowd: { kind: "half", perSecond: 1_000, most: 10_000 } },
  {
    name: "clients that never read",
    kind: "connections",
    crowd: { kind: "deaf", perSecond: 200, most: 1_000 },
  },
  { name: "random names", kind: "flood", flood: { content: "names", address: exemptAddress } },
  { name: "malformed messages", kind: "flood", flood: { content: "garbage", address: exemptAddress } },
  { name: "random names, limited", kind: "limited", flood: { content: "names", address: limitedAddress } },
];

export const attack: Bench = {
  name: "attack",
  claim:
    "A good client's latency and losses, and the memory of the serve process, while others hold connections beyond the " +
    "cap, dribble, never read, or flood with random names and malformed messages.",
  run,
};

type Stage = {
  readonly site: Site;
  readonly fedns: FednsServer;
  readonly floodProgram: string;
  readonly seconds: number;
};

async function run(setting: BenchSetting): Promise<BenchReport> {
  const loadBefore = loadavg()[0] ?? 0;
  if (setting.processes.find(compiler.command) === null) {
    const absent = `${sayMissing([compiler])}: nothing was measured.`;
    const goals = attackGoals([], null, limits);
    return { results: { absent: [absent], phases: [] }, goals, tables: [], notes: [absent] };
  }
  setting.progress("starting fedns");
  const stage = await setUp(setting);
  // Compiling code and allocating buffers for the first answers must not be counted as the cost of an attack.
  await askWell(stage, 1);
  await standbyIsLoaded(stage.fedns);
  const rssBefore = rssOf(stage.fedns);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const phases: Phase[] = [];
  for (const one of attacks) {
    setting.progress(one.name);
    phases.push(await suffer(stage, one));
    await delay(restMs, null, { signal: setting.signal });
  }
  delays.disable();
  const lateMs = delays.percentile(99) / 1e6;
  return {
    results: {
      loadBefore,
      secondsPerPhase: stage.seconds,
      rssBefore,
      clientLateP99Ms: lateMs,
      phases: phases.map(withoutTimes),
    },
    goals: attackGoals(phases, rssBefore, limits),
    tables: attackTables(phases, rssBefore),
    notes: [...notesOf(stage, { loadBefore, lateMs, rssBefore }), ...warningsOf(phases)],
  };
}

function notesOf(
  { seconds }: Stage,
  { loadBefore, lateMs, rssBefore }: { loadBefore: number; lateMs: number; rssBefore: number | null },
): readonly string[] {
  const { udp, tcp } = goodPerSecond;
  return [
    `${seconds} s per attack; the good client asks ${udp} times a second over UDP and ${tcp} over TCP, and a query is lost ` +
      `when there is no right answer within 2 s. Load of the machine before: ${loadBefore.toFixed(2)}.`,
    `The client's own event loop was up to ${lateMs.toFixed(1)} ms late (p99, with a resolution of 1 ms), which its figures contain.`,
    `Floods leave at ${floodPerSecond} messages a second, as far as the machine lets them. ${exemptAddress} is exempt from the ` +
      `rate limit, which still counts; ${limitedAddress} and ${goodAddress} have the limits as shipped.`,
    "Buffers of TCP are the whole system's (/proc/net/sockstat), both ends of each connection; they are not in any RSS, but a container pays for its own.",
    `RSS of serve before: ${rssBefore === null ? "unknown" : (rssBefore / 2 ** 20).toFixed(1)} MiB.`,
  ];
}

async function setUp(setting: BenchSetting): Promise<Stage> {
  const { processes, signal } = setting;
  const directory = join(setting.workDirectory, "attack");
  mkdirSync(join(directory, "zones"), { recursive: true });
  const site = { processes, directory, signal };
  const floodProgram = await compile(join(import.meta.dirname, "attack", "flood.c"), "flood", site);
  writeFileSync(join(directory, "zones", `${zoneName}.zone`), zoneText() + longAnswer());
  const port = await freePort();
  const adminPort = await freePort();
  const configPath = join(directory, "fedns.yaml");
  writeFileSync(configPath, configText(port, adminPort));
  const fedns = await startWith(site, { configPath, port, adminPort });
  while (
    (await ask(port, { name: `n0.${zoneName}`, transport: "udp", edns: false }, askTimeoutMs))?.answers !== 3
  )
    signal.throwIfAborted();
  return { site, fedns, floodProgram, seconds: setting.isQuick ? quickSeconds : fullSeconds };
}

function configText(port: number, adminPort: number): string {
  return `federations: [{ name: bench, domain: federation.example }]
nameservers: [{ name: ns1.federation.example, addresses: [127.0.0.1] }]
listen: [{ address: 127.0.0.1, port: ${port} }]
admin: { port: ${adminPort} }
stateDirectory: ./state
log: { level: warn, format: json }
serve: { drainSeconds: 0, workers: ${limits.workers} }
rateLimit: { exempt: [${exemptAddress}/32] }
zones: ./zones
`;
}

/** About 16,000 octets, more than the system's buffers hold for a client that never reads. */
function longAnswer(): string {
  const texts = Array.from({ length: 70 }, (_, i) => `long TXT "${String(i).padStart(3, "0").repeat(75)}"`);
  return `${texts.join("\n")}\n`;
}

async function suffer(stage: Stage, { name, kind, crowd, flood }: Attack): Promise<Phase> {
  const memory = watchMemory(stage.fedns);
  const [asked, crowdReport, floodReport] = await Promise.all([
    askWell(stage, stage.seconds),
    crowd === undefined ? null : sendCrowd(stage, crowd),
    flood === undefined ? null : sendFlood(stage, flood),
  ]);
  const most = memory.end();
  const rssAfter = rssOf(stage.fedns);
  return { name, kind, asked, ...most, rssAfter, crowd: crowdReport, flood: floodReport };
}

function askWell({ fedns, site }: Stage, seconds: number): Promise<Asked> {
  const names = Array.from({ length: 100 }, (_name, index) => `n${index * 97}.${zoneName}`);
  return askSteadily({
    address: goodAddress,
    port: fedns.port,
    seconds,
    perSecond: goodPerSecond,
    names,
    signal: site.signal,
  });
}

async function sendCrowd(stage: Stage, crowd: NonNullable<Attack["crowd"]>): Promise<Crowd> {
  const { site, fedns, seconds } = stage;
  const { kind, perSecond, most } = crowd;
  const program = join(import.meta.dirname, "attack", "crowd.ts");
  const args = [program, kind, fedns.port, perSecond, most, seconds, longName].map(String);
  const logPath = join(site.directory, "crowd.log");
  const launch = { command: process.execPath, args, core: null, logPath, directory: site.directory };
  return readCrowd(await site.processes.run(launch, site.signal));
}

async function sendFlood(stage: Stage, flood: NonNullable<Attack["flood"]>): Promise<Flood> {
  const { site, fedns, seconds, floodProgram } = stage;
  const { content, address } = flood;
  const args = [content, address, fedns.port, floodPerSecond, seconds, zoneName].map(String);
  const logPath = join(site.directory, "flood.log");
  const launch = { command: floodProgram, args, core: null, logPath, directory: site.directory };
  return readFlood(await site.processes.run(launch, site.signal));
}

const STANDBY_WITHIN_MS = 20_000;
const STANDBY_SETTLES_MS = 3_000;

/** The idle serve process is started a few seconds after the first; its memory must not be counted as the cost of an attack. */
async function standbyIsLoaded(fedns: FednsServer): Promise<void> {
  const untilMs = performance.now() + STANDBY_WITHIN_MS;
  while (fedns.pids("serve").length < 2 && performance.now() < untilMs) await delay(100);
  await delay(STANDBY_SETTLES_MS);
}

/** Octets, over all serve processes: the one that answers, and the idle one. */
function rssOf(fedns: FednsServer): number | null {
  const each = fedns.pids("serve").map((pid) => residentOf(pid)?.rss ?? null);
  if (each.length === 0 || each.includes(null)) return null;
  return each.reduce<number>((total, rss) => total + (rss ?? 0), 0);
}

type Memory = Pick<Phase, "rssMost" | "buffersMost">;

function watchMemory(fedns: FednsServer): { end(): Memory } {
  const seen: { rss: number[]; buffers: number[] } = { rss: [], buffers: [] };
  const look = (): void => {
    const rss = rssOf(fedns);
    const buffers = tcpBuffers();
    if (rss !== null) seen.rss.push(rss);
    if (buffers !== null) seen.buffers.push(buffers);
  };
  look();
  const timer = setInterval(look, lookAtMemoryMs);
  return {
    end() {
      clearInterval(timer);
      look();
      return { rssMost: mostOf(seen.rss), buffersMost: mostOf(seen.buffers) };
    },
  };
}

function mostOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}

/** Octets in the system's TCP buffers that were sent or received and not yet read. They are in no process's RSS. */
function tcpBuffers(): number | null {
  return readSockstat(readFileSync("/proc/net/sockstat", "utf8"));
}

/** Thousands of figures that the tables sum up are left out. */
function withoutTimes({
  name,
  kind,
  rssMost,
  rssAfter,
  buffersMost,
  crowd,
  flood,
}: Phase): Omit<Phase, "asked"> {
  return { name, kind, rssMost, rssAfter, buffersMost, crowd, flood };
}
