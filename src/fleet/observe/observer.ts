/**
 * One per member cluster: what is watched there, and who is told. Until Services and EndpointSlices have both been listed
 * once, what an earlier run knew of services stays; of hosts, until the sources of host names have been read as well.
 *
 * A source of host names that may not be read keeps nobody waiting (source-watch.ts): the cluster counts as read in part,
 * hosts of the other sources go out, and hosts that only an earlier run knew stay. They go when all has been read after
 * all; or REFUSED_MAX_MS later, because then nobody has vouched for them for as long as for a cluster that is out of sight.
 */
import type { HostDeclaration } from "../../federation/hosts/declaration.ts";
import { objectKey } from "../../federation/hosts/declaration.ts";
import { NamespaceFilter } from "../../federation/hosts/namespace-filter.ts";
import { parseSelector } from "../../federation/hosts/selector.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Network } from "../../federation/members/address.ts";
import type { Place } from "../../federation/members/cluster.ts";
import { type Federation, serviceOf } from "../../federation/members/federation.ts";
import { NO_ANNOTATIONS } from "../../federation/members/backend.ts";
import { Reflector } from "../watch/reflector.ts";
import type { ReflectorHealth } from "../watch/watch-health.ts";
import type { Transport } from "../kube/transport.ts";
import type { Log } from "../../kernel/log.ts";
import { withCluster } from "./cluster-log.ts";
import { HostSources } from "./host-sources.ts";
import { ClusterView } from "./cluster-view.ts";
import type { HostnameResolver } from "../resolve/hostname.ts";
import { PlaceCount } from "./places.ts";
import {
  type NamespaceFacts,
  type NodeFacts,
  projectNamespace,
  projectNode,
  sameNamespace,
  sameNode,
} from "./project.ts";
import { projectSlice, sameSlice, type SliceFacts } from "../sources/endpoints.ts";
import { projectService, sameService, type ServiceFacts } from "../sources/service.ts";
import type { OpenSources } from "../sources/open-sources.ts";
import { ALWAYS_READ, SERVICES, type SourceSettings } from "../sources/source-table.ts";
import { UNWATCHED } from "../watch/unwatched.ts";
import { type SourceHealth, SourceWatch } from "../watch/optional-watch.ts";
import { preferredResource } from "../watch/watched-resource.ts";

/** Who hears of host names. */
type HostListener = {
  /** `key`: objectKey. Null: the object declares nothing any more. */
  readonly declared: (key: string, declaration: HostDeclaration | null) => void;
  /** Once: all that this cluster declares has been told; what is not among it has gone. */
  readonly onRead: () => void;
  /** Once, and before that: all that may be read has been told; of the rest nothing is known. */
  readonly onReadInPart: () => void;
  /** Something that `view.aliasOf` goes by has changed for this host. */
  readonly onAlias: (host: string) => void;
};

/** As `staleAfterSeconds` is by default. */
const REFUSED_MAX_MS = 24 * 3_600_000;
/** Timers take no more: 24 days. */
const TIMER_MAX_MS = 2_147_483_647;

type ObserverOptions = {
  readonly cluster: string;
  readonly transport: Transport;
  readonly federation: Federation;
  readonly hostnames: HostnameResolver;
  readonly sources: OpenSources;
  readonly hosts: HostListener;
  /** Of records that do not say. */
  readonly ttlSeconds: number;
  /** Places by configuration; null = from the labels of the nodes. */
  readonly places: readonly Place[] | null;
  readonly location: { readonly latitude: number; readonly longitude: number } | null;
  readonly allowed: readonly Network[];
  /** How long hosts that only an earlier run knew are believed while a source is refused; REFUSED_MAX_MS. */
  readonly refusedMaxMs?: number;
  /** Services and endpoints have been read, and then the sources of host names as well. */
  readonly onSynced: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

type Common = Pick<ObserverOptions, "transport" | "clock" | "random" | "log">;

export class Observer {
  readonly view: ClusterView;
  readonly #options: ObserverOptions;
  /** Null: switched off. Hosts need their EndpointSlices, and nothing of the Services themselves. */
  readonly #services: Reflector<ServiceFacts> | null;
  readonly #slices: Reflector<SliceFacts>;
  readonly #nodes: Reflector<NodeFacts>;
  readonly #namespaces: SourceWatch<NamespaceFacts>;
  readonly #hostSources: HostSources;
  readonly #gate: NamespaceFilter<ServiceFacts>;
  readonly #places: PlaceCount = new PlaceCount();
  #unlisted = 0;
  #hosts: "unread" | "in part" | "read" = "unread";
  #stopWaiting: () => void = () => undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
    const { cluster, transport, federation, hostnames, allowed, sources, hosts, clock, random } = options;
    const log = withCluster(options.log, cluster);
    this.view = new ClusterView({ cluster, federation, hostnames, allowed, onAlias: hosts.onAlias, log });
    const { services } = sources.settings;
    const selector = services.enabled ? (parseSelector(services.namespaceSelector) ?? []) : [];
    this.#gate = new NamespaceFilter(selector, (key, facts) => this.#onService(key, facts));
    const common = { transport, clock, random, log };
    this.#hostSources = new HostSources({
      ...common,
      sources,
      ttlSeconds: options.ttlSeconds,
      declared: hosts.declared,
      onProgress: () => this.#readOnce(),
    });
    const onService = (key: string, facts: ServiceFacts | undefined): void =>
      this.#gate.setObject(key, facts);
    this.#services = services.enabled
      ? new Reflector({
          ...common,
          resource: preferredResource(SERVICES),
          ...(services.labelSelector !== "" && { query: { labelSelector: services.labelSelector } }),
          project: projectService(filterOf(sources.settings)),
          equal: sameService,
          sink: { onChange: onService, onSynced: this.#listedOnce() },
        })
      : null;
    this.#slices = new Reflector({
      ...common,
      resource: preferredResource(ALWAYS_READ.EndpointSlice),
      project: projectSlice,
      equal: sameSlice,
      sink: { onChange: (key, facts) => this.view.setSlice(key, facts), onSynced: this.#listedOnce() },
    });
    this.#nodes = new Reflector({
      ...common,
      resource: preferredResource(ALWAYS_READ.Node),
      project: projectNode,
      equal: sameNode,
      sink: { onChange: (key, facts) => this.#onNode(key, facts), onSynced: () => this.#onNodes() },
    });
    this.#namespaces = this.#watchNamespaces(common, selector.length > 0);
  }

  /** One watch for all who go by namespaces. Where their labels choose services, there are no services before they are known. */
  #watchNamespaces(common: Common, chooseServices: boolean): SourceWatch<NamespaceFacts> {
    const listed = chooseServices ? this.#listedOnce() : (): void => undefined;
    return new SourceWatch({
      ...common,
      need: ALWAYS_READ.Namespace,
      project: projectNamespace(chooseServices || this.#hostSources.needsNamespaces),
      equal: sameNamespace,
      sink: {
        onChange: (name, facts) => this.#onNamespace(name, facts),
        onSynced: () => {
          this.#hostSources.namespacesRead(true);
          listed();
        },
      },
      onUnsure: () => this.#hostSources.namespacesRead(false),
    });
  }

  /** Services and endpoints have been read. */
  get isSynced(): boolean {
    return this.#unlisted === 0;
  }

  /** All that declares host names has been read too, as far as it may be. */
  get areHostsRead(): boolean {
    return this.#hosts !== "unread";
  }

  get health(): {
    readonly services: ReflectorHealth;
    readonly endpointSlices: ReflectorHealth;
    readonly nodes: ReflectorHealth;
    readonly namespaces: ReflectorHealth;
  } {
    return {
      services: this.#services?.health ?? UNWATCHED,
      endpointSlices: this.#slices.health,
      nodes: this.#nodes.health,
      namespaces: this.#namespaces.health.watch ?? UNWATCHED,
    };
  }

  /** Of the sources of host names that are switched on, by resource. */
  get sources(): Readonly<Record<string, SourceHealth>> {
    const { health, needsNamespaces } = this.#hostSources;
    return needsNamespaces ? { ...health, namespaces: this.#namespaces.health } : health;
  }

  /** Says again what the cluster says, for all its services and hosts: after something else had said otherwise. */
  refreshAll(): void {
    this.view.refreshAll();
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#locate();
    const all = [this.#services, this.#slices, this.#nodes, this.#namespaces, this.#hostSources];
    await Promise.all(all.flatMap((one) => (one === null ? [] : [one.run(signal)])));
    this.#stopWaiting();
    this.view.stop();
  }

  /** The first complete list of one of those that make a backend. */
  #listedOnce(): () => void {
    let isFirst = true;
    this.#unlisted++;
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
    if (this.#hosts === "read" || !this.isSynced || !this.#hostSources.isSynced) return;
    const { hosts, onSynced, clock, refusedMaxMs = REFUSED_MAX_MS } = this.#options;
    if (this.#hostSources.isWhole) this.#readAll();
    else if (this.#hosts === "unread") {
      this.#hosts = "in part";
      hosts.onReadInPart();
      this.#stopWaiting = clock.after(Math.min(refusedMaxMs, TIMER_MAX_MS), () => this.#readAll());
      onSynced();
    }
  }

  #readAll(): void {
    this.#stopWaiting();
    this.#hosts = "read";
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
    this.#hostSources.setNamespace(name, facts?.labels);
    const annotations = facts?.annotations ?? NO_ANNOTATIONS;
    federation.setNamespace(cluster, name, annotations === NO_ANNOTATIONS ? null : annotations);
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
