/**
 * What one cluster says, put together: services, their endpoints, nodes and host names in, backends of services and
 * hosts out. Knows no connection. Works on what is known, not on what the last change says.
 */
import type { HostBackend } from "../../federation/hosts/host-answer.ts";
import type { HostTarget } from "../../federation/hosts/declaration.ts";
import type { Network } from "../../federation/members/address.ts";
import { type Federation, isHostKey } from "../../federation/members/federation.ts";
import type { Backend, Annotations } from "../../federation/members/backend.ts";
import { isDnsName } from "../../kernel/literal.ts";
import type { Log } from "../../kernel/log.ts";
import { backendOf, countsOf, type Counts, type Refusal } from "./backend.ts";
import type { HostnameResolver } from "../resolve/hostname.ts";
import { HostnameWatches } from "./hostname-watches.ts";
import {
  announcedAddresses,
  type NodeAddresses,
  sameNodeAddresses,
  servicePorts,
  type SliceFacts,
} from "../sources/endpoints.ts";
import type { ServiceFacts } from "../sources/service.ts";

type ClusterViewOptions = {
  readonly cluster: string;
  readonly federation: Federation;
  readonly hostnames: HostnameResolver;
  readonly allowed: readonly Network[];
  /** What is an alias there has changed (aliasOf). */
  readonly onAlias: (host: string) => void;
  readonly log: Log;
};

/** What is announced, as text, and the names that stand for more of it. */
type Announced = { readonly addresses: readonly string[]; readonly hostnames: readonly string[] };

/** Of services about which nothing is known. */
const TAKEN_AS_READY: Counts = { readyEndpoints: 1, wantedEndpoints: 1 };

export class ClusterView {
  readonly #options: ClusterViewOptions;
  readonly #watches: HostnameWatches;
  readonly #services: Map<string, ServiceFacts> = new Map();
  readonly #slices: Map<string, SliceFacts> = new Map();
  readonly #slicesOf: Map<string, readonly SliceFacts[]> = new Map();
  readonly #nodes: Map<string, NodeAddresses> = new Map();
  /** Services that are reached through nodes. */
  readonly #onNodes: Set<string> = new Set();
  readonly #hosts: Map<string, HostBackend> = new Map();
  /** Hosts that depend on a service, by its key. */
  readonly #hostsOf: Map<string, Set<string>> = new Map();
  readonly #refusals: Map<string, readonly Refusal[]> = new Map();
  #isOpen = false;
  #hasNodes = false;

  constructor(options: ClusterViewOptions) {
    this.#options = options;
    this.#watches = new HostnameWatches(options.hostnames, (user) => this.#refreshAround(user));
  }

  /** Services and endpoints have been read: before, what an earlier run knew stays. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Addresses that are announced there and not answered, and why, by service or host. */
  get refusals(): ReadonlyMap<string, readonly Refusal[]> {
    return this.#refusals;
  }

  /** From here on the cluster itself says what services are there; what only an earlier run knew goes. */
  open(): void {
    this.#isOpen = true;
    const { federation, cluster } = this.#options;
    const remembered = [...(federation.member(cluster)?.backends.keys() ?? [])];
    const services = remembered.filter((key) => !isHostKey(key));
    for (const key of new Set([...services, ...this.#services.keys(), ...this.#hosts.keys()]))
      this.#refresh(key);
  }

  /** Says again what the cluster says: after something else had said otherwise. */
  refreshAll(): void {
    for (const key of [...this.#services.keys(), ...this.#hosts.keys()]) this.#refresh(key);
  }

  stop(): void {
    this.#watches.stop();
  }

  setService(key: string, facts: ServiceFacts | undefined): void {
    const before = this.#services.get(key);
    if (facts === undefined) this.#services.delete(key);
    else this.#services.set(key, facts);
    if (facts?.exposure === "nodes") this.#onNodes.add(key);
    else this.#onNodes.delete(key);
    this.#watches.move(key, before?.hostnames ?? [], facts?.hostnames ?? []);
    this.#refreshAround(key);
    if (before?.isAlias !== true && facts?.isAlias !== true) return;
    for (const host of this.#hostsOf.get(key) ?? []) this.#options.onAlias(host);
  }

  /** `key`: of the slice. */
  setSlice(key: string, facts: SliceFacts | undefined): void {
    const before = this.#slices.get(key);
    if (before !== undefined) {
      this.#slices.delete(key);
      const left = (this.#slicesOf.get(before.service) ?? []).filter((one) => one !== before);
      if (left.length === 0) this.#slicesOf.delete(before.service);
      else this.#slicesOf.set(before.service, left);
    }
    if (facts !== undefined) {
      this.#slices.set(key, facts);
      this.#slicesOf.set(facts.service, [...(this.#slicesOf.get(facts.service) ?? []), facts]);
    }
    if (before !== undefined && before.service !== facts?.service) this.#refreshAround(before.service);
    if (facts !== undefined) this.#refreshAround(facts.service);
  }

  setNode(name: string, facts: NodeAddresses | undefined): void {
    const before = this.#nodes.get(name);
    if (facts === undefined) this.#nodes.delete(name);
    else this.#nodes.set(name, facts);
    const isSame = before !== undefined && facts !== undefined && sameNodeAddresses(before, facts);
    if (this.#hasNodes && !isSame) this.#refreshOnNodes();
  }

  /** All nodes have been read: before, each of thousands would have all services on nodes looked at again. */
  openNodes(): void {
    this.#hasNodes = true;
    this.#refreshOnNodes();
  }

  /** What stands behind a host here, as who may claim it says; null = nothing. */
  setHost(host: string, backend: HostBackend | null): void {
    const before = this.#hosts.get(host);
    // Of most hosts most clusters know nothing.
    if (before === undefined && backend === null && this.#believed(host) === undefined) return;
    if (before !== undefined) for (const service of servicesOf(before)) this.#forget(service, host);
    if (backend === null) this.#hosts.delete(host);
    else this.#hosts.set(host, backend);
    for (const service of backend === null ? [] : servicesOf(backend)) {
      const hosts = this.#hostsOf.get(service);
      if (hosts === undefined) this.#hostsOf.set(service, new Set([host]));
      else hosts.add(host);
    }
    this.#watches.move(host, hostnamesOf(before), hostnamesOf(backend ?? undefined));
    this.#refresh(host);
  }

  /** The one name that clients of these targets are to be sent to in the place of addresses; null = none. */
  aliasOf(targets: readonly HostTarget[]): string | null {
    const names = targets.map((target) => {
      const facts = target.kind === "service" ? this.#services.get(target.service) : undefined;
      return facts === undefined ? null : aliasIn(facts);
    });
    const [first = null] = names;
    return names.every((name) => name === first) ? first : null;
  }

  #forget(service: string, host: string): void {
    const hosts = this.#hostsOf.get(service);
    hosts?.delete(host);
    if (hosts?.size === 0) this.#hostsOf.delete(service);
  }

  /** A service and the hosts that lead to it, or a host. */
  #refreshAround(key: string): void {
    if (!this.#isOpen) return;
    this.#refresh(key);
    for (const host of this.#hostsOf.get(key) ?? []) this.#refresh(host);
  }

  #refreshOnNodes(): void {
    for (const key of this.#onNodes) this.#refreshAround(key);
  }

  #refresh(key: string): void {
    if (!this.#isOpen) return;
    const { federation, cluster } = this.#options;
    const backend = isHostKey(key) ? this.#ofHost(key) : this.#ofService(key);
    if (backend === null) this.#refusals.delete(key);
    federation.setBackend(cluster, key, backend);
  }

  #ofService(key: string): Backend | null {
    const facts = this.#services.get(key);
    if (facts?.hasName !== true) return null;
    const counts = this.#countsOf(key);
    const backend = this.#believe(key, this.#announced(key), counts, facts.annotations);
    const list = servicePorts(facts, this.#slicesOf.get(key) ?? []);
    const alias = aliasIn(facts);
    return {
      ...backend,
      ...(alias !== null && { alias: `${alias}.` }),
      ...(list.length > 0 && { ports: { createdSeconds: facts.createdSeconds, list } }),
    };
  }

  #ofHost(host: string): Backend | null {
    const behind = this.#hosts.get(host);
    if (behind === undefined) return null;
    const announced = behind.targets.map((target) =>
      target.kind === "service" ? this.#announced(target.service) : target,
    );
    const counts = behind.services?.map((service) => this.#countsOf(service)) ?? [TAKEN_AS_READY];
    const [only, ...more] = announced;
    const all =
      only !== undefined && more.length === 0
        ? only
        : {
            addresses: announced.flatMap(({ addresses }) => addresses),
            hostnames: announced.flatMap(({ hostnames }) => hostnames),
          };
    return this.#believe(host, all, sumOf(counts), behind.annotations);
  }

  #announced(service: string): Announced {
    const facts = this.#services.get(service);
    if (facts === undefined) return { addresses: [], hostnames: [] };
    const addresses = announcedAddresses(facts, this.#slicesOf.get(service) ?? [], this.#nodes);
    return { addresses, hostnames: facts.hostnames };
  }

  #countsOf(service: string): Counts {
    const facts = this.#services.get(service);
    if (facts?.isElsewhere === true) return TAKEN_AS_READY;
    const areAllReady = facts?.publishesNotReady === true;
    return countsOf(this.#slicesOf.get(service) ?? [], areAllReady);
  }

  #believe(
    key: string,
    { addresses, hostnames }: Announced,
    counts: Counts,
    annotations: Annotations,
  ): Backend {
    const { allowed } = this.#options;
    const resolved = hostnames.map((hostname) => this.#watches.addressesOf(hostname));
    const found = resolved.flatMap((host) => (host === null ? [] : [...host.ipv4, ...host.ipv6]));
    const texts = found.length === 0 ? addresses : [...addresses, ...found];
    const { backend, refusals } = backendOf(texts, counts, annotations, allowed);
    this.#noteRefusals(key, refusals);
    if (hostnames.length === 0) return backend;
    // Known by names alone, none of which has been looked up yet: that says nothing against the addresses from before.
    const before = this.#believed(key);
    if (before === undefined || texts.length > 0 || !resolved.includes(null)) return backend;
    return { ...backend, ipv4: before.ipv4, ipv6: before.ipv6 };
  }

  #believed(key: string): Backend | undefined {
    const { federation, cluster } = this.#options;
    return federation.member(cluster)?.backends.get(key);
  }

  /** Said once, not with every event of the service. */
  #noteRefusals(key: string, refusals: readonly Refusal[]): void {
    const { cluster, log } = this.#options;
    if (refusals.length === 0) {
      this.#refusals.delete(key);
      return;
    }
    if (JSON.stringify(refusals) === JSON.stringify(this.#refusals.get(key))) return;
    this.#refusals.set(key, refusals);
    const what = isHostKey(key) ? { host: key } : { service: key };
    for (const refusal of refusals) log.warn({ cluster, ...what, ...refusal }, "refused an address");
  }
}

/** Lower case, no final dot; null = addresses are meant. */
function aliasIn({ isAlias, ips, hostnames }: ServiceFacts): string | null {
  if (!isAlias || ips.length > 0 || hostnames.length !== 1) return null;
  const name = (hostnames[0] as string).toLowerCase().replace(/\.$/, "");
  return isDnsName(name) ? name : null;
}

function sumOf(counts: readonly Counts[]): Counts {
  if (counts.length === 1) return counts[0] as Counts;
  return {
    readyEndpoints: counts.reduce((total, { readyEndpoints }) => total + readyEndpoints, 0),
    wantedEndpoints: counts.reduce((total, { wantedEndpoints }) => total + wantedEndpoints, 0),
  };
}

/** Services that a host depends on: what stands behind it, and where it leads. */
function servicesOf({ services, targets }: HostBackend): ReadonlySet<string> {
  const led = targets.flatMap((target) => (target.kind === "service" ? [target.service] : []));
  return new Set([...(services ?? []), ...led]);
}

function hostnamesOf(backend: HostBackend | undefined): readonly string[] {
  const targets = backend?.targets ?? [];
  return targets.flatMap((target) => (target.kind === "addresses" ? target.hostnames : []));
}
