/**
 * How many replicas of each copy have room in one member: what was asked for, less the pods that its scheduler cannot place. Asked
 * for only while fewer are ready than wanted, and gone as soon as all are.
 */
import type { Clock } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import { KubeError } from "../../fleet/kube/kube-error.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { pendingPods } from "./pending-pods.ts";
import type { WorkloadFacts } from "./workload-facts.ts";

const LOOK_EVERY_MS = 15_000;

type RoomsOptions = {
  readonly transport: Transport;
  /** `key`: "namespace/name" of the copy. */
  readonly onChange: (key: string) => void;
  readonly clock: Clock;
  readonly log: Log;
};

export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, number>();
  /** Copies with fewer replicas than wanted. */
  readonly #short = new Map<string, WorkloadFacts>();
  #isRefused = false;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  /** Null = no limit has been met. */
  of(key: string): number | null {
    return this.#rooms.get(key) ?? null;
  }

  /** `facts` null: the copy is gone. */
  look(key: string, facts: WorkloadFacts | null): void {
    if (facts !== null && facts.ready < facts.asked) {
      this.#short.set(key, facts);
      return;
    }
    this.#short.delete(key);
    this.#set(key, null);
  }

  /** Until aborted. */
  run(signal: AbortSignal): void {
    this.#options.clock.after(LOOK_EVERY_MS, () => {
      if (signal.aborted) return;
      void this.#lookAtAll(signal).then(() => this.run(signal));
    });
  }

  async #lookAtAll(signal: AbortSignal): Promise<void> {
    const { transport, clock, log } = this.#options;
    for (const [key, { selector, asked }] of this.#short) {
      if (signal.aborted) return;
      if (selector === null) continue;
      const [namespace = ""] = key.split("/");
      try {
        const options = { transport, namespace, selector, nowMs: clock.wallMs(), signal };
        const { unschedulable } = await pendingPods(options);
        this.#isRefused = false;
        if (this.#short.has(key))
          this.#set(key, unschedulable === 0 ? null : Math.max(0, asked - unschedulable));
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

  #set(key: string, room: number | null): void {
    if (this.of(key) === room) return;
    if (room === null) this.#rooms.delete(key);
    else this.#rooms.set(key, room);
    this.#options.onChange(key);
  }
}
