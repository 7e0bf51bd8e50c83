/**
 * One per member cluster: what is watched there, and who is told. Until Services and EndpointSlices have both been listed
 * once, what an earlier run knew of services stays; of hosts, until the sources of host names have been read as well.
 */
import type { Declaration } from "../claim/declaration.ts";
import { objectKey } from "../claim/declaration.ts";
import { NamespaceGate } from "../claim/namespace-gate.ts";
import { parseSelector } from "../claim/selector.ts";
import type { Clock } from "../clock.ts";
import type { Network } from "../federation/address.ts";
import type { Place } from "../federation/cluster.ts";
import { type Federation, serviceOf } from "../federation/federation.ts";
import { NOTHING_SAID } from "../federation/pool.ts";
import { Reflector } from "../kube/reflector.ts";
import type { ReflectorHealth } from "../kube/sight.ts";
import type { Transport } from "../kube/transport.ts";
import type { Log } from "../log.ts";
import { ClaimSources, type ClaimSourceSettings } from "./claim-sources.ts";
import { ClusterView } from "./cluster-view.ts";
import type { HostnameResolver } from "./hostname.ts";
import { PlaceCount } from "./places.ts";
import {
  type NamespaceFacts,
  type NodeFacts,
  projectNamespace,
  projectNode,
  sameNamespace,
  sameNode,
} from "./project.ts";
import { projectSlice, sameSlice, type SliceFacts } from "./source-endpoints.ts";
import { projectService, sameService, type ServiceFacts } from "./source-service.ts";
import type { SourceHealth } from "./source-watch.ts";

/** As the settings have it. */
export type SourceSettings = ClaimSourceSettings & {
  readonly services: ClaimSourceSettings["dnsEndpoints"] & {
    readonly externalIPs: boolean;
    readonly balancerHostnames: "resolve" | "alias";
  };
  readonly externalDns: { readonly enabled: boolean; readonly internalHostnames: boolean };
};

/** Who hears of host names. */
export type HostListener = {
  /** `key`: objectKey. Null: the object declares nothing any more. */
  readonly declared: (key: string, declaration: Declaration | null) => void;
  /** Once: all that this cluster declares has been told. */
  readonly onRead: () => void;
  /** Something that `view.aliasOf` goes by has changed for this host. */
  readonly onAlias: (host: string) => void;
};

export type ObserverOptions = {
  readonly cluster: string;
  readonly transport: Transport;
  readonly federation: Federation;
  readonly hostnames: HostnameResolver;
  readonly sources: SourceSettings;
  readonly hosts: HostListener;
  /** Of records that do not say. */
  readonly ttlSeconds: number;
  /** Places by configuration; null = from the labels of the nodes. */
  readonly places: readonly Place[] | null;
  readonly location: { readonly latitude: number; readonly longitude: number } | null;
  readonly allowed: readonly Network[];
  /** Services and endpoints have been read, and then the sources of host names as well. */
  readonly onSynced: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class Observer {
  readonly view: ClusterView;
  readonly #options: ObserverOptions;
  readonly #services: Reflector<ServiceFacts>;
  readonly #slices: Reflector<SliceFacts>;
  readonly #nodes: Reflector<NodeFacts>;
  readonly #namespaces: Reflector<NamespaceFacts>;
  readonly #claims: ClaimSources;
  readonly #gate: NamespaceGate<ServiceFacts>;
  readonly #places: PlaceCount = new PlaceCount();
  #unlisted: number;
  #areHostsRead = false;

  constructor(options: ObserverOptions) {
    this.#options = options;
    const { cluster, transport, federation, hostnames, allowed, sources, hosts, clock, random, log } =
      options;
    this.view = new ClusterView({ cluster, federation, hostnames, allowed, onAlias: hosts.onAlias, log });
    const selector = parseSelector(sources.services.namespaceSelector) ?? [];
    this.#unlisted = selector.length > 0 ? 3 : 2;
    this.#gate = new NamespaceGate(selector, (key, facts) => this.#onService(key, facts));
    const common = { transport, clock, random, log };
    this.#services = new Reflector({
      ...common,
      resource: { group: "", version: "v1", plural: "services" },
      ...(sources.services.labelSelector === ""
        ? {}
        : { query: { labelSelector: sources.services.labelSelector } }),
      project: sources.services.enabled ? projectService(filterOf(sources)) : () => null,
      equal: sameService,
      sink: { onChange: (key, facts) => this.#gate.setObject(key, facts), onSynced: this.#listedOnce() },
    });
    this.#slices = new Reflector({
      ...common,
      resource: { group: "discovery.k8s.io", version: "v1", plural: "endpointslices" },
      project: projectSlice,
      equal: sameSlice,
      sink: { onChange: (key, facts) => this.view.setSlice(key, facts), onSynced: this.#listedOnce() },
    });
    this.#nodes = new Reflector({
      ...common,
      resource: { group: "", version: "v1", plural: "nodes" },
      project: projectNode,
      equal: sameNode,
      sink: { onChange: (key, facts) => this.#onNode(key, facts), onSynced: () => this.#onNodes() },
    });
    this.#namespaces = new Reflector({
      ...common,
      resource: { group: "", version: "v1", plural: "namespaces" },
      project: projectNamespace(selector.length > 0),
      equal: sameNamespace,
      sink: {
        onChange: (name, facts) => this.#onNamespace(name, facts),
        // Where their labels choose services, there are no services before they are known.
        onSynced: selector.length > 0 ? this.#listedOnce() : () => undefined,
      },
    });
    this.#claims = new ClaimSources({
      ...common,
      settings: sources,
      ttlSeconds: options.ttlSeconds,
      declared: hosts.declared,
      onSynced: () => this.#readOnce(),
    });
  }

  /** Services and endpoints have been read. */
  get isSynced(): boolean {
    return this.#unlisted === 0;
  }

  /** All that declares host names has been read too. */
  get areHostsRead(): boolean {
    return this.#areHostsRead;
  }

  get health(): {
    readonly services: ReflectorHealth;
    readonly endpointSlices: ReflectorHealth;
    readonly nodes: ReflectorHealth;
    readonly namespaces: ReflectorHealth;
  } {
    return {
      services: this.#services.health,
      endpointSlices: this.#slices.health,
      nodes: this.#nodes.health,
      namespaces: this.#namespaces.health,
    };
  }

  /** Of the sources of host names that are switched on, by resource. */
  get sources(): Readonly<Record<string, SourceHealth>> {
    return this.#claims.health;
  }

  /** Says again what the cluster says, for all its services and hosts: after something else had said otherwise. */
  refreshAll(): void {
    this.view.refreshAll();
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#locate();
    const reflectors = [this.#services, this.#slices, this.#nodes, this.#namespaces];
    await Promise.all([...reflectors.map((reflector) => reflector.run(signal)), this.#claims.run(signal)]);
    this.view.stop();
  }

  /** The first complete list of one of those that make a backend. */
  #listedOnce(): () => void {
    let isFirst = true;
    return () => {
      if (!isFirst) return;
      isFirst = false;
      this.#unlisted--;
      if (this.#unlisted > 0) return;
      this.view.open();
      this.#options.onSynced();
      this.#readOnce();
    };
  }

  #readOnce(): void {
    if (this.#areHostsRead || !this.isSynced || !this.#claims.isSynced) return;
    this.#areHostsRead = true;
    this.#options.hosts.onRead();
    this.#options.onSynced();
  }

  #onService(key: string, facts: ServiceFacts | undefined): void {
    this.view.setService(key, facts);
    const object = objectKey({ kind: "Service", ...serviceOf(key) });
    this.#options.hosts.declared(object, facts?.declaration ?? null);
  }

  #onNamespace(name: string, facts: NamespaceFacts | undefined): void {
    const { federation, cluster } = this.#options;
    this.#gate.setNamespace(name, facts?.labels);
    const said = facts?.said ?? NOTHING_SAID;
    federation.setNamespace(cluster, name, said === NOTHING_SAID ? null : said);
  }

  #onNode(name: string, facts: NodeFacts | undefined): void {
    this.view.setNode(name, facts);
    const hasMoved = this.#places.set(name, facts?.place ?? null);
    if (hasMoved && this.#nodes.health.isSynced) this.#locate();
  }

  #onNodes(): void {
    this.view.openNodes();
    this.#locate();
  }

  /** Zones that were known survive a cluster that is scaled to zero nodes, and a restart before the nodes are read. */
  #locate(): void {
    const { federation, cluster, places, location } = this.#options;
    const known: readonly Place[] = federation.member(cluster)?.locality.places ?? [];
    const seen = places ?? this.#places.places;
    federation.setLocality(cluster, {
      places: seen.length === 0 ? known : seen,
      latitude: location?.latitude ?? null,
      longitude: location?.longitude ?? null,
    });
  }
}

function filterOf({ services, externalDns }: SourceSettings): Parameters<typeof projectService>[0] {
  const { namespaces, externalIPs, balancerHostnames } = services;
  return {
    namespaces,
    externalIPs,
    balancerHostnames,
    readsExternalDns: externalDns.enabled,
    readsInternalHostnames: externalDns.internalHostnames,
  };
}
