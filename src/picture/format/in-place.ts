/**
 * What is written without a commit, and takes effect at once.
 *
 *   per endpoint  health       one octet: 0 down .. 255 full
 *                 cachedUntil  one word: until when (unix seconds) a cache may hold its address. Readers write it, and
 *                              nothing else: they raise it whenever they hand the address out.
 *                 reason       two words: bits of why its health is what it is, since when (unix seconds)
 *                 freshUntil   one word: until when the look-up that found the address holds (unix seconds); 0 = it was
 *                              not looked up. Only of pools that say that they have such addresses (pool.ts)
 *   per cluster   share        one octet: 0 drained .. 255 full
 *                 lastSeen     one word: until when its changes were seen, in unix seconds (rounded), or
 *                              NEVER_SEEN. While they are seen, it is written four times a second: a writer that is
 *                              killed leaves the truth, to a second
 *
 * Each address of a pool is an endpoint; its index is in the member (member.ts).
 */
import * as layoutFields from "./layout.ts";
import { Header } from "./layout.ts";
import * as memoryModule from "./memory.ts";
import type { Memory, PictureOctets, PictureWords } from "./memory.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { cachedUntilAt, freshUntilAt, HEALTH_AT_OCTETS, LAST_SEEN_AT, reasonsAt, SHARES_AT } = layoutFields;
const { octet, word } = memoryModule;

export const HEALTH_FULL = 255;
export const SHARE_FULL = 255;
export const NEVER_SEEN = 0;
const HEALTH: number = HEALTH_AT_OCTETS;
const SHARES: number = SHARES_AT;

export function healthOf(octets: PictureOctets, endpoint: number): number {
  return octet(octets, HEALTH + endpoint);
}

export function setHealth({ u8 }: Memory, endpoint: number, health: number): void {
  u8[HEALTH_AT_OCTETS + endpoint] = health;
}

function reasonAt(words: PictureWords, endpoint: number): number {
  return reasonsAt(word(words, Header.EndpointCapacity)) + 2 * endpoint;
}

export function setReason({ u32 }: Memory, endpoint: number, bits: number, sinceSeconds: number): void {
  const at = reasonAt(u32, endpoint);
  u32[at] = bits;
  u32[at + 1] = sinceSeconds;
}

export function reasonOf(words: PictureWords, endpoint: number): number {
  return word(words, reasonAt(words, endpoint));
}

/** Unix seconds, 0 = not known. */
export function reasonSince(words: PictureWords, endpoint: number): number {
  return word(words, reasonAt(words, endpoint) + 1);
}

export function shareOf(octets: PictureOctets, cluster: number): number {
  return octet(octets, SHARES + cluster);
}

export function setShare({ u8 }: Memory, cluster: number, share: number): void {
  u8[SHARES_AT + cluster] = share;
}

export function lastSeenOf(words: PictureWords, cluster: number): number {
  return word(words, LAST_SEEN_AT + cluster);
}

export function setLastSeen({ u32 }: Memory, cluster: number, seconds: number): void {
  u32[LAST_SEEN_AT + cluster] = seconds;
}

/** Unix seconds; 0 = never handed out. */
export function cachedUntilOf(words: PictureWords, endpoint: number): number {
  return Atomics.load(words as Uint32Array, cachedUntilAt(word(words, Header.EndpointCapacity)) + endpoint);
}

/** Unix seconds; 0 = it was not looked up. */
export function freshUntilOf(words: PictureWords, endpoint: number): number {
  return word(words, freshUntilAt(word(words, Header.EndpointCapacity)) + endpoint);
}

/** The same for readers: `at` is the word offset of its `freshUntil`. */
export function freshUntilIn(words: PictureWords, at: number): number {
  return word(words, at);
}

export function setFreshUntil({ u32 }: Memory, endpoint: number, seconds: number): void {
  u32[freshUntilAt(u32[Header.EndpointCapacity] as number) + endpoint] = seconds;
}

/** Readers hand out an address: `at` is the word offset of its `cachedUntil`, `until` a time as readers keep it. */
export function noteCached(words: PictureWords, at: number, until: number): void {
  if (((until - word(words, at)) | 0) > 0) raiseTime(words, at, until);
}

/**
 * Unix seconds at word `at` become `until` if they are earlier: if several processes do this at once, the latest time
 * stays. Signed, as readers keep times.
 */
export function raiseTime(words: PictureWords, at: number, until: number): void {
  const u32 = words as Uint32Array;
  for (;;) {
    const known = Atomics.load(u32, at);
    if (((until - known) | 0) <= 0 || Atomics.compareExchange(u32, at, known, until >>> 0) === known) return;
  }
}
