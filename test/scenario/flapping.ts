/**
 * Scenario 3: ten minutes of flapping, on a driven clock. Connection, observer, probes, traffic, picture and answers
 * are real.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { WorkerContext } from "../../src/answer/context/worker-context.ts";
import type { Config } from "../../src/run/config/config.ts";
import { parseConfig } from "../../src/run/config/file.ts";
import { membersOfSettings } from "../../src/fleet/members/wanted-member.ts";
import { admit } from "../support/admit.ts";
import { openPipeline } from "../../src/run/control/pipeline.ts";
import { openSources } from "../../src/fleet/sources/open-sources.ts";
import { ClusterMember } from "../../src/fleet/members/member.ts";
import { generatedZones } from "../../src/federation/zones/generated-zones.ts";
import { silentLog } from "../../src/kernel/log.ts";
import type { HostnameResolver } from "../../src/fleet/resolve/hostname.ts";
import type { HealthTracker } from "../../src/traffic/tracker/health-tracker.ts";
import { createProber } from "../../src/traffic/probe/prober.ts";
import { Picture } from "../../src/picture/format/picture.ts";
import { ask, storeOf } from "../support/worker-context.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FaultyApiServer } from "../support/faulty-api-server.ts";
import { DEFAULTS, temporaryFolder } from "../support/fedns.ts";
import { newPicture } from "../support/picture.ts";
import { atEnd, type Scope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { Gateway, GATEWAY_PORT } from "./gateway.ts";
import { WEB } from "./stage.ts";

const STAGE = 8;
const SECOND_MS = 1_000;
const HALF_PERIOD_SECONDS = 20;
const PERIODS = 15;
/** One cluster whose API server flaps, one whose gateway flaps, and two that are well. */
const NAMES = ["api", "gateway", "well", "too"] as const;
type Name = (typeof NAMES)[number];

export type Flapping = {
  /** How often each of the two came into the answers, or left them. */
  readonly api: number;
  readonly gateway: number;
  /** How often /readyz was seen to change. */
  readonly readiness: number;
};

export async function flapForTenMinutes(scope: Scope): Promise<Flapping> {
  const world = await buildWorld(scope);
  const { clock, answered, settle } = world;
  const [api, gateway] = [world.apis.get("api"), world.gateways.get("gateway")];
  const connection = world.members.get("api")?.connection;
  assert.ok(api !== undefined && gateway !== undefined && connection !== undefined);
  const changes = { api: 0, gateway: 0, readiness: 0 };
  let before = { all: answered(), kind: connection.health.reachability.kind };
  for (let second = 0; second < 2 * PERIODS * HALF_PERIOD_SECONDS; second++) {
    if (second % HALF_PERIOD_SECONDS === 0) {
      const isOff = (second / HALF_PERIOD_SECONDS) % 2 === 0;
      api.outage(isOff ? { status: 503 } : null);
      if (isOff) api.resetConnections();
      await (isOff ? gateway.refuse() : gateway.answer());
    }
    await clock.advanceAsync(SECOND_MS);
    await settle();
    const now = { all: answered(), kind: connection.health.reachability.kind };
    assert.ok(now.all.has("well") && now.all.has("too"));
    for (const name of ["api", "gateway"] as const)
      if (now.all.has(name) !== before.all.has(name)) changes[name]++;
    if (now.kind !== before.kind) changes.readiness++;
    before = now;
  }
  return changes;
}

type World = {
  readonly clock: FakeClock;
  readonly apis: ReadonlyMap<Name, FaultyApiServer>;
  readonly gateways: ReadonlyMap<Name, Gateway>;
  readonly members: ReadonlyMap<Name, ClusterMember>;
  /** Resolves when no probe is under way. */
  readonly settle: () => Promise<void>;
  /** Who is answered now. */
  readonly answered: () => ReadonlySet<string>;
};

async function buildWorld(scope: Scope): Promise<World> {
  const clock = new FakeClock();
  const apis = new Map<Name, FaultyApiServer>();
  const gateways = new Map<Name, Gateway>();
  const directory = await temporaryFolder(scope);
  for (const [i, name] of NAMES.entries()) {
    const gateway = await Gateway.open(scope, `198.18.${STAGE * 16 + i}.1`);
    const api = await FaultyApiServer.start({ clock });
    atEnd(scope, () => api.close());
    fill(api, gateway.address);
    await writeFile(join(directory, `${name}.kubeconfig`), kubeconfigOf(api.url), { mode: 0o600 });
    apis.set(name, api);
    gateways.set(name, gateway);
  }
  const parsed = parseConfig(
    JSON.stringify({
      ...DEFAULTS,
      traffic: { policy: "all" },
      clusters: NAMES.map((name) => ({ name, kubeconfig: join(directory, `${name}.kubeconfig`) })),
    }),
    join(directory, "fedns.yaml"),
  );
  assert.ok("config" in parsed, JSON.stringify(parsed));
  const control = await startControl(scope, parsed.config, clock);
  const owners = new Map([...gateways].map(([name, { address }]) => [address, name]));
  const answered = (): ReadonlySet<string> => {
    const { answer } = ask(control, { name: WEB, type: 1 });
    return new Set(answer.map(({ data }) => owners.get(data) ?? data));
  };
  const settle = (): Promise<void> => until("probes end", () => control.tracker.status().running === 0);
  for (let i = 0; answered().size < NAMES.length || control.tracker.status().up < NAMES.length; i++) {
    assert.ok(i < 1_000, "the federation is never complete");
    await clock.advanceAsync(50);
    await settle();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return { clock, apis, gateways, members: control.members, settle, answered };
}

type Control = {
  readonly context: WorkerContext;
  readonly tracker: HealthTracker;
  readonly members: ReadonlyMap<Name, ClusterMember>;
};

/** What control/child.ts puts together, without files and processes. */
async function startControl(scope: Scope, config: Config, clock: FakeClock): Promise<Control> {
  const [random, log] = [Math.random, silentLog];
  const picture = newPicture();
  const pipeline = await openPipeline({
    config,
    inForce: () => config,
    store: storeOf(picture),
    zones: { zones: generatedZones(config), retained: [] },
    prober: createProber({ denialOf: () => null }),
    ordersPath: null,
    healthPath: null,
    placesPath: null,
    clock,
    random,
    log,
  });
  admit(pipeline, config);
  const { federation, publisher, tracker } = pipeline;
  atEnd(scope, () => tracker.close());
  const members = new Map<Name, ClusterMember>();
  const stop = new AbortController();
  atEnd(scope, () => stop.abort());
  for (const wanted of membersOfSettings(config.clusters, clock)) {
    const onSynced = (): void => {
      if ([...members.values()].every(({ observer }) => observer.isSynced)) publisher.complete();
    };
    const hostnames = { watch: () => () => undefined } as unknown as HostnameResolver;
    const staleAfterMs = config.staleAfterSeconds * 1000;
    const member = new ClusterMember({
      wanted,
      federation,
      hostnames,
      sources: await openSources(config.sources),
      hosts: {
        join: () => undefined,
        declare: () => undefined,
        read: () => undefined,
        readInPart: () => undefined,
        touch: () => undefined,
      },
      staleAfterMs: () => staleAfterMs,
      roomLimits: () => ({ objects: Infinity, octets: Infinity }),
      seenUntilMs: null,
      isLongStop: false,
      onSynced,
      clock,
      random,
      log,
    });
    members.set(wanted.name as Name, member);
  }
  for (const member of members.values()) void member.run(stop.signal);
  return { context: new WorkerContext(new Picture(picture.memory), { seed: 7 }), tracker, members };
}

function fill(api: FaultyApiServer, address: string): void {
  const metadata = { name: "web", namespace: "demo" };
  const annotations = { "fedns.io/probe": `http://:${GATEWAY_PORT}/` };
  api.put("/api/v1/services", {
    metadata: { ...metadata, annotations } as typeof metadata,
    spec: { type: "LoadBalancer" },
    status: { loadBalancer: { ingress: [{ ip: address }] } },
  });
  const labels = { "kubernetes.io/service-name": "web" };
  api.put("/apis/discovery.k8s.io/v1/endpointslices", {
    metadata: { ...metadata, labels } as typeof metadata,
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
  });
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "it",
    clusters: [{ name: "it", cluster: { server } }],
    contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
    users: [{ name: "it", user: { token: "test" } }],
  });
}
