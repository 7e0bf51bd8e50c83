/**
 * How much of the picture one member may take, so that a member with a mistake cannot take the room of the others. Over
 * the quota, what it has stays and is kept current; further services and hosts of this member are refused until it has
 * room again.
 */
import type { Backend } from "./backend.ts";

export type Quota = {
  /** Services and hosts; a host with records that are no addresses counts once more for those. */
  readonly names: number;
  /** Addresses and other records of all of them; one address counts once for each service or host that has it. */
  readonly endpoints: number;
};

type QuotaUse = { readonly used: number; readonly limit: number | null };
export type QuotaStatus = {
  readonly names: QuotaUse;
  readonly endpoints: QuotaUse;
  /** Services and hosts that are not published, or not with all their addresses. */
  readonly refused: number;
  /** The first few of them. */
  readonly refusedFirst: readonly string[];
};

export const NO_QUOTA: Quota = { names: Number.POSITIVE_INFINITY, endpoints: Number.POSITIVE_INFINITY };
const LISTED_MAX = 10;
/** Refused ones that are looked at when something has left: a large one must not keep back the small ones behind it. */
const CANDIDATES = 16;

/** What one member has, and what was refused. */
export class QuotaLedger {
  #names = 0;
  #endpoints = 0;
  /** As they were declared, the oldest first. */
  readonly #refused: Map<string, Backend> = new Map();
  /** Hosts with records that are no addresses, and how many these are. */
  readonly #records: Map<string, number> = new Map();
  /** Hosts whose records were refused, and how to try again. */
  readonly #refusedRecords: Map<string, () => void> = new Map();

  status({ names, endpoints }: Quota): QuotaStatus {
    return {
      names: { used: this.#names, limit: limitOf(names) },
      endpoints: { used: this.#endpoints, limit: limitOf(endpoints) },
      refused: this.#refused.size + this.#refusedRecords.size,
      refusedFirst: [...this.refused].slice(0, LISTED_MAX),
    };
  }

  /** Keys of services and hosts that are not published, or not with all that they have. */
  get refused(): ReadonlySet<string> {
    return new Set([...this.#refused.keys(), ...this.#refusedRecords.keys()]);
  }

  isRefused(key: string): boolean {
    return this.#refused.has(key) || this.#refusedRecords.has(key);
  }

  /**
   * The part of `wanted` that the quota allows; null = nothing. `before`: what the member has of it. A service that grows
   * beyond the quota keeps as many addresses as it had.
   */
  admit(quota: Quota, key: string, wanted: Backend, before: Backend | undefined): Backend | null {
    const left = quota.endpoints - this.#endpoints;
    const count = endpointsOf(wanted);
    const had = before === undefined ? 0 : endpointsOf(before);
    const isAllowed =
      before === undefined ? this.#names < quota.names && count <= left : count <= Math.max(had, had + left);
    if (isAllowed) this.#refused.delete(key);
    else this.#refused.set(key, wanted);
    if (isAllowed) return wanted;
    return before === undefined ? null : firstOf(wanted, Math.max(had, had + left));
  }

  /**
   * May the member have `count` records that are no addresses at a host? They count at once if it may. `retry` is called
   * when there may be room for them.
   */
  admitRecords(quota: Quota, host: string, count: number, retry: () => void): boolean {
    const before = this.#records.get(host);
    const had = before ?? 0;
    const left = quota.endpoints - this.#endpoints;
    const isAllowed =
      before === undefined ? this.#names < quota.names && count <= left : count <= Math.max(had, had + left);
    if (!isAllowed) {
      this.#refusedRecords.set(host, retry);
      return false;
    }
    this.#refusedRecords.delete(host);
    this.#records.set(host, count);
    this.#names += Number(before === undefined);
    this.#endpoints += count - had;
    return true;
  }

  /** The host has no such records any more. Returns true when that has made room. */
  removeRecords(host: string): boolean {
    const before = this.#records.get(host);
    this.#refusedRecords.delete(host);
    if (before === undefined) return false;
    this.#records.delete(host);
    this.#names--;
    this.#endpoints -= before;
    return true;
  }

  /** The member now has `now` where it had `before`. Returns true when that has made room. */
  note(before: Backend | undefined, now: Backend | undefined): boolean {
    const names = Number(now !== undefined) - Number(before !== undefined);
    const endpoints = endpointsOf(now) - endpointsOf(before);
    this.#names += names;
    this.#endpoints += endpoints;
    return names < 0 || endpoints < 0;
  }

  /** It is not declared any more. */
  forget(key: string): void {
    this.#refused.delete(key);
  }

  /** Those that are to be tried again after something has left. */
  candidates(): readonly (readonly [string, Backend])[] {
    if (this.#refused.size === 0) return [];
    return [...this.#refused].slice(0, CANDIDATES);
  }

  /** Tries records again after something has left. */
  retryRecords(): void {
    for (const retry of [...this.#refusedRecords.values()].slice(0, CANDIDATES)) retry();
  }
}

function limitOf(limit: number): number | null {
  return Number.isFinite(limit) ? limit : null;
}

function endpointsOf(backend: Backend | undefined): number {
  if (backend === undefined) return 0;
  return backend.alias === undefined ? backend.ipv4.length + backend.ipv6.length : 1;
}

/** The first addresses, of IPv4 before IPv6. */
function firstOf(backend: Backend, count: number): Backend {
  const ipv4 = backend.ipv4.slice(0, count);
  return { ...backend, ipv4, ipv6: backend.ipv6.slice(0, count - ipv4.length) };
}
