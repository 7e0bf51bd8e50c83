/** The `fedns serve` of a chaos run: one fixed port, started again after its end, with everything that it logged. */
import { spawn } from "node:child_process";
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { promisify } from "node:util";
import { type Fedns, failToStart, startFedns } from "../support/fedns.ts";
import { atEnd, hasEnded, isRoot, killHard, type Scope } from "../support/programs.ts";
import { until } from "../support/until.ts";

const run = promisify(execFile);
export const COPY_SECONDS = 1;
/** Room for the picture of a small federation, and for a fresh one beside it. */
const STATE_MEGABYTES = 64;

export class ChaosServer {
  readonly directory: string;
  readonly port: number;
  /** True where the state directory is a small file system of its own. */
  readonly isStateSmall: boolean;
  readonly #settings: Readonly<Record<string, unknown>>;
  readonly #scope: Scope;
  fedns: Fedns | null = null;

  private constructor(
    scope: Scope,
    place: { readonly directory: string; readonly port: number },
    isSmall: boolean,
    settings: Readonly<Record<string, unknown>>,
  ) {
    this.#scope = scope;
    this.directory = place.directory;
    this.port = place.port;
    this.isStateSmall = isSmall;
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
    const state = `${place.directory}/state`;
    await mkdir(state, { mode: 0o700 });
    const isSmall = isRoot && (await mountSmall(state));
    if (isSmall) atEnd(scope, () => run("umount", ["-l", state]));
    return new ChaosServer(scope, place, isSmall, settings);
  }

  async start(): Promise<void> {
    this.fedns = await startFedns(this.#scope, {
      directory: this.directory,
      settings: this.#settings,
      waitReady: false,
    });
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

  async pidOf(child: "serve" | "control"): Promise<number | null> {
    const status = await this.running.status().catch(() => null);
    return status?.processes?.[child]?.pid ?? null;
  }

  /** Kills the supervisor; waits until its children have left the port. */
  async killAll(): Promise<void> {
    const { running } = this;
    const pids = [await this.pidOf("serve"), await this.pidOf("control")];
    running.signal("SIGKILL");
    await running.exited;
    this.fedns = null;
    await until(
      "the children are gone",
      () => pids.every((pid) => pid === null || !isThere(pid)),
      10_000,
    ).catch(() => pids.forEach((pid) => pid !== null && killHard(pid)));
  }

  async isReady(): Promise<boolean> {
    const page = await this.fedns?.page("/readyz").catch(() => null);
    return page?.code === 200;
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function mountSmall(path: string): Promise<boolean> {
  const child = spawn("mount", ["-t", "tmpfs", "-o", `size=${STATE_MEGABYTES}m`, "tmpfs", path], {
    stdio: "ignore",
  });
  await until("mount ends", () => hasEnded(child));
  return child.exitCode === 0;
}
