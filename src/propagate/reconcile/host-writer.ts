/**
 * What is written to the host about federated objects: our finalizer before anything is placed, the status when it changes, and the
 * finalizer away when no copy is left. Only what differs is written.
 */
import type { JsonRecord } from "../../kernel/json.ts";
import type { Clock } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import type { EventSubject } from "../../fleet/objects/event.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";

import { isStored } from "../status/stored-status.ts";
import { prunedWords, StatusEvents } from "../status/status-events.ts";
import type { Rollouts } from "../staging/rollouts.ts";
import type { ObjectStatus } from "../status/object-status.ts";
import type { CopyDrain } from "../drain/copy-drain.ts";
import type { Journal } from "../journal/journal.ts";
import { copyNameOf, type PropagatedType } from "../objects/propagated-type.ts";
import { PLAIN_FINALIZER } from "../plain/plain-words.ts";
import { inWordsOfV1, shadowedEvent } from "../plain/told.ts";
import type { Engine } from "./engine.ts";
import { QueueWorker, type WorkResult } from "../queue/queue-worker.ts";
import { type ObjectReport, reportOn } from "./report.ts";
import type { TurnShare } from "../queue/turn-share.ts";
import { WorkQueue } from "../queue/work-queue.ts";

/** Many copies of one object change within a moment, and make one status. */
const GATHER_MS = 100;
const FIRST_RETRY_MS = 1_000;
const RETRY_MAX_MS = 60_000;
const STALE_RETRY_MS = 250;
/** It is read at once, or the host does not answer. */
const JOURNAL_IS_NOT_READ: WorkResult = { next: "later", server: "answers", retryAfterMs: 500 };
const DONE: WorkResult = { next: "done", server: "answers", retryAfterMs: 0 };

type HostWriterOptions = {
  readonly engine: Engine;
  readonly journal: Journal;
  /** For how long a deleted object waits for a member that is not seen. */
  readonly deletionWaitMs: number;
  /** Null = no copy waits for its clients. */
  readonly drain: CopyDrain | null;
  readonly rollouts: Pick<Rollouts, "saidOf">;
  readonly transport: Transport;
  readonly permit: WritePermit;
  readonly signal: AbortSignal;
  readonly manager: string;
  readonly share: TurnShare;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class HostWriter {
  readonly #options: HostWriterOptions;
  readonly #queue: WorkQueue<number>;
  readonly #worker: QueueWorker;
  readonly #events: StatusEvents;
  /** Rows that something was written for since their last status. */
  readonly #written = new Set<number>();
  readonly #gathered = new Set<number>();
  #cancelGather: (() => void) | null = null;

  constructor(options: HostWriterOptions) {
    this.#options = options;
    this.#events = new StatusEvents(options);
    const { clock, random, share, log } = options;
    this.#queue = new WorkQueue({ clock, random, firstRetryMs: FIRST_RETRY_MS, retryMaxMs: RETRY_MAX_MS });
    this.#worker = new QueueWorker({ queue: this.#queue, work: (row) => this.#work(row), share, clock, log });
    this.#worker.start();
  }

  get isIdle(): boolean {
    return this.#gathered.size === 0 && this.#worker.isIdle;
  }

  /** Something about the object may have to be written. */
  note(row: number, hasWritten: boolean): void {
    if (hasWritten) this.#written.add(row);
    this.#gathered.add(row);
    this.#cancelGather ??= this.#options.clock.after(GATHER_MS, () => this.#flush());
  }

  /** The host has a plain object beside the federated one that counts: it is told so, and held no more. Does not wait. */
  shadowed(type: PropagatedType, key: string, plain: Buffer): void {
    const { metadata } = JSON.parse(plain.toString("utf8")) as { readonly metadata: JsonRecord };
    const { target } = type;
    const named = { key: { resource: target, ...copyNameOf(type, key) }, kind: target.kind };
    const event = shadowedEvent(type.federated.kind ?? `Federated${target.kind}`, named.key.name);
    this.#events.say(subjectOf(named, metadata["uid"]), [event]);
    const list: readonly unknown[] = Array.isArray(metadata["finalizers"]) ? metadata["finalizers"] : [];
    const finalizers = list.filter((one) => one !== PLAIN_FINALIZER);
    if (finalizers.length === list.length) return;
    this.#patch(named.key, { finalizers }, metadata).catch((error: unknown) => {
      // It is tried again with the next change of the object.
      if (!this.#options.signal.aborted)
        this.#options.log.warn({ object: key, ...errorFields(error) }, "a plain object could not be let go");
    });
  }

  stop(): void {
    this.#cancelGather?.();
    this.#worker.stop();
  }

  #flush(): void {
    this.#cancelGather = null;
    for (const row of this.#gathered) this.#queue.add(row, "change");
    this.#gathered.clear();
    this.#worker.poke();
  }

  async #work(row: number): Promise<WorkResult> {
    const { engine, journal, deletionWaitMs, drain, rollouts, clock, log } = this.#options;
    const nowMs = clock.wallMs();
    const hasWritten = this.#written.has(row);
    const report = reportOn(engine, row, { hasWritten, deletionWaitMs, drain, rollouts, nowMs });
    if (report === null) return DONE;
    try {
      if (report.entries.length > 0 && !journal.isRead) return JOURNAL_IS_NOT_READ;
      for (const entry of report.entries) await journal.add(entry);
      this.#events.say(subjectOf(report, report.metadata["uid"]), report.events);
      const { finalizers, annotations } = report;
      if (finalizers !== null) await this.#patch(report.key, { finalizers }, report.metadata);
      if (annotations !== null) await this.#patch(report.key, { annotations }, report.metadata);
      if (report.isPlain) await this.#writeNative(report);
      else if (report.status !== null && !isStored(report.status, report.stored))
        await this.#writeStatus(report, report.status);
      this.#written.delete(row);
      const { againMs } = report;
      return againMs === null ? DONE : { ...DONE, next: "later", retryAfterMs: againMs - nowMs };
    } catch (error) {
      const refusal = refusalOf(error, { plural: report.key.resource.plural });
      const isGone = refusal.kind === "object-missing" || refusal.kind === "uid-mismatch";
      if (isGone) return DONE;
      // The watch is behind. What it shows next may be nothing but a status, which is no reason to come back here.
      if (refusal.kind === "stale") return { next: "later", server: "answers", retryAfterMs: STALE_RETRY_MS };
      log.warn(
        { object: report.key.name, ...errorFields(error) },
        "the status of a federated object could not be written",
      );
      return { next: "retry", server: "answers", retryAfterMs: refusal.retryAfterMs ?? 0 };
    }
  }

  /** The watch shows the result, and then what follows from it is done. */
  async #patch(key: ObjectKey, change: JsonRecord, { uid, resourceVersion }: JsonRecord): Promise<void> {
    await mergePatch(
      this.#options.transport,
      key,
      { metadata: { uid, resourceVersion, ...change } },
      this.#writeOptions,
    );
  }

  /** For the object that the report is about, and no other one that has its name by now. */
  async #writeStatus(report: ObjectReport, status: ObjectStatus): Promise<void> {
    const options = { ...this.#writeOptions, subresource: "status" } as const;
    const {
      key,
      metadata: { uid },
    } = report;
    const { object } = await mergePatch(this.#options.transport, key, { metadata: { uid }, status }, options);
    this.#events.tell(subjectOf(report, uid), status, object["status"]);
  }

  /** What its kind has no room for is told. */
  async #writeNative(report: ObjectReport): Promise<void> {
    const {
      key,
      metadata: { uid },
      native: status,
    } = report;
    const said = report.status === null ? [] : prunedWords(report.status, null);
    this.#events.say(subjectOf(report, uid), said.map(inWordsOfV1));
    if (status === null) return;
    const options = { ...this.#writeOptions, subresource: "status" } as const;
    await mergePatch(this.#options.transport, key, { metadata: { uid }, status }, options);
  }

  get #writeOptions() {
    const { permit, signal, manager } = this.#options;
    return { permit, signal, fieldManager: manager, purpose: "status" } as const;
  }
}

function subjectOf({ key, kind }: Pick<ObjectReport, "key" | "kind">, uid: unknown): EventSubject {
  const { group, version } = key.resource;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  return { apiVersion, kind, namespace: key.namespace, name: key.name, uid: String(uid) };
}
