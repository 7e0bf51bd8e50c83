/** One chaos run: the real processes, a model, a witness that asks all the while, and one fault after the other. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../bench/load/free-port.ts";
import { temporaryFolder } from "../support/fedns.ts";
import type { Scope } from "../support/programs.ts";
import { UdpClient } from "../answer/serve/udp-client.ts";
import { Chance } from "../simulation/chance.ts";
import { CalmTimes } from "./calm.ts";
import { FIRST_OCTET, ownerOf } from "./check.ts";
import { ChaosCluster } from "./cluster.ts";
import type { Fault } from "./fault.ts";
import { FAULTS } from "./faults.ts";
import { QUOTA_NAMES } from "./faults-of-members.ts";
import { RecentWaits, waitedMs, waitsOf } from "./load.ts";
import { Propagation } from "./propagation/propagation.ts";
import { ChaosServer } from "./server.ts";
import { Truth } from "./truth.ts";
import { STATIC_HOSTS, type Tally, Witness } from "./witness.ts";

const CLUSTER_NAMES = ["west", "east", "north"];
/** These are always declared somewhere, though perhaps not everywhere. */
const LASTING = ["web", "api", "mail"];
/** These come and go. */
const PASSING = ["job-a", "job-b", "job-c"];
const CHANGE_EVERY_MS = 50;
const PEOPLE_ACT_EVERY_MS = 250;
/** Changes while no fault is at work. */
const CALM_CHANGES = 20;
const ASK_BOUND_MS = 500;
const RECOVERY_BOUND_MS = 60_000;
const POLL_EVERY_MS = 2;
const LOG_LINES = 60;

export type ChaosOptions = {
  readonly seed: number;
  /** No fault begins after this (ms). */
  readonly durationMs: number;
  /** Names of faults, or parts of them; empty = all. */
  readonly only?: readonly string[];
  readonly onProgress?: (line: string) => void;
};

export type ChaosReport = {
  readonly tally: Tally;
  /** How often each fault was injected, and the longest time until everything was as it should be again (ms). */
  readonly struck: ReadonlyMap<string, { times: number; longestMs: number }>;
  /** Empty: everything held. */
  readonly faults: readonly string[];
  readonly calm: CalmTimes;
  /** What fedns wrote last. */
  readonly output: string;
};

export class ChaosRun {
  readonly chance: Chance;
  readonly truth: Truth = new Truth(CLUSTER_NAMES);
  readonly clusters: ChaosCluster[] = [];
  readonly services: readonly string[] = [...LASTING, ...PASSING];
  readonly zones: string;
  readonly server: ChaosServer;
  readonly propagation: Propagation;
  readonly witness: Witness;
  readonly notes: string[] = [];
  readonly calm: CalmTimes = new CalmTimes();
  readonly client: UdpClient;
  #addresses = 0;
  #id = 0;

  private constructor(parts: {
    readonly chance: Chance;
    readonly zones: string;
    readonly server: ChaosServer;
    readonly propagation: Propagation;
    readonly client: UdpClient;
  }) {
    this.chance = parts.chance;
    this.zones = parts.zones;
    this.server = parts.server;
    this.propagation = parts.propagation;
    this.client = parts.client;
    this.witness = new Witness({
      port: parts.server.port,
      truth: this.truth,
      services: () => this.services,
      chance: new Chance(parts.chance.int(1, 1 << 30)),
      isReady: () => this.server.isReady(),
    });
  }

  static async open(scope: Scope, seed: number): Promise<ChaosRun> {
    const directory = await temporaryFolder(scope);
    const zones = join(directory, "zones");
    await mkdir(zones);
    const chance = new Chance(seed);
    const propagation = await Propagation.open(scope, directory, new Chance(chance.int(1, 1 << 30)));
    const settings = {
      ...propagation.settings,
      clusters: CLUSTER_NAMES.map((name) => ({
        name,
        kubeconfig: join(directory, `${name}.kubeconfig`),
        region: name,
      })),
      zones,
      quota: { names: QUOTA_NAMES },
      traffic: { policy: "all" },
      serve: { drainSeconds: 0, workers: 2 },
    };
    const server = await ChaosServer.prepare(scope, { directory, port: await freePort() }, settings);
    const client = await UdpClient.open(scope, { port: server.port });
    const run = new ChaosRun({ chance, zones, server, propagation, client });
    for (const [index, name] of CLUSTER_NAMES.entries())
      run.clusters.push(await ChaosCluster.start(scope, { name, index, directory }, run.truth));
    for (const cluster of run.clusters)
      for (const service of LASTING) cluster.set(service, [run.newAddress(cluster)]);
    await writeFile(join(zones, "static.test.zone"), run.zoneText());
    await server.start();
    for (const { name } of run.clusters) run.truth.unread.add(name);
    for (const cluster of run.clusters) await run.settle(cluster);
    await run.until("every watch is open", () => server.isSeeing());
    run.truth.unread.clear();
    await run.until("fedns is ready", () => server.isReady());
    const waits = new RecentWaits(scope, () => [process.pid, ...server.children]);
    run.truth.delayMs = () => waits.recentMs;
    await run.witness.start(scope);
    return run;
  }

  zoneText(): string {
    const hosts = Array.from({ length: STATIC_HOSTS }, (_, i) => `h${i} IN A 192.0.2.${i + 1}`);
    return `$ORIGIN static.test.\n$TTL 300\n@ IN SOA ns1 hostmaster 1 3600 600 86400 300\n@ IN NS ns1\nns1 IN A 192.0.2.53\n${hosts.join("\n")}\n`;
  }

  newAddress({ index }: ChaosCluster): string {
    const number = this.#addresses++;
    return `10.${FIRST_OCTET + index}.${(number >>> 8) & 255}.${number & 255}`;
  }

  note(fault: string): void {
    if (!this.notes.includes(fault)) this.notes.push(fault);
  }

  /** One change somewhere. */
  change(): { readonly cluster: ChaosCluster; readonly service: string } {
    const cluster = this.chance.pick(this.clusters);
    const service = this.chance.pick(this.services);
    const isLasting = LASTING.includes(service);
    const isGone = !isLasting && this.truth.now(cluster.name, service) !== null && this.chance.is(0.5);
    const count = this.chance.int(isLasting && cluster.index === 0 ? 1 : 0, 3);
    cluster.set(service, isGone ? null : Array.from({ length: count }, () => this.newAddress(cluster)));
    return { cluster, service };
  }

  /** Waits until a cluster's own names are answered as they are declared now. */
  async settle(cluster: ChaosCluster, services: readonly string[] = this.services): Promise<void> {
    await this.until(`${cluster.name} is answered as it is`, async () => {
      for (const service of services) {
        const state = this.truth.now(cluster.name, service);
        const answered = await this.#ask(`${service}.demo.myfed.svc.${cluster.name}.example.com`);
        if (answered === null || (state !== null && answered.rcode !== 0)) return false;
        // Those of others come up the ladder where it has none.
        const isOwn = (address: string): boolean => ownerOf(address, this.truth.clusters) === cluster.name;
        const own = answered.addresses.filter(isOwn).toSorted();
        if (own.join() !== (state ?? []).toSorted().join()) return false;
      }
      return true;
    });
  }

  async until(
    claim: string,
    condition: () => boolean | Promise<boolean>,
    boundMs: number = RECOVERY_BOUND_MS,
  ): Promise<void> {
    const deadlineMs = performance.now() + boundMs;
    while (!(await condition())) {
      if (performance.now() > deadlineMs) throw new Error(`not within ${boundMs / 1000} s: ${claim}`);
      await delay(POLL_EVERY_MS);
    }
  }

  /** `action` may end or stop the writer in the middle of a commit. */
  async whileUnsettled(action: () => Promise<void>): Promise<void> {
    this.truth.isUnsettled = true;
    await action();
    await this.until("names are answered again", () => this.#isZoneAnswered());
    this.truth.isUnsettled = false;
  }

  async strike(fault: Fault): Promise<void> {
    const changing = setInterval(() => this.change(), CHANGE_EVERY_MS);
    const acting = setInterval(() => this.propagation.people.act(), PEOPLE_ACT_EVERY_MS);
    await fault.strike(this).finally(() => {
      clearInterval(changing);
      clearInterval(acting);
    });
    await this.until("fedns is ready", () => this.server.isReady());
    // A member of the host may be read after all the others.
    await this.until("every watch is open", () => this.server.isSeeing());
    for (const cluster of this.clusters) {
      // Only what is new proves that it is seen now.
      cluster.set(LASTING[0] as string, [this.newAddress(cluster)]);
      await this.settle(cluster);
      this.truth.reveal(cluster.name);
    }
    await this.until("the zone file is answered", () => this.#isZoneAnswered());
    // One watch may be back and another one not yet.
    await this.until("every watch is open", () => this.server.isSeeing());
    await this.settlePropagation();
  }

  /** Waits until the members have what the host orders, and its service is answered from there. */
  async settlePropagation(): Promise<void> {
    const { propagation } = this;
    let problem: string | null = null;
    await this.until("copies are as the host orders", () => (problem = propagation.problem()) === null).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}: ${problem}`);
      },
    );
    propagation.calm();
    await this.until("the service of the host is answered as it is", async () => {
      const answered = await this.#ask(propagation.name);
      return answered?.addresses.toSorted().join() === propagation.addresses?.join();
    });
  }

  /** Changes one after the other, each waited for. */
  async measureCalm(): Promise<void> {
    const children = await Promise.all([this.server.pidOf("serve"), this.server.pidOf("control")]);
    const pids = [process.pid, ...children.filter((pid) => pid !== null)];
    for (let i = 0; i < CALM_CHANGES; i++) {
      const { cluster, service } = this.change();
      const state = this.truth.now(cluster.name, service);
      if (state === null || state.length === 0) continue;
      const before = waitsOf(pids);
      const startMs = performance.now();
      await this.settle(cluster, [service]);
      const tookMs = performance.now() - startMs;
      this.calm.add(tookMs, waitedMs(before, waitsOf(pids)));
    }
  }

  async #isZoneAnswered(): Promise<boolean> {
    return (await this.#ask("h7.static.test"))?.addresses.join() === "192.0.2.8";
  }

  /** Null when there is no answer. */
  async #ask(
    name: string,
  ): Promise<{ readonly rcode: number; readonly addresses: readonly string[] } | null> {
    const id = (this.#id = (this.#id + 1) & 0xffff);
    const { client } = this;
    client.replies.length = 0;
    const message = await client.ask({ name, type: 1, id }, ASK_BOUND_MS).catch(() => null);
    if (message === null) return null;
    const addresses = message.answer.filter(({ type }) => type === 1).map(({ data }) => data);
    return { rcode: message.rcode, addresses };
  }
}

export async function chaos(scope: Scope, options: ChaosOptions): Promise<ChaosReport> {
  const { seed, durationMs, only = [], onProgress = () => undefined } = options;
  const run = await ChaosRun.open(scope, seed);
  const struck = new Map<string, { times: number; longestMs: number }>();
  const eligible = FAULTS.filter(({ needs }) => needs?.(run) ?? true).filter(
    ({ name }) => only.length === 0 || only.some((part) => name.includes(part)),
  );
  const endMs = performance.now() + durationMs;
  const faults = (): string[] => [
    ...run.notes,
    ...run.witness.faults,
    ...run.calm.faults,
    ...run.propagation.faults,
  ];
  await run.settlePropagation().catch((error: unknown) => run.note(String(error)));
  while ((struck.size === 0 || performance.now() < endMs) && faults().length === 0) {
    const fault = run.chance.weighed(eligible.map((one) => [one, one.weight] as const));
    const row = struck.get(fault.name) ?? { times: 0, longestMs: 0 };
    struck.set(fault.name, row);
    onProgress(fault.name);
    const startMs = performance.now();
    await run.strike(fault).catch((error: unknown) => run.note(String(error)));
    row.times++;
    row.longestMs = Math.max(row.longestMs, performance.now() - startMs);
    if (faults().length === 0) await run.measureCalm().catch((error: unknown) => run.note(String(error)));
    for (const found of faults()) onProgress(`FAULT after "${fault.name}": ${found}`);
  }
  const output = (run.server.fedns?.output() ?? "").split("\n").slice(-LOG_LINES).join("\n");
  return { tally: run.witness.tally, struck, faults: faults(), calm: run.calm, output };
}
