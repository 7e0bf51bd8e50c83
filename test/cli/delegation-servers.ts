/**
 * A small `com` for the check of delegations: NSD serves it, Knot and BIND serve the zones below it, and Unbound resolves. All
 * listen on one port, because delegations have none.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../bench/load/free-port.ts";
import { queryServer } from "../../src/fleet/resolve/dns-client.ts";
import { atEnd, type Scope, startDaemon } from "../support/programs.ts";

export const NSD = "127.0.0.11";
export const KNOT = "127.0.0.12";
/** BIND listens only on addresses that it finds on an interface. */
export const BIND = "127.0.0.1";
const UNBOUND = "127.0.0.13";
/** No server listens there. */
export const NOWHERE = "127.0.0.14";

/** Records of `com`, and the zones of Knot and BIND by name. */
export type Zones = {
  readonly com: string;
  readonly knot: Readonly<Record<string, string>>;
  readonly bind: Readonly<Record<string, string>>;
};

type Servers = { readonly port: number; readonly resolver: string; readonly parent: string };

export async function startServers(scope: Scope, zones: Zones): Promise<Servers> {
  const folder = await mkdtemp(join(tmpdir(), "fedns-delegation-"));
  atEnd(scope, () => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const com = `$TTL 3600\n@ SOA ns hostmaster 1 3600 600 604800 60\n@ NS ns\nns A ${NSD}\n${zones.com}`;
  await writeZones(join(folder, "nsd"), { com });
  await writeZones(join(folder, "knot"), zones.knot);
  await writeZones(join(folder, "bind"), zones.bind);
  await startNsd(scope, join(folder, "nsd"), port);
  await startKnot(scope, join(folder, "knot"), { port, zones: Object.keys(zones.knot) });
  await startBind(scope, join(folder, "bind"), { port, zones: Object.keys(zones.bind) });
  await startUnbound(scope, folder, port);
  await answers(NSD, port, "com");
  await answers(KNOT, port, Object.keys(zones.knot)[0] ?? "");
  await answers(BIND, port, Object.keys(zones.bind)[0] ?? "");
  await answers(UNBOUND, port, "com", true);
  return { port, resolver: `${UNBOUND}:${port}`, parent: `${NSD}:${port}` };
}

async function writeZones(folder: string, zones: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [zone, text] of Object.entries(zones)) await writeFile(join(folder, `${zone}.zone`), text);
}

type Served = { readonly port: number; readonly zones: readonly string[] };

async function startNsd(scope: Scope, folder: string, port: number): Promise<void> {
  const config = join(folder, "nsd.conf");
  await writeFile(
    config,
    `server:
  server-count: 1
  ip-address: ${NSD}@${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  xfrdir: "${folder}"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "com"
  zonefile: "com.zone"
`,
  );
  startDaemon(scope, "nsd", ["-d", "-c", config]);
}

async function startKnot(scope: Scope, folder: string, { port, zones }: Served): Promise<void> {
  const config = join(folder, "knot.conf");
  await writeFile(
    config,
    `server:
  rundir: "${folder}"
  listen: ${KNOT}@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: "${folder}/db"
template:
  - id: default
    storage: "${folder}"
    zonefile-sync: -1
    journal-content: none
zone:
${zones.map((zone) => `  - domain: "${zone}"\n    file: "${zone}.zone"\n`).join("")}`,
  );
  startDaemon(scope, "knotd", ["-c", config]);
}

async function startBind(scope: Scope, folder: string, { port, zones }: Served): Promise<void> {
  const config = join(folder, "named.conf");
  await writeFile(
    config,
    `options {
  directory "${folder}";
  listen-on port ${port} { ${BIND}; };
  listen-on-v6 { none; };
  recursion no;
  empty-zones-enable no;
  notify no;
  check-integrity no;
  pid-file "${folder}/named.pid";
  session-keyfile "${folder}/session.key";
  managed-keys-directory "${folder}";
};
controls { };
${zones.map((zone) => `zone "${zone}" { type primary; file "${zone}.zone"; };\n`).join("")}`,
  );
  startDaemon(scope, "named", ["-g", "-n", "1", "-c", config]);
}

async function startUnbound(scope: Scope, folder: string, port: number): Promise<void> {
  const config = join(folder, "unbound.conf");
  await writeFile(
    config,
    `server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  interface: ${UNBOUND}@${port}
  module-config: "iterator"
  do-not-query-localhost: no
  local-zone: com nodefault
stub-zone:
  name: com
  stub-addr: ${NSD}@${port}
remote-control:
  control-enable: no
`,
  );
  startDaemon(scope, "unbound", ["-d", "-p", "-c", config]);
}

const SOA = 6;
const START_TRIES = 200;
const TRY_MS = 50;

async function answers(address: string, port: number, name: string, recursive = false): Promise<void> {
  const question = { name, type: SOA, recursive, options: null };
  for (let attempt = 1; ; attempt++) {
    try {
      const signal = AbortSignal.timeout(10 * TRY_MS);
      const reply = await queryServer(question, { address, port }, "udp", signal);
      if (reply.message.answers.length > 0) return;
    } catch (error) {
      if (attempt === START_TRIES) throw error;
    }
    if (attempt === START_TRIES) throw new Error(`${address} has no ${name}`);
    await delay(TRY_MS);
  }
}
