/** Is a pool or namespace what layout.ts draws, so that readers may follow its counts and offsets without another look? */
import { kindOf, wordsOf } from "../format/decode.ts";
import {
  CLUSTERS_MAX,
  Header,
  HOSTS,
  Kind,
  MEMBER_WORDS,
  type Memory,
  NAMESPACE_WORDS,
  POOL_ALIASES,
  POOL_PORTS_WORD,
  POOL_WORDS,
  wordsFor,
} from "../format/layout.ts";

/** The record at `at` lies within the arena, has a good check, and says that it is a pool or namespace. */
export function isSoundService(memory: Memory, at: number): boolean {
  const isPool = kindOf(memory, at) === Kind.Pool;
  const keyAt = isPool ? POOL_WORDS : NAMESPACE_WORDS;
  const keyOctets = ((memory.u32[at + 3] as number) >>> 8) & 255;
  const words = wordsOf(memory, at);
  const isHost = (memory.u32[at + 3] as number) >>> 16 === HOSTS;
  if (keyAt + wordsFor(keyOctets) > words || (isHost && !isPool)) return false;
  const labels = labelsOfKey(memory, at + keyAt, keyOctets);
  if (isHost ? labels === 0 : labels !== (isPool ? 2 : 1)) return false;
  if (!isPool) return true;
  return areSoundMembers(memory, at, keyAt + wordsFor(keyOctets)) && areSoundPorts(memory, at);
}

/** At the record's end, each with a key of two labels; in the place of ports, aliases have the labels of a name. */
function areSoundPorts(memory: Memory, pool: number): boolean {
  const isAliased = ((memory.u32[pool + 5] as number) & POOL_ALIASES) !== 0;
  const end = pool + wordsOf(memory, pool);
  const head = memory.u32[pool + POOL_PORTS_WORD] as number;
  let at = pool + (head >>> 8);
  if (head >>> 8 < POOL_WORDS) return false;
  for (let left = head & 255; left > 0; left--) {
    if (at >= end) return false;
    const octets = (memory.u32[at] as number) & 0xffff;
    if (at + 1 + wordsFor(octets) > end) return false;
    const labels = labelsOfKey(memory, at + 1, octets);
    if (isAliased ? labels === 0 || octets > KEY_OCTETS_MAX : labels !== 2) return false;
    at += 1 + wordsFor(octets);
  }
  return at === end;
}

/** Of the longest name, without the root. */
const KEY_OCTETS_MAX = 254;

/** 0 = it is no row of labels. */
function labelsOfKey({ u8 }: Memory, word: number, octets: number): number {
  const from = word * 4;
  const end = from + octets;
  let at = from;
  let labels = 0;
  for (; at < end; at += (u8[at] as number) + 1, labels++)
    if ((u8[at] as number) === 0 || (u8[at] as number) > 63) return 0;
  return at === end ? labels : 0;
}

/** `first`: where in the pool its members start, in words. */
function areSoundMembers(memory: Memory, pool: number, first: number): boolean {
  const { u32 } = memory;
  const words = wordsOf(memory, pool);
  const count = (u32[pool + 3] as number) & 255;
  const addresses = first + count * MEMBER_WORDS;
  if (count > CLUSTERS_MAX || addresses > words) return false;
  for (let at = pool + first; at < pool + addresses; at += MEMBER_WORDS) {
    const counts = u32[at + 4] as number;
    const [ipv4, ipv6] = [counts >>> 16, counts & 0xffff];
    const from = u32[at + 5] as number;
    if (((u32[at] as number) & 255) >= CLUSTERS_MAX) return false;
    if (from < addresses || from + ipv4 + 4 * ipv6 > words) return false;
    if ((u32[at + 3] as number) + ipv4 + ipv6 > (u32[Header.EndpointsEnd] as number)) return false;
  }
  return true;
}
