/**
 * Load balancers known by a host name (AWS gives nothing else): watches the addresses of each name, and looks it up again as
 * its TTL says.
 */
import { isIP } from "node:net";
import { LRUCache } from "lru-cache";
import { type Clock, pause } from "../../kernel/clock.ts";
import { isDnsName } from "../../kernel/literal.ts";
import type { Log } from "../../kernel/log.ts";
import type { DnsServer } from "./dns-client.ts";
import type { HostnameOutcome } from "./hostname-answer.ts";
import { toServers } from "./hostname-servers.ts";
import { type HostAddresses, type HostFreshness, HostnameState, isNone } from "./hostname-state.ts";
import { HostnameWorkerPool } from "./hostname-worker-pool.ts";

export type HostnameResolver = {
  /**
   * Calls `onAddresses` with the addresses as soon as they are known, and at every change; never within this call. Calls
   * `onFreshness` when a look-up has found the same addresses again. Watches of one name share its look-ups. Returns a
   * function that ends the watch.
   */
  watch(
    hostname: string,
    onAddresses: (addresses: HostAddresses, freshness: HostFreshness) => void,
    onFreshness?: (freshness: HostFreshness) => void,
  ): () => void;
  /** Looks every name up at these servers now: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; empty = those of /etc/resolv.conf. */
  setServers(servers: readonly string[]): void;
  /** For /status and metrics. */
  counts(): HostnameCounts;
  close(): Promise<void>;
};

type HostnameCounts = {
  readonly watched: number;
  /** Look-ups that run or wait. */
  readonly resolving: number;
  /** Names whose last look-up found nothing or failed. */
  readonly failing: number;
  /** Watches that were refused: not a public name, or too many names. */
  readonly refused: number;
  /** Threads that hung, died or ran out of memory. */
  readonly replacedThreads: number;
};

type HostnameResolverOptions = {
  readonly clock: Clock;
  readonly log: Log;
  /** ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; empty = those of /etc/resolv.conf. */
  readonly servers?: readonly string[];
  /** 0 <= random() < 1: spreads retries. */
  readonly random?: () => number;
  /** Another program for the thread, for tests. */
  readonly workerUrl?: URL;
};

/** More Services with a load balancer than any federation has. */
const HOSTNAMES_MAX = 20_000;
/** Names that are not watched any more, whose addresses are kept: a Service that is recreated has its addresses at once. */
const REMEMBERED_MAX = 4096;
/** Later, an address may belong to another load balancer. */
const REMEMBERED_SECONDS = 3600;

/**
 * Names that each cluster and each machine resolves by itself: here they mean something else than where they were written.
 * Gateways without a load balancer have such names, and ingress controllers on a laptop; and names of one label, such as
 * GKE's named addresses, are not host names at all.
 */
const LOCAL_NAME = /^[^.]+$|\.localhost$|\.svc(\.cluster\.local)?$/;

const FILE_EXTENSION = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
const WORKER_URL = new URL(`./hostname-worker${FILE_EXTENSION}`, import.meta.url);

export function createHostnameResolver(options: HostnameResolverOptions): HostnameResolver {
  const { clock, log, servers = [], random = Math.random, workerUrl = WORKER_URL } = options;
  const pool = new HostnameWorkerPool({
    clock,
    log,
    servers: serversOf(servers),
    workerUrl,
  });
  return new Resolver({ clock, log, random, pool });
}

type Listener = {
  readonly onAddresses: (addresses: HostAddresses, freshness: HostFreshness) => void;
  readonly onFreshness: (freshness: HostFreshness) => void;
};

type Watched = {
  readonly hostname: string;
  readonly listeners: Set<Listener>;
  readonly state: HostnameState;
  /** Aborts when the last watch has ended. */
  readonly ended: AbortController;
  /** Ends the wait for the next look-up. */
  lookUpNow: () => void;
};

type Remembered = {
  readonly addresses: HostAddresses;
  readonly freshness: HostFreshness;
  readonly atMs: number;
};

type Parts = {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly pool: HostnameWorkerPool;
};

class Resolver implements HostnameResolver {
  readonly #parts: Parts;
  readonly #watched = new Map<string, Watched>();
  readonly #remembered = new LRUCache<string, Remembered>({ max: REMEMBERED_MAX });
  #refused = 0;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  watch(
    given: string,
    onAddresses: Listener["onAddresses"],
    onFreshness: Listener["onFreshness"] = () => undefined,
  ): () => void {
    const hostname = given.toLowerCase().replace(/\.$/, "");
    const entry = this.#watched.get(hostname) ?? this.#begin(hostname);
    if (entry === null) return () => undefined;
    // A listener of its own for each watch: the same function may watch twice.
    const listener: Listener = { onAddresses, onFreshness };
    entry.listeners.add(listener);
    queueMicrotask(() => {
      const { addresses, freshness } = entry.state;
      if (addresses !== null && entry.listeners.has(listener)) onAddresses(addresses, freshness);
    });
    return () => {
      this.#leave(entry, listener);
    };
  }

  setServers(servers: readonly string[]): void {
    this.#parts.pool.servers = serversOf(servers);
    for (const entry of this.#watched.values()) entry.lookUpNow();
  }

  counts(): HostnameCounts {
    const { pool } = this.#parts;
    return {
      watched: this.#watched.size,
      resolving: pool.jobs,
      failing: [...this.#watched.values()].filter(({ state }) => state.isFailing).length,
      refused: this.#refused,
      replacedThreads: pool.replacements,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const entry of this.#watched.values()) entry.ended.abort();
    this.#watched.clear();
    await this.#parts.pool.close();
  }

  #begin(hostname: string): Watched | null {
    const literal = literalAddresses(hostname);
    const isName = isDnsName(hostname.replaceAll("_", "-")) && !LOCAL_NAME.test(hostname);
    const isUsable = literal !== null || isName;
    if (this.#isClosed || !isUsable || this.#watched.size >= HOSTNAMES_MAX) {
      this.#refused += 1;
      this.#parts.log.warn(
        { host: hostname.slice(0, 255) },
        "host name not watched: not a public name, or too many names",
      );
      return null;
    }
    const entry: Watched = {
      hostname,
      listeners: new Set(),
      state: literal === null ? this.#recall(hostname) : new HostnameState(literal),
      ended: new AbortController(),
      lookUpNow: () => undefined,
    };
    this.#watched.set(hostname, entry);
    if (literal === null) void this.#keepFresh(entry);
    return entry;
  }

  #recall(hostname: string): HostnameState {
    const known = this.#remembered.get(hostname);
    const isRecent =
      known !== undefined && this.#parts.clock.nowMs() - known.atMs <= REMEMBERED_SECONDS * 1000;
    return isRecent ? new HostnameState(known.addresses, known.freshness) : new HostnameState(null);
  }

  #leave(entry: Watched, listener: Listener): void {
    entry.listeners.delete(listener);
    if (entry.listeners.size > 0 || this.#watched.get(entry.hostname) !== entry) return;
    entry.ended.abort();
    this.#watched.delete(entry.hostname);
  }

  async #keepFresh(entry: Watched): Promise<void> {
    const { clock, pool } = this.#parts;
    const { signal } = entry.ended;
    while (!signal.aborted) {
      const outcome = await pool.resolve(entry.hostname, signal);
      if (signal.aborted) return;
      const isDue = new AbortController();
      entry.lookUpNow = () => isDue.abort();
      await pause(clock, this.#take(entry, outcome) * 1000, AbortSignal.any([signal, isDue.signal]));
    }
  }

  /** Returns the seconds until the next look-up. */
  #take({ hostname, state, listeners }: Watched, outcome: HostnameOutcome): number {
    const { clock, log, random } = this.#parts;
    const nowSeconds = Math.floor(clock.wallMs() / 1000);
    const { changed, isRenewed, newFailure, nextLookUpSeconds } = state.take(outcome, random(), nowSeconds);
    if (newFailure !== null)
      log.warn({ host: hostname, reason: newFailure }, "host name lookup failed; trying again");
    const { addresses, freshness } = state;
    if (addresses === null || isNone(addresses)) this.#remembered.delete(hostname);
    else this.#remembered.set(hostname, { addresses, freshness, atMs: clock.nowMs() });
    for (const { onAddresses, onFreshness } of listeners)
      if (changed !== null) onAddresses(changed, freshness);
      else if (isRenewed && addresses !== null) onFreshness(freshness);
    return nextLookUpSeconds;
  }
}

/** Null = those of /etc/resolv.conf. */
function serversOf(servers: readonly string[]): readonly DnsServer[] | null {
  return servers.length === 0 ? null : toServers(servers);
}

/** Some load balancers have an address in the field for a host name. */
function literalAddresses(hostname: string): HostAddresses | null {
  const family = isIP(hostname);
  if (family === 0) return null;
  return family === 4 ? { ipv4: [hostname], ipv6: [] } : { ipv4: [], ipv6: [hostname] };
}
