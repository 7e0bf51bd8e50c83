/**
 * All rollouts of federated objects: for each object that has one, what is seen of its members, the next record, and what is said.
 *
 *     object with its record, copies, traffic ──> facts ──> next record ──> annotation of the object
 *     the watch of the host shows the annotation ──> members follow it
 *
 * Nothing is kept here but times: another process goes on from the records.
 */
import type { ServingChannel } from "../../federation/serving/serving-ask.ts";
import type { Clock } from "../../kernel/clock.ts";
import { errorFields, messageOf } from "../../kernel/error.ts";
import type { JsonRecord } from "../../kernel/json.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import { mergePatch } from "../../fleet/objects/patch.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { type MemberHealth, nextRecord } from "../rollout/rollout-step.ts";
import type { RolloutSaid } from "../rollout/rollout-text.ts";
import type { RolloutRecord } from "../rollout/rollout-record.ts";
import { type StagedObject, stagedObject } from "../versions/staged-object.ts";
import { healthOf, type StagedCopy } from "./copy-health.ts";
import { changesAtEnd, changesTo, factsOf, type Look, saidOf, type StagedSubject } from "./look.ts";

type RolloutsOptions = {
  /** Null = it is not known yet, or nothing is decided about its copies. `key`: "namespace/name" of the object. */
  readonly subjectOf: (type: string, key: string) => StagedSubject | null;
  /** Something else is said about the object. */
  readonly onSaid: (type: string, key: string) => void;
  /** Null = nobody knows of traffic. */
  readonly serving: ServingChannel | null;
  /** Of the host. */
  readonly transport: Transport;
  readonly permit: WritePermit;
  readonly manager: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
};

type Entry = {
  readonly type: string;
  readonly key: string;
  said: RolloutSaid | null;
  /** The record that is watched, and since when (monotonic ms). */
  watched: string;
  watchedMs: number;
  /** Monotonic ms before which time alone is no reason to look. */
  restsUntilMs: number;
  /** Services in front of the copy in each cluster, and when they were read (monotonic ms). */
  readonly services: Map<string, { readonly atMs: number; readonly names: readonly string[] }>;
  /** Why the last record could not be written; "" = it could. */
  problem: string;
  isLooking: boolean;
  /** Something has changed since the look that runs began. */
  isDue: boolean;
};

const LOOK_EVERY_MS = 1_000;
/** While a pause lasts, what changes is seen by the watches; the copies and their traffic are asked now and then. */
const PAUSING_EVERY_MS = 5_000;
const SERVICES_EVERY_MS = 30_000;
const LOOKS_AT_ONCE = 16;
const GATHER_MS = 20;
/** What every object with a rollout has among its annotations. */
const WORD = '"fedns.io/rollout';

export class Rollouts {
  readonly #options: RolloutsOptions;
  /** Of all objects that have a rollout, by type and key. */
  readonly #entries = new Map<string, Entry>();
  /** Those that time alone may carry on. */
  readonly #running = new Set<Entry>();
  readonly #due = new Set<Entry>();
  #isGathering = false;
  #looking = 0;

  constructor(options: RolloutsOptions) {
    this.#options = options;
    options.clock.after(LOOK_EVERY_MS, () => this.#tick());
  }

  /** Nothing is looked at, and nothing waits for it; what waits for its time does not count. */
  get isIdle(): boolean {
    return this.#due.size === 0 && this.#looking === 0;
  }

  /** The host has this object now; null = it has it no more. */
  seen(type: string, key: string, bytes: Buffer | null): void {
    const name = nameOf(type, key);
    const isMeant = bytes?.includes(WORD) === true;
    const known = this.#entries.get(name);
    if (!isMeant) this.#forget(name);
    else if (known !== undefined) this.#want(known);
    else {
      const entry: Entry = {
        type,
        key,
        said: null,
        watched: "",
        watchedMs: 0,
        restsUntilMs: 0,
        services: new Map(),
        problem: "",
        isLooking: false,
        isDue: false,
      };
      this.#entries.set(name, entry);
      this.#want(entry);
    }
  }

  forgetType(type: string): void {
    for (const name of this.#entries.keys()) if (name.startsWith(`${type}\0`)) this.#forget(name);
  }

  /** Something about the object or a copy of it may have changed. Cheap where it has no rollout. */
  look(type: string, key: string): void {
    const entry = this.#entries.get(nameOf(type, key));
    if (entry !== undefined) this.#want(entry);
  }

  /** Null = there is nothing to say. */
  saidOf(type: string, key: string): RolloutSaid | null {
    return this.#entries.get(nameOf(type, key))?.said ?? null;
  }

  #forget(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#running.delete(entry);
    this.#due.delete(entry);
  }

  #want(entry: Entry): void {
    if (entry.isLooking) entry.isDue = true;
    else this.#due.add(entry);
    if (this.#isGathering || this.#due.size === 0) return;
    this.#isGathering = true;
    this.#options.clock.after(GATHER_MS, () => {
      this.#isGathering = false;
      this.#workOnDue();
    });
  }

  #workOnDue(): void {
    for (const entry of this.#due) {
      if (this.#options.signal.aborted || this.#looking >= LOOKS_AT_ONCE) return;
      this.#due.delete(entry);
      void this.#work(entry);
    }
  }

  #tick(): void {
    const { clock, signal } = this.#options;
    if (signal.aborted) return;
    const nowMs = clock.nowMs();
    for (const entry of this.#running) if (!entry.isLooking && nowMs >= entry.restsUntilMs) this.#want(entry);
    clock.after(LOOK_EVERY_MS, () => this.#tick());
  }

  async #work(entry: Entry): Promise<void> {
    this.#looking += 1;
    entry.isLooking = true;
    entry.isDue = false;
    try {
      await this.#lookAt(entry);
      entry.problem = "";
    } catch (error) {
      // Time does not count while nothing can be written.
      entry.watched = "";
      this.#running.add(entry);
      const { kind } = refusalOf(error, { plural: "" });
      const isOver = kind === "object-missing" || kind === "uid-mismatch" || kind === "stale";
      if (!isOver) this.#failed(entry, error);
    } finally {
      this.#looking -= 1;
      entry.isLooking = false;
      // It may have been forgotten meanwhile.
      if (this.#entries.get(nameOf(entry.type, entry.key)) !== entry) this.#running.delete(entry);
      else if (entry.isDue) this.#want(entry);
      this.#workOnDue();
    }
  }

  /** It is tried again each second, and told once. */
  #failed(entry: Entry, error: unknown): void {
    const { log, signal } = this.#options;
    const problem = messageOf(error);
    if (!signal.aborted && entry.problem !== problem)
      log.warn({ object: entry.key, ...errorFields(error) }, "a rollout could not be written down");
    entry.problem = problem;
  }

  async #lookAt(entry: Entry): Promise<void> {
    const { subjectOf, onSaid } = this.#options;
    const subject = subjectOf(entry.type, entry.key);
    const staged = subject === null ? null : stagedObject(subject.object);
    const isKnown =
      staged?.record != null || subject?.copies.every(({ view }) => view !== "not-yet") === true;
    if (subject === null || staged === null || !isKnown) {
      // What is needed is known in a moment, or the object goes.
      this.#running.add(entry);
      return;
    }
    const { policy } = staged;
    let said: RolloutSaid | null = null;
    let isRunning = false;
    if (policy === null) await this.#write(subject, changesAtEnd(subject.object));
    else {
      const look = { subject, staged, policy, members: await this.#healthIn(entry, subject, staged) };
      const record = await this.#advance(entry, look);
      said = saidOf(record, look);
      isRunning = record.phase === "rolling";
      entry.restsUntilMs = record.state === "well" ? this.#options.clock.nowMs() + PAUSING_EVERY_MS : 0;
    }
    if (isRunning) this.#running.add(entry);
    else this.#running.delete(entry);
    if (JSON.stringify(said) === JSON.stringify(entry.said)) return;
    entry.said = said;
    onSaid(entry.type, entry.key);
  }

  async #advance(entry: Entry, look: Look): Promise<RolloutRecord> {
    const { clock } = this.#options;
    const { record: before } = look.staged;
    const watched =
      before === null ? "" : `${before.target} ${before.phase} ${before.state} ${before.sinceMs}`;
    if (watched !== entry.watched || !this.#mayWrite()) {
      entry.watched = watched;
      entry.watchedMs = clock.nowMs();
    }
    const times = { nowMs: clock.wallMs(), watchedMs: clock.nowMs() - entry.watchedMs };
    const record = nextRecord(before, factsOf(look, times));
    await this.#write(look.subject, changesTo(record, look));
    return record;
  }

  /** Time does not count while nothing may be written, to the host or to members. */
  #mayWrite(): boolean {
    try {
      this.#options.permit.ask().settled(true);
      return true;
    } catch {
      return false;
    }
  }

  /** Those that have the target now are looked at; of the others only whether they answer. */
  #healthIn(
    entry: Entry,
    { copies, kind }: StagedSubject,
    { record, version }: StagedObject,
  ): Promise<readonly MemberHealth[]> {
    const { serving } = this.#options;
    const isRolling = record?.phase === "rolling" && record.target === version;
    return Promise.all(
      copies.map((copy): Promise<MemberHealth> => {
        const { name } = copy.cluster;
        if (isRolling && record.on.includes(name))
          return healthOf({ ...copy, services: () => this.#servicesOf(entry, copy) }, kind, serving);
        const health = copy.view === "seen" ? "waiting" : copy.view === "no-such-kind" ? "out" : "unseen";
        return Promise.resolve({ name, health, reason: "" });
      }),
    );
  }

  /** They change less often than it is asked how clients are served. */
  async #servicesOf({ services }: Entry, copy: StagedCopy): Promise<readonly string[]> {
    const { name } = copy.cluster;
    const nowMs = this.#options.clock.nowMs();
    const known = services.get(name);
    if (known !== undefined && known.names.length > 0 && nowMs - known.atMs < SERVICES_EVERY_MS)
      return known.names;
    const names = await copy.services();
    services.set(name, { atMs: nowMs, names });
    return names;
  }

  /** `annotations` null: nothing is to be written. The watch shows the result, and then what follows from it is done. */
  async #write({ key, metadata }: StagedSubject, annotations: JsonRecord | null): Promise<void> {
    if (annotations === null) return;
    const { transport, permit, signal, manager } = this.#options;
    const { uid, resourceVersion } = metadata;
    const options = { permit, signal, fieldManager: manager, purpose: "status" } as const;
    await mergePatch(transport, key, { metadata: { uid, resourceVersion, annotations } }, options);
  }
}

function nameOf(type: string, key: string): string {
  return `${type}\0${key}`;
}
