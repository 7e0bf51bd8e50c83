/** The copies of one type in a member or in one of its namespaces: how many replicas they have, which find no room, and whether it counts. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { MemberPresence } from "./presence.ts";
import { UnschedulablePods } from "./unschedulable-pods.ts";
import type { ScheduledType } from "./scheduled-type.ts";
import type { WorkloadFacts } from "./workload-facts.ts";
import { WorkloadWatch } from "./workload-watch.ts";

type WatchedWorkloadsOptions = {
  readonly transport: Transport;
  readonly type: ScheduledType;
  /** Null = all namespaces. */
  readonly namespace: string | null;
  /** A copy has changed, or what has room for it. */
  readonly onCopy: (key: string) => void;
  /** Whether the member counts has changed. */
  readonly onPresence: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class WatchedWorkloads {
  readonly #options: WatchedWorkloadsOptions;
  readonly #watch: WorkloadWatch;
  readonly #presence: MemberPresence;
  readonly #unschedulable: UnschedulablePods;
  #signal: AbortSignal | null = null;

  constructor(options: WatchedWorkloadsOptions) {
    this.#options = options;
    const { transport, clock, log, onCopy } = options;
    this.#presence = new MemberPresence(clock.nowMs());
    const onKnown = options.onPresence;
    this.#unschedulable = new UnschedulablePods({ transport, onChange: onCopy, onKnown, clock, log });
    this.#watch = new WorkloadWatch({
      ...options,
      onChange: (key) => {
        this.#unschedulable.look(key, this.#watch.of(key));
        onCopy(key);
      },
      onState: () => this.look(),
    });
  }

  get isRefused(): boolean {
    return this.#watch.isRefused;
  }

  /** Whether the member counts; null = not known yet. */
  get counts(): boolean | null {
    const { counts } = this.#presence;
    return counts === true && !this.#unschedulable.isKnown ? null : counts;
  }

  /** As it was last seen; null = there is no such copy. */
  factsOf(key: string): WorkloadFacts | null {
    return this.#watch.of(key);
  }

  /** Pods for which there has been no room for a while. */
  unschedulable(key: string): number {
    return this.#unschedulable.of(key) + (this.factsOf(key)?.refused?.count ?? 0);
  }

  /** Time has passed, or the watch has come or failed. */
  look(): void {
    if (this.#watch.state === "seen" && this.#signal !== null) this.#unschedulable.begin(this.#signal);
    if (this.#presence.look(this.#watch.state, this.#options.clock.nowMs())) this.#options.onPresence();
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#unschedulable.run(signal);
    await this.#watch.run(signal);
  }
}
