/** Writes problems of annotations as Events in the cluster of their object: each one once, seldom again, and never many. */
import { serviceOf } from "../../federation/members/federation.ts";
import type { ObjectWarning } from "../../federation/members/object-warning.ts";
import { type Clock, pause } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import { type EventOptions, type EventOutcome, type EventWarning, isEventKind } from "../objects/event.ts";

const RECORD_EVERY_MS = 5_000;
/** Longer than API servers keep Events: a problem that persists shows up again now and then. */
const REPEAT_AFTER_MS = 6 * 3_600_000;
/** After a refusal: our account may get the permission to write Events later. */
const REFUSED_RETRY_MS = 3_600_000;
const FAILED_RETRY_MS = 60_000;
/** Events that may be written at once; then one per round. A broken template in a thousand Services must not cause a flood. */
const BURST_EVENTS = 20;
/** Written Events that are remembered, per cluster. */
const REMEMBERED_MAX = 2_000;

type EventRecorderOptions = {
  readonly cluster: string;
  /** As `writeEvent` in fleet/objects/event.ts. */
  readonly write: (warning: EventWarning, options: EventOptions) => Promise<EventOutcome>;
  readonly clock: Clock;
  readonly log: Log;
};

type EventRecorderStatus = {
  /** Events written in this run. */
  readonly told: number;
  /** Why Events cannot be written; null = they can. */
  readonly problem: string | null;
};

/** The Events of one cluster. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  /** When each warning was written, the oldest first. */
  readonly #writtenAtMs: Map<string, number> = new Map();
  #budget = BURST_EVENTS;
  #pausedUntilMs = -Infinity;
  #isWriting = false;
  #count = 0;
  #problem: string | null = null;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  get status(): EventRecorderStatus {
    return { told: this.#count, problem: this.#problem };
  }

  /** Writes those that are new, one after the other. Does nothing while an earlier call is still writing. Never rejects. */
  async record(warnings: Iterable<EventWarning>, signal: AbortSignal): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    this.#budget = Math.min(BURST_EVENTS, this.#budget + 1);
    this.#forget(nowMs);
    if (this.#isWriting || nowMs < this.#pausedUntilMs) return;
    this.#isWriting = true;
    try {
      for (const warning of warnings) {
        if (this.#budget < 1 || signal.aborted) break;
        if (!this.#writtenAtMs.has(keyOf(warning))) await this.#write(warning, signal);
        if (this.#options.clock.nowMs() < this.#pausedUntilMs) break;
      }
    } finally {
      this.#isWriting = false;
    }
  }

  async #write(warning: EventWarning, signal: AbortSignal): Promise<void> {
    const { cluster, write, clock, log } = this.#options;
    this.#budget -= 1;
    try {
      const outcome = await write(warning, { wallMs: clock.wallMs(), signal });
      if (outcome === "refused") {
        const problem = "events are not allowed; problems of annotations are shown in /status only";
        if (this.#problem !== problem) log.info({ cluster }, problem);
        this.#pause(problem, REFUSED_RETRY_MS);
        return;
      }
      this.#problem = null;
      this.#writtenAtMs.set(keyOf(warning), clock.nowMs());
      if (outcome === "written") this.#count += 1;
    } catch (error) {
      if (!signal.aborted) this.#pause(`an event could not be written: ${messageOf(error)}`, FAILED_RETRY_MS);
    }
  }

  #pause(problem: string, forMs: number): void {
    this.#problem = problem;
    this.#pausedUntilMs = this.#options.clock.nowMs() + forMs;
  }

  #forget(nowMs: number): void {
    for (const [key, atMs] of this.#writtenAtMs) {
      if (nowMs - atMs < REPEAT_AFTER_MS && this.#writtenAtMs.size <= REMEMBERED_MAX) break;
      this.#writtenAtMs.delete(key);
    }
  }
}

type RecordingOptions = {
  /** Of all clusters, as of now. */
  readonly warnings: () => Iterable<ObjectWarning>;
  /** With the names of their clusters: those that are reachable now. */
  readonly recorders: () => Iterable<readonly [string, EventRecorder]>;
  readonly clock: Clock;
};

/** Records warnings every RECORD_EVERY_MS until aborted. A slow or dead cluster does not delay the others. Never rejects. */
export async function recordWarnings(
  { warnings, recorders, clock }: RecordingOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(clock, RECORD_EVERY_MS, signal);
    const byCluster = Map.groupBy([...warnings()].filter(isAboutObject), ({ cluster }) => cluster);
    for (const [name, recorder] of recorders())
      void recorder.record((byCluster.get(name) ?? []).flatMap(warningOf), signal);
  }
}

/** A host may be claimed by objects of several kinds: its problems are not written as Events. */
function isAboutObject({ kind, key }: ObjectWarning): boolean {
  return kind === "Namespace" || key.includes("/");
}

/** As a list of one; of none, where the kind has no Events. */
function warningOf({ kind, key, uid, reason, message }: ObjectWarning): readonly EventWarning[] {
  if (!isEventKind(kind)) return [];
  const { namespace, name } = kind === "Namespace" ? { namespace: "", name: key } : serviceOf(key);
  return [{ kind, namespace, name, reason, message, ...(uid !== undefined && { uid }) }];
}

function keyOf({ kind, namespace, name, reason, message }: EventWarning): string {
  return `${kind} ${namespace}/${name} ${reason} ${message}`;
}
