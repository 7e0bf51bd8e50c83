/**
 * One per member cluster: reflectors in, backends and locality out. Works on what the stores hold, not on what the
 * events say. Until Services and EndpointSlices have both been listed once, what an earlier run knew stays.
 */
import type { Clock } from "../clock.ts";
import { type Locality, type Place, sortPlaces } from "../federation/cluster.ts";
import type { Federation } from "../federation/federation.ts";
import type { Network } from "../federation/address.ts";
import { type Backend, type Said, sameSaid } from "../federation/pool.ts";
import type { Log } from "../log.ts";
import { Reflector } from "../kube/reflector.ts";
import type { ReflectorHealth } from "../kube/sight.ts";
import type { Transport } from "../kube/transport.ts";
import { backendOf, type Refusal } from "./backend.ts";
import type { HostAddresses, HostnameResolver } from "./hostname.ts";
import {
  projectNamespace,
  projectNode,
  projectService,
  projectSlice,
  samePlace,
  sameService,
  sameSlice,
  type ServiceFacts,
  type SliceFacts,
} from "./project.ts";

/** Real clusters span a handful of zones; each place costs a level, and labels are whatever a member says. */
const PLACES_MAX = 64;

export type ObserverOptions = {
  readonly cluster: string;
  readonly transport: Transport;
  readonly federation: Federation;
  readonly hostnames: HostnameResolver;
  /** Places by configuration; null = from the labels of the nodes. */
  readonly places: readonly Place[] | null;
  readonly location: { readonly latitude: number; readonly longitude: number } | null;
  readonly allowed: readonly Network[];
  readonly onSynced: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

type Watched = { readonly stop: () => void; addresses: HostAddresses | null; users: number };

export class Observer {
  readonly #options: ObserverOptions;
  readonly #services: Reflector<ServiceFacts>;
  readonly #slices: Reflector<SliceFacts>;
  readonly #nodes: Reflector<Place>;
  readonly #namespaces: Reflector<Said>;
  /** What the stores hold, by key; slices also by the service they belong to. */
  readonly #serviceFacts: Map<string, ServiceFacts> = new Map();
  readonly #sliceFacts: Map<string, SliceFacts> = new Map();
  readonly #slicesOf: Map<string, Map<string, SliceFacts>> = new Map();
  /** Of each node, and how many nodes each place has: a cluster moves only when a place comes or goes. */
  readonly #nodePlaces: Map<string, Place> = new Map();
  readonly #places: Map<string, { readonly place: Place; nodes: number }> = new Map();
  readonly #hostnames: Map<string, Watched> = new Map();
  readonly #refusals: Map<string, readonly Refusal[]> = new Map();
  #unlisted = 2;

  constructor(options: ObserverOptions) {
    this.#options = options;
    const common = {
      transport: options.transport,
      clock: options.clock,
      random: options.random,
      log: options.log,
    };
    this.#services = new Reflector({
      ...common,
      resource: { group: "", version: "v1", plural: "services" },
      project: projectService,
      equal: sameService,
      sink: { onChange: (key, facts) => this.#onService(key, facts), onSynced: this.#listedOnce() },
    });
    this.#slices = new Reflector({
      ...common,
      resource: { group: "discovery.k8s.io", version: "v1", plural: "endpointslices" },
      project: projectSlice,
      equal: sameSlice,
      sink: { onChange: (key, facts) => this.#onSlice(key, facts), onSynced: this.#listedOnce() },
    });
    this.#nodes = new Reflector({
      ...common,
      resource: { group: "", version: "v1", plural: "nodes" },
      project: projectNode,
      equal: samePlace,
      sink: { onChange: (key, place) => this.#onNode(key, place), onSynced: () => this.#locate() },
    });
    this.#namespaces = new Reflector({
      ...common,
      resource: { group: "", version: "v1", plural: "namespaces" },
      project: projectNamespace,
      equal: sameSaid,
      sink: { onChange: (name, said) => this.#onNamespace(name, said), onSynced: () => undefined },
    });
  }

  get isSynced(): boolean {
    return this.#unlisted === 0;
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

  /** Addresses that are announced there and not answered, and why, by service. */
  get refusals(): ReadonlyMap<string, readonly Refusal[]> {
    return this.#refusals;
  }

  /** Says again what the cluster says, for all its services: after something else had said otherwise. */
  refreshAll(): void {
    for (const key of this.#serviceFacts.keys()) this.#refresh(key);
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#locate();
    const reflectors = [this.#services, this.#slices, this.#nodes, this.#namespaces];
    await Promise.all(reflectors.map((reflector) => reflector.run(signal)));
    for (const { stop } of this.#hostnames.values()) stop();
  }

  /** The first complete list of one of the two that make a backend. */
  #listedOnce(): () => void {
    let isFirst = true;
    return () => {
      if (!isFirst) return;
      isFirst = false;
      this.#unlisted--;
      if (this.#unlisted === 0) this.#takeOver();
    };
  }

  /** From here on the cluster itself says what is there; what only an earlier run knew goes. */
  #takeOver(): void {
    const { federation, cluster, onSynced } = this.#options;
    const remembered = [...(federation.member(cluster)?.backends.keys() ?? [])];
    for (const key of new Set([...remembered, ...this.#serviceFacts.keys()])) this.#refresh(key);
    onSynced();
  }

  #onService(key: string, facts: ServiceFacts | undefined): void {
    const before = this.#serviceFacts.get(key);
    if (facts === undefined) this.#serviceFacts.delete(key);
    else this.#serviceFacts.set(key, facts);
    for (const hostname of facts?.hostnames ?? []) this.#watchHostname(hostname);
    for (const hostname of before?.hostnames ?? []) this.#leaveHostname(hostname);
    this.#refresh(key);
  }

  #onSlice(key: string, facts: SliceFacts | undefined): void {
    const before = this.#sliceFacts.get(key);
    if (before !== undefined) {
      this.#sliceFacts.delete(key);
      this.#slicesOf.get(before.service)?.delete(key);
      if (this.#slicesOf.get(before.service)?.size === 0) this.#slicesOf.delete(before.service);
    }
    if (facts !== undefined) {
      this.#sliceFacts.set(key, facts);
      const slices = this.#slicesOf.get(facts.service) ?? new Map<string, SliceFacts>();
      this.#slicesOf.set(facts.service, slices.set(key, facts));
    }
    if (before !== undefined && before.service !== facts?.service) this.#refresh(before.service);
    if (facts !== undefined) this.#refresh(facts.service);
  }

  #onNamespace(name: string, said: Said | undefined): void {
    const { federation, cluster } = this.#options;
    federation.setNamespace(cluster, name, said ?? null);
  }

  #onNode(name: string, place: Place | undefined): void {
    const before = this.#nodePlaces.get(name);
    if (place === undefined) this.#nodePlaces.delete(name);
    else this.#nodePlaces.set(name, place);
    const hasGone = before !== undefined && this.#count(before, -1) === 0;
    const hasCome = place !== undefined && this.#count(place, 1) === 1;
    if ((hasGone || hasCome) && this.#nodes.health.isSynced) this.#locate();
  }

  /** Returns how many nodes the place has now. */
  #count(place: Place, by: 1 | -1): number {
    const key = `${place.region} ${place.zone ?? ""}`;
    const counted = this.#places.get(key) ?? { place, nodes: 0 };
    counted.nodes += by;
    if (counted.nodes === 0) this.#places.delete(key);
    else this.#places.set(key, counted);
    return counted.nodes;
  }

  /** Zones that were known survive a cluster that is scaled to zero nodes, and a restart before the nodes are read. */
  #locate(): void {
    const { federation, cluster, places, location } = this.#options;
    const known: readonly Place[] = federation.member(cluster)?.locality.places ?? [];
    const counted = [...this.#places.values()].slice(0, PLACES_MAX);
    const seen = places ?? sortPlaces(counted.map(({ place }) => place));
    const locality: Locality = {
      places: seen.length === 0 ? known : seen,
      latitude: location?.latitude ?? null,
      longitude: location?.longitude ?? null,
    };
    federation.setLocality(cluster, locality);
  }

  #refresh(key: string): void {
    if (!this.isSynced) return;
    const { federation, cluster } = this.#options;
    const facts = this.#serviceFacts.get(key);
    if (facts === undefined) this.#refusals.delete(key);
    federation.setBackend(cluster, key, facts === undefined ? null : this.#backend(key, facts));
  }

  #backend(key: string, facts: ServiceFacts): Backend {
    const { federation, cluster, allowed } = this.#options;
    const resolved = facts.hostnames.map((hostname) => this.#hostnames.get(hostname)?.addresses ?? null);
    const texts = [
      ...facts.ips,
      ...resolved.flatMap((host) => (host === null ? [] : [...host.ipv4, ...host.ipv6])),
    ];
    const slices = this.#slicesOf.get(key)?.values() ?? [];
    const { backend, refusals } = backendOf(texts, slices, facts.said, allowed);
    this.#noteRefusals(key, refusals);
    // Known by names alone, none of which has been looked up yet: that says nothing against the addresses from before.
    const before = federation.member(cluster)?.backends.get(key);
    if (before === undefined || texts.length > 0 || resolved.every((host) => host !== null)) return backend;
    return { ...backend, ipv4: before.ipv4, ipv6: before.ipv6 };
  }

  /** Said once, not with every event of the service. */
  #noteRefusals(key: string, refusals: readonly Refusal[]): void {
    const { cluster, log } = this.#options;
    if (JSON.stringify(refusals) === JSON.stringify(this.#refusals.get(key) ?? [])) return;
    if (refusals.length === 0) this.#refusals.delete(key);
    else this.#refusals.set(key, refusals);
    for (const refusal of refusals) log.warn({ cluster, service: key, ...refusal }, "refused an address");
  }

  #watchHostname(hostname: string): void {
    const known = this.#hostnames.get(hostname);
    if (known !== undefined) {
      known.users++;
      return;
    }
    const onAddresses = (addresses: HostAddresses): void => {
      const watched = this.#hostnames.get(hostname);
      if (watched === undefined) return;
      watched.addresses = addresses;
      for (const [key, facts] of this.#serviceFacts)
        if (facts.hostnames.includes(hostname)) this.#refresh(key);
    };
    this.#hostnames.set(hostname, {
      stop: this.#options.hostnames.watch(hostname, onAddresses),
      addresses: null,
      users: 1,
    });
  }

  #leaveHostname(hostname: string): void {
    const known = this.#hostnames.get(hostname);
    if (known === undefined || --known.users > 0) return;
    known.stop();
    this.#hostnames.delete(hostname);
  }
}
