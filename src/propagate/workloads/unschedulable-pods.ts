/**
 * How many pods of each copy find no room in one member. They are counted only while fewer are ready than wanted, and are none as
 * soon as all are.
 */
import type { Clock } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import { KubeError } from "../../fleet/kube/kube-error.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { pendingPods } from "./pending-pods.ts";
import type { WorkloadFacts } from "./workload-facts.ts";

const LOOK_EVERY_MS = 15_000;
/** After this, nobody waits for the first look any longer. */
const FIRST_LOOK_MS = 20_000;

type UnschedulableOptions = {
  readonly transport: Transport;
  /** `key`: "namespace/name" of the copy. */
  readonly onChange: (key: string) => void;
  /** They have been looked at for the first time. */
  readonly onKnown: () => void;
  readonly clock: Clock;
  readonly log: Log;
};

export class UnschedulablePods {
  readonly #options: UnschedulableOptions;
  readonly #counts = new Map<string, number>();
  /** Copies with fewer replicas than wanted. */
  readonly #short = new Map<string, WorkloadFacts>();
  #isRefused = false;
  #isKnown = false;
  #hasBegun = false;

  constructor(options: UnschedulableOptions) {
    this.#options = options;
  }

  /** They have been looked at: until then a copy without any may have some. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** `facts` null: the copy is gone. */
  look(key: string, facts: WorkloadFacts | null): void {
    if (facts === null || facts.ready >= facts.asked) {
      this.#short.delete(key);
      this.#set(key, 0);
      return;
    }
    // Pods that wait are the first to stop: until they are counted again, those that stop are taken from what was counted.
    const fewer = Math.max(0, (this.#short.get(key)?.asked ?? 0) - facts.asked);
    this.#short.set(key, facts);
    this.#set(key, Math.max(0, this.of(key) - fewer));
  }

  /** Until aborted. */
  run(signal: AbortSignal): void {
    this.#options.clock.after(LOOK_EVERY_MS, () => {
      if (signal.aborted) return;
      void this.#lookAtAll(signal).then(() => this.run(signal));
    });
  }

  /** All copies have been shown: looks at those that are short at once. */
  begin(signal: AbortSignal): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#options.clock.after(FIRST_LOOK_MS, () => this.#know(signal));
    void this.#lookAtAll(signal).then(() => this.#know(signal));
  }

  #know(signal: AbortSignal): void {
    if (this.#isKnown || signal.aborted) return;
    this.#isKnown = true;
    this.#options.onKnown();
  }

  async #lookAtAll(signal: AbortSignal): Promise<void> {
    const { transport, clock, log } = this.#options;
    for (const [key, facts] of this.#short) {
      const { selector, isObserved } = facts;
      if (signal.aborted) return;
      // Its controller has still to stop some or to start others.
      if (selector === null || !isObserved) continue;
      const [namespace = ""] = key.split("/");
      try {
        const options = { transport, namespace, selector, nowMs: clock.wallMs(), signal };
        const unschedulable = await pendingPods(options);
        this.#isRefused = false;
        // What was counted of another number says nothing about this one.
        if (this.#short.get(key)?.asked === facts.asked) this.#set(key, unschedulable);
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#isRefused)
          log.warn(
            errorFields(error),
            "the pods of copies cannot be read: it is not seen where they find no room",
          );
        this.#isRefused = true;
        // The others of this turn would fail in the same way.
        if (!(error instanceof KubeError) || error.status === 403) return;
      }
    }
  }

  #set(key: string, count: number): void {
    if (this.of(key) === count) return;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
    this.#options.onChange(key);
  }
}
