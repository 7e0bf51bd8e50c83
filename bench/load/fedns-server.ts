/** fedns as it is deployed: `fedns serve` with a config file, its three processes, and its status. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { descendantsOf, withCommandLine } from "./cpu.ts";
import { domain, federationLabel } from "./federation.ts";
import type { Processes, Started } from "./processes.ts";

const program = join(import.meta.dirname, "..", "..", "src", "cli", "fedns.ts");
const apiProgram = join(import.meta.dirname, "api-server.ts");
const lookMs = 50;

export type Site = {
  readonly processes: Processes;
  /** Exists. */
  readonly directory: string;
  readonly signal: AbortSignal;
};

export type FednsServer = {
  readonly port: number;
  readonly started: Started;
  pids(role: Role): readonly number[];
};

export type Role = "supervisor" | "serve" | "control" | "propagate";

/**
 * Starts it with `clusters`, whose kubeconfigs are in the directory, and waits until it is ready. Throws if that fails.
 */
export async function startFedns(site: Site, clusters: readonly string[]): Promise<FednsServer> {
  const port = await freePort();
  const adminPort = await freePort();
  const configPath = join(site.directory, "fedns.yaml");
  writeFileSync(configPath, configText({ port, adminPort, clusters }));
  return startWith(site, { configPath, port, adminPort });
}

/** As startFedns, with a file that is there already. */
export async function startWith(
  { processes, directory, signal }: Site,
  config: { readonly configPath: string; readonly port: number; readonly adminPort: number },
): Promise<FednsServer> {
  const started = processes.start({
    command: process.execPath,
    args: [program, "serve", "--config", config.configPath],
    core: null,
    logPath: join(directory, "fedns.log"),
    directory,
  });
  await until(signal, started, () => isFine(`http://127.0.0.1:${config.adminPort}/readyz`));
  const { pid } = started;
  const pids = (role: Role): readonly number[] =>
    role === "supervisor" ? [pid] : withCommandLine(descendantsOf(pid), `${role}/child`);
  return { port: config.port, started, pids };
}

function configText(settings: {
  readonly port: number;
  readonly adminPort: number;
  readonly clusters: readonly string[];
}): string {
  const { port, adminPort, clusters } = settings;
  const members = clusters.map((name) => `  - { name: ${name}, kubeconfig: ./${name}.kubeconfig }\n`);
  return `federations: [{ name: ${federationLabel}, domain: ${domain} }]
nameservers: [{ name: ns1.${domain}, addresses: [127.0.0.1] }]
listen: [{ address: 127.0.0.1, port: ${port} }]
admin: { port: ${adminPort} }
stateDirectory: ./state
log: { level: warn, format: json }
serve: { drainSeconds: 0 }
rateLimit: { exempt: [127.0.0.1/32] }
clusters:
${members.join("")}`;
}

export type ApiOptions = {
  readonly services: number;
  readonly objectOctets: number;
  readonly isChurning: boolean;
  readonly clusters: readonly string[];
};

export type ApiServers = { readonly started: Started; listsSent(): Promise<number> };

/** The API servers of `clusters` in one process; their kubeconfigs are in the directory when this resolves. */
export async function startApiServers(
  { processes, directory, signal }: Site,
  options: ApiOptions,
): Promise<ApiServers> {
  mkdirSync(directory, { recursive: true });
  const { services, objectOctets, isChurning, clusters } = options;
  const mode = isChurning ? "churn" : "rest";
  const started = processes.start({
    command: process.execPath,
    args: [apiProgram, directory, String(services), String(objectOctets), mode, ...clusters],
    core: null,
    logPath: join(directory, "api-server.log"),
    directory,
  });
  const url = (): string => `http://127.0.0.1:${readFileSync(join(directory, "port"), "utf8")}`;
  await until(signal, started, async () => isFine(`${url()}/readyz`));
  return { started, listsSent: async () => Number(await (await fetch(`${url()}/lists`)).text()) };
}

async function isFine(url: string): Promise<boolean> {
  return (await fetch(url)).ok;
}

/** Polls until `look` returns true; an error counts as false. Throws if the process ends before, or on the signal. */
async function until(signal: AbortSignal, started: Started, isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo().catch(() => false))) {
    signal.throwIfAborted();
    if (!started.isRunning()) throw new Error(`it did not start: ${started.lastWords()}`);
    await delay(lookMs);
  }
}
