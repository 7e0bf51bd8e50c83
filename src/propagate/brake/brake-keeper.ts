/**
 * Keeps the brake and the order in the host in step: the order is read again and again, a pause is written until the host has it,
 * and the host's own age is watched.
 */
import { type Clock, pause as wait } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import { pauseChanges, readChangesOrder } from "../../fleet/lease/changes-pause.ts";
import { Brake, type BrakeLimits, type ChangesPause } from "./brake.ts";
import type { HostRevision } from "./host-revision.ts";

/** While changes are paused, a person waits for the effect of `fedns resume`. */
const PAUSED_EVERY_MS = 1_000;
const EVERY_MS = 10_000;

type BrakeKeeperOptions = {
  readonly limits: BrakeLimits;
  /** Of the host. */
  readonly transport: Transport;
  /** That of the control plane. */
  readonly namespace: string;
  readonly permit: WritePermit;
  readonly revision: HostRevision;
  /** Changes may be done again, or are paused from now on. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly log: Log;
};

export class BrakeKeeper {
  readonly brake: Brake;
  readonly #options: BrakeKeeperOptions;
  /** A pause that the host does not have yet. */
  #unwritten: ChangesPause | null = null;
  #isRevisionLoaded = false;
  /** Ends the rest between two looks. */
  #wake: () => void = () => undefined;

  constructor(options: BrakeKeeperOptions) {
    this.#options = options;
    const { limits, clock } = options;
    this.brake = new Brake({ limits, clock, onPause: (pause) => this.#onPause(pause) });
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal);
      const resting = new AbortController();
      this.#wake = () => resting.abort();
      const ms = this.brake.pause === null ? EVERY_MS : PAUSED_EVERY_MS;
      await wait(this.#options.clock, ms, AbortSignal.any([signal, resting.signal]));
    }
  }

  #onPause(pause: ChangesPause): void {
    this.#unwritten = pause;
    this.#options.log.error({ reason: pause.reason }, "changes of copies are paused; fedns resume ends that");
    this.#options.onChange();
    this.#wake();
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { transport, namespace, permit, revision, log } = this.#options;
    try {
      if (!this.#isRevisionLoaded) await revision.load();
      this.#isRevisionLoaded = true;
      const order = await readChangesOrder({ transport, namespace, signal });
      if (revision.shows(order.hostRevision)) this.brake.hostWentBack();
      if (this.#unwritten !== null) {
        await pauseChanges(this.#unwritten, { transport, namespace, permit, signal });
        this.#unwritten = null;
      } else this.#follow(order.pause, order.resumedMs);
      await revision.save();
    } catch (error) {
      if (!signal.aborted)
        log.warn(errorFields(error), "the order to pause changes could not be read or written");
    }
  }

  #follow(pause: ChangesPause | null, resumedMs: number | null): void {
    const isPaused = this.brake.pause !== null;
    this.brake.ordered(pause, resumedMs);
    if (isPaused !== (this.brake.pause !== null)) this.#options.onChange();
  }
}
