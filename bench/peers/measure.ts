/** Starts the contenders, checks that they answer right, and does one measured run of one of them. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../src/kernel/error.ts";
import type { BenchSetting } from "../bench.ts";
import { type Question, type Reply, ask } from "../load/ask.ts";
import type { Contender, Running } from "../load/contender.ts";
import { cpuNanoseconds } from "../load/cpu.ts";
import { type Load, runLoad } from "../load/dnsperf.ts";
import { sayMissing } from "../load/programs.ts";
import { zoneName } from "../load/zone.ts";
import type { Sample, Scenario } from "./scenario.ts";

/** A server that has not answered by then is absent: all of them are up within a second or two. */
const startTimeoutMs = 12_000;
const askTimeoutMs = 300;
const retryMs = 50;
/** A server that has just started may need a few attempts. */
const checkAttempts = 3;

export type Entrant = { readonly contender: Contender; readonly running: Running };

/** Query files by the names they contain; null if the contender does not serve such names. */
export type QueryFiles = Readonly<Record<Scenario["names"], string | null>>;

type Entered = { readonly entrants: readonly Entrant[]; readonly absences: string[] };

/** Starts all contenders at once; who is not installed or does not come up is named with the reason. */
export async function enter(
  contenders: readonly Contender[],
  setting: BenchSetting,
  zoneDirectory: string,
): Promise<Entered> {
  setting.progress(`starting ${contenders.map((contender) => contender.name).join(", ")}`);
  const absences: string[] = [];
  const started = await Promise.all(
    contenders.map(async (contender) => {
      const outcome = await startOne(contender, setting, zoneDirectory);
      if (typeof outcome !== "string") return { contender, running: outcome };
      absences.push(`${contender.name} is absent: ${outcome}.`);
      return null;
    }),
  );
  setting.signal.throwIfAborted();
  for (const absence of absences) setting.progress(absence);
  return { entrants: started.filter((entrant) => entrant !== null), absences };
}

/** The running server, or why there is none. */
async function startOne(
  contender: Contender,
  setting: BenchSetting,
  zoneDirectory: string,
): Promise<Running | string> {
  const missing = contender.programs.filter(({ command }) => setting.processes.find(command) === null);
  if (missing.length > 0) return sayMissing(missing);
  const workDirectory = join(setting.workDirectory, contender.name.toLowerCase());
  mkdirSync(workDirectory, { recursive: true });
  try {
    const { processes, cores } = setting;
    const running = await contender.start({ core: cores.server, workDirectory, zoneDirectory, processes });
    const deadlineMs = performance.now() + startTimeoutMs;
    const question = { name: `n0.${zoneName}`, transport: "udp", edns: false } as const;
    while (performance.now() < deadlineMs && running.isRunning() && !setting.signal.aborted) {
      const reply = await ask(running.port, question, askTimeoutMs);
      if (reply !== null && (contender.kind === "limit" || reply.answers > 0)) return running;
      await delay(retryMs);
    }
    await running.stop();
    // The folder of this run means nothing to a later reader.
    const lastWords = running.lastWords().replaceAll(`${workDirectory}/`, "");
    return `it did not start${packagesOf(contender)}: ${lastWords}`;
  } catch (error) {
    return messageOf(error);
  }
}

/** A program may be installed without a part of it, such as PowerDNS's backend, so the packages are named here too. */
function packagesOf(contender: Contender): string {
  const packages = contender.programs.map((program) => program.debianPackage).join(" ");
  return packages === "" ? "" : ` (Debian: ${packages})`;
}

/** Null if one query of the scenario is answered right; otherwise what is wrong, as the end of a sentence. */
export async function checkAnswer(
  { contender, running }: Entrant,
  scenario: Scenario,
  queries: QueryFiles,
): Promise<string | null> {
  const name = firstName(queries[scenario.names]);
  if (name === null) return "no server has such names";
  const question: Question = { name, transport: scenario.transport, edns: scenario.edns };
  let reply: Reply | null = null;
  for (let attempt = 0; attempt < checkAttempts && reply === null; attempt++) {
    reply = await ask(running.port, question, askTimeoutMs);
  }
  if (reply === null) return `no reply to ${name}`;
  // The echo only sends packets back.
  if (contender.kind === "limit") return null;
  return judge(reply, scenario);
}

/** What is wrong with a reply, or null. */
export function judge(reply: Reply, scenario: Scenario): string | null {
  if (reply.rcode !== scenario.rcode.value)
    return `response code ${reply.rcode} instead of ${scenario.rcode.value}`;
  if (reply.answers !== scenario.answers) return `${reply.answers} records instead of ${scenario.answers}`;
  return reply.isAuthoritative ? null : "the answer is not authoritative";
}

function firstName(queryFile: string | null): string | null {
  return queryFile === null ? null : (readFileSync(queryFile, "utf8").split(" ", 1)[0] ?? null);
}

export type Measurement = {
  readonly scenario: Scenario;
  readonly seconds: number;
  readonly queries: QueryFiles;
};

/** Null when the server is gone or nothing came back. */
export async function measure(
  entrant: Entrant,
  { scenario, seconds, queries }: Measurement,
  setting: BenchSetting,
): Promise<Sample | null> {
  const queryFile = queries[scenario.names];
  if (queryFile === null) return null;
  const { transport, edns, clients, outstanding, rcode } = scenario;
  const load = { queryFile, transport, edns, seconds, clients, outstanding };
  return measureLoad(entrant, { load, rcode: rcode.name }, setting);
}

export type Pressure = {
  readonly load: Omit<Load, "port">;
  /** The name of the response code of a right answer. */
  readonly rcode: string;
};

/** As measure, with any load. */
export async function measureLoad(
  { contender, running }: Entrant,
  { load: pressure, rcode }: Pressure,
  setting: BenchSetting,
): Promise<Sample | null> {
  if (!running.isRunning()) return null;
  const { port } = running;
  const pids = running.pids();
  const before = cpuNanoseconds(pids);
  const { processes, signal, cores, workDirectory } = setting;
  const site = { processes, core: cores.load, directory: workDirectory, signal };
  const load = await runLoad({ ...pressure, port }, site);
  const spent = cpuNanoseconds(pids) - before;
  if (load.completed === 0 || spent <= 0) return null;
  // An echo answers everything with the code of the question: none.
  const right = load.rcodes[contender.kind === "limit" ? "NOERROR" : rcode] ?? 0;
  return {
    cpuMicros: spent / 1_000 / load.completed,
    queriesPerSecond: load.queriesPerSecond,
    latencyMicros: load.averageLatencyMicros,
    lostShare: load.sent === 0 ? 0 : 1 - load.completed / load.sent,
    wrongShare: 1 - right / load.completed,
  };
}
