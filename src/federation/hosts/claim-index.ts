/**
 * All claims on host names of all clusters, by host: a change of one object looks only at the hosts it claims. Answers and
 * problems are computed on demand, so that a thousand objects of one host that arrive one after another do not cost a
 * thousand computations.
 */
import type { ObjectWarning } from "../members/object-warning.ts";
import { AS_CREATED, type Sights } from "../sights/first-sights.ts";
import { decideScope, type HostAuthority, type HostDecision } from "./authority.ts";
import { type ClaimProblem, type ClusterClaim, HostClaims } from "./cluster-claim.ts";
import type { HostDeclaration } from "./declaration.ts";
import type { Host } from "./host.ts";
import type { HostAnswer } from "./host-answer.ts";
import { faultsOf, isAboutHost, warningsOf } from "./host-status.ts";
import { type Above, Governors } from "./governance.ts";
import { costOf, NameTree } from "./name-tree.ts";
import { firstEntitled, type OwnershipRules, resolveHost, type Resolution } from "./ownership.ts";
import { type HostRule, HostRules } from "./rules.ts";

/**
 * Names that one cluster may claim, allowed or not: some 20 times what large ones have; each costs half a kilobyte. A name
 * of many labels counts more than once (costOf). A claim beyond the limit counts once its object changes, or the cluster is
 * read again, and there is space.
 */
export const CLAIMS_PER_CLUSTER_MAX = 50_000;

type ClaimIndexOptions = {
  readonly rules: readonly HostRule[];
  readonly authority: HostAuthority;
  /** Kinds whose objects share a host by path. */
  readonly routingKinds: ReadonlySet<string>;
  /** Whether the cluster has the host now, from this run or an earlier one; absent = no cluster has any. */
  readonly hasHost?: (cluster: string, host: Host) => boolean;
  /** Absent = claims are as old as their objects say. */
  readonly sights?: Sights;
  /** Called once for each host that a change affects. The listener collects them and calls `answerOf` later. */
  readonly onHost: (host: Host) => void;
};

type Entry = { decision: HostDecision; readonly claims: HostClaims };
type Declared = { readonly declaration: HostDeclaration; readonly claims: readonly ClusterClaim[] };

export class ClaimIndex {
  #rules: HostRules;
  readonly #routingKinds: ReadonlySet<string>;
  readonly #onHost: (host: Host) => void;
  readonly #hasHost: NonNullable<ClaimIndexOptions["hasHost"]>;
  #authority: HostAuthority;
  readonly #entries: Map<Host, Entry> = new Map();
  /** By cluster, then by objectKey. */
  readonly #declarations: Map<string, Map<string, Declared>> = new Map();
  readonly #names: NameTree = new NameTree();
  readonly #governors: Governors;
  readonly #sights: Sights;
  #zoneTops: ReadonlySet<string>;
  /** The objects with faults, by cluster: few of many. */
  readonly #faulty: Map<string, Set<string>> = new Map();
  readonly #claimCounts: Map<string, number> = new Map();
  readonly #problems: Map<Host, readonly ClaimProblem[]> = new Map();
  /** Hosts whose problems are out of date. */
  readonly #unresolved: Set<Host> = new Set();
  readonly #overflowing: Set<string> = new Set();

  constructor({ rules, authority, routingKinds, hasHost, sights, onHost }: ClaimIndexOptions) {
    this.#rules = new HostRules(rules);
    this.#authority = authority;
    this.#routingKinds = routingKinds;
    this.#onHost = onHost;
    this.#hasHost = hasHost ?? (() => false);
    this.#sights = sights ?? AS_CREATED;
    this.#zoneTops = new Set(authority.zones);
    this.#governors = new Governors({
      names: this.#names,
      isBoundary: (name) => this.#rules.names(name) || this.#zoneTops.has(name),
      first: (host, above) => this.#first(host, above),
      onHost: (host) => this.#announceOne(host),
    });
  }

  /** Every host that is claimed, allowed or not. */
  get hosts(): Iterable<Host> {
    return this.#entries.keys();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** By host, also of hosts that have no answer. Brought up to date here, for what has changed since the last time. */
  get problems(): ReadonlyMap<Host, readonly ClaimProblem[]> {
    for (const host of this.#unresolved) {
      const problems = this.#resolve(host)?.problems ?? [];
      if (problems.length === 0) this.#problems.delete(host);
      else this.#problems.set(host, problems);
    }
    this.#unresolved.clear();
    return this.#problems;
  }

  /**
   * "namespace/name" of the Services behind each host that the cluster claims. A host with a backend whose readiness cannot be known
   * is not among them.
   */
  servicesBehindHosts(cluster: string): ReadonlyMap<Host, ReadonlySet<string>> {
    const behind = new Map<Host, Set<string>>();
    const unclear = new Set<Host>();
    for (const { declaration } of this.#declarations.get(cluster)?.values() ?? [])
      for (const { host, services } of declaration.claims) {
        if (services === null) unclear.add(host);
        const known = behind.get(host) ?? new Set();
        for (const service of services ?? []) known.add(service);
        behind.set(host, known);
      }
    for (const host of unclear) behind.delete(host);
    return behind;
  }

  /** What of objects is not served as they declare it, and so claims nothing. */
  get faults(): readonly ClaimProblem[] {
    return [...this.#faulty].flatMap(([cluster, objects]) =>
      [...objects].flatMap((object) => faultsOf(cluster, object, this.declarationOf(cluster, object))),
    );
  }

  /** What the owners of objects must hear of. */
  warnings(): Iterable<ObjectWarning> {
    const uidOf = (cluster: string, object: string): string => this.declarationOf(cluster, object)?.uid ?? "";
    return warningsOf([...this.faults, ...[...this.problems.values()].flat()], uidOf);
  }

  /** All that objects say about this name and that is not served as they say. */
  problemsOf(host: Host): readonly ClaimProblem[] {
    const isAbout = isAboutHost(host, this.#entries.get(host)?.claims.inOrder() ?? []);
    return [...(this.problems.get(host) ?? []), ...this.faults.filter(isAbout)];
  }

  /** Clusters that claim more than CLAIMS_PER_CLUSTER_MAX names: the claims beyond that are not looked at. */
  get overflowing(): ReadonlySet<string> {
    return this.#overflowing;
  }

  /** The objects of a cluster that declare something. */
  objectsOf(cluster: string): Iterable<string> {
    return this.#declarations.get(cluster)?.keys() ?? [];
  }

  declarationOf(cluster: string, key: string): HostDeclaration | null {
    return this.#declarations.get(cluster)?.get(key)?.declaration ?? null;
  }

  /** Null: no object claims it, or none may. */
  answerOf(host: Host): HostAnswer | null {
    return this.#resolve(host)?.answer ?? null;
  }

  /** An object is there, or has changed. `key`: objectKey. Null: it is gone. */
  set(cluster: string, key: string, declaration: HostDeclaration | null): void {
    const ofCluster = this.#declarations.get(cluster) ?? new Map<string, Declared>();
    const before = ofCluster.get(key);
    if (before === undefined && declaration === null) return;
    const touched = new Set<Host>();
    if (before !== undefined) this.#withdraw(cluster, before, touched);
    if (declaration === null) ofCluster.delete(key);
    else ofCluster.set(key, { declaration, claims: this.#enter(cluster, declaration, touched) });
    const faulty = this.#faulty.get(cluster) ?? new Set<string>();
    if ((declaration?.faults ?? []).length > 0) this.#faulty.set(cluster, faulty.add(key));
    else faulty.delete(key);
    if (ofCluster.size === 0) this.#forget(cluster);
    else this.#declarations.set(cluster, ofCluster);
    this.#announce(touched);
  }

  /** The cluster is no member any more. */
  leave(cluster: string): void {
    const touched = new Set<Host>();
    for (const declaration of this.#declarations.get(cluster)?.values() ?? [])
      this.#withdraw(cluster, declaration, touched);
    this.#forget(cluster);
    this.#announce(touched);
  }

  /** Zones came, went or changed: every host is decided again, and `onHost` hears of those whose decision differs. */
  setAuthority(authority: HostAuthority): void {
    this.#authority = authority;
    const touched = new Set<Host>();
    const before = this.#zoneTops;
    this.#zoneTops = new Set(authority.zones);
    // Names below hosts are others' as far as no zone begins between them.
    if (before.size !== this.#zoneTops.size || authority.zones.some((zone) => !before.has(zone)))
      for (const host of this.#entries.keys()) touched.add(host);
    for (const [host, entry] of this.#entries) {
      const decision = decideScope(host, authority);
      const { scope, sentence, isApex } = entry.decision;
      if (decision.scope === scope && decision.sentence === sentence && decision.isApex === isApex) continue;
      entry.decision = decision;
      touched.add(host);
    }
    this.#announce(touched);
  }

  /** The settings have changed: who may claim what is decided again for every host, and `onHost` hears of all of them. */
  setRules(rules: readonly HostRule[]): void {
    this.#rules = new HostRules(rules);
    this.#announce(new Set(this.#entries.keys()));
  }

  #enter(cluster: string, declaration: HostDeclaration, touched: Set<Host>): readonly ClusterClaim[] {
    let count = this.#claimCounts.get(cluster) ?? 0;
    const claims: ClusterClaim[] = [];
    for (const claim of declaration.claims) {
      if (count >= CLAIMS_PER_CLUSTER_MAX) {
        this.#overflowing.add(cluster);
        break;
      }
      count += costOf(claim.host);
      touched.add(claim.host);
      const { host } = claim;
      const sight = this.#sights.see(
        { cluster, namespace: declaration.namespace, host },
        declaration.createdSeconds,
      );
      const clusterClaim: ClusterClaim = { cluster, declaration, claim, sight };
      claims.push(clusterClaim);
      this.#entryOf(host).claims.add(clusterClaim);
    }
    this.#claimCounts.set(cluster, count);
    return claims;
  }

  #entryOf(host: Host): Entry {
    const known = this.#entries.get(host);
    if (known !== undefined) return known;
    const entry = { decision: decideScope(host, this.#authority), claims: new HostClaims() };
    this.#entries.set(host, entry);
    this.#names.add(host);
    return entry;
  }

  #withdraw(cluster: string, { declaration: { namespace }, claims }: Declared, touched: Set<Host>): void {
    let count = this.#claimCounts.get(cluster) ?? 0;
    for (const claim of claims) {
      const { host } = claim.claim;
      this.#entries.get(host)?.claims.remove(claim);
      this.#sights.lose({ cluster, namespace, host });
      count -= costOf(host);
      touched.add(host);
    }
    this.#claimCounts.set(cluster, count);
  }

  #forget(cluster: string): void {
    this.#declarations.delete(cluster);
    this.#faulty.delete(cluster);
    this.#claimCounts.delete(cluster);
    this.#overflowing.delete(cluster);
  }

  #announce(touched: ReadonlySet<Host>): void {
    for (const host of touched) {
      if (this.#entries.get(host)?.claims.size === 0) {
        this.#entries.delete(host);
        this.#names.remove(host);
      }
      this.#governors.invalidate(host);
      this.#unresolved.add(host);
    }
    for (const host of touched) this.#onHost(host);
  }

  /** Whose it is has to be decided again, for the sake of a host above it. */
  #announceOne(host: Host): void {
    this.#unresolved.add(host);
    this.#onHost(host);
  }

  #resolve(host: Host): Resolution | null {
    // Those below the host hear of it even if nothing claims it any more.
    const above = this.#governors.above(host);
    const entry = this.#entries.get(host);
    if (entry === undefined) return null;
    return resolveHost(host, this.#firm(host, entry), { ...this.#ownership(entry), above });
  }

  #first(host: Host, above: readonly Above[]): ClusterClaim | undefined {
    const entry = this.#entries.get(host);
    return entry && firstEntitled(host, this.#firm(host, entry), this.#ownership(entry), above);
  }

  #ownership({ decision }: Entry): OwnershipRules {
    return { decision, rules: this.#rules, routingKinds: this.#routingKinds };
  }

  #firm(host: Host, { claims }: Entry): readonly ClusterClaim[] {
    const isFirm = ({ claim, cluster }: ClusterClaim): boolean =>
      claim.isTentative !== true || this.#hasHost(cluster, host);
    const inOrder = claims.inOrder();
    return inOrder.every(isFirm) ? inOrder : inOrder.filter(isFirm);
  }
}
