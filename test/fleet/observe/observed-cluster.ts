/** The observer of one member, with an API server that a test controls, and what the observer tells the federation. */
import { ANY_ADDRESS } from "../../support/address-rules.ts";
import type { TestContext } from "node:test";
import type { HostDeclaration } from "../../../src/federation/hosts/declaration.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import type { Place } from "../../../src/federation/members/cluster.ts";
import { Federation } from "../../../src/federation/members/federation.ts";
import type { Backend } from "../../../src/federation/members/backend.ts";
import type { RequestOptions, Transport } from "../../../src/fleet/kube/transport.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { HostnameListener, HostnameResolver } from "../../../src/fleet/resolve/hostname.ts";
import { type HostAddresses, NOT_LOOKED_UP } from "../../../src/fleet/resolve/hostname-state.ts";
import { openSources } from "../../../src/fleet/sources/open-sources.ts";
import type { SourceSettings } from "../../../src/fleet/sources/source-table.ts";
import { Observer } from "../../../src/fleet/observe/observer.ts";
import { DEFAULT_SOURCES } from "../../run/config/default-sources.ts";
import { credentialsFor } from "../kube/watched-server.ts";
import { FaultyApiServer } from "../../support/faulty-api-server.ts";
import type { ApiObject } from "../../support/kube-wire.ts";
import { until } from "../../support/until.ts";
import { DiscoveryTransport, refusal } from "./discovery.ts";

export const SERVICES = "/api/v1/services";
export const SLICES = "/apis/discovery.k8s.io/v1/endpointslices";
export const NODES = "/api/v1/nodes";

/** Lists of some paths wait until they are released; others are refused. */
export class DelayedTransport extends DiscoveryTransport {
  readonly delays: Map<string, Promise<void>> = new Map();
  readonly refused: Set<string> = new Set();

  hold(path: string): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.delays.set(path, promise);
    return resolve;
  }

  override async request(options: RequestOptions): ReturnType<Transport["request"]> {
    await this.delays.get(options.path);
    if (this.refused.has(options.path)) throw refusal(403);
    return super.request(options);
  }
}

export type Watch = { readonly hostname: string; readonly tell: (addresses: HostAddresses) => void };
export type World = {
  readonly server: FaultyApiServer;
  readonly transport: DelayedTransport;
  readonly federation: Federation;
  readonly observer: Observer;
  /** Watches of host names that have not ended. */
  readonly watches: Set<Watch>;
  /** The declarations that were received, in order. */
  readonly declared: readonly (readonly [string, HostDeclaration | null])[];
  readonly syncs: () => number;
  /** How often `onRead` was called. */
  readonly reads: () => number;
  /** How often `onReadInPart` was called. */
  readonly parts: () => number;
  readonly start: () => void;
};
export type WorldOptions = {
  readonly remembered?: ReadonlyMap<string, Backend>;
  readonly knownPlaces?: readonly Place[];
  readonly places?: readonly Place[];
  readonly sources?: SourceSettings;
  readonly refusedMaxMs?: number;
};

export async function world(t: TestContext, options: WorldOptions = {}): Promise<World> {
  const server = await FaultyApiServer.start();
  const clock = systemClock;
  const transport = new DelayedTransport({ clock, random: Math.random });
  transport.adopt(credentialsFor(server.url));
  const federation = new Federation(
    { onService: () => undefined, onLocality: () => undefined, onNamespace: () => undefined },
    4,
  );
  federation.join("west");
  federation.setLocality("west", { places: options.knownPlaces ?? [], latitude: null, longitude: null });
  for (const [key, backend] of options.remembered ?? []) federation.setBackend("west", key, backend);
  const watches = new Set<Watch>();
  const hostnames = {
    watch(hostname: string, { onAddresses: tell }: HostnameListener) {
      const watch: Watch = { hostname, tell: (addresses) => tell(addresses, NOT_LOOKED_UP) };
      watches.add(watch);
      return () => void watches.delete(watch);
    },
  } as unknown as HostnameResolver;
  let syncs = 0;
  let reads = 0;
  let parts = 0;
  const declared: [string, HostDeclaration | null][] = [];
  const observer = new Observer({
    cluster: "west",
    transport,
    federation,
    hostnames,
    sources: await openSources(options.sources ?? DEFAULT_SOURCES),
    hosts: {
      declared: (key, declaration) => void declared.push([key, declaration]),
      onRead: () => reads++,
      onReadInPart: () => void parts++,
      onAlias: () => undefined,
    },
    places: options.places ?? null,
    location: null,
    addresses: ANY_ADDRESS,
    ...(options.refusedMaxMs !== undefined && { refusedMaxMs: () => options.refusedMaxMs ?? 0 }),
    onSynced: () => syncs++,
    clock,
    random: Math.random,
    log: silentLog,
  });
  const ending = new AbortController();
  let running = Promise.resolve();
  t.after(async () => {
    ending.abort();
    await running;
    transport.close();
    // A socket that is reset while it is being closed would stay open for ever (libuv refuses): let both ends finish first.
    await until("the watches are closed", () => server.openWatches === 0);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    await server.close();
  });
  const start = (): void => {
    running = observer.run(ending.signal);
  };
  return {
    server,
    transport,
    federation,
    observer,
    watches,
    declared,
    syncs: () => syncs,
    reads: () => reads,
    parts: () => parts,
    start,
  };
}

export function service(name: string, ingress: readonly object[], type = "LoadBalancer"): ApiObject {
  return { metadata: { namespace: "demo", name }, spec: { type }, status: { loadBalancer: { ingress } } };
}

/** Slices whose names end in different numbers have different endpoints. */
export function slice(of: string, ready: number, name = `${of}-1`): ApiObject {
  const part = Number(name.split("-").at(-1));
  const endpoints =
    ready === 0 ? null : Array.from({ length: ready }, (_, i) => ({ addresses: [`10.0.${part}.${i}`] }));
  const metadata = { namespace: "demo", name, labels: { "kubernetes.io/service-name": of } };
  return { metadata, addressType: "IPv4", ports: null, endpoints };
}

export function node(name: string, region: string, zone: string): ApiObject {
  const labels = { "topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": zone };
  return { metadata: { name, labels } as ApiObject["metadata"] };
}

export const at = (octet: number): { readonly ip: string } => ({ ip: `192.0.2.${octet}` });
export const ipv4 = (octet: number): number => 0xc0000200 + octet;

export function backendIn({ federation }: World, name: string): Backend | undefined {
  return federation.member("west")?.backends.get(`demo/${name}`);
}

export function placesIn({ federation }: World): string {
  const places = federation.member("west")?.locality.places ?? [];
  return places.map(({ region, zone }) => `${region}/${zone}`).join(" ");
}
