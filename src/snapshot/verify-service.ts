/** Is a pool or namespace what layout.ts draws, so that readers may follow its counts and offsets without another look? */
import { kindOf, wordsOf } from "./decode.ts";
import {
  CLUSTERS_MAX,
  Header,
  Kind,
  MEMBER_WORDS,
  type Memory,
  NAMESPACE_WORDS,
  POOL_WORDS,
  wordsFor,
} from "./layout.ts";

/** The record at `at` lies within the arena, has a good check, and says that it is a pool or namespace. */
export function isSoundService(memory: Memory, at: number): boolean {
  const isPool = kindOf(memory, at) === Kind.Pool;
  const keyAt = isPool ? POOL_WORDS : NAMESPACE_WORDS;
  const keyOctets = ((memory.u32[at + 3] as number) >>> 8) & 255;
  const words = wordsOf(memory, at);
  if (keyAt + wordsFor(keyOctets) > words || !isSoundKey(memory, at + keyAt, keyOctets, isPool ? 2 : 1))
    return false;
  return !isPool || areSoundMembers(memory, at, keyAt + wordsFor(keyOctets));
}

function isSoundKey({ u8 }: Memory, word: number, octets: number, labels: number): boolean {
  let at = word * 4;
  const end = at + octets;
  for (let left = labels; left > 0; left--) {
    const length = at < end ? (u8[at] as number) : 0;
    if (length === 0 || length > 63) return false;
    at += length + 1;
  }
  return at === end;
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
