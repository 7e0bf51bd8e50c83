/**
 * The backends of one cluster, computed from its Services, endpoints, Nodes and hosts, and set in the federation. It is
 * independent of connections. Every backend is computed from the complete present state, not from the last change.
 */
import { ANNOTATION_PREFIX } from "../../federation/annotations/annotation-table.ts";
import type { ServiceRecords } from "../../federation/dns-records/service-records.ts";
import type { HostTarget } from "../../federation/hosts/declaration.ts";
import { HOST_MAX, type HostBackend } from "../../federation/hosts/host-answer.ts";
import type { AddressRules } from "../../federation/members/refused.ts";
import type { Annotations, Backend } from "../../federation/members/backend.ts";
import { type Federation, isHostKey } from "../../federation/members/federation.ts";
import type { Log } from "../../kernel/log.ts";
import type { HostnameResolver } from "../resolve/hostname.ts";
import type { SliceFacts } from "../sources/endpoint-slice.ts";
import type { NodeAddresses } from "../sources/endpoints.ts";
import type { ServiceFacts } from "../sources/service.ts";
import { backendOf, type Counts, type Refusal } from "./backend.ts";
import { type Announced, joined, unprobedOf, withFound } from "./announced.ts";
import { aliasIn, ClusterFacts, TAKEN_AS_READY } from "./cluster-facts.ts";
import { freshnessOf } from "./freshness.ts";
import { type Resolved, HostnameWatches } from "./hostname-watches.ts";

type ClusterViewOptions = {
  readonly cluster: string;
  readonly federation: Federation;
  readonly hostnames: HostnameResolver;
  readonly addresses: AddressRules;
  /** Absent = there are none. */
  readonly records?: ServiceRecords;
  /** `aliasOf` the targets of this host may have changed. */
  readonly onAlias: (host: string) => void;
  readonly log: Log;
};

export class ClusterView {
  readonly #options: ClusterViewOptions;
  readonly #facts: ClusterFacts = new ClusterFacts();
  readonly #watches: HostnameWatches;
  readonly #hosts: Map<string, HostBackend> = new Map();
  /** Hosts that depend on a service, by its key. */
  readonly #hostsOf: Map<string, Set<string>> = new Map();
  readonly #refusals: Map<string, readonly Refusal[]> = new Map();
  /** Names that records give, by service. */
  readonly #otherNames: Map<string, string> = new Map();
  /** The same names. */
  readonly #givenNames: Set<string> = new Set();
  #rules: AddressRules;
  #isOpen = false;
  #hasNodes = false;

  constructor(options: ClusterViewOptions) {
    this.#options = options;
    this.#rules = options.addresses;
    this.#watches = new HostnameWatches(options.hostnames, options.cluster, (user) =>
      this.#refreshWithHosts(user),
    );
  }

  /** Services and endpoints have been read. Before that, backends from an earlier run stay. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Announced addresses that are refused, with the reason, by service or host. */
  get refusals(): ReadonlyMap<string, readonly Refusal[]> {
    return this.#refusals;
  }

  /** Services and endpoints have been read: removes services that only an earlier run knew. */
  open(): void {
    this.#isOpen = true;
    const { federation, cluster } = this.#options;
    const remembered = [...(federation.member(cluster)?.backends.keys() ?? [])];
    const services = remembered.filter((key) => !isHostKey(key));
    for (const key of new Set([...services, ...this.#facts.serviceKeys, ...this.#hosts.keys()]))
      this.#refresh(key);
  }

  /** Sets all backends again, after something else has changed them. */
  refreshAll(): void {
    for (const key of [...this.#facts.serviceKeys, ...this.#hosts.keys()]) this.#refresh(key);
  }

  /** From now on these say which addresses count. */
  setAddressRules(rules: AddressRules): void {
    this.#rules = rules;
    this.refreshAll();
  }

  /** The record of this service has changed. */
  recordChanged(service: string): void {
    this.#refreshWithHosts(service);
  }

  stop(): void {
    this.#isOpen = false;
    this.#watches.stop();
  }

  setService(key: string, facts: ServiceFacts | undefined): void {
    const before = this.#facts.service(key);
    this.#facts.setService(key, facts);
    this.#watches.move(key, before?.hostnames ?? [], facts?.hostnames ?? []);
    this.#refreshWithHosts(key);
    if (before?.isAlias !== true && facts?.isAlias !== true) return;
    for (const host of this.#hostsOf.get(key) ?? []) this.#options.onAlias(host);
  }

  /** `key`: of the slice. */
  setSlice(key: string, facts: SliceFacts | undefined): void {
    for (const service of this.#facts.setSlice(key, facts)) this.#refreshWithHosts(service);
  }

  /** Returns true when services that have addresses of Nodes are to be computed again, by `refreshNodes`. */
  setNode(name: string, facts: NodeAddresses | undefined): boolean {
    return this.#facts.setNode(name, facts) && this.#hasNodes;
  }

  /** All Nodes have been read. Until then their services wait, because computing them again for each Node would be slow. */
  openNodes(): void {
    this.#hasNodes = true;
    this.refreshNodes();
  }

  /** Computes services again that have addresses of Nodes. */
  refreshNodes(): void {
    for (const key of this.#facts.nodeServices) this.#refreshWithHosts(key);
  }

  /** The content of the host in this cluster, from its claims; null = none. */
  setHost(host: string, backend: HostBackend | null): void {
    const before = this.#hosts.get(host);
    // The common case: most clusters have nothing of most hosts.
    if (before === undefined && backend === null && this.#current(host) === undefined) return;
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

  /** The name to return for these targets instead of addresses; null = none. */
  aliasOf(targets: readonly HostTarget[]): string | null {
    return this.#facts.aliasOf(targets);
  }

  #forget(service: string, host: string): void {
    const hosts = this.#hostsOf.get(service);
    hosts?.delete(host);
    if (hosts?.size === 0) this.#hostsOf.delete(service);
  }

  /** A host, or a service with the hosts that depend on it. */
  #refreshWithHosts(key: string): void {
    if (!this.#isOpen) return;
    this.#refresh(key);
    for (const host of this.#hostsOf.get(key) ?? []) this.#refresh(host);
  }

  #refresh(key: string): void {
    if (!this.#isOpen) return;
    const { federation, cluster } = this.#options;
    // It is the name that a record gives another service.
    if (this.#givenNames.has(key) && this.#facts.service(key)?.hasName !== true) return;
    const backend = isHostKey(key) ? this.#hostBackend(key) : this.#serviceBackend(key);
    if (backend === null) this.#refusals.delete(key);
    federation.setBackend(cluster, key, backend);
    if (!isHostKey(key)) this.#refreshOtherName(key, backend);
  }

  /** A record may give a service one more name. A service that really has that name comes first. */
  #refreshOtherName(service: string, backend: Backend | null): void {
    const { federation, cluster, records } = this.#options;
    const before = this.#otherNames.get(service);
    const now = records?.of(service)?.otherName ?? undefined;
    if (before !== undefined && before !== now) {
      this.#otherNames.delete(service);
      this.#givenNames.delete(before);
      federation.setBackend(cluster, before, this.#serviceBackend(before));
    }
    if (now === undefined || this.#facts.service(now)?.hasName === true) return;
    this.#otherNames.set(service, now);
    this.#givenNames.add(now);
    federation.setBackend(cluster, now, backend);
  }

  #serviceBackend(key: string): Backend | null {
    const facts = this.#facts.service(key);
    if (facts?.hasName !== true) return null;
    const record = this.#options.records?.of(key);
    const counts = record?.isReadyAnyway === true ? TAKEN_AS_READY : this.#facts.countsOf(key);
    const annotations =
      record === undefined ? facts.annotations : withTtl(facts.annotations, record.ttlSeconds);
    const backend = this.#backend(key, [this.#facts.announced(key)], counts, annotations);
    const list = this.#facts.portsOf(key);
    const alias = aliasIn(facts);
    return {
      ...backend,
      ...(alias !== null && { alias: `${alias}.` }),
      ...(list.length > 0 && { ports: { createdSeconds: facts.createdSeconds, list } }),
    };
  }

  #hostBackend(host: string): Backend | null {
    const claimed = this.#hosts.get(host);
    if (claimed === undefined) return null;
    const announced = claimed.targets.map((target) =>
      target.kind === "service" ? this.#facts.announced(target.service) : target,
    );
    const counts = claimed.services?.map((service) => this.#facts.countsOf(service)) ?? [TAKEN_AS_READY];
    return this.#backend(host, announced, sumOf(counts), claimed.annotations);
  }

  #backend(key: string, announced: readonly Announced[], counts: Counts, annotations: Annotations): Backend {
    const { addresses, hostnames } = joined(announced);
    const lookedUp = (names: readonly string[]): readonly Resolved[] =>
      names.flatMap((hostname) => this.#watches.of(hostname) ?? []);
    const resolved = lookedUp(hostnames);
    const texts = withFound(addresses, resolved);
    const { backend: known, refusals } = backendOf(
      texts,
      counts,
      annotations,
      this.#rules,
      isHostKey(key) ? HOST_MAX.addresses : undefined,
    );
    this.#noteRefusals(key, refusals);
    const backend = { ...known, ...unprobedOf(announced, lookedUp, this.#rules) };
    if (hostnames.length === 0) return backend;
    // There are only host names, and one of them has not been looked up yet. Until then the previous addresses stay.
    const before = this.#current(key);
    if (before === undefined || texts.length > 0 || resolved.length === hostnames.length)
      return { ...backend, ...freshnessOf(resolved, addresses) };
    const { ipv4, ipv6, freshUntil, unprobed } = before;
    const kept = {
      ...(freshUntil !== undefined && { freshUntil }),
      ...(unprobed !== undefined && { unprobed }),
    };
    return { ...backend, ipv4, ipv6, ...kept };
  }

  #current(key: string): Backend | undefined {
    const { federation, cluster } = this.#options;
    return federation.member(cluster)?.backends.get(key);
  }

  /** Logs refusals when they change, not with every event of the service. */
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

/** A record says it for the whole federation, and so comes before an annotation in one cluster. */
function withTtl({ createdAt, values }: Annotations, seconds: number): Annotations {
  return { createdAt, values: { ...values, [`${ANNOTATION_PREFIX}ttl`]: String(seconds) } };
}

function sumOf(counts: readonly Counts[]): Counts {
  if (counts.length === 1) return counts[0] as Counts;
  return {
    readyEndpoints: counts.reduce((total, { readyEndpoints }) => total + readyEndpoints, 0),
    wantedEndpoints: counts.reduce((total, { wantedEndpoints }) => total + wantedEndpoints, 0),
  };
}

/** Services that a host depends on, for its readiness or its addresses. */
function servicesOf({ services, targets }: HostBackend): ReadonlySet<string> {
  const reached = targets.flatMap((target) => (target.kind === "service" ? [target.service] : []));
  return new Set([...(services ?? []), ...reached]);
}

function hostnamesOf(backend: HostBackend | undefined): readonly string[] {
  const targets = backend?.targets ?? [];
  return targets.flatMap((target) => (target.kind === "addresses" ? target.hostnames : []));
}
