/**
 * Host names, from the claims of all clusters to what is published: the owner of a name is decided over all clusters, then
 * each cluster's view gets its part. What an earlier run knew of a cluster stays until that cluster has been read.
 */
import { RecordType } from "../../dns/message/code.ts";
import { nameOf } from "../../dns/message/name.ts";
import type { RRset } from "../../dns/message/record.ts";
import type { Clock } from "../../kernel/clock.ts";
import { isDnsName } from "../../kernel/literal.ts";
import type { ObjectWarning } from "../members/object-warning.ts";
import { type Federation, isHostKey } from "../members/federation.ts";
import type { FirstSights } from "../sights/first-sights.ts";
import type { HostAuthority } from "./authority.ts";
import { ClaimIndex } from "./claim-index.ts";
import type { ClaimProblem } from "./cluster-claim.ts";
import { type HostDeclaration, type HostTarget, sameDeclaration, TTL_OF_SETTINGS } from "./declaration.ts";
import type { HostAnswer, HostBackend } from "./host-answer.ts";
import { HostRecords, type HostRecordsListener } from "./host-records.ts";
import type { HostStatus } from "./host-status.ts";
import type { HostRule } from "./rules.ts";

/** Many changes of one host within this time are decided once. */
const GATHER_MS = 1;
/** Hosts decided in one turn of the event loop, which take less than ten milliseconds. */
const BATCH_HOSTS = 500;

type HostControllerOptions = {
  readonly rules: readonly HostRule[];
  readonly authority: HostAuthority;
  /** Kinds whose objects share a host by path. */
  readonly routingKinds: ReadonlySet<string>;
  readonly federation: Federation;
  /** Since when hosts are claimed; absent = claims are as old as their objects say. */
  readonly sights?: FirstSights;
  readonly publish: HostRecordsListener;
  /** TTL of records and aliases without one of their own. */
  readonly ttlSeconds: number;
  readonly clock: Clock;
};

/** The hosts of one cluster, as its observer keeps them. */
type HostView = {
  /** Null: the host is not served from this cluster. */
  setHost(host: string, backend: HostBackend | null): void;
  /** The single name that these targets resolve to; null = none, or more than one. */
  aliasOf(targets: readonly HostTarget[]): string | null;
};

/** A cluster whose objects claim hosts. */
type ClaimingCluster = {
  readonly view: HostView;
  /** Of a cluster that is read again from the beginning: what it knew, until that is done. */
  former: HostView | null;
  /** Objects that it declared before it was read again, and has not declared since. */
  readonly unconfirmed: Set<string>;
  /** "in part": some sources cannot be read, so what only an earlier run knew may still be true. */
  reading: "unread" | "in part" | "read";
  /** Hosts that it has; its view gets them when the cluster has been read. */
  readonly waiting: Set<string>;
};

/** More lines than this would not help a reader of /status. */
const SHOWN_MAX = 200;

export class HostController {
  readonly #options: HostControllerOptions;
  readonly #claims: ClaimIndex;
  readonly #clusters: Map<string, ClaimingCluster> = new Map();
  readonly #due: Set<string> = new Set();
  /** Hosts that may still belong to a cluster that has not been read. */
  readonly #contested: Set<string> = new Set();
  readonly #records: HostRecords;
  /** Hosts with an owner. */
  readonly #answered: Set<string> = new Set();
  #ttlSeconds: number;
  #isScheduled = false;

  constructor(options: HostControllerOptions) {
    this.#options = options;
    const { rules, authority, routingKinds, federation, sights, publish } = options;
    this.#records = new HostRecords({ federation, publish, retry: (host) => this.touch(host) });
    this.#ttlSeconds = options.ttlSeconds;
    this.#claims = new ClaimIndex({
      rules,
      authority,
      routingKinds,
      ...(sights !== undefined && { sights }),
      hasHost: (cluster, host) => federation.member(cluster)?.backends.has(host) ?? false,
      onHost: (host) => this.touch(host),
    });
  }

  /** Adds a cluster, or begins to read it again; call before anything else about it. What it claims already stays until it is read. */
  join(cluster: string, view: HostView): void {
    this.#options.sights?.join(cluster);
    const former = this.#clusters.get(cluster)?.view ?? null;
    const unconfirmed = new Set(this.#claims.objectsOf(cluster));
    this.#clusters.set(cluster, { view, former, unconfirmed, reading: "unread", waiting: new Set() });
  }

  /** Removes a cluster and all that it claims. The other clusters get its hosts that they claim as well. */
  leave(cluster: string): void {
    this.#clusters.delete(cluster);
    this.#claims.leave(cluster);
    this.#options.sights?.leave(cluster);
    for (const host of [...this.#contested, ...this.#records.restored]) this.touch(host);
    this.#contested.clear();
  }

  /** `key`: objectKey. */
  declare(cluster: string, key: string, declaration: HostDeclaration | null): void {
    this.#clusters.get(cluster)?.unconfirmed.delete(key);
    const before = this.#claims.declarationOf(cluster, key);
    if (before !== null && declaration !== null && sameDeclaration(before, declaration)) return;
    this.#claims.set(cluster, key, declaration);
  }

  /** What an object of a cluster declares; null = nothing. `key`: objectKey. */
  declarationOf(cluster: string, key: string): HostDeclaration | null {
    return this.#claims.declarationOf(cluster, key);
  }

  /** "namespace/name" of the Services behind each host that the cluster claims, as far as that is known. */
  servicesBehindHosts(cluster: string): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#claims.servicesBehindHosts(cluster);
  }

  /** All that the cluster declares is known: what only an earlier run knew of it goes. */
  read(cluster: string): void {
    const claiming = this.#clusters.get(cluster);
    if (claiming === undefined) return;
    claiming.reading = "read";
    claiming.former = null;
    for (const key of claiming.unconfirmed) this.#claims.set(cluster, key, null);
    claiming.unconfirmed.clear();
    this.#options.sights?.read(cluster);
    for (const key of this.#options.federation.member(cluster)?.backends.keys() ?? [])
      if (isHostKey(key)) this.touch(key);
    for (const host of [...claiming.waiting, ...this.#contested, ...this.#records.restored]) this.touch(host);
    claiming.waiting.clear();
    this.#contested.clear();
  }

  /** The cluster has been read except for sources that cannot be: what only an earlier run knew of it stays. */
  readInPart(cluster: string): void {
    const claiming = this.#clusters.get(cluster);
    if (claiming?.reading !== "unread") return;
    claiming.reading = "in part";
    claiming.former = null;
    this.#options.sights?.read(cluster);
    for (const host of claiming.waiting) this.touch(host);
    claiming.waiting.clear();
  }

  /** Zones came, went or changed. */
  setAuthority(authority: HostAuthority): void {
    this.#claims.setAuthority(authority);
  }

  /** The rules of the settings have changed: every host is decided again. */
  setRules(rules: readonly HostRule[]): void {
    this.#claims.setRules(rules);
  }

  setTtl(ttlSeconds: number): void {
    this.#ttlSeconds = ttlSeconds;
    for (const host of this.#claims.hosts) this.touch(host);
  }

  /** Something about the host has changed: it is decided soon. */
  touch(host: string): void {
    this.#due.add(host);
    this.#schedule();
  }

  /** Decides all hosts that are due, now. */
  flush(): void {
    while (this.#due.size > 0) this.#settleSome();
  }

  get status(): HostStatus {
    const all = [...this.#claims.faults, ...[...this.#claims.problems.values()].flat()];
    return {
      claimed: this.#claims.size,
      answered: this.#answered.size,
      problemCount: all.length,
      problems: all.slice(0, SHOWN_MAX),
      overflowing: [...this.#claims.overflowing],
    };
  }

  /** Why objects that name this host are not served, as far as they are not; at most SHOWN_MAX. */
  problemsOf(host: string): readonly ClaimProblem[] {
    return this.#claims.problemsOf(host).slice(0, SHOWN_MAX);
  }

  /** For the owners of objects. */
  warnings(): Iterable<ObjectWarning> {
    return this.#claims.warnings();
  }

  /** As in `status`, without looking for problems. */
  get counts(): { readonly claimed: number; readonly answered: number } {
    return { claimed: this.#claims.size, answered: this.#answered.size };
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.clock.after(GATHER_MS, () => {
      this.#isScheduled = false;
      this.#settleSome();
      if (this.#due.size > 0) this.#schedule();
    });
  }

  #settleSome(): void {
    let left = BATCH_HOSTS;
    for (const host of this.#due) {
      if (left-- === 0) return;
      this.#due.delete(host);
      this.#settle(host);
    }
  }

  #settle(host: string): void {
    const answer = this.#claims.answerOf(host);
    if (answer === null) this.#answered.delete(host);
    else this.#answered.add(host);
    const alias = answer === null ? null : this.#aliasOf(answer);
    for (const cluster of this.#concerned(host, answer)) {
      const claiming = this.#clusters.get(cluster);
      const own = alias === null ? (answer?.perCluster.get(cluster) ?? null) : null;
      if (claiming === undefined) continue;
      if (claiming.reading === "unread") {
        if (own !== null) claiming.waiting.add(host);
      } else if (own !== null && this.#mayStillBelongElsewhere(host, cluster)) this.#contested.add(host);
      else if (own !== null || !this.#isRemembered(host, cluster)) claiming.view.setHost(host, own);
    }
    const own = answer?.rrsets ?? [];
    const rrsets =
      alias === null ? own.map((rrset) => this.#withTtl(rrset)) : [this.#aliasRecord(alias, answer)];
    if (rrsets.length === 0 && this.#records.restored.has(host) && !this.#areAllRead()) return;
    // An alias counts for the first of the clusters that lead to it.
    const [first = null] = answer?.perCluster.keys() ?? [];
    this.#records.set(host, rrsets, alias === null ? (answer?.recordsOf ?? null) : first);
  }

  /** Clusters that shall have the host and those that have it now. Most hosts are in one cluster of many. */
  #concerned(host: string, answer: HostAnswer | null): ReadonlySet<string> {
    const concerned = new Set(answer?.perCluster.keys());
    for (const { name } of this.#options.federation.declaring(host)) concerned.add(name);
    return concerned;
  }

  /**
   * A host that an earlier run knew in a cluster that has not been read may have an older owner there: other clusters
   * do not get the host before that is known.
   */
  #mayStillBelongElsewhere(host: string, newcomer: string): boolean {
    const { federation } = this.#options;
    const declaring = federation.declaring(host);
    if (declaring.some(({ name }) => name === newcomer)) return false;
    return declaring.some(({ name }) => this.#isRemembered(host, name));
  }

  /** Only an earlier run knew the host there, and the cluster has not been read completely in this run. */
  #isRemembered(host: string, cluster: string): boolean {
    const reading = this.#clusters.get(cluster)?.reading ?? "read";
    if (reading === "read") return false;
    return this.#options.federation.member(cluster)?.backends.get(host)?.annotations === null;
  }

  #areAllRead(): boolean {
    return [...this.#clusters.values()].every(({ reading }) => reading === "read");
  }

  /** Null unless all clusters lead to one and the same name: an alias (CNAME) stands alone. */
  #aliasOf({ perCluster, rrsets, host, isApex }: HostAnswer): string | null {
    if (isApex || rrsets.length > 0 || perCluster.size === 0) return null;
    const aliases = [...perCluster].map(([cluster, { targets }]) => {
      const claiming = this.#clusters.get(cluster);
      return (claiming?.former ?? claiming?.view)?.aliasOf(targets) ?? null;
    });
    const [first = null] = aliases;
    if (first === null || !isDnsName(first) || first.toLowerCase().replace(/\.$/, "") === host) return null;
    return aliases.every((alias) => alias === first) ? first : null;
  }

  #aliasRecord(alias: string, answer: HostAnswer | null): RRset {
    const ttlSeconds = answer?.ttlSeconds ?? this.#ttlSeconds;
    return { type: RecordType.CNAME, ttlSeconds, rdatas: [nameOf(alias)] };
  }

  #withTtl(rrset: RRset): RRset {
    return rrset.ttlSeconds === TTL_OF_SETTINGS ? { ...rrset, ttlSeconds: this.#ttlSeconds } : rrset;
  }
}
