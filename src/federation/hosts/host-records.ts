/** The records of hosts that are no addresses: published as far as the quota of the member that they count for allows. */
import type { RRset } from "../../dns/message/record.ts";
import type { Federation } from "../members/federation.ts";

export type HostRecordsListener = {
  /** Hosts with records that an earlier run published. */
  readonly hostsWithRecords: readonly string[];
  /** `cluster`: the one that the change came from; "" = none. */
  setHostRecords(host: string, rrsets: readonly RRset[], cluster: string): void;
  /** What is not published of the host has changed. */
  touchService(host: string, cluster: string): void;
};

type HostRecordsOptions = {
  readonly federation: Federation;
  readonly publish: HostRecordsListener;
  /** There may be room for the records of this host now. */
  readonly retry: (host: string) => void;
};

export class HostRecords {
  readonly #options: HostRecordsOptions;
  /** Hosts with records of an earlier run that have not been decided in this one. */
  readonly #restored: Set<string>;
  /** The clusters that the published records of hosts count for. */
  readonly #owners: Map<string, string> = new Map();
  /** The clusters over whose quotas the records of hosts are. */
  readonly #refused: Map<string, string> = new Map();

  constructor(options: HostRecordsOptions) {
    this.#options = options;
    this.#restored = new Set(options.publish.hostsWithRecords);
  }

  get restored(): ReadonlySet<string> {
    return this.#restored;
  }

  /** `cluster`: the one that the records count for; null = there are none. Over its quota, what is published of them stays. */
  set(host: string, rrsets: readonly RRset[], cluster: string | null): void {
    const wasRestored = this.#restored.delete(host);
    const owner = rrsets.length === 0 ? null : cluster;
    const before = this.#owners.get(host) ?? null;
    const refused = this.#refused.get(host) ?? null;
    for (const other of new Set([before, refused]))
      if (other !== null && other !== owner) this.#free(other, host);
    this.#refused.delete(host);
    if (owner === null || (before !== null && before !== owner)) this.#owners.delete(host);
    if (owner === null) this.#options.publish.setHostRecords(host, [], before ?? "");
    else this.#put(host, rrsets, { owner, isPublished: before === owner || wasRestored });
  }

  #put(
    host: string,
    rrsets: readonly RRset[],
    { owner, isPublished }: { readonly owner: string; readonly isPublished: boolean },
  ): void {
    const { federation, publish, retry } = this.#options;
    const count = rrsets.reduce((sum, { rdatas }) => sum + rdatas.length, 0);
    const isAdmitted = federation.setRecords(owner, host, count, () => retry(host));
    if (isAdmitted || isPublished) this.#owners.set(host, owner);
    if (isAdmitted) {
      publish.setHostRecords(host, rrsets, owner);
      return;
    }
    this.#refused.set(host, owner);
    if (!isPublished) publish.setHostRecords(host, [], owner);
    publish.touchService(host, owner);
  }

  #free(cluster: string, host: string): void {
    this.#options.federation.setRecords(cluster, host, 0, () => undefined);
  }
}
