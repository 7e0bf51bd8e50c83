/**
 * Load balancers known by a host name (AWS gives nothing else): the name's addresses, looked up again as its TTL says.
 *
 * What was last good stays when nobody can say; an empty answer counts once it came several times in a row, because
 * a load balancer's name is briefly unknown after it was made and resolvers remember that.
 */
import { isIP } from "node:net";
import { LRUCache } from "lru-cache";
import { pause, type Clock } from "../../kernel/clock.ts";
import { isDnsName } from "../../kernel/literal.ts";
import type { Log } from "../../kernel/log.ts";
import type { FamilyOutcome, HostnameOutcome } from "./hostname-answer.ts";
import { HostnameWorkerPool } from "./hostname-worker-pool.ts";
import { toServers } from "./hostname-servers.ts";

/** Sorted, canonical spelling, without duplicates. */
export type HostAddresses = { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] };

export type HostnameResolver = {
  /**
   * Calls `onAddresses` with what is known (soon, or at once when it was known before) and at every change, never
   * within this call. Watchers of one name share its look-ups.
   */
  watch(hostname: string, onAddresses: (addresses: HostAddresses) => void): () => void;
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
  /** Watches refused: no name for others, or too many names. */
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
  /** Another program for the thread: tests give one that hangs. */
  readonly workerUrl?: URL;
};

/** Twenty thousand Services with a load balancer each are more than any federation has had. */
const maxHostnames = 20_000;
/** Shorter TTLs would only load the resolver; a longer one would hide a replaced load balancer for too long. */
const minRefreshSeconds = 5;
const maxRefreshSeconds = 3600;
const retrySeconds = { first: 5, last: 120 };
/** What names nobody watches any more resolved to: a Service that is made anew has its addresses at once. */
const maxRemembered = 4096;
/** An address may be somebody else's by then. */
const rememberedSeconds = 3600;
/** So many empty answers in a row, some seconds apart, and a known name has no addresses. */
const emptyAnswersBelieved = 3;

const fileExtension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
/**
 * Names that each cluster and each machine understands by itself: where we run, they lead to something else than where
 * they were written (Gateways without a load balancer have such addresses, and ingress controllers on a laptop); and names
 * of one label, which are no names of hosts at all (GKE's named addresses).
 */
const INSIDE = /^[^.]+$|\.localhost$|\.svc(\.cluster\.local)?$/;

const ownWorkerUrl = new URL(`./hostname-worker${fileExtension}`, import.meta.url);

export function createHostnameResolver(options: HostnameResolverOptions): HostnameResolver {
  const servers = options.servers ?? [];
  const crew = new HostnameWorkerPool({
    clock: options.clock,
    log: options.log,
    servers: servers.length === 0 ? null : toServers(servers),
    workerUrl: options.workerUrl ?? ownWorkerUrl,
  });
  const random = options.random ?? Math.random;
  return new Resolver({ clock: options.clock, log: options.log, random, crew });
}

type Watched = {
  readonly hostname: string;
  readonly listeners: Set<(addresses: HostAddresses) => void>;
  addresses: HostAddresses | null;
  /** Look-ups in a row that failed, or were empty and not believed. */
  misses: number;
  /** Aborts when nobody watches any more. */
  readonly gone: AbortController;
};

type Remembered = { readonly addresses: HostAddresses; readonly atMs: number };

type Parts = {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly crew: HostnameWorkerPool;
};

class Resolver implements HostnameResolver {
  readonly #parts: Parts;
  readonly #watched = new Map<string, Watched>();
  readonly #remembered = new LRUCache<string, Remembered>({ max: maxRemembered });
  #refused = 0;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  watch(given: string, onAddresses: (addresses: HostAddresses) => void): () => void {
    const hostname = given.toLowerCase().replace(/\.$/, "");
    const entry = this.#watched.get(hostname) ?? this.#begin(hostname);
    if (entry === null) return () => undefined;
    // A listener of its own for each watch: the same function may watch twice.
    const listener = (addresses: HostAddresses): void => {
      onAddresses(addresses);
    };
    entry.listeners.add(listener);
    queueMicrotask(() => {
      if (entry.addresses !== null && entry.listeners.has(listener)) listener(entry.addresses);
    });
    return () => {
      this.#leave(entry, listener);
    };
  }

  counts(): HostnameCounts {
    const { crew } = this.#parts;
    return {
      watched: this.#watched.size,
      resolving: crew.jobs,
      failing: [...this.#watched.values()].filter(({ misses }) => misses > 0).length,
      refused: this.#refused,
      replacedThreads: crew.replacements,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const entry of this.#watched.values()) entry.gone.abort();
    this.#watched.clear();
    await this.#parts.crew.close();
  }

  #begin(hostname: string): Watched | null {
    const literal = literalAddresses(hostname);
    const isName = isDnsName(hostname.replaceAll("_", "-")) && !INSIDE.test(hostname);
    const isUsable = literal !== null || isName;
    if (this.#isClosed || !isUsable || this.#watched.size >= maxHostnames) {
      this.#refused += 1;
      this.#parts.log.warn(
        { hostname: hostname.slice(0, 255) },
        "host name not watched: not a name for others, or too many names",
      );
      return null;
    }
    const entry: Watched = {
      hostname,
      listeners: new Set(),
      addresses: literal ?? this.#recall(hostname),
      misses: 0,
      gone: new AbortController(),
    };
    this.#watched.set(hostname, entry);
    if (literal === null) void this.#keepFresh(entry);
    return entry;
  }

  #recall(hostname: string): HostAddresses | null {
    const known = this.#remembered.get(hostname);
    const isRecent =
      known !== undefined && this.#parts.clock.nowMs() - known.atMs <= rememberedSeconds * 1000;
    return isRecent ? known.addresses : null;
  }

  #leave(entry: Watched, listener: (addresses: HostAddresses) => void): void {
    entry.listeners.delete(listener);
    if (entry.listeners.size > 0 || this.#watched.get(entry.hostname) !== entry) return;
    entry.gone.abort();
    this.#watched.delete(entry.hostname);
  }

  async #keepFresh(entry: Watched): Promise<void> {
    const { signal } = entry.gone;
    while (!signal.aborted) {
      const outcome = await this.#parts.crew.resolve(entry.hostname, signal);
      if (signal.aborted) return;
      await pause(this.#parts.clock, this.#take(entry, outcome) * 1000, signal);
    }
  }

  /** Takes in what was found; the seconds until the next look. */
  #take(entry: Watched, outcome: HostnameOutcome): number {
    const found = {
      ipv4: addressesOf(outcome.ipv4, entry.addresses?.ipv4),
      ipv6: addressesOf(outcome.ipv6, entry.addresses?.ipv6),
    };
    const reasons = [outcome.ipv4, outcome.ipv6].flatMap((one) =>
      one.kind === "failed" ? [one.reason] : [],
    );
    const isEmpty = outcome.ipv4.kind === "none" && outcome.ipv6.kind === "none";
    if (reasons.length > 0 || isEmpty) {
      entry.misses += 1;
      if (entry.misses === 1) {
        const reason = isEmpty ? "the name has no addresses" : reasons[0];
        this.#parts.log.warn({ hostname: entry.hostname, reason }, "host name lookup failed; trying again");
      }
    } else {
      entry.misses = 0;
    }
    if (!isEmpty || entry.misses >= emptyAnswersBelieved) this.#publish(entry, found);
    return entry.misses === 0 ? refreshSeconds(outcome) : this.#retrySeconds(entry.misses);
  }

  #publish(entry: Watched, addresses: HostAddresses): void {
    if (addresses.ipv4.length + addresses.ipv6.length > 0)
      this.#remembered.set(entry.hostname, { addresses, atMs: this.#parts.clock.nowMs() });
    else this.#remembered.delete(entry.hostname);
    const isKnown = entry.addresses !== null && sameAddresses(entry.addresses, addresses);
    // Nothing found at all, and nothing known: there is nothing to tell.
    if (isKnown || (entry.addresses === null && addresses.ipv4.length + addresses.ipv6.length === 0)) return;
    entry.addresses = addresses;
    for (const listener of entry.listeners) listener(addresses);
  }

  /** Doubling, and between half and all of it, so that many names do not come back at one moment. */
  #retrySeconds(misses: number): number {
    const seconds = Math.min(retrySeconds.last, retrySeconds.first * 2 ** Math.min(misses - 1, 10));
    return seconds * (0.5 + this.#parts.random() / 2);
  }
}

function addressesOf(outcome: FamilyOutcome, lastGood: readonly string[] | undefined): readonly string[] {
  if (outcome.kind === "found") return outcome.addresses;
  return outcome.kind === "failed" ? (lastGood ?? []) : [];
}

function refreshSeconds(outcome: HostnameOutcome): number {
  const ttls = [outcome.ipv4, outcome.ipv6].flatMap((one) => (one.kind === "found" ? [one.ttlSeconds] : []));
  return Math.min(maxRefreshSeconds, Math.max(minRefreshSeconds, Math.min(...ttls)));
}

/** Some load balancers put an address where a host name belongs. */
function literalAddresses(hostname: string): HostAddresses | null {
  const family = isIP(hostname);
  if (family === 0) return null;
  return family === 4 ? { ipv4: [hostname], ipv6: [] } : { ipv4: [], ipv6: [hostname] };
}

function sameAddresses(a: HostAddresses, b: HostAddresses): boolean {
  return a.ipv4.join() === b.ipv4.join() && a.ipv6.join() === b.ipv6.join();
}
