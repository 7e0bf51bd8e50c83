/** Keeps one child process running: starts it, starts it again when it dies, or puts a fresh one in its place on request. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";

/** Descriptors of a child: 0 to 2 as usual, 3 the IPC channel, then what we hand down. */
export const FIRST_FD = 4;
/** The first restart is immediate; a child that keeps dying young is started at this pace at the slowest. */
const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** A child that lived this long had no trouble starting. */
const HEALTHY_AFTER_MS = 10_000;
const STOP_BOUND_MS = 3_000;
const NOT_STARTED = -1;

type ProcessSupervisorOptions<ToChild, FromChild> = {
  readonly name: string;
  readonly entry: URL;
  readonly args?: readonly string[];
  /** For Node itself, before the entry. */
  readonly nodeArgs?: readonly string[];
  /** Keeps another child loaded and idle, to be greeted at the moment the working one dies. Costs its memory. */
  readonly hasStandby?: boolean;
  /** 0 to 19: how far it stands back when others want the processor. */
  readonly niceness?: number;
  /** The child gets them as FIRST_FD, FIRST_FD + 1, ... */
  readonly fds: readonly number[];
  /** The first message; `incarnation` counts the children started. */
  readonly startMessage: (incarnation: number) => ToChild;
  readonly stopMessage: ToChild;
  readonly isReady: (message: FromChild) => boolean;
  readonly onMessage: (message: FromChild) => void;
  /** The pid is gone: whatever it held in shared memory is up for cleaning. */
  readonly onGone: (incarnation: number) => void;
  /**
   * Where compiled code is kept, so that a child that died is back before a resolver asks again. Node's own variable
   * NODE_COMPILE_CACHE comes first where it is set.
   */
  readonly codeCache: string;
  readonly clock: Clock;
  readonly log: Log;
};

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
  /** True when it works, false when it ended before it could. */
  readonly ready: PromiseWithResolvers<boolean>;
  readonly gone: PromiseWithResolvers<void>;
};

export class ProcessSupervisor<ToChild, FromChild> {
  readonly #options: ProcessSupervisorOptions<ToChild, FromChild>;
  /** The one that works, or is to work. */
  #child: Child | null = null;
  /** The one that is to take its place. */
  #fresh: Child | null = null;
  /** The one that is loaded, idle, and not greeted yet. */
  #standby: Child | null = null;
  /** These three, and those that were told to leave. */
  readonly #living: Set<Child> = new Set();
  #replacing: Promise<void> | null = null;
  #incarnations = 0;
  #restarts = 0;
  #shortLives = 0;
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

  start(): void {
    const standby = this.#standby;
    this.#standby = null;
    this.#child = this.#greet(standby ?? this.#hatch());
  }

  send(message: ToChild): boolean {
    return this.#child?.process.send?.(message as object) ?? false;
  }

  /**
   * A fresh child takes over, then the old one leaves: between the two nobody is missing. Resolves when the old one
   * is gone; rejects (REPLACE) when the fresh one ended before it could work: then the old one stays. Asked for while
   * one is under way, it is the same one.
   */
  replace(): Promise<void> {
    this.#replacing ??= this.#replace().finally(() => {
      this.#replacing = null;
    });
    return this.#replacing;
  }

  /** Resolves when every child is gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const child of this.#living) this.#dismiss(child);
    await Promise.all([...this.#living].map((child) => child.gone.promise));
  }

  async #replace(): Promise<void> {
    const { name } = this.#options;
    if (this.#isStopping) throw new OperationalError("REPLACE", `${name} is stopping`);
    // One that was loaded earlier may be of older code.
    if (this.#standby !== null) this.#dismiss(this.#standby);
    this.#standby = null;
    const fresh = this.#greet(this.#hatch());
    this.#fresh = fresh;
    const isReady = await fresh.ready.promise;
    if (this.#fresh === fresh) this.#fresh = null;
    if (!isReady) throw new OperationalError("REPLACE", `the new ${name} process ended before it could work`);
    const old = this.#child;
    this.#child = fresh;
    if (old === null || old === fresh) return;
    this.#dismiss(old);
    await old.gone.promise;
  }

  #dismiss(child: Child): void {
    child.process.send?.(this.#options.stopMessage as object, () => undefined);
    const cancel = this.#options.clock.after(STOP_BOUND_MS, () => child.process.kill("SIGKILL"));
    void child.gone.promise.then(cancel);
  }

  #greet(child: Child): Child {
    child.incarnation = this.#incarnations++;
    child.sinceMs = this.#options.clock.nowMs();
    child.process.send(this.#options.startMessage(child.incarnation) as object, () => undefined);
    return child;
  }

  #prepareStandby(): void {
    if (this.#options.hasStandby !== true || this.#isStopping || this.#standby !== null) return;
    this.#standby = this.#hatch();
  }

  #hatch(): Child {
    const { entry, args = [], nodeArgs = [], fds, name, niceness = 0, log, clock } = this.#options;
    const stdio = ["ignore", "inherit", "inherit", "ipc", ...fds] as const;
    const child: Child = {
      process: spawn(process.execPath, [...nodeArgs, fileURLToPath(entry), ...args], {
        stdio: [...stdio],
        // A session of its own: schedulers share a core out by session first, so that control at its busiest does not
        // make the workers of serve wait for their turn. Ctrl-C then comes to the supervisor alone.
        detached: true,
        env: { NODE_COMPILE_CACHE: this.#options.codeCache, ...process.env },
      }),
      incarnation: NOT_STARTED,
      sinceMs: clock.nowMs(),
      isReady: false,
      ready: Promise.withResolvers(),
      gone: Promise.withResolvers(),
    };
    this.#living.add(child);
    if (niceness > 0 && child.process.pid !== undefined) standBack(child.process.pid, niceness);
    child.process.on("message", (message) => {
      if (!child.isReady && this.#options.isReady(message as FromChild)) {
        child.isReady = true;
        child.ready.resolve(true);
        this.#prepareStandby();
      }
      this.#options.onMessage(message as FromChild);
    });
    child.process.on("error", (error) => {
      log.error({ child: name, error: error.message }, "child process trouble");
      // One that could not be started has no exit.
      if (child.process.pid === undefined) this.#onExit(child, error.message);
    });
    child.process.once("exit", (code, signal) => this.#onExit(child, signal ?? `exit code ${code}`));
    return child;
  }

  #onExit(child: Child, how: string): void {
    const { name, log, clock, onGone } = this.#options;
    this.#living.delete(child);
    if (child === this.#fresh) this.#fresh = null;
    if (child === this.#standby) {
      this.#standby = null;
      clock.after(BACKOFF_MAX_MS, () => this.#prepareStandby());
    }
    if (child.incarnation !== NOT_STARTED) onGone(child.incarnation);
    child.ready.resolve(false);
    child.gone.resolve();
    if (child !== this.#child) return;
    // Who is to take its place anyway does so a little earlier.
    this.#child = this.#fresh;
    if (this.#isStopping) return;
    this.#lastExit = how;
    this.#restarts++;
    this.#shortLives = clock.nowMs() - child.sinceMs > HEALTHY_AFTER_MS ? 0 : this.#shortLives + 1;
    const backoff = Math.min(BACKOFF_FIRST_MS * 2 ** (this.#shortLives - 2), BACKOFF_MAX_MS);
    const delayMs = this.#shortLives < 2 ? 0 : backoff;
    log.error({ child: name, how, delayMs }, "child process ended; starting it again");
    if (this.#child !== null) return;
    if (delayMs === 0) this.start();
    else clock.after(delayMs, () => (this.#isStopping || this.#child !== null ? undefined : this.start()));
  }
}

/**
 * Some systems share a processor out by session first and look at niceness only within one, so that the session needs
 * one of its own (sched(7), autogroup); others, containers among them, have no such thing. Neither is worth a failure.
 */
function standBack(pid: number, niceness: number): void {
  for (const step of [
    () => setPriority(pid, niceness),
    () => writeFileSync(`/proc/${pid}/autogroup`, String(niceness)),
  ]) {
    try {
      step();
    } catch {
      // Then it is as quick as the others.
    }
  }
}

/** The URL of a source file next to `from`, given without its ending: .ts as in development, .js when built. */
export function sourceUrl(path: string, from: string): URL {
  return new URL(`${path}${from.endsWith(".ts") ? ".ts" : ".js"}`, from);
}
