/**
 * Load balancers known by a host name (AWS gives nothing else): watches the addresses of each name, and looks it up again as
 * its TTL says.
 */
import { isIP } from "node:net";
import { LRUCache } from "lru-cache";
import { type Clock, pause } from "../../kernel/clock.ts";
import { type FairLimits, FairRoom } from "../../kernel/fair/fair-room.ts";
import type { Log } from "../../kernel/log.ts";
import type { DnsServer } from "./dns-client.ts";
import type { HostnameOutcome } from "./hostname-answer.ts";
import { isUsable, literalAddresses } from "./hostname-text.ts";
import { toServers } from "./hostname-servers.ts";
import { type HostAddresses, type HostFreshness, HostnameState, isNone } from "./hostname-state.ts";
import { HostnameWorkerPool } from "./hostname-worker-pool.ts";

export type HostnameResolver = {
  /**
   * Watches of one name share its look-ups. One that there is no room for begins when there is. Returns a function that
   * ends the watch.
   */
  watch(hostname: string, listener: HostnameListener): () => void;
  /** Looks every name up at these servers now: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; empty = those of /etc/resolv.conf. */
  setServers(servers: readonly string[]): void;
  /** For /status and metrics. */
  counts(): HostnameCounts;
  close(): Promise<void>;
};

export type HostnameListener = {
  /** The one that declares the name, and whose share of all look-ups it takes. */
  readonly member: string;
  /** Called as soon as the addresses are known, and at every change; never within `watch`. */
  readonly onAddresses: (addresses: HostAddresses, freshness: HostFreshness) => void;
  /** A look-up has found the same addresses again. */
  readonly onFreshness?: (freshness: HostFreshness) => void;
};

type HostnameCounts = {
  readonly watched: number;
  /** Look-ups that run or wait. */
  readonly resolving: number;
  /** Names whose last look-up found nothing or failed. */
  readonly failing: number;
  /** Watches that were refused: not a public name. */
  readonly refused: number;
  /** Watches that begin when there is room: too many names, of a member or of all. */
  readonly waiting: number;
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
  readonly limits?: FairLimits;
};

/** More Services with a load balancer than any federation has. */
const LIMITS: FairLimits = { all: 20_000, each: 5000, own: 250 };
/** Names that are not watched any more, whose addresses are kept: a Service that is recreated has its addresses at once. */
const REMEMBERED_MAX = 4096;
/** Later, an address may belong to another load balancer. */
const REMEMBERED_SECONDS = 3600;

const FILE_EXTENSION = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
const WORKER_URL = new URL(`./hostname-worker${FILE_EXTENSION}`, import.meta.url);

export function createHostnameResolver(options: HostnameResolverOptions): HostnameResolver {
  const { clock, log, servers = [], random = Math.random, workerUrl = WORKER_URL } = options;
  const { limits = LIMITS } = options;
  const pool = new HostnameWorkerPool({
    clock,
    log,
    servers: serversOf(servers),
    workerUrl,
  });
  return new Resolver({ clock, log, random, pool, limits });
}

/** One for each call of `watch`: the same listener may watch twice. */
type Watch = {
  readonly hostname: string;
  readonly listener: HostnameListener;
  /** Null: there is no room for it yet. */
  entry: Watched | null;
};

type Watched = {
  readonly hostname: string;
  readonly watches: Set<Watch>;
  /** How many watches each member has. */
  readonly members: Map<string, number>;
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
  readonly limits: FairLimits;
};

class Resolver implements HostnameResolver {
  readonly #parts: Parts;
  readonly #watched = new Map<string, Watched>();
  readonly #remembered = new LRUCache<string, Remembered>({ max: REMEMBERED_MAX });
  readonly #room: FairRoom<Watch>;
  #refused = 0;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#room = new FairRoom(parts.limits);
  }

  watch(given: string, listener: HostnameListener): () => void {
    const hostname = given.toLowerCase().replace(/\.$/, "");
    if (this.#isClosed || !isUsable(hostname)) {
      this.#refuse(hostname);
      return () => undefined;
    }
    const watch: Watch = { hostname, listener, entry: null };
    const { member } = listener;
    if (this.#watched.has(hostname) || this.#room.hasRoom(member, this.#watched.size)) this.#begin(watch);
    else this.#wait(watch);
    return () => {
      if (watch.entry === null) this.#room.cancel(member, watch);
      else this.#leave(watch.entry, watch);
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
      waiting: this.#room.waiting,
      replacedThreads: pool.replacements,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const entry of this.#watched.values()) entry.ended.abort();
    this.#watched.clear();
    await this.#parts.pool.close();
  }

  #refuse(hostname: string): void {
    this.#refused += 1;
    const fields = { host: hostname.slice(0, 255) };
    this.#parts.log.warn(fields, "host name not watched: not a public name");
  }

  #wait(watch: Watch): void {
    const { member } = watch.listener;
    // Once for all that wait of it.
    if (this.#room.waitingOf(member) === 0)
      this.#parts.log.warn(
        { cluster: member, host: watch.hostname },
        "too many host names of load balancers; this one and further ones are looked up when there is room",
      );
    this.#room.wait(member, watch);
  }

  #begin(watch: Watch): void {
    const { hostname, listener } = watch;
    const { member, onAddresses } = listener;
    const known = this.#watched.get(hostname);
    const entry = known ?? this.#newEntry(hostname);
    watch.entry = entry;
    entry.watches.add(watch);
    const before = entry.members.get(member) ?? 0;
    entry.members.set(member, before + 1);
    if (before === 0) this.#room.take(member);
    if (known === undefined && isIP(hostname) === 0) void this.#keepFresh(entry);
    else if (before === 0) this.#parts.pool.join(hostname, member);
    queueMicrotask(() => {
      const { addresses, freshness } = entry.state;
      if (addresses !== null && entry.watches.has(watch)) onAddresses(addresses, freshness);
    });
  }

  #newEntry(hostname: string): Watched {
    const literal = literalAddresses(hostname);
    const entry: Watched = {
      hostname,
      watches: new Set(),
      members: new Map(),
      state: literal === null ? this.#recall(hostname) : new HostnameState(literal),
      ended: new AbortController(),
      lookUpNow: () => undefined,
    };
    this.#watched.set(hostname, entry);
    return entry;
  }

  #recall(hostname: string): HostnameState {
    const known = this.#remembered.get(hostname);
    const isRecent =
      known !== undefined && this.#parts.clock.nowMs() - known.atMs <= REMEMBERED_SECONDS * 1000;
    return isRecent ? new HostnameState(known.addresses, known.freshness) : new HostnameState(null);
  }

  #leave(entry: Watched, watch: Watch): void {
    const { hostname, watches, members } = entry;
    if (!watches.delete(watch) || this.#watched.get(hostname) !== entry) return;
    const { member } = watch.listener;
    const left = (members.get(member) ?? 0) - 1;
    if (watches.size === 0) {
      entry.ended.abort();
      this.#watched.delete(hostname);
    } else if (left === 0) this.#parts.pool.leave(hostname, member);
    if (left > 0) {
      members.set(member, left);
      return;
    }
    members.delete(member);
    this.#room.giveBack(member);
    this.#admit(member);
  }

  /** Begins what waits, as far as there is room after this member has ended a watch. */
  #admit(member: string): void {
    if (this.#isClosed) return;
    let next = this.#room.next(member, this.#watched.size);
    while (next !== null) {
      this.#begin(next);
      next = this.#room.next(member, this.#watched.size);
    }
  }

  async #keepFresh(entry: Watched): Promise<void> {
    const { clock, pool } = this.#parts;
    const { signal } = entry.ended;
    while (!signal.aborted) {
      const outcome = await pool.resolve(entry.hostname, entry.members, signal);
      if (signal.aborted) return;
      const isDue = new AbortController();
      entry.lookUpNow = () => isDue.abort();
      await pause(clock, this.#take(entry, outcome) * 1000, AbortSignal.any([signal, isDue.signal]));
    }
  }

  /** Returns the seconds until the next look-up. */
  #take({ hostname, state, watches }: Watched, outcome: HostnameOutcome): number {
    const { clock, log, random } = this.#parts;
    const nowSeconds = Math.floor(clock.wallMs() / 1000);
    const { changed, isRenewed, newFailure, nextLookUpSeconds } = state.take(outcome, random(), nowSeconds);
    if (newFailure !== null)
      log.warn({ host: hostname, reason: newFailure }, "host name lookup failed; trying again");
    const { addresses, freshness } = state;
    if (addresses === null || isNone(addresses)) this.#remembered.delete(hostname);
    else this.#remembered.set(hostname, { addresses, freshness, atMs: clock.nowMs() });
    for (const { listener } of watches)
      if (changed !== null) listener.onAddresses(changed, freshness);
      else if (isRenewed && addresses !== null) listener.onFreshness?.(freshness);
    return nextLookUpSeconds;
  }
}

/** Null = those of /etc/resolv.conf. */
function serversOf(servers: readonly string[]): readonly DnsServer[] | null {
  return servers.length === 0 ? null : toServers(servers);
}
