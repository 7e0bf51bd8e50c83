/** NSD, Knot and BIND, serving the zones of many worlds at once, configured as alike as their settings allow. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../bench/load/free-port.ts";
import { Processes, type Started } from "../../bench/load/processes.ts";
import { missingPrograms, type Program } from "../../bench/load/programs.ts";
import { askAll } from "./exchange.ts";
import { encodeQuestion } from "./question.ts";
import { readReply } from "./reply.ts";
import { type World, type WorldZone, zoneText } from "./world.ts";

export const SERVERS = ["nsd", "knot", "bind"] as const;
export type ServerName = (typeof SERVERS)[number];

type Place = { readonly work: string; readonly port: number; readonly zones: readonly string[] };
type Recipe = {
  readonly program: Program;
  args(config: string): readonly string[];
  config(place: Place): string;
};

/** A zone's file is named after its origin. */
function fileOf(origin: string): string {
  return `${origin.replaceAll("*", "_")}zone`;
}

const RECIPES: Readonly<Record<ServerName, Recipe>> = {
  nsd: {
    program: { command: "nsd", debianPackage: "nsd" },
    args: (config) => ["-d", "-c", config],
    config: ({ work, port, zones }) => `
server:
  server-count: 1
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${work}/.."
  database: ""
  pidfile: "${work}/nsd.pid"
  xfrdfile: "${work}/xfrd.state"
  zonelistfile: "${work}/zone.list"
  xfrdir: "${work}"
  rrl-ratelimit: 0
  minimal-responses: yes
remote-control:
  control-enable: no
${zones.map((origin) => `zone:\n  name: "${origin}"\n  zonefile: "${fileOf(origin)}"\n`).join("")}`,
  },
  knot: {
    program: { command: "knotd", debianPackage: "knot" },
    args: (config) => ["-c", config],
    config: ({ work, port, zones }) => `
server:
  rundir: "${work}"
  listen: 127.0.0.1@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: "${work}/db"
log:
  - target: stderr
    any: warning
template:
  - id: default
    storage: "${work}/.."
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
${zones.map((origin) => `  - domain: "${origin}"\n    file: "${fileOf(origin)}"\n`).join("")}`,
  },
  bind: {
    program: { command: "named", debianPackage: "bind9" },
    args: (config) => ["-g", "-n", "1", "-c", config],
    config: ({ work, port, zones }) => `
options {
  directory "${work}";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  empty-zones-enable no;
  minimal-responses yes;
  answer-cookie no;
  dnssec-validation no;
  notify no;
  check-integrity no;
  check-names primary ignore;
  check-mx ignore;
  check-mx-cname ignore;
  check-srv-cname ignore;
  check-sibling no;
  check-wildcard no;
  pid-file "${work}/named.pid";
  session-keyfile "${work}/session.key";
  managed-keys-directory "${work}";
};
controls { };
${zones.map((origin) => `zone "${origin}" { type primary; file "${work}/../${fileOf(origin)}"; };\n`).join("")}`,
  },
};

export function missingServers(): readonly Program[] {
  return missingPrograms(
    SERVERS.map((name) => RECIPES[name].program),
    process.env["PATH"] ?? "",
  );
}

export type Fleet = {
  readonly ports: Readonly<Record<ServerName, number>>;
  stop(): Promise<void>;
};

/** Another process may take a free port a moment later. */
const STARTS_MAX = 3;

/** Starts all three in `folder`; resolves when they answer for every zone or have refused it. */
export async function startServers(folder: string, worlds: readonly World[]): Promise<Fleet> {
  const zones = worlds.flatMap((world) => world.zones);
  for (const zone of zones) writeFileSync(join(folder, fileOf(zone.origin)), zoneText(zone));
  for (let start = 1; ; start++) {
    try {
      return await startAll(folder, zones);
    } catch (error) {
      if (start === STARTS_MAX) throw error;
    }
  }
}

async function startAll(folder: string, zones: readonly WorldZone[]): Promise<Fleet> {
  const processes = new Processes(process.env["PATH"] ?? "");
  const ports = { nsd: await freePort(), knot: await freePort(), bind: await freePort() };
  try {
    await Promise.all(
      SERVERS.map((name) => startServer({ name, port: ports[name], folder, zones, processes })),
    );
  } catch (error) {
    await processes.stopAll();
    throw error;
  }
  return { ports, stop: () => processes.stopAll() };
}

type StartOptions = {
  readonly name: ServerName;
  readonly port: number;
  readonly folder: string;
  readonly zones: readonly WorldZone[];
  readonly processes: Processes;
};

async function startServer({ name, port, folder, zones, processes }: StartOptions): Promise<void> {
  const recipe = RECIPES[name];
  const work = join(folder, name);
  mkdirSync(join(work, "db"), { recursive: true });
  const config = join(work, "config");
  const origins = zones.map(({ origin }) => origin);
  writeFileSync(config, recipe.config({ work, port, zones: origins }));
  const started = processes.start({
    command: recipe.program.command,
    args: recipe.args(config),
    core: null,
    logPath: join(work, "output.log"),
    directory: work,
  });
  await loaded(started, port, origins);
}

const LOAD_BOUND_MS = 60_000;
const LOOK_MS = 100;

/** Loading has ended when two consecutive polls find the same zones, and at least one. */
async function loaded(started: Started, port: number, origins: readonly string[]): Promise<void> {
  const deadlineMs = performance.now() + LOAD_BOUND_MS;
  let before = 0;
  for (;;) {
    if (!started.isRunning()) throw new Error(`a server ended at once: ${started.lastWords()}`);
    if (performance.now() > deadlineMs) throw new Error(`a server does not answer: ${started.lastWords()}`);
    const now = (await servedOf(port, origins)).size;
    if (now === origins.length || (now > 0 && now === before)) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** The origins that the server at `port` is authoritative for. */
export async function servedOf(port: number, origins: readonly string[]): Promise<ReadonlySet<string>> {
  const replies = await askAll(
    port,
    origins.map((name, i) => encodeQuestion({ name, type: 6, edns: "none" }, i & 0xffff)),
    { attempts: 1 },
  );
  const served = new Set<string>();
  replies.forEach((bytes, i) => {
    if (bytes === null) return;
    const { aa, rcode, answer } = readReply(bytes);
    if (aa && rcode === 0 && answer.some((record) => record.startsWith(origins[i] as string)))
      served.add(origins[i] as string);
  });
  return served;
}
