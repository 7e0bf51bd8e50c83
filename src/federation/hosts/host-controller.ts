/**
 * Host names, from what the objects of all clusters claim to what is published: who has a name is decided over all
 * clusters, then each cluster is told what of it is its own. What an earlier run knew of a cluster stays until that
 * cluster has been read.
 */
import { ClaimIndex } from "./claim-index.ts";
import type { HostDeclaration, HostTarget } from "./declaration.ts";
import type { ClaimProblem, HostAnswer, HostBackend } from "./pool.ts";
import type { HostRule, HostAuthority } from "./rules.ts";
import type { Clock } from "../../kernel/clock.ts";
import { RecordType } from "../../dns/message/code.ts";
import { nameOf } from "../../dns/message/name.ts";
import type { RRset } from "../../dns/message/record.ts";
import { type Federation, isHostKey } from "../members/federation.ts";
import { isDnsName } from "../../kernel/literal.ts";

/** Many objects of one host that arrive together are looked at once. */
const GATHER_MS = 1;
/** Looked at in one turn: fewer than what takes ten milliseconds, for others wait. */
const BATCH_HOSTS = 500;

export type HostControllerOptions = {
  readonly rules: readonly HostRule[];
  readonly territory: HostAuthority;
  /** Kinds whose objects share a host by path. */
  readonly routingKinds: ReadonlySet<string>;
  readonly federation: Federation;
  readonly publish: {
    readonly hostsWithRecords: readonly string[];
    setHostRecords(host: string, rrsets: readonly RRset[]): void;
  };
  /** Of aliases that do not say. */
  readonly ttlSeconds: number;
  readonly clock: Clock;
};

/** What one cluster is told of hosts, and asked about them. */
export type HostView = {
  /** Null: the host is not served from this cluster. */
  setHost(host: string, backend: HostBackend | null): void;
  /** The name that these targets lead to; null = none, or more than one. */
  aliasOf(targets: readonly HostTarget[]): string | null;
};

/** A cluster whose objects claim hosts. */
type Claimant = {
  readonly view: HostView;
  /** "in part": what is said counts, and what only an earlier run knew may still be so. */
  reading: "unread" | "in part" | "read";
  /** Hosts it claims, of which its view is told when it has been read. */
  readonly waiting: Set<string>;
};

export type HostStatus = {
  /** Hosts that somebody claims, allowed or not. */
  readonly claimed: number;
  /** Hosts that somebody has. */
  readonly answered: number;
  readonly problemCount: number;
  /** The first of them. */
  readonly problems: readonly ClaimProblem[];
  /** Clusters that claim more names than are looked at. */
  readonly overflowing: readonly string[];
};

/** More lines than this help nobody who reads /status. */
const SHOWN_MAX = 200;

export class HostController {
  readonly #options: HostControllerOptions;
  readonly #book: ClaimIndex;
  readonly #claimants: Map<string, Claimant> = new Map();
  readonly #due: Set<string> = new Set();
  /** Hosts that may still belong to a cluster which has not been read. */
  readonly #contested: Set<string> = new Set();
  /** Hosts that an earlier run has left records of. */
  readonly #restored: Set<string>;
  /** Published now: hosts with an answer. */
  readonly #answered: Set<string> = new Set();
  #isScheduled = false;

  constructor(options: HostControllerOptions) {
    this.#options = options;
    const { rules, territory, routingKinds, publish } = options;
    this.#restored = new Set(publish.hostsWithRecords);
    this.#book = new ClaimIndex({
      rules,
      territory,
      routingKinds,
      onHost: (host) => this.touch(host),
    });
  }

  /** A cluster of the settings; before anything is said of it. */
  join(cluster: string, view: HostView): void {
    this.#claimants.set(cluster, { view, reading: "unread", waiting: new Set() });
  }

  /** `key`: objectKey. */
  declare(cluster: string, key: string, declaration: HostDeclaration | null): void {
    this.#book.set(cluster, key, declaration);
  }

  /** All that the cluster declares has been said; what only an earlier run knew of it goes. */
  read(cluster: string): void {
    const claimant = this.#claimants.get(cluster);
    if (claimant === undefined) return;
    claimant.reading = "read";
    for (const key of this.#options.federation.member(cluster)?.backends.keys() ?? [])
      if (isHostKey(key)) this.touch(key);
    for (const host of [...claimant.waiting, ...this.#contested, ...this.#restored]) this.touch(host);
    claimant.waiting.clear();
    this.#contested.clear();
  }

  /** What may be read there has been said, and of the rest nothing can be known: that stays as an earlier run knew it. */
  readInPart(cluster: string): void {
    const claimant = this.#claimants.get(cluster);
    if (claimant?.reading !== "unread") return;
    claimant.reading = "in part";
    for (const host of claimant.waiting) this.touch(host);
    claimant.waiting.clear();
  }

  setTerritory(territory: HostAuthority): void {
    this.#book.setTerritory(territory);
  }

  touch(host: string): void {
    this.#due.add(host);
    this.#schedule();
  }

  /** Settles all that is due, now. */
  flush(): void {
    while (this.#due.size > 0) this.#settleSome();
  }

  /** Everything that was told has been taken into account. */
  get isIdle(): boolean {
    return this.#due.size === 0;
  }

  get status(): HostStatus {
    const all = [...this.#book.faults, ...[...this.#book.problems.values()].flat()];
    return {
      claimed: this.#book.size,
      answered: this.#answered.size,
      problemCount: all.length,
      problems: all.slice(0, SHOWN_MAX),
      overflowing: [...this.#book.overflowing],
    };
  }

  /** Hosts that somebody claims, and hosts that somebody has. */
  get counts(): { readonly claimed: number; readonly answered: number } {
    return { claimed: this.#book.size, answered: this.#answered.size };
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
    const answer = this.#book.answerOf(host);
    if (answer === null) this.#answered.delete(host);
    else this.#answered.add(host);
    const alias = answer === null ? null : this.#aliasOf(answer);
    for (const cluster of this.#concerned(host, answer)) {
      const claimant = this.#claimants.get(cluster);
      const own = alias === null ? (answer?.perCluster.get(cluster) ?? null) : null;
      if (claimant === undefined) continue;
      if (claimant.reading === "unread") {
        if (own !== null) claimant.waiting.add(host);
      } else if (own !== null && this.#mayStillBelongElsewhere(host, cluster)) this.#contested.add(host);
      else if (own !== null || !this.#isRemembered(host, cluster)) claimant.view.setHost(host, own);
    }
    const rrsets = alias === null ? (answer?.rrsets ?? []) : [this.#aliasRecord(alias, answer)];
    if (rrsets.length === 0 && this.#restored.has(host) && !this.#areAllRead()) return;
    this.#restored.delete(host);
    this.#options.publish.setHostRecords(host, rrsets);
  }

  /** Clusters that are to have it, and clusters that have it now: of a hundred, most hosts are in one. */
  #concerned(host: string, answer: HostAnswer | null): ReadonlySet<string> {
    const concerned = new Set(answer?.perCluster.keys());
    for (const { name } of this.#options.federation.declaring(host)) concerned.add(name);
    return concerned;
  }

  /**
   * A host that an earlier run knew in a cluster which has not been read may have an older owner there: a cluster that
   * did not have it then does not join before that is known.
   */
  #mayStillBelongElsewhere(host: string, newcomer: string): boolean {
    const { federation } = this.#options;
    const declaring = federation.declaring(host);
    if (declaring.some(({ name }) => name === newcomer)) return false;
    return declaring.some(({ name }) => this.#isRemembered(host, name));
  }

  /** Only an earlier run knew it there, and there has not been a chance to hear of it in this one. */
  #isRemembered(host: string, cluster: string): boolean {
    const reading = this.#claimants.get(cluster)?.reading ?? "read";
    if (reading === "read") return false;
    return this.#options.federation.member(cluster)?.backends.get(host)?.annotations === null;
  }

  #areAllRead(): boolean {
    return [...this.#claimants.values()].every(({ reading }) => reading === "read");
  }

  /** Only where all clusters lead to one and the same name: an alias stands alone. */
  #aliasOf({ perCluster, rrsets, host }: HostAnswer): string | null {
    if (rrsets.length > 0 || perCluster.size === 0) return null;
    const aliases = [...perCluster].map(
      ([cluster, { targets }]) => this.#claimants.get(cluster)?.view.aliasOf(targets) ?? null,
    );
    const [first = null] = aliases;
    if (first === null || !isDnsName(first) || first.toLowerCase().replace(/\.$/, "") === host) return null;
    return aliases.every((alias) => alias === first) ? first : null;
  }

  #aliasRecord(alias: string, answer: HostAnswer | null): RRset {
    const ttlSeconds = answer?.ttlSeconds ?? this.#options.ttlSeconds;
    return { type: RecordType.CNAME, ttlSeconds, rdatas: [nameOf(alias)] };
  }
}
