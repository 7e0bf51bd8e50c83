/** `npm run bench`: runs the named benches one after another, prints what came out, and leaves nothing behind. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../src/kernel/error.ts";
import type { Bench, BenchReport } from "./bench.ts";
import { Processes } from "./load/processes.ts";
import { chooseCores, describeMachine } from "./machine.ts";
import { type Options, readOptions } from "./options.ts";
import { type Finished, jsonReport, renderPage, renderSection } from "./record.ts";
import { benches } from "./registry.ts";

/** What a bench may take, and the grace after which it is cut off: 45 s are promised for --quick. */
const quickBudgetMs = 37_000;
const fullBudgetMs = 15 * 60_000;
const graceMs = 4_000;

const root = join(import.meta.dirname, "..");
const page = join(import.meta.dirname, "README.md");

/** Exit codes: 0 ran (goals met or not), 1 failed, 2 asked wrongly, 130 interrupted. */
async function main(args: readonly string[]): Promise<number> {
  const names = benches.map((bench) => bench.name);
  const options = readOptions(args, names);
  if (typeof options === "string") {
    process.stderr.write(`${options}\n`);
    return 2;
  }
  if (options.isList) {
    for (const bench of benches) process.stdout.write(`${bench.name}  ${bench.claim}\n`);
    return 0;
  }
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    const finished = await runAll(options, interrupt.signal);
    tell(finished, options, names);
    return 0;
  } catch (error) {
    process.stderr.write(`bench: ${interrupt.signal.aborted ? "interrupted" : messageOf(error)}\n`);
    return interrupt.signal.aborted ? 130 : 1;
  }
}

async function runAll(options: Options, interrupt: AbortSignal): Promise<readonly Finished[]> {
  const machine = describeMachine(root, new Date());
  const finished: Finished[] = [];
  for (const bench of benches.filter(({ name }) => options.names.includes(name))) {
    const report = await runOne(bench, options, interrupt);
    finished.push({ bench, report, machine, isQuick: options.isQuick });
  }
  return finished;
}

/** One bench in a directory of its own; its processes end and the directory goes, however it ends. */
async function runOne(bench: Bench, { isQuick }: Options, interrupt: AbortSignal): Promise<BenchReport> {
  const processes = new Processes(process.env["PATH"] ?? "");
  const workDirectory = mkdtempSync(join(tmpdir(), "fedns-bench-"));
  const clean = (): void => {
    processes.killNow();
    rmSync(workDirectory, { recursive: true, force: true });
  };
  process.once("exit", clean);
  const budgetMs = isQuick ? quickBudgetMs : fullBudgetMs;
  const signal = AbortSignal.any([interrupt, AbortSignal.timeout(budgetMs + graceMs)]);
  const progress = (line: string): void => void process.stderr.write(`${bench.name}: ${line}\n`);
  try {
    return await bench.run({
      isQuick,
      budgetMs,
      workDirectory,
      cores: chooseCores(),
      processes,
      signal,
      progress,
    });
  } finally {
    await processes.stopAll();
    clean();
    process.removeListener("exit", clean);
  }
}

function tell(finished: readonly Finished[], options: Options, order: readonly string[]): void {
  const [first] = finished;
  if (first === undefined) return;
  if (options.isJson)
    process.stdout.write(`${JSON.stringify(jsonReport(finished, first.machine), null, 2)}\n`);
  else process.stdout.write(`${finished.map(renderSection).join("\n\n")}\n`);
  if (!options.isRecorded) return;
  const previous = existsSync(page) ? readFileSync(page, "utf8") : "";
  writeFileSync(page, renderPage(previous, finished, order));
  process.stderr.write("bench: bench/README.md is written\n");
}

process.exitCode = await main(process.argv.slice(2));
