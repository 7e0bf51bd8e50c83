/** What is written without a commit, and takes effect at once: health, verdicts, shares, sights, times that caches hold (layout.ts). */
import { Header, HEALTH_AT_OCTETS, type Memory, SHARES_AT, SIGHTS_AT, verdictsAt } from "./layout.ts";

/** 0 down .. 255 full. */
export function setHealth({ u8 }: Memory, endpoint: number, health: number): void {
  u8[HEALTH_AT_OCTETS + endpoint] = health;
}

export function healthOf({ u8 }: Memory, endpoint: number): number {
  return u8[HEALTH_AT_OCTETS + endpoint] as number;
}

/** Why the health is what it is, since when (unix seconds): for those who ask, not for the answer. */
export function setVerdict({ u32 }: Memory, endpoint: number, bits: number, sinceSeconds: number): void {
  const at = verdictsAt(u32[Header.EndpointCapacity] as number) + 2 * endpoint;
  u32[at] = bits;
  u32[at + 1] = sinceSeconds;
}

export function verdictOf({ u32 }: Memory, endpoint: number): number {
  return u32[verdictsAt(u32[Header.EndpointCapacity] as number) + 2 * endpoint] as number;
}

/** The part of its share that a cluster gets now: 255 all .. 0 none. */
export function setShare({ u8 }: Memory, cluster: number, share: number): void {
  u8[SHARES_AT + cluster] = share;
}

/** When a cluster's API server was last seen: unix seconds, 0 = it is being seen, 1 = never yet. */
export function setSight({ u32 }: Memory, cluster: number, seconds: number): void {
  u32[SIGHTS_AT + cluster] = seconds;
}

/**
 * Unix seconds at `at` become `until` if they are earlier: of several processes that say so at once, the latest counts.
 * Signed, as readers keep times.
 */
export function raiseTime(u32: Uint32Array, at: number, until: number): void {
  for (;;) {
    const known = Atomics.load(u32, at);
    if (((until - known) | 0) <= 0 || Atomics.compareExchange(u32, at, known, until >>> 0) === known) return;
  }
}
