/** Keeps one child process running: starts it, starts it again when it dies, or puts a fresh one in its place on request. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";

/** Descriptors of a child: 0 to 2 as usual, 3 the IPC channel, then what we hand down. */
export const FIRST_FD = 4;
/** The first restart is immediate; a child that keeps dying young is started at this pace at the slowest. */
const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** A child that lived this long had no trouble starting. */
const HEALTHY_AFTER_MS = 10_000;
const STOP_BOUND_MS = 3_000;

export type KeeperOptions<ToChild, FromChild> = {
  readonly name: string;
  readonly entry: URL;
  /** The child gets them as FIRST_FD, FIRST_FD + 1, ... */
  readonly fds: readonly number[];
  /** The first message; `incarnation` counts the children started. */
  readonly greet: (incarnation: number) => ToChild;
  readonly farewell: ToChild;
  readonly isReady: (message: FromChild) => boolean;
  readonly onMessage: (message: FromChild) => void;
  /** The pid is gone: whatever it held in shared memory is up for cleaning. */
  readonly onGone: (incarnation: number) => void;
  /** Where compiled code is kept, so that a child that died is back before a resolver asks again. */
  readonly codeCache: string;
  readonly clock: Clock;
  readonly log: Log;
};

export type KeeperHealth = {
  readonly pid: number | null;
  readonly state: "starting" | "running" | "waiting" | "stopped";
  readonly restarts: number;
  readonly lastExit: string | null;
};

type Child = {
  readonly process: ChildProcess;
  readonly incarnation: number;
  readonly sinceMs: number;
  isReady: boolean;
};

export class Keeper<ToChild, FromChild> {
  readonly #options: KeeperOptions<ToChild, FromChild>;
  #child: Child | null = null;
  #incarnations = 0;
  #restarts = 0;
  #shortLives = 0;
  #lastExit: string | null = null;
  #isStopping = false;

  constructor(options: KeeperOptions<ToChild, FromChild>) {
    this.#options = options;
  }

  get health(): KeeperHealth {
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
    this.#child = this.#launch(() => undefined);
  }

  send(message: ToChild): boolean {
    return this.#child?.process.send?.(message as object) ?? false;
  }

  /** A fresh child takes over, then the old one leaves: between the two nobody is missing. */
  replace(): Promise<void> {
    const old = this.#child;
    return new Promise((resolve) => {
      this.#child = this.#launch(() => {
        this.#dismiss(old);
        resolve();
      });
    });
  }

  /** Resolves when the child is gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#child;
    if (child === null) return;
    const gone = new Promise<void>((resolve) => child.process.once("exit", () => resolve()));
    this.#dismiss(child);
    await gone;
  }

  #dismiss(child: Child | null): void {
    if (child === null || child.process.exitCode !== null) return;
    child.process.send?.(this.#options.farewell as object, () => undefined);
    const cancel = this.#options.clock.after(STOP_BOUND_MS, () => child.process.kill("SIGKILL"));
    child.process.once("exit", cancel);
  }

  #launch(onReady: () => void): Child {
    const { entry, fds, greet, name, log, clock } = this.#options;
    const incarnation = this.#incarnations++;
    const stdio = ["ignore", "inherit", "inherit", "ipc", ...fds] as const;
    const child: Child = {
      process: spawn(process.execPath, [entry.pathname], {
        stdio: [...stdio],
        env: { ...process.env, NODE_COMPILE_CACHE: this.#options.codeCache },
      }),
      incarnation,
      sinceMs: clock.nowMs(),
      isReady: false,
    };
    child.process.on("message", (message) => {
      if (!child.isReady && this.#options.isReady(message as FromChild)) {
        child.isReady = true;
        onReady();
      }
      this.#options.onMessage(message as FromChild);
    });
    child.process.on("error", (error) =>
      log.error({ child: name, error: error.message }, "child process trouble"),
    );
    child.process.once("exit", (code, signal) => this.#onExit(child, signal ?? `exit code ${code}`));
    child.process.send(greet(incarnation) as object, () => undefined);
    return child;
  }

  #onExit(child: Child, how: string): void {
    const { name, log, clock, onGone } = this.#options;
    onGone(child.incarnation);
    if (child !== this.#child || this.#isStopping) {
      if (child === this.#child) this.#child = null;
      return;
    }
    this.#child = null;
    this.#lastExit = how;
    this.#restarts++;
    this.#shortLives = clock.nowMs() - child.sinceMs > HEALTHY_AFTER_MS ? 0 : this.#shortLives + 1;
    const backoff = Math.min(BACKOFF_FIRST_MS * 2 ** (this.#shortLives - 2), BACKOFF_MAX_MS);
    const delayMs = this.#shortLives < 2 ? 0 : backoff;
    log.error({ child: name, how, delayMs }, "child process ended; starting it again");
    if (delayMs === 0) this.start();
    else clock.after(delayMs, () => (this.#isStopping || this.#child !== null ? undefined : this.start()));
  }
}

/** The URL of a source file next to `from`, given without its ending: .ts as in development, .js when built. */
export function sourceUrl(path: string, from: string): URL {
  return new URL(`${path}${from.endsWith(".ts") ? ".ts" : ".js"}`, from);
}
