/**
 * What stands behind one service or host, and the namespaces that services are in.
 *
 *   Pool       0   head (record.ts)
 *              3   federation << 16 | octets of the key << 8 | members
 *              4   TTL in seconds, 0 = the picture's
 *              5   1 << 26 if some addresses were looked up | 1 << 25 if two clusters have an equal address
 *                  | 1 << 24 if it has aliases | clusters per answer << 16
 *                  | most addresses per answer, 0 = the picture's << 8 | policy
 *              6   reserved for pre-built variants (RRsets and signatures per set of members, for DNSSEC)
 *              7   the clusters that have something to hand out (cluster-set.ts)
 *              11  offset of its ports or aliases in the record << 8 | how many they are
 *              12  key, padded to words: the labels service and namespace; of federation HOSTS the name of a host,
 *                  without the root
 *              ..  members (member.ts), their addresses, ports or aliases (port.ts)
 *   Namespace  0   head
 *              3   federation << 16 | octets of the key << 8
 *              4   key, padded to words: the label. It makes `ns.fed.svc...` an empty non-terminal.
 */
import * as clusterSetFields from "./cluster-set.ts";
import * as memoryModule from "./memory.ts";
import type { At, PictureWords } from "./memory.ts";
import * as recordModule from "./record.ts";
import { Kind } from "./record.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { CLUSTER_WORDS } = clusterSetFields;
const { word } = memoryModule;
const { RECORD_WORDS, setRecordHead } = recordModule;

export type PoolAt = At<"pool">;
export type NamespaceAt = At<"namespace">;
export type ServiceAt = At<"pool" | "namespace">;

const HEAD = RECORD_WORDS;
const TTL = RECORD_WORDS + 1;
const PLAN = RECORD_WORDS + 2;
const CLUSTERS = RECORD_WORDS + 4;
const PORTS = CLUSTERS + CLUSTER_WORDS;
/** Where the key starts: the words of each without key and what follows. */
export const POOL_WORDS: number = PORTS + 1;
export const NAMESPACE_WORDS: number = RECORD_WORDS + 1;
const SHIFT = 16;
const KEY_SHIFT = 8;
const OCTET_MASK = 0xff;
const MOST_SHIFT = 8;
const DRAWS_SHIFT = 16;
const ALIASES: number = 1 << 24;
const EQUALS: number = 1 << 25;
const LOOKED_UP: number = 1 << 26;
const PORTS_SHIFT = 8;

export function serviceFederation(words: PictureWords, service: ServiceAt): number {
  return word(words, service + HEAD) >>> SHIFT;
}

export function serviceKeyOctets(words: PictureWords, service: ServiceAt): number {
  return (word(words, service + HEAD) >>> KEY_SHIFT) & OCTET_MASK;
}

/** Both at once, for look-ups. */
export function hasKeyOf(
  words: PictureWords,
  service: ServiceAt,
  federation: number,
  octets: number,
): boolean {
  return word(words, service + HEAD) >>> KEY_SHIFT === ((federation << KEY_SHIFT) | octets);
}

/** Where a record of this kind has its key, in words from its start. */
export function keyWordOf(kind: typeof Kind.Pool | typeof Kind.Namespace): number {
  return kind === Kind.Pool ? POOL_WORDS : NAMESPACE_WORDS;
}

export function poolMembers(words: PictureWords, pool: PoolAt): number {
  return word(words, pool + HEAD) & OCTET_MASK;
}

/** 0 = the picture's. */
export function poolTtlSeconds(words: PictureWords, pool: PoolAt): number {
  return word(words, pool + TTL);
}

/** The number of a policy. */
export function poolPolicy(words: PictureWords, pool: PoolAt): number {
  return word(words, pool + PLAN) & OCTET_MASK;
}

/** Clusters that one answer draws. */
export function poolDraws(words: PictureWords, pool: PoolAt): number {
  return (word(words, pool + PLAN) >>> DRAWS_SHIFT) & OCTET_MASK;
}

/** Most addresses in one answer; 0 = the picture's. */
export function poolAnswersMax(words: PictureWords, pool: PoolAt): number {
  return (word(words, pool + PLAN) >>> MOST_SHIFT) & OCTET_MASK;
}

/** Its clients are sent to names, and not to addresses. */
export function isAliased(words: PictureWords, pool: PoolAt): boolean {
  return (word(words, pool + PLAN) & ALIASES) !== 0;
}

/** Two of its clusters have an equal address: an answer with several clusters must not have it twice. */
export function hasEqualAddresses(words: PictureWords, pool: PoolAt): boolean {
  return (word(words, pool + PLAN) & EQUALS) !== 0;
}

/** Addresses of it come from look-ups, and hold as long as these say (in-place.ts). */
export function isLookedUp(words: PictureWords, pool: PoolAt): boolean {
  return (word(words, pool + PLAN) & LOOKED_UP) !== 0;
}

/** Word offset of the set of clusters that have something to hand out. */
export function poolClustersAt(pool: PoolAt): number {
  return pool + CLUSTERS;
}

/** Ports, or aliases. */
export function poolPorts(words: PictureWords, pool: PoolAt): number {
  return word(words, pool + PORTS) & OCTET_MASK;
}

/** Where they start, in words from the start of the pool. */
export function poolPortsWord(words: PictureWords, pool: PoolAt): number {
  return word(words, pool + PORTS) >>> PORTS_SHIFT;
}

type PoolHead = {
  readonly federation: number;
  readonly keyOctets: number;
  readonly members: number;
  readonly ttlSeconds: number;
  readonly policy: number;
  readonly draws: number;
  readonly answersMax: number;
  readonly isAliased: boolean;
  readonly hasEqualAddresses: boolean;
  readonly isLookedUp: boolean;
  /** Where ports or aliases start, and how many they are. */
  readonly portsWord: number;
  readonly ports: number;
};

/** For `words` that hold the whole pool. */
export function setPoolHead(words: Uint32Array, hash: number, head: PoolHead): void {
  setRecordHead(words, Kind.Pool, hash);
  setServiceHead(words, head.federation, head.keyOctets, head.members);
  words[TTL] = head.ttlSeconds;
  words[PLAN] =
    (head.isAliased ? ALIASES : 0) |
    (head.hasEqualAddresses ? EQUALS : 0) |
    (head.isLookedUp ? LOOKED_UP : 0) |
    (head.draws << DRAWS_SHIFT) |
    (head.answersMax << MOST_SHIFT) |
    head.policy;
  words[PORTS] = (head.portsWord << PORTS_SHIFT) | head.ports;
}

/** For `words` that hold the whole namespace. */
export function setNamespaceHead(
  words: Uint32Array,
  hash: number,
  federation: number,
  keyOctets: number,
): void {
  setRecordHead(words, Kind.Namespace, hash);
  setServiceHead(words, federation, keyOctets, 0);
}

function setServiceHead(words: Uint32Array, federation: number, keyOctets: number, members: number): void {
  words[HEAD] = (federation << SHIFT) | (keyOctets << KEY_SHIFT) | members;
}
