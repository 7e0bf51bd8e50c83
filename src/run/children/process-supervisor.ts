/** Keeps one child process running: starts it, restarts it when it dies, and replaces it on request. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { OperationalError } from "../../kernel/error.ts";
import { lowerSessionPriority } from "../../kernel/native/priority.ts";
import type { ProcessSupervisorOptions } from "./process-options.ts";

/** The first restart is immediate; the delay then doubles for a child that keeps exiting early. */
const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** A child that has run for this long is considered healthy. */
const HEALTHY_AFTER_MS = 10_000;
const STOP_TIMEOUT_MS = 3_000;
/** At the start, leave the CPU to the processes needed for the first response. */
const FIRST_STANDBY_AFTER_MS = 3_000;
/** A new child must be ready within this time to replace another. Starts are slow on overloaded machines. */
const REPLACE_TIMEOUT_MS = 60_000;
const NOT_STARTED = -1;

export type ProcessHealth = {
  readonly pid: number | null;
  readonly state: "starting" | "running" | "waiting" | "stopped";
  readonly restarts: number;
  readonly lastExit: string | null;
};

type Child = {
  readonly process: ChildProcess;
  incarnation: number;
  sinceMs: number;
  isReady: boolean;
  /** Its end is then no failure. */
  isAskedToStop: boolean;
  /** Why it was killed without being asked; null = it was not. */
  killedFor: string | null;
  /** True once the child is ready, false when it exited before. */
  readonly ready: PromiseWithResolvers<boolean>;
  readonly gone: PromiseWithResolvers<void>;
};

export class ProcessSupervisor<ToChild, FromChild> {
  readonly #options: ProcessSupervisorOptions<ToChild, FromChild>;
  /** The child in use, ready or starting. */
  #child: Child | null = null;
  /** The child that is about to replace it. */
  #replacement: Child | null = null;
  /** A child that is loaded and idle: it has no start message yet. */
  #standby: Child | null = null;
  /** Those three, and children that were asked to stop. */
  readonly #running: Set<Child> = new Set();
  #replacing: Promise<void> | null = null;
  #incarnations = 0;
  #restarts = 0;
  #consecutiveEarlyExits = 0;
  #lastExit: string | null = null;
  #isStopping = false;

  constructor(options: ProcessSupervisorOptions<ToChild, FromChild>) {
    this.#options = options;
  }

  get health(): ProcessHealth {
    const child = this.#child;
    const idle = this.#isStopping ? "stopped" : "waiting";
    return {
      pid: child?.process.pid ?? null,
      state: child === null ? idle : child.isReady ? "running" : "starting",
      restarts: this.#restarts,
      lastExit: this.#lastExit,
    };
  }

  /** The number of the child that is ready; null = none is. */
  get incarnation(): number | null {
    const child = this.#child;
    return child === null || !child.isReady ? null : child.incarnation;
  }

  /** For a watchdog: the child that is ready and its heartbeat; empty while none is. */
  beats(read: () => number): ReadonlyMap<string, number> {
    const { incarnation } = this;
    return new Map(incarnation === null ? [] : [[String(incarnation), read()]]);
  }

  /** For a watchdog: the child that has been started and is not ready yet, which ends one way or the other; empty = none. */
  get starts(): ReadonlyMap<string, number> {
    const child = this.#child;
    return new Map(child === null || child.isReady ? [] : [[`start of ${child.incarnation}`, 0]]);
  }

  /** Kills the child without asking it to stop; it is started again. `reason`: a clause for the log. */
  kill(reason: string): void {
    if (this.#child === null) return;
    this.#child.killedFor = reason;
    this.#child.process.kill("SIGKILL");
  }

  start(): void {
    const standby = this.#standby;
    this.#standby = null;
    this.#child = this.#begin(standby ?? this.#spawn());
  }

  send(message: ToChild): boolean {
    return this.#child?.process.send?.(message as object) ?? false;
  }

  /**
   * Starts a new child, waits until it is ready, and then stops the old one, so that one child is always ready.
   * Resolves when the old child is gone. Rejects (REPLACE) when the new child exited before it was ready; the old one
   * then keeps running. A call during a replacement joins it.
   */
  replace(): Promise<void> {
    this.#replacing ??= this.#replace().finally(() => {
      this.#replacing = null;
    });
    return this.#replacing;
  }

  /**
   * As `replace`, for a child that must have the start message of now: a replacement that is under way is not joined. The
   * idle child takes over, so this is done in a moment.
   */
  async handOver(): Promise<void> {
    while (this.#replacing !== null) await this.#replacing.catch(() => undefined);
    const standby = this.#standby;
    this.#standby = null;
    this.#replacing = this.#replace(standby).finally(() => {
      this.#replacing = null;
    });
    return this.#replacing;
  }

  /**
   * Stops the child and waits until the next one is ready: for a process that must not run twice. Rejects (REPLACE) when the
   * next one takes too long; it may still become ready.
   */
  async restart(): Promise<void> {
    const { name, clock } = this.#options;
    if (this.#isStopping) throw new OperationalError("REPLACE", `${name} is stopping`);
    const old = this.#child;
    if (old !== null) {
      old.isAskedToStop = true;
      this.#askToStop(old);
      await old.gone.promise;
    }
    const late = Promise.withResolvers<boolean>();
    const cancel = clock.after(REPLACE_TIMEOUT_MS, () => late.resolve(false));
    const isReady = await Promise.race([this.#child?.ready.promise ?? false, late.promise]);
    cancel();
    if (isReady) return;
    throw new OperationalError("REPLACE", `the new ${name} process is not ready yet; see the log`);
  }

  /** Resolves when all children are gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const child of this.#running) this.#askToStop(child);
    await Promise.all([...this.#running].map((child) => child.gone.promise));
  }

  async #replace(loaded: Child | null = null): Promise<void> {
    const { name } = this.#options;
    if (this.#isStopping) throw new OperationalError("REPLACE", `${name} is stopping`);
    // A standby that was loaded earlier may run older code.
    if (this.#standby !== null) this.#askToStop(this.#standby);
    this.#standby = null;
    const replacement = this.#begin(loaded ?? this.#spawn());
    this.#replacement = replacement;
    let isLate = false;
    const cancel = this.#options.clock.after(REPLACE_TIMEOUT_MS, () => {
      isLate = true;
      replacement.process.kill("SIGKILL");
    });
    const isReady = await replacement.ready.promise;
    cancel();
    if (this.#replacement === replacement) this.#replacement = null;
    if (!isReady) {
      const how = isLate
        ? `was not ready within ${REPLACE_TIMEOUT_MS / 1000} s`
        : "exited before it was ready";
      throw new OperationalError("REPLACE", `the new ${name} process ${how}; the old process keeps running`);
    }
    const old = this.#child;
    this.#child = replacement;
    if (old === null || old === replacement) return;
    this.#askToStop(old);
    await old.gone.promise;
  }

  #askToStop(child: Child): void {
    child.process.send?.(this.#options.stopMessage as object, () => undefined);
    const cancel = this.#options.clock.after(STOP_TIMEOUT_MS, () => child.process.kill("SIGKILL"));
    void child.gone.promise.then(cancel);
  }

  #begin(child: Child): Child {
    child.incarnation = this.#incarnations++;
    child.sinceMs = this.#options.clock.nowMs();
    child.process.send(this.#options.startMessage(child.incarnation) as object, () => undefined);
    return child;
  }

  #prepareStandby(): void {
    if (this.#options.hasStandby !== true || this.#isStopping || this.#standby !== null) return;
    this.#standby = this.#spawn();
  }

  #spawn(): Child {
    const { entry, args = [], nodeArgs = [], env = {}, fds, name, niceness = 0, log, clock } = this.#options;
    const stdio = ["ignore", "inherit", "inherit", "ipc", ...fds] as const;
    const child: Child = {
      process: spawn(process.execPath, [...nodeArgs, fileURLToPath(entry), ...args], {
        stdio: [...stdio],
        // A session of its own: schedulers divide a core between sessions first, so a busy control process does not
        // make the workers of serve wait. Ctrl-C then reaches the supervisor alone.
        detached: true,
        env: { NODE_COMPILE_CACHE: this.#options.codeCache, ...env, ...process.env },
      }),
      incarnation: NOT_STARTED,
      sinceMs: clock.nowMs(),
      isReady: false,
      isAskedToStop: false,
      killedFor: null,
      ready: Promise.withResolvers(),
      gone: Promise.withResolvers(),
    };
    this.#running.add(child);
    if (niceness > 0 && child.process.pid !== undefined) lowerSessionPriority(child.process.pid, niceness);
    child.process.on("message", (message) => {
      if (!child.isReady && this.#options.isReady(message as FromChild)) {
        child.isReady = true;
        child.ready.resolve(true);
        if (this.#incarnations > 1) this.#prepareStandby();
        else clock.after(FIRST_STANDBY_AFTER_MS, () => this.#prepareStandby());
      }
      this.#options.onMessage(message as FromChild);
    });
    child.process.on("error", (error) => {
      log.error({ child: name, error: error.message }, "child process error");
      // A process that could not be started emits no exit event.
      if (child.process.pid === undefined) this.#onExit(child, error.message);
    });
    child.process.once("exit", (code, signal) => this.#onExit(child, signal ?? `exit code ${code}`));
    return child;
  }

  #onExit(child: Child, ended: string): void {
    const how = child.killedFor === null ? ended : `${ended}: ${child.killedFor}`;
    const { name, log, clock, onGone } = this.#options;
    this.#running.delete(child);
    if (child === this.#replacement) this.#replacement = null;
    if (child === this.#standby) {
      this.#standby = null;
      clock.after(BACKOFF_MAX_MS, () => this.#prepareStandby());
    }
    if (child.incarnation !== NOT_STARTED) onGone(child.incarnation);
    child.ready.resolve(false);
    child.gone.resolve();
    if (child !== this.#child) return;
    // A replacement that is being prepared takes over earlier.
    this.#child = this.#replacement;
    if (this.#isStopping) return;
    this.#lastExit = how;
    this.#restarts++;
    if (child.isAskedToStop) {
      log.info({ child: name, how }, "child process stopped for a planned restart; starting a new one");
      if (this.#child === null) this.start();
      return;
    }
    this.#consecutiveEarlyExits =
      clock.nowMs() - child.sinceMs > HEALTHY_AFTER_MS ? 0 : this.#consecutiveEarlyExits + 1;
    const backoff = Math.min(BACKOFF_FIRST_MS * 2 ** (this.#consecutiveEarlyExits - 2), BACKOFF_MAX_MS);
    const delayMs = this.#consecutiveEarlyExits < 2 ? 0 : backoff;
    log.error({ child: name, how, delayMs }, "child process ended; restarting it");
    if (this.#child !== null) return;
    if (delayMs === 0) this.start();
    else clock.after(delayMs, () => (this.#isStopping || this.#child !== null ? undefined : this.start()));
  }
}

/** The URL of a source file next to `from`, given without its ending: .ts as in development, .js when built. */
export function sourceUrl(path: string, from: string): URL {
  return new URL(`${path}${from.endsWith(".ts") ? ".ts" : ".js"}`, from);
}
