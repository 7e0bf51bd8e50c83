/**
 * Everything of the `failover` bench, in a network of its own in which 198.18.0.0/15 is this machine:
 *
 *   node bench/failover/stage.ts DIRECTORY EVENTS PROBES-PER-ROUND ROUNDS
 *
 * API servers of the sandbox, gateways and the client that asks are in this process; `fedns serve` runs beside it. Writes
 * DIRECTORY/measured.json. Ends by itself, and with everything it started.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ApiServer, startApiServer } from "../../src/sandbox/api-server.ts";
import { createAuthority } from "../../src/sandbox/tls/authority.ts";
import { freePort } from "../load/free-port.ts";
import { startWith } from "../load/fedns-server.ts";
import { Processes } from "../load/processes.ts";
import { createRandom } from "../load/zone.ts";
import { Asker } from "./asker.ts";
import {
  addressOf,
  clusters,
  configText,
  fall,
  intervalMs,
  nameOf,
  namespaceManifest,
  octetsOf,
  serviceManifest,
  sliceManifest,
} from "./fleet.ts";
import { Gateways, type Manner, manners } from "./gateways.ts";
import type { Measured } from "./goals.ts";

/** Services whose endpoints leave and return one after the other. */
const eventServices = 40;
const warmupEvents = 20;
/** The pause between two events is drawn evenly from 0 to this, so that events do not coincide with timers. */
const pauseMaxMs = 20;
const eventRestMs = 0.5;
const eventPatienceMs = 5_000;
/** Names are queried seldom enough to leave the machine to the measured processes. */
const probeRestMs = 20;
const probePatienceMs = 5 * intervalMs * fall;
const upPatienceMs = 20_000;
const lookMs = 50;

const [directory = ".", ...numbers] = process.argv.slice(2);
const [events = 0, perRound = 0, rounds = 0] = numbers.map(Number);
const random = createRandom(5);

async function startClusters(): Promise<readonly ApiServer[]> {
  const authority = await createAuthority();
  const servers: ApiServer[] = [];
  for (const [cluster, name] of clusters.entries()) {
    const server = await startApiServer({ name, authority, nodes: [{ name: `${name}-1`, region: name }] });
    server.objects.put(namespaceManifest);
    for (const [kind, count] of [
      ["event", eventServices],
      ["probe", perRound * rounds],
    ] as const) {
      for (let i = 0; i < count; i++) {
        server.objects.put(serviceManifest(kind, cluster, i));
        server.objects.put(sliceManifest(kind, i, true));
      }
    }
    writeFileSync(join(directory, `${name}.kubeconfig`), server.kubeconfig(), { mode: 0o600 });
    servers.push(server);
  }
  return servers;
}

async function openGateways(): Promise<Gateways> {
  const gateways = new Gateways();
  for (let i = 0; i < perRound * rounds; i++) await gateways.open(addressOf("probe", 0, i));
  for (const cluster of [1, 2]) await gateways.open(addressOf("probe", cluster, 0));
  return gateways;
}

/** Endpoints leave and return. Only leaving is measured, from just before the request to the API server. */
async function measureEvents(server: ApiServer | undefined, asker: Asker): Promise<number[]> {
  const timesMs: number[] = [];
  for (let n = 0; n < warmupEvents + events; n++) {
    const i = n % eventServices;
    const awaited = {
      name: nameOf("event", i),
      octets: octetsOf(addressOf("event", 0, i)),
      restMs: eventRestMs,
      patienceMs: eventPatienceMs,
    };
    await asker.first({ ...awaited, isThere: true });
    await delay(random() * pauseMaxMs);
    const fromMs = performance.now();
    server?.objects.put(sliceManifest("event", i, false));
    const atMs = await asker.first({ ...awaited, isThere: false });
    if (n >= warmupEvents) timesMs.push(atMs - fromMs);
    server?.objects.put(sliceManifest("event", i, true));
  }
  return timesMs;
}

/** Gateways die for good, each at a moment of its own within an interval of its round. */
async function measureProbes(gateways: Gateways, asker: Asker): Promise<Record<Manner, number[]>> {
  const timesMs: Record<Manner, number[]> = { refuse: [], swallow: [] };
  const die = async (i: number): Promise<void> => {
    const address = addressOf("probe", 0, i);
    const manner = manners[i % manners.length] ?? "refuse";
    await delay(random() * intervalMs);
    const fromMs = performance.now();
    gateways.kill(address, manner);
    const atMs = await asker.first({
      name: nameOf("probe", i),
      octets: octetsOf(address),
      isThere: false,
      restMs: probeRestMs,
      patienceMs: probePatienceMs,
    });
    timesMs[manner].push(atMs - fromMs);
  };
  for (let round = 0; round < rounds; round++) {
    await Promise.all(Array.from({ length: perRound }, (_, i) => die(round * perRound + i)));
  }
  return timesMs;
}

/** Nothing that was never seen up can go down: so long it would not be measured. */
async function untilUp(adminPort: number, targets: number): Promise<void> {
  const deadlineMs = performance.now() + upPatienceMs;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${adminPort}/status`);
    const { health } = (await response.json()) as { readonly health: { readonly up: number } | null };
    if (health !== null && health.up >= targets) return;
    if (performance.now() > deadlineMs)
      throw new Error(`only ${health?.up ?? 0} of ${targets} gateways were seen up`);
    await delay(lookMs);
  }
}

async function main(): Promise<void> {
  const processes = new Processes(process.env["PATH"] ?? "");
  process.once("exit", () => processes.killNow());
  process.once("SIGTERM", () => process.exit(143));
  const servers = await startClusters();
  const gateways = await openGateways();
  const [port, adminPort] = [await freePort(), await freePort()];
  const configPath = join(directory, "fedns.yaml");
  writeFileSync(configPath, configText({ port, adminPort }));
  const signal = AbortSignal.timeout(15 * 60_000);
  await startWith({ processes, directory, signal }, { configPath, port, adminPort });
  await untilUp(adminPort, perRound * rounds + clusters.length - 1);
  const asker = await Asker.open(port);
  const measured: Measured = {
    events: await measureEvents(servers[0], asker),
    probes: await measureProbes(gateways, asker),
  };
  writeFileSync(join(directory, "measured.json"), JSON.stringify(measured));
  asker.close();
  gateways.close();
  await processes.stopAll();
  await Promise.all(servers.map((server) => server.close()));
}

await main();
process.exit(0);
