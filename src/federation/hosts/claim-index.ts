/**
 * All claims on host names of all clusters, by host: a change of one object looks only at the hosts it claims. Answers and
 * problems are computed on demand, so that a thousand objects of one host that arrive one after another do not cost a
 * thousand computations.
 */
import type { ObjectWarning } from "../members/object-warning.ts";
import { decideScope, type HostAuthority, type HostDecision } from "./authority.ts";
import type { ClaimProblem, ClusterClaim } from "./cluster-claim.ts";
import { type HostDeclaration, objectKey } from "./declaration.ts";
import type { Host } from "./host.ts";
import type { HostAnswer } from "./host-answer.ts";
import { resolveHost, type Resolution } from "./ownership.ts";
import { type HostRule, HostRules } from "./rules.ts";

/**
 * Names that one cluster may claim, allowed or not: some 20 times what large ones have; each costs half a kilobyte. A claim
 * beyond the limit counts once its object changes, or the cluster is read again, and there is space.
 */
export const CLAIMS_PER_CLUSTER_MAX = 50_000;

type ClaimIndexOptions = {
  readonly rules: readonly HostRule[];
  readonly authority: HostAuthority;
  /** Kinds whose objects share a host by path. */
  readonly routingKinds: ReadonlySet<string>;
  /** Whether the cluster has the host now, from this run or an earlier one; absent = no cluster has any. */
  readonly hasHost?: (cluster: string, host: Host) => boolean;
  /** Called once for each host that a change affects. The listener collects them and calls `answerOf` later. */
  readonly onHost: (host: Host) => void;
};

type Entry = { decision: HostDecision; readonly claims: ClusterClaim[] };

export class ClaimIndex {
  #rules: HostRules;
  readonly #routingKinds: ReadonlySet<string>;
  readonly #onHost: (host: Host) => void;
  readonly #hasHost: NonNullable<ClaimIndexOptions["hasHost"]>;
  #authority: HostAuthority;
  readonly #entries: Map<Host, Entry> = new Map();
  /** By cluster, then by objectKey. */
  readonly #declarations: Map<string, Map<string, HostDeclaration>> = new Map();
  /** The objects with faults, by cluster: few of many. */
  readonly #faulty: Map<string, Set<string>> = new Map();
  readonly #claimCounts: Map<string, number> = new Map();
  readonly #problems: Map<Host, readonly ClaimProblem[]> = new Map();
  /** Hosts whose problems are out of date. */
  readonly #unresolved: Set<Host> = new Set();
  readonly #overflowing: Set<string> = new Set();

  constructor({ rules, authority, routingKinds, hasHost, onHost }: ClaimIndexOptions) {
    this.#rules = new HostRules(rules);
    this.#authority = authority;
    this.#routingKinds = routingKinds;
    this.#onHost = onHost;
    this.#hasHost = hasHost ?? (() => false);
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
      const entry = this.#entries.get(host);
      const problems = entry === undefined ? [] : this.#resolve(host, entry).problems;
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
    for (const { claims } of this.#declarations.get(cluster)?.values() ?? [])
      for (const { host, services } of claims) {
        if (services === null) unclear.add(host);
        else behind.set(host, new Set([...(behind.get(host) ?? []), ...services]));
      }
    for (const host of unclear) behind.delete(host);
    return behind;
  }

  /** What of objects is not served as they declare it, and so claims nothing. */
  get faults(): readonly ClaimProblem[] {
    const problems: ClaimProblem[] = [];
    for (const [cluster, objects] of this.#faulty)
      for (const object of objects)
        for (const { host, sentence, isPassing } of this.declarationOf(cluster, object)?.faults ?? [])
          problems.push({
            host,
            cluster,
            object,
            reason: "not served",
            sentence,
            ...(isPassing === true && { isPassing }),
          });
    return problems;
  }

  /** What the owners of objects must hear of. A name outside our zones is no mistake of theirs. */
  *warnings(): Generator<ObjectWarning> {
    const all = [...this.faults, ...[...this.problems.values()].flat()];
    for (const { host, cluster, object, reason, sentence, isPassing } of all) {
      if (isPassing === true || reason === "outside") continue;
      const { uid = "" } = this.declarationOf(cluster, object) ?? {};
      const [kind = "", key = ""] = object.split(" ");
      const message = host === "" ? sentence : `${host}: ${sentence}`;
      yield { cluster, kind, key, reason: "NotServed", message, ...(uid !== "" && { uid }) };
    }
  }

  /** All that objects say about this name and that is not served as they say. */
  problemsOf(host: Host): readonly ClaimProblem[] {
    const claims = this.#entries.get(host)?.claims ?? [];
    const claiming = new Set(
      claims.flatMap(({ cluster, declaration, claim }) => [
        `${cluster} ${objectKey(declaration)}`,
        ...claim.gateways.map((gateway) => `${cluster} Gateway ${gateway}`),
      ]),
    );
    const isAbout = ({ host: one, cluster, object }: ClaimProblem): boolean =>
      one === host || (one === "" && claiming.has(`${cluster} ${object}`));
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
    return this.#declarations.get(cluster)?.get(key) ?? null;
  }

  /** Null: no object claims it, or none may. */
  answerOf(host: Host): HostAnswer | null {
    const entry = this.#entries.get(host);
    return entry === undefined ? null : this.#resolve(host, entry).answer;
  }

  /** An object is there, or has changed. `key`: objectKey. Null: it is gone. */
  set(cluster: string, key: string, declaration: HostDeclaration | null): void {
    const ofCluster = this.#declarations.get(cluster) ?? new Map<string, HostDeclaration>();
    const before = ofCluster.get(key);
    if (before === undefined && declaration === null) return;
    const touched = new Set<Host>();
    if (before !== undefined) this.#withdraw(cluster, before, touched);
    if (declaration === null) ofCluster.delete(key);
    else {
      ofCluster.set(key, declaration);
      this.#enter(cluster, declaration, touched);
    }
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

  #enter(cluster: string, declaration: HostDeclaration, touched: Set<Host>): void {
    let count = this.#claimCounts.get(cluster) ?? 0;
    for (const claim of declaration.claims) {
      if (count >= CLAIMS_PER_CLUSTER_MAX) {
        this.#overflowing.add(cluster);
        break;
      }
      count++;
      touched.add(claim.host);
      const clusterClaim: ClusterClaim = { cluster, declaration, claim };
      const entry = this.#entries.get(claim.host);
      if (entry !== undefined) entry.claims.push(clusterClaim);
      else {
        const decision = decideScope(claim.host, this.#authority);
        this.#entries.set(claim.host, { decision, claims: [clusterClaim] });
      }
    }
    this.#claimCounts.set(cluster, count);
  }

  #withdraw(cluster: string, declaration: HostDeclaration, touched: Set<Host>): void {
    let count = this.#claimCounts.get(cluster) ?? 0;
    for (const { host } of declaration.claims) {
      const claims = this.#entries.get(host)?.claims ?? [];
      const at = claims.findIndex((one) => one.declaration === declaration && one.cluster === cluster);
      if (at < 0) continue;
      claims.splice(at, 1);
      count--;
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
      if (this.#entries.get(host)?.claims.length === 0) this.#entries.delete(host);
      this.#unresolved.add(host);
    }
    for (const host of touched) this.#onHost(host);
  }

  #resolve(host: Host, { decision, claims }: Entry): Resolution {
    const isFirm = ({ claim, cluster }: ClusterClaim): boolean =>
      claim.isTentative !== true || this.#hasHost(cluster, host);
    const firm = claims.every(isFirm) ? claims : claims.filter(isFirm);
    return resolveHost(host, firm, { decision, rules: this.#rules, routingKinds: this.#routingKinds });
  }
}
