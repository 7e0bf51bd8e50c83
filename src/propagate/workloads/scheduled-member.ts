/** One member as the schedule sees it: its autoscalers, and the numbers of replicas of its copies, by type. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { withCluster } from "../../fleet/observe/cluster-log.ts";
import type { PlaceableCluster } from "../placement/placement.ts";
import { AutoscalerWatch, type Workload } from "./autoscaler-watch.ts";
import { ByNamespace } from "./by-namespace.ts";
import type { ScheduledType } from "./scheduled-type.ts";
import { WatchedWorkloads } from "./watched-workloads.ts";
import type { WorkloadFacts } from "./workload-facts.ts";

export type MemberOptions = {
  readonly cluster: PlaceableCluster;
  readonly transport: Transport;
  /** The copy of one object has changed, or what has room for it. */
  readonly onCopy: (type: string, key: string) => void;
  /** Whether the member counts for a type has changed. */
  readonly onPresence: (type: string) => void;
  /** The autoscaler of a workload has come or gone. */
  readonly onAutoscaler: (workload: Workload) => void;
  /** More is known about which workloads have an autoscaler. */
  readonly onAutoscalers: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

type WatchedType = { readonly workloads: ByNamespace<WatchedWorkloads>; readonly ending: AbortController };

/** What is seen of one copy. */
export type SeenWorkload = {
  /** The member counts; null = it is not known yet whether it does. */
  readonly counts: boolean | null;
  /** As it was last seen; null = there is no such copy. */
  readonly facts: WorkloadFacts | null;
  /** Pods for which there has been no room for a while. */
  readonly unschedulable: number;
};

export const NOT_SEEN: SeenWorkload = { counts: null, facts: null, unschedulable: 0 };

export class ScheduledMember {
  readonly #options: MemberOptions;
  readonly #types = new Map<string, WatchedType>();
  readonly #ending = new AbortController();
  #autoscalers: ByNamespace<AutoscalerWatch> | null = null;
  readonly #known = new Set<AutoscalerWatch>();
  cluster: PlaceableCluster;

  constructor(options: MemberOptions) {
    this.#options = { ...options, log: withCluster(options.log, options.cluster.name) };
    this.cluster = options.cluster;
  }

  get transport(): Transport {
    return this.#options.transport;
  }

  /** Whether a workload without an autoscaler here has none. */
  areAutoscalersKnown(namespace: string): boolean {
    const watch = this.#autoscalers?.in(namespace);
    if (watch?.isKnown === true) return true;
    // A member that did not answer and does now is read: who asked is told when that is done.
    if (watch !== undefined) this.#known.delete(watch);
    return false;
  }

  scales(workload: Workload): boolean {
    if (this.#autoscalers === null) return false;
    return [...this.#autoscalers.all()].some((watch) => watch.scales(workload));
  }

  /** Some type has a number of replicas. */
  watchAutoscalers(): void {
    if (this.#autoscalers !== null) return;
    const { onAutoscaler: onChange } = this.#options;
    const onState = (): void => this.#lookAtAutoscalers();
    this.#autoscalers = new ByNamespace(
      (namespace) => new AutoscalerWatch({ ...this.#options, namespace, onChange, onState }),
      this.#ending.signal,
    );
  }

  /** Some object of the type has a preference. */
  watch(type: ScheduledType): void {
    if (this.#types.has(type.name)) return;
    const ending = new AbortController();
    const { onCopy, onPresence } = this.#options;
    const workloads = new ByNamespace(
      (namespace) =>
        new WatchedWorkloads({
          ...this.#options,
          type,
          namespace,
          onCopy: (key) => onCopy(type.name, key),
          onPresence: () => onPresence(type.name),
        }),
      ending.signal,
    );
    this.#types.set(type.name, { workloads, ending });
  }

  unwatch(type: string): void {
    this.#types.get(type)?.ending.abort();
    this.#types.delete(type);
  }

  /** `key`: "namespace/name" of the copy. */
  see(type: string, key: string): SeenWorkload {
    const namespace = key.slice(0, key.indexOf("/"));
    const workloads = this.#types.get(type)?.workloads.in(namespace);
    if (workloads === undefined) return NOT_SEEN;
    const { counts } = workloads;
    return {
      // What an autoscaler runs must not be counted as what was decided.
      counts: counts === true && !this.areAutoscalersKnown(namespace) ? null : counts,
      facts: workloads.factsOf(key),
      unschedulable: workloads.unschedulable(key),
    };
  }

  /** Time has passed. */
  look(): void {
    for (const { workloads } of this.#types.values()) for (const one of workloads.all()) one.look();
    this.#lookAtAutoscalers();
  }

  stop(): void {
    this.#ending.abort();
    for (const name of this.#types.keys()) this.unwatch(name);
  }

  #lookAtAutoscalers(): void {
    const before = this.#known.size;
    for (const watch of this.#autoscalers?.all() ?? []) if (watch.isKnown) this.#known.add(watch);
    if (this.#known.size > before) this.#options.onAutoscalers();
  }
}
