/** All members as the schedule sees them, also those of which nothing can be read. */
import type { Transport } from "../../fleet/kube/transport.ts";
import type { PlaceableCluster } from "../placement/placement.ts";
import type { Workload } from "./autoscaler-watch.ts";
import { type MemberOptions, ScheduledMember, type SeenWorkload } from "./scheduled-member.ts";
import type { ScheduledType } from "./scheduled-type.ts";
import { WithheldMember } from "./withheld-member.ts";

export type MemberToSchedule = PlaceableCluster & {
  readonly access: { readonly kind: "open"; readonly transport: Transport } | { readonly kind: "withheld" };
};

type ScheduledMembersOptions = Pick<MemberOptions, "onCopy" | "onPresence" | "clock" | "random" | "log"> & {
  /** The autoscaler of a workload has come or gone in the member. */
  readonly onAutoscaler: (workload: Workload, cluster: string, scales: boolean) => void;
  /** More is known about which workloads have an autoscaler there. */
  readonly onAutoscalers: (cluster: string) => void;
};

type Sight = SeenWorkload & { readonly cluster: PlaceableCluster };

export class ScheduledMembers {
  readonly #options: ScheduledMembersOptions;
  readonly #open = new Map<string, ScheduledMember>();
  readonly #withheld = new Map<string, WithheldMember>();

  constructor(options: ScheduledMembersOptions) {
    this.#options = options;
  }

  get names(): readonly string[] {
    return [...this.#open.keys(), ...this.#withheld.keys()];
  }

  /** These are there, and no others. `hasChanged`: one came, went, or has other labels. `gone`: nothing is seen of these any more. */
  set(members: readonly MemberToSchedule[]): {
    readonly hasChanged: boolean;
    readonly gone: readonly string[];
  } {
    const wanted = new Map(members.map((member) => [member.name, member]));
    const gone = [...this.#open].filter(([name, known]) => transportOf(wanted.get(name)) !== known.transport);
    for (const [name, member] of gone) {
      member.stop();
      this.#open.delete(name);
    }
    let hasChanged = gone.length > 0;
    for (const name of this.#withheld.keys())
      if (wanted.get(name)?.access.kind !== "withheld") hasChanged = this.#withheld.delete(name);
    for (const member of members) hasChanged = this.#follow(member) || hasChanged;
    return { hasChanged, gone: gone.map(([name]) => name) };
  }

  /** What all of them show of one copy. */
  see(type: string, key: string): readonly Sight[] {
    return [...this.#open.values(), ...this.#withheld.values()].map((member) => ({
      ...member.see(type, key),
      cluster: member.cluster,
    }));
  }

  /** Whether a workload without an autoscaler there has none. */
  areAutoscalersKnown(cluster: string, namespace: string): boolean {
    return this.#open.get(cluster)?.areAutoscalersKnown(namespace) !== false;
  }

  /** Some type has a number of replicas. */
  watchAutoscalers(): void {
    for (const member of this.#open.values()) member.watchAutoscalers();
  }

  /** Some object of the type has a preference. */
  watch(type: ScheduledType): void {
    for (const member of this.#open.values()) member.watch(type);
  }

  unwatch(type: string): void {
    for (const member of this.#open.values()) member.unwatch(type);
  }

  /** Time has passed. True when it is known from now on of some withheld member that it does not count. */
  look(): boolean {
    for (const member of this.#open.values()) member.look();
    const nowMs = this.#options.clock.nowMs();
    return [...this.#withheld.values()].filter((member) => member.look(nowMs)).length > 0;
  }

  stop(): void {
    for (const member of this.#open.values()) member.stop();
  }

  /** True when it is new, or has other labels. */
  #follow(member: MemberToSchedule): boolean {
    const { name, access } = member;
    const known = this.#open.get(name) ?? this.#withheld.get(name);
    if (known !== undefined) {
      const isSame = JSON.stringify(known.cluster.labels) === JSON.stringify(member.labels);
      known.cluster = member;
      return !isSame;
    }
    if (access.kind === "open") this.#engage(member, access.transport);
    else this.#withheld.set(name, new WithheldMember(member, this.#options.clock.nowMs()));
    return true;
  }

  #engage(cluster: PlaceableCluster, transport: Transport): void {
    const { onAutoscaler, onAutoscalers } = this.#options;
    const { name } = cluster;
    const member: ScheduledMember = new ScheduledMember({
      ...this.#options,
      cluster,
      transport,
      onAutoscaler: (workload) => onAutoscaler(workload, name, member.scales(workload)),
      onAutoscalers: () => onAutoscalers(name),
    });
    this.#open.set(name, member);
  }
}

function transportOf(member: MemberToSchedule | undefined): Transport | null {
  return member?.access.kind === "open" ? member.access.transport : null;
}
