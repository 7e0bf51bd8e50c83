/** The processes of the `geo` bench besides the peers: the server, and the process that measures the table. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BenchError } from "../bench-error.ts";
import type { BenchSetting } from "../bench.ts";
import { freePort } from "../load/free-port.ts";
import { descendantsOf, withCommandLine } from "../load/cpu.ts";
import type { Started } from "../load/processes.ts";
import { residentOf } from "../memory/resident.ts";
import type { Entrant } from "../peers/measure.ts";
import { figuresIn, type HostFigures, type Residents, servingProcess, type TableFigures } from "./figures.ts";

export type Host = {
  readonly entrant: Entrant;
  readonly figures: HostFigures;
  /** The finished table, for all processes that need it. */
  readonly tablePath: string;
  readonly residents: () => Residents;
};

const lookMs = 100;

/** Started, and the table in the picture. Throws when that does not come to be. */
export async function startHost(setting: BenchSetting, services: number): Promise<Host> {
  const { processes, signal, cores, workDirectory } = setting;
  const directory = join(workDirectory, "fedns");
  mkdirSync(directory);
  const port = await freePort();
  const program = join(import.meta.dirname, "host.ts");
  const started = processes.start({
    command: process.execPath,
    args: ["--expose-gc", program, String(port), directory, String(services)],
    // The serve process below it answers on the core of all contenders.
    core: cores.server,
    logPath: join(directory, "output.log"),
    directory,
  });
  while (!existsSync(figuresIn(directory))) {
    signal.throwIfAborted();
    if (!started.isRunning())
      throw new BenchError("BENCH_HOST_ENDED", `it did not start: ${started.lastWords()}`);
    await delay(lookMs);
  }
  const figures = JSON.parse(readFileSync(figuresIn(directory), "utf8")) as HostFigures;
  const entrant = entrantOf(started, port);
  const residents = (): Residents => {
    const [serve] = entrant.running.pids();
    return { control: residentOf(started.pid), serve: serve === undefined ? null : residentOf(serve) };
  };
  return { entrant, figures, tablePath: join(directory, "clients"), residents };
}

function entrantOf(started: Started, port: number): Entrant {
  const { isRunning, lastWords, stop } = started;
  const pids = (): readonly number[] => withCommandLine(descendantsOf(started.pid), servingProcess);
  return {
    contender: {
      name: "fedns",
      kind: "fedns",
      programs: [],
      start: () => Promise.reject(new Error("started")),
    },
    running: { port, pids, isRunning, lastWords, stop },
  };
}

export type TableWork = {
  readonly lookUpSeconds: number;
  readonly joins: number;
  /** When to be done, from now on. */
  readonly budgetMs: number;
};

/**
 * What the table costs its users, measured on the core of the servers, which are idle meanwhile. Null if the time did
 * not suffice.
 */
export async function measureTable(
  tablePath: string,
  { lookUpSeconds, joins, budgetMs }: TableWork,
  setting: BenchSetting,
): Promise<TableFigures | null> {
  const { processes, cores, signal, workDirectory } = setting;
  setting.progress("looking up addresses, and letting clusters join");
  const directory = join(workDirectory, "table");
  mkdirSync(directory);
  const program = join(import.meta.dirname, "table-figures.ts");
  const args = [program, tablePath, directory, lookUpSeconds, joins].map(String);
  const logPath = join(directory, "output.log");
  const launch = { command: process.execPath, args, core: cores.server, logPath, directory };
  const late = AbortSignal.timeout(Math.max(0, Math.round(budgetMs)));
  const text = await processes.run(launch, AbortSignal.any([signal, late])).catch((error: unknown) => {
    if (late.aborted && !signal.aborted) return null;
    throw error;
  });
  if (text === null) return null;
  return JSON.parse(text.trim().split("\n").at(-1) ?? "") as TableFigures;
}
