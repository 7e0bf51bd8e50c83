/** A program of a bench that writes DIRECTORY/port when it listens. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BenchSetting } from "../bench.ts";
import { BenchError } from "../bench-error.ts";
import type { Started } from "./processes.ts";

const lookMs = 50;

type Program = {
  /** Its file; `directory` is its first argument. */
  readonly path: string;
  /** Exists. */
  readonly directory: string;
  readonly args: readonly (string | number)[];
};

export type Announced = { readonly port: number; readonly started: Started };

/** Throws BENCH_NOT_STARTED with its last words when it ends before. */
export async function startAnnounced(
  { processes, signal }: Pick<BenchSetting, "processes" | "signal">,
  { path, directory, args }: Program,
): Promise<Announced> {
  const started = processes.start({
    command: process.execPath,
    args: [path, directory, ...args.map(String)],
    core: null,
    logPath: join(directory, "program.log"),
    directory,
  });
  for (;;) {
    signal.throwIfAborted();
    if (!started.isRunning())
      throw new BenchError("BENCH_NOT_STARTED", `${path} did not start: ${started.lastWords()}`);
    const port = portIn(directory);
    if (port !== null) return { port, started };
    await delay(lookMs);
  }
}

function portIn(directory: string): number | null {
  try {
    return Number(readFileSync(join(directory, "port"), "utf8")) || null;
  } catch {
    return null;
  }
}

/** Sends an order, which is a path. Returns the JSON of the reply; throws BENCH_ORDER when it is refused. */
export async function tell(port: number, order: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/${order}`);
  if (!response.ok)
    throw new BenchError("BENCH_ORDER", `the API servers refused ${order}: ${await response.text()}`);
  return response.json();
}
