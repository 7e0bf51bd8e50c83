/**
 * The connection to one member cluster: loads its kubeconfig, loads it again when one of its files changes, and checks
 * whether the API server is ready. The transport stays the same object all the time, so reflectors are not affected.
 */
import { stat } from "node:fs/promises";
import { pause, type Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { Credentials } from "../kube/credentials.ts";
import { KubeError } from "../kube/kube-error.ts";
import { filesOf, loadKubeconfig, type KubeconfigSource } from "../credentials/kubeconfig.ts";
import { Transport } from "../kube/transport.ts";

const FILES_POLL_EVERY_MS = 2_000;
/** The longest time until a broken file is read again although it has not changed. */
const RELOAD_MAX_MS = 30_000;
const REACHABILITY_POLL_EVERY_MS = 10_000;
const REACHABILITY_TIMEOUT_MS = 3_000;

/** Whether the API server answers /readyz, for /status and metrics only. `sinceMs` is wall time. */
type Reachability = {
  readonly kind: "unknown" | "ready" | "not-ready" | "refused" | "unreachable";
  readonly sinceMs: number;
  readonly checkedAtMs: number | null;
  readonly latencyMs: number | null;
  /** Why not ready; null when ready. */
  readonly detail: string | null;
};
type ConnectionHealth = {
  /** "loaded": credentials are in use. If a newer file is broken, `problem` says why. */
  readonly kubeconfig: "loading" | "loaded" | "broken";
  readonly problem: string | null;
  /** How often changed credentials were loaded. */
  readonly reloads: number;
  readonly server: string | null;
  readonly reachability: Reachability;
};
export type MemberConnectionOptions = {
  readonly source: KubeconfigSource;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly filesPollMs?: number;
};

export class MemberConnection {
  readonly transport: Transport;
  readonly #options: MemberConnectionOptions;
  #credentials: Credentials | null = null;
  #problem: string | null = null;
  #reloads = 0;
  #stamp = "";
  #failures = 0;
  #retryAtMs = 0;
  #reachability: Reachability;

  constructor(options: MemberConnectionOptions) {
    this.#options = options;
    this.transport = new Transport(options);
    const sinceMs = options.clock.wallMs();
    this.#reachability = { kind: "unknown", sinceMs, checkedAtMs: null, latencyMs: null, detail: null };
  }

  get health(): ConnectionHealth {
    const isLoaded = this.#credentials !== null;
    return {
      kubeconfig: isLoaded ? "loaded" : this.#problem === null ? "loading" : "broken",
      problem: this.#problem,
      reloads: this.#reloads,
      server: this.#credentials?.server.origin ?? null,
      reachability: this.#reachability,
    };
  }

  /** Loads, watches files and polls reachability until aborted, then closes the transport. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watchFiles(signal), this.#watchReachability(signal)]);
    this.transport.close();
  }

  async #watchFiles(signal: AbortSignal): Promise<void> {
    const { source, clock, filesPollMs = FILES_POLL_EVERY_MS } = this.#options;
    while (!signal.aborted) {
      const stamp = await stampOf(this.#credentials?.files ?? filesOf(source));
      const isDue = this.#problem !== null && clock.nowMs() >= this.#retryAtMs;
      if (stamp !== this.#stamp || isDue) await this.#load(stamp);
      await pause(clock, filesPollMs, signal);
    }
  }

  async #load(stamp: string): Promise<void> {
    const { clock, log } = this.#options;
    try {
      const isFirst = this.#credentials === null;
      const credentials = await this.#loadStamped();
      this.#credentials = credentials;
      this.#problem = null;
      this.#failures = 0;
      if (!isFirst) this.#reloads += 1;
      this.transport.adopt(credentials);
      log.info(
        { server: credentials.server.origin },
        isFirst ? "kubeconfig loaded" : "kubeconfig loaded again",
      );
    } catch (error) {
      this.#stamp = stamp;
      this.#failures += 1;
      this.#retryAtMs = clock.nowMs() + Math.min(FILES_POLL_EVERY_MS * 2 ** this.#failures, RELOAD_MAX_MS);
      const problem = messageOf(error);
      if (problem !== this.#problem)
        log.error({ problem, keepsLastGood: this.#credentials !== null }, "kubeconfig is broken");
      this.#problem = problem;
      this.transport.explain(error);
    }
  }

  /** Takes the stamp before reading, so that a change while reading is noticed at the next poll. */
  async #loadStamped(): Promise<Credentials> {
    const { source, clock } = this.#options;
    let files = this.#credentials?.files ?? filesOf(source);
    for (;;) {
      const stamp = await stampOf(files);
      const credentials = await loadKubeconfig(source, clock);
      this.#stamp = stamp;
      if (files.join("\0") === credentials.files.join("\0")) return credentials;
      files = credentials.files;
    }
  }

  async #watchReachability(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      if (this.#credentials === null) await pause(clock, 100, signal);
      else {
        await this.#probe(signal);
        await pause(clock, REACHABILITY_POLL_EVERY_MS, signal);
      }
    }
  }

  async #probe(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const startMs = clock.nowMs();
    const outcome = await this.#askReadiness(signal);
    if (signal.aborted) return;
    const nowMs = clock.wallMs();
    const before = this.#reachability;
    const sinceMs = before.kind === outcome.kind ? before.sinceMs : nowMs;
    const latencyMs = outcome.kind === "unreachable" ? null : clock.nowMs() - startMs;
    this.#reachability = { ...outcome, sinceMs, checkedAtMs: nowMs, latencyMs };
  }

  async #askReadiness(signal: AbortSignal): Promise<Pick<Reachability, "kind" | "detail">> {
    try {
      await this.transport.request({
        path: "/readyz",
        timeoutMs: REACHABILITY_TIMEOUT_MS,
        signal,
      });
      return { kind: "ready", detail: null };
    } catch (error) {
      const detail = messageOf(error);
      if (!(error instanceof KubeError)) return { kind: "unreachable", detail };
      return { kind: error.status < 500 ? "refused" : "not-ready", detail };
    }
  }
}

/** Equal while no file has changed. `stat` follows links: an update of a mounted Secret, which swaps ..data, changes the inode. */
async function stampOf(files: readonly string[]): Promise<string> {
  const stamps = await Promise.all(files.map(stampOfFile));
  return stamps.join(" ");
}

async function stampOfFile(path: string): Promise<string> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
    return `${mtimeNs}:${ctimeNs}:${size}:${ino}`;
  } catch {
    return "missing";
  }
}
