/** Every process a bench starts, so that all of them, and no others, are ended: by plan, by Ctrl-C, or by a crash. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { BenchError } from "../bench-error.ts";
import { findProgram } from "./programs.ts";

/** A server that has not left this long after SIGTERM is killed: none needs longer to close a file or two. */
const defaultPatienceMs = 3_000;
/** How much of a log is quoted when a program failed. */
const quoteLines = 3;

export type Launch = {
  readonly command: string;
  readonly args: readonly string[];
  /** The core to pin it to; null leaves it where the system puts it. */
  readonly core: number | null;
  /** Where its output and errors go. */
  readonly logPath: string;
  readonly directory: string;
};

export type Started = {
  readonly pid: number;
  isRunning: () => boolean;
  /** Resolves with the exit code; -1 when a signal ended it. */
  readonly ended: Promise<number>;
  /** The last lines it wrote. */
  lastWords: () => string;
  /** Sends SIGTERM, and after a while SIGKILL to the process and its remaining children. */
  stop: () => Promise<void>;
};

export class Processes {
  /** Each with the promise of its end. */
  readonly #running: Map<ChildProcess, Promise<number>> = new Map();
  readonly #searchPath: string;

  readonly #patienceMs: number;

  /** `searchPath`: where programs are looked up, separated by colons. */
  constructor(searchPath: string, patienceMs: number = defaultPatienceMs) {
    this.#searchPath = searchPath;
    this.#patienceMs = patienceMs;
  }

  /** The full path of a program, or null when it is not installed. */
  find(command: string): string | null {
    return findProgram(command, this.#searchPath);
  }

  /** Throws BENCH_PROGRAM_MISSING when the program, or the one that pins it, is not installed. */
  start(launch: Launch): Started {
    const program = this.#need(launch.command);
    const pin = launch.core === null ? [] : [this.#need("taskset"), "-c", String(launch.core)];
    const [file = program, ...args] = [...pin, program, ...launch.args];
    const log = openSync(launch.logPath, "w");
    // A group of its own: Ctrl-C in the terminal reaches us alone, and a kill of the group reaches forked children.
    const child = spawn(file, args, { cwd: launch.directory, detached: true, stdio: ["ignore", log, log] });
    closeSync(log);
    const ended = new Promise<number>((resolve) => {
      child.once("error", () => resolve(-1));
      child.once("exit", (code) => resolve(code ?? -1));
    }).finally(() => this.#running.delete(child));
    this.#running.set(child, ended);
    return {
      pid: child.pid ?? -1,
      isRunning: () => this.#running.has(child),
      ended,
      lastWords: () => lastLines(launch.logPath),
      stop: () => this.#stop(child),
    };
  }

  /** Runs a program to its end and returns its output; throws BENCH_PROGRAM_FAILED with its last lines. */
  async run(launch: Launch, signal: AbortSignal): Promise<string> {
    const started = this.start(launch);
    const abort = (): void => void started.stop();
    signal.addEventListener("abort", abort);
    const code = await started.ended;
    signal.removeEventListener("abort", abort);
    signal.throwIfAborted();
    if (code === 0) return readFileSync(launch.logPath, "utf8");
    throw new BenchError(
      "BENCH_PROGRAM_FAILED",
      `${launch.command} failed (${code}): ${started.lastWords()}`,
    );
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((child) => this.#stop(child)));
  }

  /** For the exit of our own process, when there is no time left to ask nicely. */
  killNow(): void {
    for (const child of this.#running.keys()) killGroup(child);
  }

  async #stop(child: ChildProcess): Promise<void> {
    const ended = this.#running.get(child);
    if (ended === undefined) return;
    child.kill("SIGTERM");
    const cancel = new AbortController();
    const late = delay(this.#patienceMs, "late", { signal: cancel.signal }).catch(() => "cancelled");
    await Promise.race([ended, late]);
    cancel.abort();
    // Also when it left in time: children it did not take along would keep its port and its core.
    killGroup(child);
    await ended;
  }

  #need(command: string): string {
    const path = this.find(command);
    if (path === null) throw new BenchError("BENCH_PROGRAM_MISSING", `${command} is not installed`);
    return path;
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // All have ended already.
  }
}

function lastLines(path: string): string {
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines.slice(-quoteLines).join(" | ");
}
