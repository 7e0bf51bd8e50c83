/**
 * The connection to one member cluster: loads its credentials, loads them again when they change, and checks whether the
 * API server is ready. The transport stays the same object all the time, so reflectors are not affected.
 */
import { pause, type Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { CredentialsSource } from "../credentials/credentials-source.ts";
import type { Credentials } from "../kube/credentials.ts";
import { shownProxy } from "../proxy/proxy.ts";
import { KubeError } from "../kube/kube-error.ts";
import { Transport } from "../kube/transport.ts";

const STAMP_POLL_EVERY_MS = 2_000;
/** The longest time until credentials that could not be loaded are tried again although their stamp has not changed. */
const RELOAD_MAX_MS = 30_000;
const REACHABILITY_POLL_EVERY_MS = 10_000;
const REACHABILITY_TIMEOUT_MS = 3_000;
/** The host may set other times, but none that burdens a member or says nothing for long. */
const PROBE_TIMES_MIN_MS = 1_000;
const PROBE_TIMES_MAX_MS = 300_000;

/** Whether the API server answers /readyz, for /status and metrics only. `sinceMs` is wall time. */
export type Reachability = {
  readonly kind: "unknown" | "ready" | "not-ready" | "refused" | "unreachable";
  readonly sinceMs: number;
  readonly checkedAtMs: number | null;
  /** When a check was last answered, whatever the answer was. */
  readonly answeredAtMs: number | null;
  readonly latencyMs: number | null;
  /** Why not ready; null when ready. */
  readonly detail: string | null;
};
type ConnectionHealth = {
  /** "loaded": credentials are in use. If newer ones are broken, `problem` says why. */
  readonly credentials: "loading" | "loaded" | "broken";
  /** Where they come from. */
  readonly source: string;
  readonly problem: string | null;
  /** How often changed credentials were loaded. */
  readonly reloads: number;
  readonly server: string | null;
  /** On the way to the server, and who named it; null = none. */
  readonly proxy: string | null;
  /** What others on the way can do. */
  readonly warnings: readonly string[];
  readonly reachability: Reachability;
};
export type MemberConnectionOptions = {
  readonly source: CredentialsSource;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly stampPollMs?: number;
};

export class MemberConnection {
  readonly transport: Transport;
  readonly #options: MemberConnectionOptions;
  #source: CredentialsSource;
  /** Aborted to look at the source at once. */
  #turn = new AbortController();
  #credentials: Credentials | null = null;
  #problem: string | null = null;
  #reloads = 0;
  #stamp: string | null = null;
  #failures = 0;
  #retryAtMs = 0;
  #reachability: Reachability;
  #probeEveryMs = REACHABILITY_POLL_EVERY_MS;
  #probeTimeoutMs = REACHABILITY_TIMEOUT_MS;
  /** Aborted to probe at once. */
  #untilProbe = new AbortController();

  constructor(options: MemberConnectionOptions) {
    this.#options = options;
    this.#source = options.source;
    this.transport = new Transport(options);
    const sinceMs = options.clock.wallMs();
    const unchecked = { checkedAtMs: null, answeredAtMs: null, latencyMs: null, detail: null };
    this.#reachability = { kind: "unknown", sinceMs, ...unchecked };
  }

  get health(): ConnectionHealth {
    const isLoaded = this.#credentials !== null;
    return {
      credentials: isLoaded ? "loaded" : this.#problem === null ? "loading" : "broken",
      source: this.#source.name,
      problem: this.#problem,
      reloads: this.#reloads,
      server: this.#credentials?.server.origin ?? null,
      proxy: this.#proxy,
      warnings: this.#credentials?.warnings ?? [],
      reachability: this.#reachability,
    };
  }

  get #proxy(): string | null {
    const proxy = this.#credentials?.proxy ?? null;
    return proxy === null ? null : shownProxy(proxy);
  }

  /** How often reachability is probed, and how long a probe may take, from now on. */
  setProbeTimes(everyMs: number, timeoutMs: number): void {
    const within = (ms: number): number => Math.min(PROBE_TIMES_MAX_MS, Math.max(PROBE_TIMES_MIN_MS, ms));
    const before = this.#probeEveryMs;
    this.#probeEveryMs = within(everyMs);
    this.#probeTimeoutMs = within(timeoutMs);
    if (this.#probeEveryMs !== before) this.#untilProbe.abort();
  }

  /** Loads credentials from another source from now on; those in use stay until it has given some. */
  useSource(source: CredentialsSource): void {
    if (source.name === this.#source.name) return;
    this.#source = source;
    this.#stamp = null;
    this.#turn.abort();
  }

  /** Loads, follows the source and polls reachability until aborted, then closes the transport. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = (): void => {
      this.#turn.abort();
      this.#untilProbe.abort();
    };
    signal.addEventListener("abort", wake, { once: true });
    await Promise.all([this.#followSource(signal), this.#watchReachability(signal)]);
    this.transport.close();
  }

  async #followSource(signal: AbortSignal): Promise<void> {
    const { clock, stampPollMs = STAMP_POLL_EVERY_MS } = this.#options;
    while (!signal.aborted) {
      const turn = new AbortController();
      this.#turn = turn;
      const source = this.#source;
      const unsubscribe = source.subscribe(() => turn.abort());
      const stamp = await source.stamp();
      const isDue = this.#problem !== null && clock.nowMs() >= this.#retryAtMs;
      if (source === this.#source && (stamp !== this.#stamp || isDue)) await this.#load(source, stamp);
      await pause(clock, stampPollMs, turn.signal);
      unsubscribe();
    }
  }

  async #load(source: CredentialsSource, stamp: string): Promise<void> {
    const { clock, log } = this.#options;
    try {
      const loaded = await source.load();
      if (source !== this.#source) return;
      const { server } = loaded.credentials;
      const isFirst = this.#credentials === null;
      const before = this.#credentials?.warnings ?? [];
      const news = loaded.credentials.warnings.filter((warning) => !before.includes(warning));
      this.#stamp = loaded.stamp;
      this.#credentials = loaded.credentials;
      this.#problem = null;
      this.#failures = 0;
      if (!isFirst) this.#reloads += 1;
      this.transport.adopt(loaded.credentials);
      for (const warning of news) log.warn({ warning }, "the way to the API server is not safe");
      log.info(
        { server: server.origin, source: source.name },
        isFirst ? "credentials loaded" : "credentials loaded again",
      );
    } catch (error) {
      if (source !== this.#source) return;
      this.#stamp = stamp;
      this.#failures += 1;
      this.#retryAtMs = clock.nowMs() + Math.min(STAMP_POLL_EVERY_MS * 2 ** this.#failures, RELOAD_MAX_MS);
      const problem = messageOf(error);
      if (problem !== this.#problem)
        log.error({ problem, keepsLastGood: this.#credentials !== null }, "credentials cannot be loaded");
      this.#problem = problem;
      this.transport.explain(error);
    }
  }

  async #watchReachability(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      if (this.#credentials === null) await pause(clock, 100, signal);
      else {
        await this.#probe(signal);
        if (signal.aborted) return;
        this.#untilProbe = new AbortController();
        await pause(clock, this.#probeEveryMs, this.#untilProbe.signal);
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
    const isAnswered = outcome.kind !== "unreachable";
    const latencyMs = isAnswered ? clock.nowMs() - startMs : null;
    const answeredAtMs = isAnswered ? nowMs : before.answeredAtMs;
    this.#reachability = { ...outcome, sinceMs, checkedAtMs: nowMs, answeredAtMs, latencyMs };
  }

  async #askReadiness(signal: AbortSignal): Promise<Pick<Reachability, "kind" | "detail">> {
    try {
      await this.transport.request({
        path: "/readyz",
        timeoutMs: this.#probeTimeoutMs,
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
