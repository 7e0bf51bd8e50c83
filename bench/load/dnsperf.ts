/** The load generator: one run of dnsperf against one port, and the figures of its report. */
import { BenchError } from "../bench-error.ts";
import type { Processes } from "./processes.ts";
import type { Program } from "./programs.ts";

export const dnsperf: Program = { command: "dnsperf", debianPackage: "dnsperf" };

/** A reply later than this is lost; dnsperf waits for it at the end of a run, so it is kept short. */
const replyTimeoutSeconds = 1;

export type Load = {
  readonly port: number;
  /** Lines "name type"; or, when `isWire`, whole messages, each behind its length in two octets. */
  readonly queryFile: string;
  readonly isWire?: boolean;
  readonly transport: "udp" | "tcp";
  readonly edns: boolean;
  readonly seconds: number;
  /** Sockets (UDP) or connections (TCP) the queries come from. */
  readonly clients: number;
  /** Queries that may be under way at once, over all clients. */
  readonly outstanding: number;
  /** The pace; as fast as it goes when not given. */
  readonly queriesPerSecond?: number;
};

export type LoadReport = {
  readonly sent: number;
  readonly completed: number;
  /** Replies by the name of their response code. */
  readonly rcodes: Readonly<Record<string, number>>;
  readonly queriesPerSecond: number;
  readonly averageLatencyMicros: number;
};

export type LoadSite = {
  readonly processes: Processes;
  readonly core: number;
  readonly directory: string;
  readonly signal: AbortSignal;
};

export async function runLoad(load: Load, site: LoadSite): Promise<LoadReport> {
  const logPath = `${site.directory}/dnsperf.log`;
  const { core, directory } = site;
  const launch = { command: dnsperf.command, args: dnsperfArguments(load), core, logPath, directory };
  return readLoadReport(await site.processes.run(launch, site.signal));
}

export function dnsperfArguments(load: Load): readonly string[] {
  const args = ["-s", "127.0.0.1", "-p", String(load.port), "-m", load.transport, "-d", load.queryFile];
  args.push("-l", String(load.seconds), "-t", String(replyTimeoutSeconds));
  args.push("-c", String(load.clients), "-q", String(load.outstanding), "-T", "1");
  if (load.queriesPerSecond !== undefined) args.push("-Q", String(load.queriesPerSecond));
  if (load.edns) args.push("-e");
  if (load.isWire === true) args.push("-B");
  return args;
}

/** Reads dnsperf's closing report; throws BENCH_LOAD_REPORT when there is none. */
export function readLoadReport(text: string): LoadReport {
  const figure = (label: string): number => {
    const found = new RegExp(`^\\s*${label}:?\\s+([\\d.]+)`, "m").exec(text)?.[1];
    if (found === undefined) throw new BenchError("BENCH_LOAD_REPORT", `dnsperf reported no "${label}"`);
    return Number(found);
  };
  const codes = /^\s*Response codes:\s+(.+)$/m.exec(text)?.[1] ?? "";
  const rcodes: Record<string, number> = {};
  for (const [, name = "", count] of codes.matchAll(/([A-Z0-9]+) (\d+) \([\d.]+%\)/g))
    rcodes[name] = Number(count);
  return {
    sent: figure("Queries sent"),
    completed: figure("Queries completed"),
    rcodes,
    queriesPerSecond: figure("Queries per second"),
    averageLatencyMicros: figure("Average Latency \\(s\\)") * 1e6,
  };
}
