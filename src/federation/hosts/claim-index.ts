/**
 * All claims on host names of all clusters, by host: a change of one object looks at its own hosts again and at no others.
 * What is answered, and what is wrong, is worked out when somebody asks: a thousand objects of one host that arrive one
 * after another cost no thousand answers.
 */
import type { HostDeclaration } from "./declaration.ts";
import { objectKey } from "./declaration.ts";
import type { Host } from "./host.ts";
import { type ClaimProblem, type HostAnswer, type Resolution, resolveHost, type Stake } from "./pool.ts";
import { type HostRule, HostRules, judgeGround, type HostAuthority, type HostDecision } from "./rules.ts";

/**
 * Names one cluster may claim, allowed or not: some 20 times what large ones have; each costs us half a kilobyte. What is
 * over it counts when its object changes, or the cluster is read anew, and there is room by then.
 */
export const CLAIMS_PER_CLUSTER_MAX = 50_000;

export type ClaimIndexOptions = {
  readonly rules: readonly HostRule[];
  readonly territory: HostAuthority;
  /** Kinds whose objects share a host by path. */
  readonly routingKinds: ReadonlySet<string>;
  /** Told once for each host that a change touches; gathers them, and asks `answerOf` for the rest. */
  readonly onHost: (host: Host) => void;
};

type Entry = { verdict: HostDecision; readonly stakes: Stake[] };

export class ClaimIndex {
  readonly #rules: HostRules;
  readonly #routingKinds: ReadonlySet<string>;
  readonly #onHost: (host: Host) => void;
  #territory: HostAuthority;
  readonly #entries: Map<Host, Entry> = new Map();
  /** By cluster, then by objectKey. */
  readonly #declarations: Map<string, Map<string, HostDeclaration>> = new Map();
  readonly #claimCounts: Map<string, number> = new Map();
  readonly #problems: Map<Host, readonly ClaimProblem[]> = new Map();
  readonly #unjudged: Set<Host> = new Set();
  readonly #overflowing: Set<string> = new Set();

  constructor({ rules, territory, routingKinds, onHost }: ClaimIndexOptions) {
    this.#rules = new HostRules(rules);
    this.#territory = territory;
    this.#routingKinds = routingKinds;
    this.#onHost = onHost;
  }

  /** Every host that anybody claims, allowed or not. */
  get hosts(): Iterable<Host> {
    return this.#entries.keys();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** By host. A host that nobody may have is here and has no answer. Worked out now, for what changed since the last time. */
  get problems(): ReadonlyMap<Host, readonly ClaimProblem[]> {
    for (const host of this.#unjudged) {
      const entry = this.#entries.get(host);
      const problems = entry === undefined ? [] : this.#resolve(host, entry).problems;
      if (problems.length === 0) this.#problems.delete(host);
      else this.#problems.set(host, problems);
    }
    this.#unjudged.clear();
    return this.#problems;
  }

  /** What objects say that is no claim at all. */
  get faults(): readonly ClaimProblem[] {
    const problems: ClaimProblem[] = [];
    for (const [cluster, declarations] of this.#declarations) {
      for (const [object, { faults = [] }] of declarations) {
        for (const { host, sentence } of faults)
          problems.push({ host, cluster, object, reason: "not understood", sentence });
      }
    }
    return problems;
  }

  /** Clusters that claim more than CLAIMS_PER_CLUSTER_MAX names: what is over it is not looked at. */
  get overflowing(): ReadonlySet<string> {
    return this.#overflowing;
  }

  /** Null: nobody claims it, or nobody may. */
  answerOf(host: Host): HostAnswer | null {
    const entry = this.#entries.get(host);
    return entry === undefined ? null : this.#resolve(host, entry).answer;
  }

  /** An object is there, or has changed. Null: it is gone. */
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
    if (ofCluster.size === 0) this.#forget(cluster);
    else this.#declarations.set(cluster, ofCluster);
    this.#settle(touched);
  }

  /** As `set`, under the object's own name. */
  declare(cluster: string, declaration: HostDeclaration): void {
    this.set(cluster, objectKey(declaration), declaration);
  }

  /** The cluster is no member any more. */
  leave(cluster: string): void {
    const touched = new Set<Host>();
    for (const declaration of this.#declarations.get(cluster)?.values() ?? [])
      this.#withdraw(cluster, declaration, touched);
    this.#forget(cluster);
    this.#settle(touched);
  }

  /** Zones came, went or changed: every host is looked at again, and those of which the ground moved are told. */
  setTerritory(territory: HostAuthority): void {
    this.#territory = territory;
    const touched = new Set<Host>();
    for (const [host, entry] of this.#entries) {
      const verdict = judgeGround(host, territory);
      if (verdict.ground === entry.verdict.ground && verdict.sentence === entry.verdict.sentence) continue;
      entry.verdict = verdict;
      touched.add(host);
    }
    this.#settle(touched);
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
      const stake: Stake = { cluster, declaration, claim };
      const entry = this.#entries.get(claim.host);
      if (entry !== undefined) entry.stakes.push(stake);
      else
        this.#entries.set(claim.host, { verdict: judgeGround(claim.host, this.#territory), stakes: [stake] });
    }
    this.#claimCounts.set(cluster, count);
  }

  #withdraw(cluster: string, declaration: HostDeclaration, touched: Set<Host>): void {
    let count = this.#claimCounts.get(cluster) ?? 0;
    for (const { host } of declaration.claims) {
      const stakes = this.#entries.get(host)?.stakes ?? [];
      const at = stakes.findIndex((stake) => stake.declaration === declaration && stake.cluster === cluster);
      if (at < 0) continue;
      stakes.splice(at, 1);
      count--;
      touched.add(host);
    }
    this.#claimCounts.set(cluster, count);
  }

  #forget(cluster: string): void {
    this.#declarations.delete(cluster);
    this.#claimCounts.delete(cluster);
    this.#overflowing.delete(cluster);
  }

  #settle(touched: ReadonlySet<Host>): void {
    for (const host of touched) {
      if (this.#entries.get(host)?.stakes.length === 0) this.#entries.delete(host);
      this.#unjudged.add(host);
    }
    for (const host of touched) this.#onHost(host);
  }

  #resolve(host: Host, { verdict, stakes }: Entry): Resolution {
    return resolveHost(host, stakes, { verdict, rules: this.#rules, routingKinds: this.#routingKinds });
  }
}
