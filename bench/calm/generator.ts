/** The open-loop load generator (load/latency.c): compiled once, run against one port, its figures parsed. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BenchError } from "../bench-error.ts";
import { writeQuery } from "../load/ask.ts";
import type { Site } from "../load/fedns-server.ts";

export type Transport = "udp" | "tcp";

/** Microseconds; null = nothing came back. */
export type Latency = {
  readonly sent: number;
  readonly received: number;
  /** Replies that belong to no query under way. */
  readonly strange: number;
  readonly perSecond: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly highest: number | null;
  /** How far behind its own schedule the generator was. */
  readonly latenessP99: number | null;
};

export type Shot = {
  readonly transport: Transport;
  readonly port: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly sockets: number;
  readonly queryFile: string;
};

const compileTimeoutMs = 30_000;

/** Compiles a C file of this project to `name` in the directory and returns the path of the program. */
export async function compile(source: string, name: string, site: Site): Promise<string> {
  const { processes, directory, signal } = site;
  const args = ["-O2", "-o", name, source];
  const logPath = join(directory, `${name}.log`);
  const bound = AbortSignal.any([signal, AbortSignal.timeout(compileTimeoutMs)]);
  await processes.run({ command: "cc", args, core: null, logPath, directory }, bound);
  return join(directory, name);
}

export async function shoot(generator: string, shot: Shot, site: Site): Promise<Latency> {
  const { processes, directory, signal } = site;
  const { transport, port, perSecond, seconds, sockets, queryFile } = shot;
  const args = [transport, port, perSecond, seconds, sockets, queryFile].map(String);
  const logPath = join(directory, "latency.log");
  return readLatency(
    await processes.run({ command: generator, args, core: null, logPath, directory }, signal),
  );
}

/** The object that the generator prints; throws BENCH_LOAD_REPORT for anything else. */
export function readLatency(text: string): Latency {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    raw = null;
  }
  if (typeof raw !== "object" || raw === null)
    throw new BenchError("BENCH_LOAD_REPORT", "the load generator reported nothing");
  const fields = raw as Readonly<Record<string, unknown>>;
  const figure = (name: string): number => {
    const value = fields[name];
    if (typeof value === "number") return value;
    throw new BenchError("BENCH_LOAD_REPORT", `the load generator reported no "${name}"`);
  };
  const micros = (name: string): number | null => (figure(name) < 0 ? null : figure(name));
  return {
    sent: figure("sent"),
    received: figure("received"),
    strange: figure("strange"),
    perSecond: figure("perSecond"),
    p50: micros("p50"),
    p99: micros("p99"),
    p999: micros("p999"),
    highest: micros("highest"),
    latenessP99: micros("latenessP99"),
  };
}

/** Queries for `names` as the generator reads them: each with its length before it. */
export function writeQueryFile(path: string, names: readonly string[]): void {
  const parts = names.flatMap((name) => {
    const query = writeQuery({ name, edns: false }, 0);
    return [Uint8Array.of(query.length >> 8, query.length & 0xff), query];
  });
  writeFileSync(path, Buffer.concat(parts));
}
