/** The `fedns serve` of a chaos run: one fixed port, started again after its end, with everything that it logged. */
import { execFile, spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PropagateStatus } from "../../src/run/propagate/messages.ts";
import { type Fedns, failToStart, startFedns } from "../support/fedns.ts";
import { atEnd, hasEnded, isAlive, isRoot, killHard, type Scope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { type Hooks, HOOKS } from "./hooks.ts";

const run = promisify(execFile);
export const COPY_SECONDS = 2;
/** Room for the picture of a small federation, and for a fresh one and a copy beside it. */
const STATE_MEGABYTES = 64;
const ENDS_BOUND_MS = 10_000;

export class ChaosServer {
  readonly directory: string;
  readonly state: string;
  readonly port: number;
  /** True where the state directory is a small file system of its own. */
  readonly isStateSmall: boolean;
  readonly #settings: Readonly<Record<string, unknown>>;
  readonly #scope: Scope;
  readonly #env: Readonly<Record<string, string>>;
  fedns: Fedns | null = null;

  private constructor(
    scope: Scope,
    place: { readonly directory: string; readonly port: number },
    isSmall: boolean,
    settings: Readonly<Record<string, unknown>>,
  ) {
    this.#scope = scope;
    this.directory = place.directory;
    this.state = join(place.directory, "state");
    this.port = place.port;
    this.isStateSmall = isSmall;
    this.#env = {
      NODE_OPTIONS: `--import=${new URL("./hooks.ts", import.meta.url).href}`,
      [HOOKS]: this.#hooksPath,
    };
    this.#settings = {
      ...settings,
      state: { copySeconds: COPY_SECONDS },
      listen: [{ address: "127.0.0.1", port: place.port }],
    };
  }

  static async prepare(
    scope: Scope,
    place: { readonly directory: string; readonly port: number },
    settings: Readonly<Record<string, unknown>>,
  ): Promise<ChaosServer> {
    const state = join(place.directory, "state");
    await mkdir(state, { mode: 0o700 });
    const isSmall = isRoot && (await mountSmall(state));
    if (isSmall) atEnd(scope, () => run("umount", ["-l", state]));
    const server = new ChaosServer(scope, place, isSmall, settings);
    await server.setHooks({});
    return server;
  }

  get #hooksPath(): string {
    return join(this.directory, "hooks.json");
  }

  /** From a moment later on, the processes do this (hooks.ts). */
  async setHooks(hooks: Hooks): Promise<void> {
    await writeFile(`${this.#hooksPath}.new`, JSON.stringify(hooks));
    await rename(`${this.#hooksPath}.new`, this.#hooksPath);
  }

  async start(): Promise<void> {
    this.fedns = await this.#launch();
  }

  #launch(): Promise<Fedns> {
    return startFedns(this.#scope, {
      directory: this.directory,
      settings: this.#settings,
      env: this.#env,
      waitReady: false,
    });
  }

  /** Two at the same moment; resolves with the error of the one that ended, or null when none did. */
  async startTwo(): Promise<string | null> {
    const attempts = await Promise.allSettled([this.#launch(), this.#launch()]);
    const started = attempts.find((attempt) => attempt.status === "fulfilled");
    const failed = attempts.find((attempt) => attempt.status === "rejected");
    if (started === undefined) throw new Error(`neither of two started: ${String(failed?.reason)}`);
    this.fedns = started.value;
    return failed === undefined ? null : String(failed.reason);
  }

  /** A second fedns on the same state directory: it must end by itself. */
  startSecond(): Promise<{ readonly code: number | string; readonly text: string }> {
    const settings = { ...this.#settings, listen: [{ address: "127.0.0.1", port: 0 }] };
    return failToStart(this.#scope, { directory: this.directory, settings });
  }

  get running(): Fedns {
    if (this.fedns === null) throw new Error("fedns is not running");
    return this.fedns;
  }

  async pidOf(child: ChaosChild): Promise<number | null> {
    const status = await this.running.status().catch(() => null);
    return status?.processes?.[child]?.pid ?? null;
  }

  /** All that the supervisor has started and that has not ended. */
  get children(): readonly number[] {
    const pid = this.fedns?.pid;
    if (pid === undefined) return [];
    return readdirSync("/proc")
      .map(Number)
      .filter((one) => one > 0 && Number(fieldsOf(one)[1]) === pid);
  }

  stateOf(pid: number): "runs" | "stopped" | "ended" {
    const [state] = fieldsOf(pid);
    if (state === undefined || state === "Z" || state === "X") return "ended";
    return state === "T" ? "stopped" : "runs";
  }

  /** Kills the supervisor; waits until its children have left the port. */
  async killAll(): Promise<void> {
    const { running, children } = this;
    running.signal("SIGKILL");
    await running.exited;
    this.fedns = null;
    await until("the children are gone", () => !children.some(isAlive), ENDS_BOUND_MS).catch(() =>
      children.forEach(killHard),
    );
  }

  async isReady(): Promise<boolean> {
    const page = await this.fedns?.page("/readyz").catch(() => null);
    return page?.code === 200;
  }

  /** Changes of Services and EndpointSlices are seen in every member: a watch that failed is opened again after a while. */
  async isSeeing(): Promise<boolean> {
    const clusters = await this.#clusters();
    const isOpen = ({ blindSinceMs }: WatchEntry): boolean => blindSinceMs === null;
    return clusters.length > 0 && clusters.every(({ watches }) => watchesOf(watches).every(isOpen));
  }

  /** How often the watches of Services and of EndpointSlices were opened; none while it is not known. */
  async watchStarts(cluster: string): Promise<readonly number[]> {
    const found = (await this.#clusters()).find(({ name }) => name === cluster);
    return found === undefined ? [] : watchesOf(found.watches).map(({ restarts }) => restarts);
  }

  /** What the propagate process says of itself; null while it says nothing. */
  async propagation(): Promise<PropagateStatus | null> {
    const status = await this.fedns?.status().catch(() => null);
    return status?.propagation ?? null;
  }

  async #clusters(): Promise<readonly ClusterEntry[]> {
    // Not the page, which may be a second old.
    const status = await this.fedns?.status().catch(() => null);
    return (status as { readonly clusters: readonly ClusterEntry[] | null } | null)?.clusters ?? [];
  }

  /** When the saved copy was written, as performance.now() counts; null = there is none. */
  get copiedMs(): number | null {
    const stat = statSync(join(this.state, "picture.saved"), { throwIfNoEntry: false });
    return stat === undefined ? null : stat.mtimeMs - performance.timeOrigin;
  }
}

export type ChaosChild = "serve" | "control" | "propagate";

type WatchEntry = { readonly blindSinceMs: number | null; readonly restarts: number };
type ClusterEntry = {
  readonly name: string;
  readonly watches: { readonly services: WatchEntry; readonly endpointSlices: WatchEntry };
};

function watchesOf({ services, endpointSlices }: ClusterEntry["watches"]): readonly WatchEntry[] {
  return [services, endpointSlices];
}

/** State, parent and more (proc_pid_stat(5)); empty when there is no such process. */
function fieldsOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

async function mountSmall(path: string): Promise<boolean> {
  const child = spawn("mount", ["-t", "tmpfs", "-o", `size=${STATE_MEGABYTES}m`, "tmpfs", path], {
    stdio: "ignore",
  });
  await until("mount ends", () => hasEnded(child));
  return child.exitCode === 0;
}
