/**
 * Keeps trying to hold one Lease of the host, and tells its permit how that goes. A follower does everything but write.
 *
 * Losing a lease ends nothing but the permission: the runner goes on as a follower. Renewals have a connection of their own
 * (purpose "lease"), so that they never wait for other requests.
 */
import { type Clock, pause } from "../../kernel/clock.ts";
import { errorFields, messageOf, OperationalError } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../kube/transport.ts";
import { freePermit } from "../kube/write-permit.ts";
import type { ApiObject } from "../objects/api-object.ts";
import { create } from "../objects/create.ts";
import type { ObjectKey } from "../objects/object-path.ts";
import { read } from "../objects/read.ts";
import { refusalOf } from "../objects/refusal.ts";
import { replace } from "../objects/replace.ts";
import {
  attemptOn,
  heldBy,
  LEASE_DURATION_MS,
  type Observation,
  observe,
  released,
  RENEW_DEADLINE_MS,
  RETRY_JITTER,
  RETRY_PERIOD_MS,
} from "./elector.ts";
import { LagWatchdog } from "./lag-watchdog.ts";
import { LeasePermit } from "./lease-permit.ts";
import { identityOf, isEarlier, type Succession } from "./succession.ts";
import { leaseContent, type LeaseRecord, leaseRecordOf, microTime } from "./lease-record.ts";

/** An attempt that takes longer leaves no time for another one before the deadline. */
const ATTEMPT_TIMEOUT_SECONDS: number = RENEW_DEADLINE_MS / 2 / 1000;
/** Credentials are loaded within moments of the start; a whole period would be lost otherwise. */
const CREDENTIALS_EVERY_MS = 100;
const RELEASE_TIMEOUT_SECONDS = 2;
/** How long `stop` waits for writes that are under way. */
const STOP_WAIT_MS = 3_000;
const STOPPING = "fedns is stopping";

/** Why nothing may be written to the host and its members, although the lease is held; null = nothing speaks against it. */
type WriteCheck = (signal: AbortSignal) => Promise<string | null>;

type LeaseRunnerOptions = {
  readonly transport: Transport;
  readonly namespace: string;
  readonly name: string;
  /** Of this process, which is unique also after a restart. */
  readonly succession: Succession;
  /** Hears how many writes of this process may still be carried out (succession.ts). */
  readonly onOpenWrites?: (count: number) => void;
  /** Called every two seconds while the lease is held. If one throws for ten seconds, the permission ends. */
  readonly checks: readonly WriteCheck[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export type LeaseStatus = {
  readonly name: string;
  readonly identity: string;
  /** "" when it has no holder or was never read. */
  readonly holder: string;
  readonly isHeld: boolean;
  readonly transitions: number;
  /** Why this process does not write; null when it may. */
  readonly refusal: string | null;
  /** Of the last attempt; null when it succeeded. */
  readonly error: string | null;
};

export class LeaseRunner {
  readonly permit: LeasePermit;
  readonly #options: LeaseRunnerOptions;
  readonly #identity: string;
  /** From then on nothing that earlier processes of this replica sent is carried out. */
  readonly #quietMs: number;
  readonly #key: ObjectKey;
  readonly #abort = new AbortController();
  readonly #watchdog: LagWatchdog;
  #observation: Observation | null = null;
  /** The Lease as last read or written; null = it must be read. */
  #lease: ApiObject | null = null;
  #isHeld = false;
  #forbidden: string | null = null;
  #error: string | null = null;
  /** Nothing was sent: the credentials for the host have not been loaded yet. */
  #isTooEarly = false;
  #isChecking = false;
  #restUntilMs = -Infinity;
  #running: Promise<void> = Promise.resolve();

  constructor(options: LeaseRunnerOptions) {
    const { clock, namespace, name } = options;
    this.#options = options;
    this.#key = {
      resource: { group: "coordination.k8s.io", version: "v1", plural: "leases" },
      namespace,
      name,
    };
    this.#identity = identityOf(options.succession);
    this.#quietMs = clock.nowMs() + options.succession.quietAfterMs;
    this.permit = new LeasePermit(clock, options.onOpenWrites);
    this.#watchdog = new LagWatchdog(clock, (lagMs) =>
      this.stepDown(`this process did nothing for ${Math.round(lagMs)} ms`),
    );
  }

  get status(): LeaseStatus {
    const record = this.#observation?.record;
    return {
      name: this.#options.name,
      identity: this.#identity,
      holder: record?.holder ?? "",
      isHeld: this.#isHeld,
      transitions: record?.transitions ?? 0,
      refusal: this.permit.refusal,
      error: this.#error,
    };
  }

  start(): void {
    this.#watchdog.start();
    this.#running = this.#run();
  }

  /** Writes nothing more; releases the lease unless a write may still be carried out. Never throws. */
  async stop(): Promise<void> {
    this.permit.retire(STOPPING);
    this.#watchdog.stop();
    this.#abort.abort();
    await this.#running;
    await this.#giveUp(STOPPING, STOP_WAIT_MS);
    this.permit.lose(STOPPING);
  }

  /** Gives the lease to another process, and does not try to get it for the duration of a lease. */
  stepDown(reason: string): void {
    if (!this.#isHeld) return;
    this.#options.log.warn({ lease: this.#options.name, reason }, "the lease is given up");
    this.#restUntilMs = this.#options.clock.nowMs() + LEASE_DURATION_MS;
    this.permit.lose(reason);
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      if (clock.nowMs() < this.#restUntilMs) await this.#giveUp("it was given up", 0);
      else await this.#attempt();
      const jitter = this.#isHeld ? 0 : random() * RETRY_JITTER;
      const restMs = this.#isTooEarly ? CREDENTIALS_EVERY_MS : RETRY_PERIOD_MS * (1 + jitter);
      const quietInMs = this.#quietMs - clock.nowMs();
      await pause(clock, quietInMs > 0 ? Math.min(restMs, quietInMs) : restMs, signal);
    }
  }

  /** One attempt to hold the lease. Never throws. */
  async #attempt(): Promise<void> {
    try {
      const isHeld = (await this.#write()) ?? (await this.#write()) ?? false;
      this.#error = null;
      this.#isTooEarly = false;
      this.#note(isHeld, "another process holds the lease");
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.#lease = null;
      const { name } = this.#options;
      this.#isTooEarly = error instanceof OperationalError && error.code === "KUBE_NO_CREDENTIALS";
      if (this.#error === null && !this.#isTooEarly)
        this.#options.log.warn(
          { lease: name, ...errorFields(error) },
          "the lease could not be read or renewed",
        );
      this.#error = messageOf(error);
      // The permission lasts until its deadline: renewals may succeed before.
      if (!this.permit.hasLease) this.#note(false, "the lease could not be renewed in time");
    }
  }

  /** True: held; false: another holds it; null: the lease changed while we wrote, so it must be read again. */
  async #write(): Promise<boolean | null> {
    const { clock, transport } = this.#options;
    const identity = this.#identity;
    this.#lease ??= await read(transport, this.#key, {
      purpose: "lease",
      timeoutMs: ATTEMPT_TIMEOUT_SECONDS * 1000,
      signal: this.#abort.signal,
    });
    const before = this.#lease === null ? null : leaseRecordOf(this.#lease);
    this.#observation = before === null ? null : observe(this.#observation, before, clock.nowMs());
    const attempt = attemptOn(this.#observation, identity, clock.nowMs(), (holder) => this.#isOver(holder));
    if (attempt === "wait") {
      this.#lease = null;
      return false;
    }
    const start = { nowMs: clock.nowMs(), wallMs: clock.wallMs() };
    if (!(await this.#put(heldBy(identity, before, microTime(start.wallMs)), ATTEMPT_TIMEOUT_SECONDS)))
      return null;
    this.permit.renewed(start);
    void this.#check();
    return true;
  }

  #isOver(holder: string): boolean {
    const { clock, succession } = this.#options;
    return clock.nowMs() >= this.#quietMs && isEarlier(holder, succession);
  }

  /** False: the Lease is not as it was read. */
  async #put(record: LeaseRecord, timeoutSeconds: number): Promise<boolean> {
    const { transport } = this.#options;
    const before = this.#lease;
    const options = {
      permit: freePermit(timeoutSeconds),
      purpose: "lease",
      // A release goes out although the runner stops.
      signal: record.holder === "" ? new AbortController().signal : this.#abort.signal,
    } as const;
    this.#lease = null;
    try {
      const content = leaseContent(record, before);
      const { object } =
        before === null
          ? await create(transport, this.#key, content, options)
          : await replace(transport, this.#key, content, { ...options, before });
      this.#lease = object;
      this.#observation = observe(this.#observation, leaseRecordOf(object), this.#options.clock.nowMs());
      return true;
    } catch (error) {
      const { kind } = refusalOf(error, { plural: "leases" });
      if (["stale", "exists", "uid-mismatch", "object-missing"].includes(kind)) return false;
      throw error;
    }
  }

  #note(isHeld: boolean, reason: string): void {
    if (isHeld === this.#isHeld) return;
    const { name, log } = this.#options;
    const identity = this.#identity;
    this.#isHeld = isHeld;
    if (isHeld) {
      log.info({ lease: name, identity }, "the lease is held: this process writes");
      return;
    }
    this.permit.lose(reason);
    if (reason === STOPPING)
      log.info({ lease: name, identity }, "the lease is given back: fedns is stopping");
    else log.warn({ lease: name, identity, reason }, "the lease is lost: this process writes nothing");
  }

  /** Never throws: the permission ends by itself when this fails for too long. */
  async #check(): Promise<void> {
    const { checks, clock, name, log } = this.#options;
    if (this.#isChecking) return;
    this.#isChecking = true;
    const start = { nowMs: clock.nowMs(), wallMs: clock.wallMs() };
    try {
      const reasons = await Promise.all(checks.map((check) => check(this.#abort.signal)));
      const reason = reasons.find((text) => text !== null) ?? null;
      this.permit.checked(start, reason);
      if (reason !== null && reason !== this.#forbidden)
        log.warn({ lease: name, reason }, "nothing is written, although the lease is held");
      this.#forbidden = reason;
    } catch (error) {
      log.debug({ lease: name, ...errorFields(error) }, "it could not be read whether writes are paused");
    } finally {
      this.#isChecking = false;
    }
  }

  /** Releases the lease if it is ours and nothing of ours is under way any more. Never throws. */
  async #giveUp(reason: string, waitMs: number): Promise<void> {
    if (!this.#isHeld) return;
    const { clock } = this.#options;
    const record = this.#lease === null ? null : leaseRecordOf(this.#lease);
    const isIdle = await Promise.race([
      this.permit.idle(),
      pause(clock, waitMs, new AbortController().signal).then(() => false),
    ]);
    this.#note(false, reason);
    if (!isIdle || record?.holder !== this.#identity) return;
    await this.#put(released(record, microTime(clock.wallMs())), RELEASE_TIMEOUT_SECONDS).catch(() => false);
  }
}
