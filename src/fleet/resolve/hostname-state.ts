/**
 * What is known of one host name from look-up to look-up: its addresses, and when to look again.
 *
 * While look-ups fail the last good addresses stay. An empty answer counts only after several in a row: a load balancer's name
 * does not exist for a moment after it was created, and resolvers cache that.
 */
import type { FamilyOutcome, HostnameOutcome } from "./hostname-answer.ts";

/** Sorted, canonical spelling, without duplicates. */
export type HostAddresses = { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] };
/** Unix time in seconds until which the last good look-up of each family holds, by its TTL; null = there was none. */
export type HostFreshness = { readonly ipv4: number | null; readonly ipv6: number | null };

/** A shorter TTL would only load the resolver; a longer one would hide a replaced load balancer for too long. */
const REFRESH_MIN_SECONDS = 5;
const REFRESH_MAX_SECONDS = 3600;
const RETRY_FIRST_SECONDS = 5;
const RETRY_MAX_SECONDS = 120;
/** This many empty answers in a row, some seconds apart, and a known name has no addresses. */
const EMPTY_ANSWERS_BELIEVED = 3;

type Taken = {
  /** Null: nothing has changed. */
  readonly changed: HostAddresses | null;
  /** `freshness` has changed. */
  readonly isRenewed: boolean;
  /** Why the first look-up in a row failed; null otherwise. */
  readonly newFailure: string | null;
  readonly nextLookUpSeconds: number;
};

export class HostnameState {
  #addresses: HostAddresses | null;
  #freshness: HostFreshness;
  /** Look-ups in a row that failed or found nothing. */
  #misses = 0;

  /** What is remembered; null = nothing. */
  constructor(addresses: HostAddresses | null, freshness: HostFreshness = NOT_LOOKED_UP) {
    this.#addresses = addresses;
    this.#freshness = freshness;
  }

  /** Null: not known yet. */
  get addresses(): HostAddresses | null {
    return this.#addresses;
  }

  /** While look-ups fail, in the past. */
  get freshness(): HostFreshness {
    return this.#freshness;
  }

  /** The last look-up failed or found nothing. */
  get isFailing(): boolean {
    return this.#misses > 0;
  }

  /** Takes the outcome of a look-up. 0 <= `random` < 1 spreads retries. `nowSeconds`: whole unix seconds. */
  take(outcome: HostnameOutcome, random: number, nowSeconds: number): Taken {
    const reasons = [outcome.ipv4, outcome.ipv6].flatMap((one) =>
      one.kind === "failed" ? [one.reason] : [],
    );
    const isEmpty = outcome.ipv4.kind === "none" && outcome.ipv6.kind === "none";
    const isMiss = reasons.length > 0 || isEmpty;
    this.#misses = isMiss ? this.#misses + 1 : 0;
    const before = this.#freshness;
    this.#freshness = {
      ipv4: freshUntil(outcome.ipv4, before.ipv4, nowSeconds),
      ipv6: freshUntil(outcome.ipv6, before.ipv6, nowSeconds),
    };
    const { ipv4, ipv6 } = this.#freshness;
    const reason = isEmpty ? "the name has no addresses" : (reasons[0] ?? null);
    return {
      changed: isEmpty && this.#misses < EMPTY_ANSWERS_BELIEVED ? null : this.#set(outcome),
      isRenewed: ipv4 !== before.ipv4 || ipv6 !== before.ipv6,
      newFailure: this.#misses === 1 ? reason : null,
      // What one family found ends as its TTL says, even if the look-up of the other fails.
      nextLookUpSeconds: Math.min(
        refreshSeconds(outcome),
        isMiss ? retrySeconds(this.#misses, random) : REFRESH_MAX_SECONDS,
      ),
    };
  }

  #set(outcome: HostnameOutcome): HostAddresses | null {
    const before = this.#addresses;
    const addresses = {
      ipv4: addressesOf(outcome.ipv4, before?.ipv4),
      ipv6: addressesOf(outcome.ipv6, before?.ipv6),
    };
    const isUnchanged = before === null ? isNone(addresses) : sameAddresses(before, addresses);
    if (isUnchanged) return null;
    this.#addresses = addresses;
    return addresses;
  }
}

/** Nothing was looked up, or it is an address itself: it holds for ever. */
export const NOT_LOOKED_UP: HostFreshness = { ipv4: null, ipv6: null };

/** The TTL of a failure, and of an answer without addresses, is not that of the addresses that are kept. */
function freshUntil(outcome: FamilyOutcome, before: number | null, nowSeconds: number): number | null {
  return outcome.kind === "found" ? nowSeconds + Math.min(outcome.ttlSeconds, REFRESH_MAX_SECONDS) : before;
}

export function isNone({ ipv4, ipv6 }: HostAddresses): boolean {
  return ipv4.length + ipv6.length === 0;
}

function addressesOf(outcome: FamilyOutcome, lastGood: readonly string[] | undefined): readonly string[] {
  if (outcome.kind === "found") return outcome.addresses;
  return outcome.kind === "failed" ? (lastGood ?? []) : [];
}

function refreshSeconds(outcome: HostnameOutcome): number {
  const ttls = [outcome.ipv4, outcome.ipv6].flatMap((one) => (one.kind === "found" ? [one.ttlSeconds] : []));
  return Math.min(REFRESH_MAX_SECONDS, Math.max(REFRESH_MIN_SECONDS, Math.min(...ttls)));
}

/** Doubles with every miss, and is spread between half and all of it, so that many names are not looked up at one moment. */
function retrySeconds(misses: number, random: number): number {
  const seconds = Math.min(RETRY_MAX_SECONDS, RETRY_FIRST_SECONDS * 2 ** Math.min(misses - 1, 10));
  return seconds * (0.5 + random / 2);
}

function sameAddresses(a: HostAddresses, b: HostAddresses): boolean {
  return a.ipv4.join() === b.ipv4.join() && a.ipv6.join() === b.ipv6.join();
}
