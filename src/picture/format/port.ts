/**
 * What stands at the end of a pool: its ports, which have SRV records; or, in a pool with aliases, the names that the
 * clients of each cluster are sent to.
 *
 *   port   0  port << 16 | octets of the key
 *          1  key, padded to words: the labels of name and protocol, _http _tcp
 *   alias  0  cluster << 16 | octets of the labels
 *          1  labels of the name without the root, padded to words
 */
import * as memberFields from "./member.ts";
import type { MemberAt } from "./member.ts";
import * as memoryModule from "./memory.ts";
import type { At, PictureViews, PictureWords } from "./memory.ts";
import * as poolFields from "./pool.ts";
import type { PoolAt } from "./pool.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { memberCluster } = memberFields;
const { NONE, octet, word, wordsFor } = memoryModule;
const { poolPorts, poolPortsWord } = poolFields;

export type PortAt = At<"port">;
type AliasAt = At<"alias">;

const LABELS = 1;
const SHIFT = 16;
const HALF_MASK = 0xffff;

/** Only to be read when the pool has any. */
export function firstPort(words: PictureWords, pool: PoolAt): PortAt {
  return (pool + poolPortsWord(words, pool)) as PortAt;
}

export function nextPort(words: PictureWords, port: PortAt): PortAt {
  return (port + entryWords(portKeyOctets(words, port))) as PortAt;
}

export function portNumber(words: PictureWords, port: PortAt): number {
  return word(words, port) >>> SHIFT;
}

export function portKeyOctets(words: PictureWords, port: PortAt): number {
  return word(words, port) & HALF_MASK;
}

/** Word offset of the key. */
export function portKeyAt(port: PortAt): number {
  return port + LABELS;
}

/** Are the first `count` octets of `name` its protocol, which is the label behind that of its name? */
export function hasProtocol(
  { u8, u32 }: PictureViews,
  port: PortAt,
  name: Uint8Array,
  count: number,
): boolean {
  const octets = portKeyOctets(u32, port);
  const first = portKeyAt(port) * 4;
  // Two octets that only look like the start of a label are none.
  if (1 + octet(u8, first) + count !== octets) return false;
  const from = first + octets - count;
  for (let i = 0; i < count; i++) if (octet(u8, from + i) !== name[i]) return false;
  return true;
}

export function firstAlias(words: PictureWords, pool: PoolAt): AliasAt {
  return (pool + poolPortsWord(words, pool)) as AliasAt;
}

export function nextAlias(words: PictureWords, alias: AliasAt): AliasAt {
  return (alias + entryWords(aliasOctets(words, alias))) as AliasAt;
}

export function aliasCluster(words: PictureWords, alias: AliasAt): number {
  return word(words, alias) >>> SHIFT;
}

export function aliasOctets(words: PictureWords, alias: AliasAt): number {
  return word(words, alias) & HALF_MASK;
}

/** Word offset of its labels. */
export function aliasLabelsAt(alias: AliasAt): number {
  return alias + LABELS;
}

/** The alias of a member, or NONE. */
export function findAlias(words: PictureWords, pool: PoolAt, member: MemberAt): AliasAt {
  const cluster = memberCluster(words, member);
  let alias = firstAlias(words, pool);
  for (let left = poolPorts(words, pool); left > 0; left--) {
    if (aliasCluster(words, alias) === cluster) return alias;
    alias = nextAlias(words, alias);
  }
  return NONE;
}

/** PictureWords of a port or alias whose labels have so many octets. */
export function entryWords(octets: number): number {
  return LABELS + wordsFor(octets);
}

/** `value`: port or cluster. Returns where the next entry goes. */
export function setEntry(words: Uint32Array, at: number, value: number, labels: Uint8Array): number {
  words[at] = (value << SHIFT) | labels.length;
  new Uint8Array(words.buffer, words.byteOffset).set(labels, (at + LABELS) * 4);
  return at + entryWords(labels.length);
}
