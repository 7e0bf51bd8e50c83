/** What is wrong with annotations is told where they were written: as Events in that cluster, once, seldom again, and never many. */
import { type Clock, pause } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { serviceOf } from "../../federation/members/federation.ts";
import type { Delivery, Warning } from "../kube/event.ts";
import type { Log } from "../../kernel/log.ts";
import type { ObjectWarning } from "../../federation/members/object-warning.ts";

const LOOK_EVERY_MS = 5_000;
/** Longer than API servers keep Events: what is still wrong is seen again now and then, without being a nuisance. */
const AGAIN_AFTER_MS = 6 * 3_600_000;
/** Somebody may give us the right to write Events. */
const REFUSED_AGAIN_MS = 3_600_000;
const FAILED_AGAIN_MS = 60_000;
/** Events that may be written at once, and then one with each look: a broken template in a thousand Services is no flood. */
const BURST = 20;
/** Of what was told, per cluster; more than are wrong at once anywhere. */
const TOLD_MAX = 2_000;

type EventRecorderOptions = {
  readonly cluster: string;
  /** As kube/event.ts `tell`. */
  readonly tell: (warning: Warning, telling: { wallMs: number; signal: AbortSignal }) => Promise<Delivery>;
  readonly clock: Clock;
  readonly log: Log;
};

type EventRecorderStatus = {
  /** Events written in this run. */
  readonly told: number;
  /** Why some are not; null = nothing hinders. */
  readonly problem: string | null;
};

/** Tells one cluster. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  /** What was told, and when, the oldest first. */
  readonly #told: Map<string, number> = new Map();
  #budget = BURST;
  #restUntilMs = -Infinity;
  #isTelling = false;
  #count = 0;
  #problem: string | null = null;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  get status(): EventRecorderStatus {
    return { told: this.#count, problem: this.#problem };
  }

  /** Tells what is new of these, one after the other. Never rejects. Asked again while it still tells, it does nothing. */
  async offer(complaints: Iterable<ObjectWarning>, signal: AbortSignal): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    this.#budget = Math.min(BURST, this.#budget + 1);
    this.#forget(nowMs);
    if (this.#isTelling || nowMs < this.#restUntilMs) return;
    this.#isTelling = true;
    try {
      for (const complaint of complaints) {
        if (this.#budget < 1 || signal.aborted) break;
        if (!this.#told.has(keyOf(complaint))) await this.#tell(complaint, signal);
        if (this.#options.clock.nowMs() < this.#restUntilMs) break;
      }
    } finally {
      this.#isTelling = false;
    }
  }

  async #tell(complaint: ObjectWarning, signal: AbortSignal): Promise<void> {
    const { cluster, tell, clock, log } = this.#options;
    this.#budget -= 1;
    try {
      const delivery = await tell(warningOf(complaint), { wallMs: clock.wallMs(), signal });
      if (delivery === "refused") {
        const problem = "events are not allowed; what is wrong with annotations is told in /status alone";
        if (this.#problem !== problem) log.info({ cluster }, problem);
        this.#rest(problem, REFUSED_AGAIN_MS);
        return;
      }
      this.#problem = null;
      this.#told.set(keyOf(complaint), clock.nowMs());
      if (delivery === "told") this.#count += 1;
    } catch (error) {
      if (!signal.aborted) this.#rest(`an event could not be written: ${messageOf(error)}`, FAILED_AGAIN_MS);
    }
  }

  #rest(problem: string, forMs: number): void {
    this.#problem = problem;
    this.#restUntilMs = this.#options.clock.nowMs() + forMs;
  }

  #forget(nowMs: number): void {
    for (const [key, toldMs] of this.#told) {
      if (nowMs - toldMs < AGAIN_AFTER_MS && this.#told.size <= TOLD_MAX) break;
      this.#told.delete(key);
    }
  }
}

type Telling = {
  /** Of all clusters, as of now. */
  readonly complaints: () => Iterable<ObjectWarning>;
  /** With their clusters' names: those that may be told now. */
  readonly tellers: () => Iterable<readonly [string, EventRecorder]>;
  readonly clock: Clock;
};

/** Looks from time to time until aborted; a cluster that is slow or dead keeps no other one waiting. Never rejects. */
export async function tellComplaints(
  { complaints, tellers, clock }: Telling,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(clock, LOOK_EVERY_MS, signal);
    const byCluster = Map.groupBy([...complaints()].filter(isAboutObject), ({ cluster }) => cluster);
    for (const [name, teller] of tellers()) void teller.offer(byCluster.get(name) ?? [], signal);
  }
}

/** A host's name is claimed by objects of several kinds: whoever claims it is told elsewhere. */
function isAboutObject({ kind, key }: ObjectWarning): boolean {
  return kind === "Namespace" || key.includes("/");
}

function warningOf({ kind, key, reason, message }: ObjectWarning): Warning {
  const { namespace, name } = kind === "Service" ? serviceOf(key) : { namespace: "", name: key };
  return { kind, namespace, name, reason, message };
}

function keyOf({ kind, key, reason, message }: ObjectWarning): string {
  return `${kind} ${key} ${reason} ${message}`;
}
