/**
 * All watches in one member cluster, and the listeners of their changes. Until Services and EndpointSlices have both been
 * listed once, services that an earlier run knew stay; hosts stay until the sources of host names have been read as well
 * (read-progress.ts).
 */
import type { ServiceRecords } from "../../federation/dns-records/service-records.ts";
import { type HostDeclaration, objectKey } from "../../federation/hosts/declaration.ts";
import { NamespaceFilter, type NamespaceLimits } from "../../federation/hosts/namespace-filter.ts";
import { parseSelector } from "../../federation/hosts/selector.ts";
import type { AddressRules } from "../../federation/members/refused.ts";
import { NO_ANNOTATIONS } from "../../federation/members/backend.ts";
import type { Place } from "../../federation/members/cluster.ts";
import type { Coordinates } from "../../federation/members/distance.ts";
import { type Federation, serviceOf } from "../../federation/members/federation.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../kube/transport.ts";
import type { HostnameResolver } from "../resolve/hostname.ts";
import { projectSlice, sameSlice, type SliceFacts } from "../sources/endpoint-slice.ts";
import type { OpenSources } from "../sources/open-sources.ts";
import { projectService, sameService, type ServiceFacts, type ServiceFilter } from "../sources/service.ts";
import { ALWAYS_READ, SERVICES, type SourceSettings } from "../sources/source-table.ts";
import { type OptionalWatchHealth, OptionalWatch } from "../watch/optional-watch.ts";
import { Reflector } from "../watch/reflector.ts";
import { type ReflectorHealth, UNWATCHED } from "../watch/watch-health.ts";
import { preferredResource } from "../watch/watched-resource.ts";
import type { Room } from "../watch/room.ts";
import { withCluster } from "./cluster-log.ts";
import { ClusterView } from "./cluster-view.ts";
import { DeclaringNamespaces, type OutsideStatus } from "./declaring-namespaces.ts";
import { HostSources } from "./host-sources.ts";
import { NodeWatch } from "./node-watch.ts";
import { type NamespaceFacts, projectNamespace, sameNamespace } from "./project.ts";
import { ReadProgress } from "./read-progress.ts";

/** The listener for the host names of one cluster. */
type HostListener = {
  /** `key`: objectKey. Null: the object declares nothing any more. */
  readonly declared: (key: string, declaration: HostDeclaration | null) => void;
  /** Called once, when all objects of this cluster have been read. Hosts that were not declared no longer exist. */
  readonly onRead: () => void;
  /** At most once, before `onRead`: all sources that can be read have been read. */
  readonly onReadInPart: () => void;
  /** `view.aliasOf` the targets of this host may have changed. */
  readonly onAlias: (host: string) => void;
};

type ObserverOptions = {
  readonly cluster: string;
  readonly transport: Transport;
  readonly federation: Federation;
  readonly hostnames: HostnameResolver;
  readonly sources: OpenSources;
  /** KubeFed's records of Services; absent = there are none. */
  readonly records?: ServiceRecords;
  readonly hosts: HostListener;
  /** From the settings; null = from the labels of the Nodes. */
  readonly places: readonly Place[] | null;
  readonly location: Coordinates | null;
  readonly addresses: AddressRules;
  /** Which namespaces may declare names and steer; absent = all. */
  readonly namespaces?: NamespaceLimits;
  /** How long hosts that only an earlier run knew are kept while a source cannot be read; a day by default. */
  readonly refusedMaxMs?: () => number;
  /** Absent = what is kept is not limited. */
  readonly room?: Room;
  /** Services and endpoints have been read; and again, when the sources of host names have been read as well. */
  readonly onSynced: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

type Common = Pick<ObserverOptions, "transport" | "clock" | "random" | "log" | "room">;

export class Observer {
  readonly view: ClusterView;
  readonly #options: ObserverOptions;
  /** Null: switched off. */
  readonly #services: Reflector<ServiceFacts> | null;
  readonly #slices: Reflector<SliceFacts>;
  readonly #nodes: NodeWatch;
  readonly #namespaces: OptionalWatch<NamespaceFacts>;
  readonly #hostSources: HostSources;
  readonly #serviceFilter: NamespaceFilter<ServiceFacts>;
  readonly #declaring: DeclaringNamespaces;
  readonly #progress: ReadProgress;
  /** Resources that backends need and that have not been listed yet. */
  #unlisted = 0;

  constructor(options: ObserverOptions) {
    this.#options = options;
    const { cluster, transport, federation, hostnames, addresses, sources, hosts, clock, random } = options;
    const log = withCluster(options.log, cluster);
    const { records, room } = options;
    const common = { transport, clock, random, log, ...(room !== undefined && { room }) };
    const given = records === undefined ? {} : { records };
    this.view = new ClusterView({
      cluster,
      federation,
      hostnames,
      addresses,
      onAlias: hosts.onAlias,
      log,
      ...given,
    });
    this.#declaring = new DeclaringNamespaces(options.namespaces);
    const { onSynced, refusedMaxMs } = options;
    const { onRead, onReadInPart } = hosts;
    this.#progress = new ReadProgress({ onRead, onReadInPart, onSynced, refusedMaxMs, clock });
    const { services } = sources.settings;
    const selector = services.enabled ? (parseSelector(services.namespaceSelector) ?? []) : [];
    this.#serviceFilter = new NamespaceFilter(selector, (key, facts) => this.#onService(key, facts));
    this.#hostSources = new HostSources({
      ...common,
      sources,
      declared: (key, declaration) => this.#onDeclared(key, declaration),
      awaitsNamespaces: this.#declaring.needsLabels,
      onProgress: () => this.#noteProgress(),
    });
    this.#services = services.enabled ? this.#watchServices(common, sources.settings) : null;
    this.#slices = new Reflector({
      ...common,
      resource: preferredResource(ALWAYS_READ.EndpointSlice),
      project: (object) => projectSlice(object, { cluster, countsRemote: services.remoteEndpoints }),
      equal: sameSlice,
      sink: { onChange: (key, facts) => this.view.setSlice(key, facts), onSynced: this.#listedOnce() },
    });
    const { places, location } = options;
    const { internalIPv6 } = services;
    const where = { cluster, federation, places, location, internalIPv6 };
    const onHeardOf = (): void => this.#noteSynced();
    this.#nodes = new NodeWatch({ ...common, ...where, view: this.view, onHeardOf });
    this.#namespaces = this.#watchNamespaces(common, selector.length > 0 || this.#declaring.needsLabels);
  }

  #watchServices(common: Common, settings: SourceSettings): Reflector<ServiceFacts> {
    const { labelSelector } = settings.services;
    return new Reflector({
      ...common,
      resource: preferredResource(SERVICES),
      ...(labelSelector !== "" && { query: { labelSelector } }),
      project: projectService(filterOf(settings)),
      equal: sameService,
      sink: {
        onChange: (key, facts) => this.#serviceFilter.setObject(key, facts),
        onSynced: this.#listedOnce(),
      },
    });
  }

  /** One watch of namespaces for all that use them. Where their labels choose services, backends wait for them as well. */
  #watchNamespaces(common: Common, doChooseServices: boolean): OptionalWatch<NamespaceFacts> {
    const listed = doChooseServices ? this.#listedOnce() : (): void => undefined;
    return new OptionalWatch({
      ...common,
      watched: ALWAYS_READ.Namespace,
      project: projectNamespace(doChooseServices || this.#hostSources.needsNamespaces),
      equal: sameNamespace,
      sink: {
        onChange: (name, facts) => this.#onNamespace(name, facts),
        onSynced: () => {
          this.#hostSources.namespacesRead(true);
          listed();
        },
      },
      onUnavailable: () => this.#hostSources.namespacesRead(false),
    });
  }

  /** Services, endpoints and Nodes (or these are refused) have been read. */
  get isSynced(): boolean {
    return this.#unlisted === 0 && this.#nodes.isHeardOf;
  }

  /** The sources of host names have been read too, except for those that cannot be. */
  get areHostsRead(): boolean {
    return this.#progress.isRead;
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

  /** Health of the sources of host names that are on, by resource. */
  get sources(): Readonly<Record<string, OptionalWatchHealth>> {
    const { health, needsNamespaces } = this.#hostSources;
    return needsNamespaces ? { ...health, namespaces: this.#namespaces.health } : health;
  }

  /** What namespaces declare that may not. */
  get outside(): OutsideStatus {
    return this.#declaring.outside;
  }

  /** Where the cluster is, by the settings: `places` null = from the labels of the Nodes. */
  locate(places: readonly Place[] | null, location: Coordinates | null): void {
    this.#nodes.locate(places, location);
  }

  /** Sets all backends again, after something else has changed them. */
  refreshAll(): void {
    this.view.refreshAll();
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const all = [this.#services, this.#slices, this.#nodes, this.#namespaces, this.#hostSources];
    await Promise.all(all.flatMap((one) => (one === null ? [] : [one.run(signal)])));
    this.stop();
  }

  /** Ends what does not end with the signal of `run`. */
  stop(): void {
    this.#progress.stop();
    this.view.stop();
  }

  /** A listener for the first complete list of a resource that backends need. */
  #listedOnce(): () => void {
    let isFirst = true;
    this.#unlisted++;
    return () => {
      if (!isFirst) return;
      isFirst = false;
      this.#unlisted--;
      if (this.#unlisted > 0) return;
      this.view.open();
      this.#noteSynced();
    };
  }

  #noteSynced(): void {
    if (!this.isSynced) return;
    this.#options.onSynced();
    this.#noteProgress();
  }

  #noteProgress(): void {
    if (this.isSynced && this.#hostSources.isSynced) this.#progress.synced(this.#hostSources.isWhole);
  }

  /** A Service of a namespace that may not declare is known all the same: hosts of others may lead to it. */
  #onService(key: string, facts: ServiceFacts | undefined): void {
    const { namespace, name } = serviceOf(key);
    const object = objectKey({ kind: "Service", namespace, name });
    this.#declaring.put(namespace, object, {
      isThere: facts !== undefined,
      isDeclaring: facts?.hasName === true || facts?.declaration != null,
      apply: (isInside) => {
        const now = isInside || facts === undefined ? facts : { ...facts, hasName: false, declaration: null };
        this.view.setService(key, now);
        this.#options.hosts.declared(object, now?.declaration ?? null);
      },
    });
  }

  #onDeclared(key: string, declaration: HostDeclaration | null): void {
    const namespace = key.slice(key.indexOf(" ") + 1, key.indexOf("/"));
    this.#declaring.put(namespace, key, {
      isThere: declaration !== null,
      isDeclaring: true,
      apply: (isInside) => this.#options.hosts.declared(key, isInside ? declaration : null),
    });
  }

  #onNamespace(name: string, facts: NamespaceFacts | undefined): void {
    const { federation, cluster } = this.#options;
    this.#declaring.setNamespace(name, facts?.labels);
    this.#serviceFilter.setNamespace(name, facts?.labels);
    this.#hostSources.setNamespace(name, facts?.labels);
    const given = facts === undefined || facts.annotations === NO_ANNOTATIONS ? null : facts.annotations;
    this.#declaring.put(name, `Namespace ${name}`, {
      isThere: given !== null,
      isDeclaring: true,
      apply: (isInside) => federation.setNamespace(cluster, name, isInside ? given : null),
    });
  }
}

function filterOf({ services, externalDns }: SourceSettings): ServiceFilter {
  const { namespaces, externalIPs, balancerHostnames } = services;
  return {
    namespaces,
    externalIPs,
    balancerHostnames,
    readsExternalDns: externalDns.enabled,
    readsInternalHostnames: externalDns.internalHostnames,
  };
}
