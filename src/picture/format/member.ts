/**
 * One cluster's part of a pool. Members lie one behind the other after the pool's key.
 *
 *   0  weight << 16 | tier << 8 | cluster
 *   1  ready endpoints
 *   2  endpoints that are wanted << 16 | fullness
 *   3  index of the first endpoint (in-place.ts); IPv6 endpoints come behind those of IPv4
 *   4  IPv4 addresses << 16 | IPv6 addresses
 *   5  offset of the addresses in the pool's record; they are there as they go on the wire
 *   6  since when readiness and addresses are what they are: unix seconds, 0 = not known
 *
 * With aliases each member that has something has one IPv4 address, which only tells whether the alias has changed.
 */
import * as memoryModule from "./memory.ts";
import type { At, PictureWords } from "./memory.ts";
import * as poolFields from "./pool.ts";
import type { PoolAt } from "./pool.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { word, wordsFor } = memoryModule;
const { POOL_WORDS, serviceKeyOctets } = poolFields;

export type MemberAt = At<"member">;

export const MEMBER_WORDS = 7;
/** What "all" is in 16 bits: of fullness, of the share by distance. */
export const WHOLE = 0xffff;
const READY = 1;
const FULLNESS = 2;
const ENDPOINT = 3;
const COUNTS = 4;
const ADDRESSES = 5;
const SINCE = 6;
const SHIFT = 16;
const HALF_MASK = 0xffff;
const TIER_SHIFT = 8;
const OCTET_MASK = 0xff;

/** Only to be read when the pool has any. */
export function firstMember(words: PictureWords, pool: PoolAt): MemberAt {
  return (pool + POOL_WORDS + wordsFor(serviceKeyOctets(words, pool))) as MemberAt;
}

export function nextMember(member: MemberAt): MemberAt {
  return (member + MEMBER_WORDS) as MemberAt;
}

export function memberCluster(words: PictureWords, member: MemberAt): number {
  return word(words, member) & OCTET_MASK;
}

export function memberTier(words: PictureWords, member: MemberAt): number {
  return (word(words, member) >>> TIER_SHIFT) & OCTET_MASK;
}

export function memberWeight(words: PictureWords, member: MemberAt): number {
  return word(words, member) >>> SHIFT;
}

export function readyEndpoints(words: PictureWords, member: MemberAt): number {
  return word(words, member + READY);
}

/** 0 = not known, or none is wanted. */
export function wantedEndpoints(words: PictureWords, member: MemberAt): number {
  return word(words, member + FULLNESS) >>> SHIFT;
}

/** How much of what is wanted is ready: 0 to WHOLE. */
export function memberFullness(words: PictureWords, member: MemberAt): number {
  return word(words, member + FULLNESS) & HALF_MASK;
}

export function firstEndpoint(words: PictureWords, member: MemberAt): number {
  return word(words, member + ENDPOINT);
}

export function ipv4Count(words: PictureWords, member: MemberAt): number {
  return word(words, member + COUNTS) >>> SHIFT;
}

export function ipv6Count(words: PictureWords, member: MemberAt): number {
  return word(words, member + COUNTS) & HALF_MASK;
}

/** Where its addresses start, in words from the start of the pool; those of IPv6 behind those of IPv4. */
export function addressesWord(words: PictureWords, member: MemberAt): number {
  return word(words, member + ADDRESSES);
}

export function memberSince(words: PictureWords, member: MemberAt): number {
  return word(words, member + SINCE);
}

type MemberFields = {
  readonly cluster: number;
  readonly tier: number;
  readonly weight: number;
  readonly readyEndpoints: number;
  readonly wantedEndpoints: number;
  readonly firstEndpoint: number;
  readonly ipv4: readonly unknown[];
  readonly ipv6: readonly unknown[];
  readonly since: number;
};

/** `addresses`: where in the pool's record they start. */
export function setMember(words: Uint32Array, at: number, member: MemberFields, addresses: number): void {
  words[at] = (member.weight << SHIFT) | (member.tier << TIER_SHIFT) | member.cluster;
  words[at + READY] = member.readyEndpoints;
  words[at + FULLNESS] = (Math.min(member.wantedEndpoints, WHOLE) << SHIFT) | fullnessOf(member);
  words[at + ENDPOINT] = member.firstEndpoint;
  words[at + COUNTS] = (member.ipv4.length << SHIFT) | member.ipv6.length;
  words[at + ADDRESSES] = addresses;
  words[at + SINCE] = member.since;
}

/** When it is not known how many are wanted, those that are ready are all. */
function fullnessOf({ readyEndpoints: ready, wantedEndpoints: wanted }: MemberFields): number {
  if (ready === 0) return 0;
  return Math.min(WHOLE, Math.max(1, Math.round((WHOLE * ready) / Math.max(1, wanted))));
}
