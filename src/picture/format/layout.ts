/**
 * The picture: zones and federation as bytes that answer. One file, mapped by the one writer (control) and all
 * readers (serve). Offsets count 32-bit words of the host's byte order; a foreign order fails the magic.
 *
 *   0        header      1024 words; see Header below
 *   1024     zones       ZONES_MAX words     zone id -> word offset of the apex node
 *   ...      levels      LEVELS_MAX words    level id -> word offset of the level's node
 *   ...      health      one octet per endpoint, 0 down .. 255 full; written in place, no serial
 *   ...      held        one word per endpoint: until when (unix seconds) a cache may hold its address; the one thing
 *                        that readers write: raised whenever the address is handed out
 *   ...      verdicts    two words per endpoint, in place: bits of why its health is what it is, since when (unix seconds)
 *   ...      arena       records and tables, append only; a record never changes once it can be reached
 *
 * The header also has, in place, one octet per cluster: its share, 255 full .. 0 drained (SHARES_AT); and one word per
 * cluster: when its API server was last seen (SIGHTS_AT). And it has the one level that is no node: EVERYWHERE, the top
 * of hosts, which selects every cluster.
 *
 * Every record starts with three words and carries its own check, so that a torn or foreign file is found out:
 *
 *   kind << 24 | words      hash of its key      check (FNV-1a over all other words of the record)
 *
 *   Node, Level   zone << 16 | name octets << 8 | labels
 *                 flags << 16 | RRsets
 *                 level id                                   (Node: 0)
 *                 name, padded to words
 *     Level only: parent level << 16 | federation id, then CLUSTER_WORDS words: the clusters it selects
 *                 per RRset: type << 16 | records, words of the rest
 *                   per record: octets << 16 | pointers, pointer offsets (2 x 16 bits), the record as it goes on
 *                   the wire after its owner is set: C0 0C, TYPE, CLASS, TTL, RDLENGTH, RDATA; in-zone names in
 *                   RDATA end in a pointer that the writer of the response points at the zone's name
 *   Pool          federation << 16 | key octets << 8 | members
 *                 TTL seconds (0 = the picture's)
 *                 POOL_ALIASES if so | clusters per answer << 16 | most addresses per answer (0 = the picture's) << 8 | policy
 *                 pre-built variants (reserved: word offset of RRsets and signatures per set of members, for DNSSEC)
 *                 CLUSTER_WORDS words: the clusters that have something to hand out
 *                 offset of its ports in the record << 8 | ports
 *                 key (the labels service and namespace; of federation HOSTS the name of a host, without the root),
 *                   padded to words
 *                 per member MEMBER_WORDS words: weight << 16 | tier << 8 | cluster, ready endpoints,
 *                   endpoints that are wanted << 16 | fullness, first endpoint,
 *                   IPv4 << 16 | IPv6 addresses, offset of its addresses in the record, since when all that is so (unix
 *                   seconds)
 *                 addresses as they go on the wire
 *                 per port: port << 16 | key octets, key (the labels of name and protocol: _http _tcp), padded to words
 *                 With POOL_ALIASES members have names in the place of addresses: each one IPv4 address, which says only
 *                   whether the name is the same as before, and in the place of ports per alias: cluster << 16 | octets,
 *                   its labels without the root, padded to words
 *   Namespace     federation << 16 | key octets << 8, key (the label), padded: keeps `ns.fed.svc...` an ENT
 *   Clusters      JSON of the clusters' names and localities, length in octets first: for status and restart
 *   Clients       prefixes of client addresses, each with its class (clients.ts)
 *   Nearness      classes, clusters per class (a power of two), kilometres in which a share halves; per class how far
 *                   the nearest cluster is (kilometres, 0xffffffff = not known), then per class and cluster one word:
 *                   how often the share has halved with distance, 8.8 bits << 16 | rank by nearness, 0 = nearest
 *   Table         slots of two words: hash, record offset (0 = empty, 1 = deleted)
 *
 * A change appends records, lists the words to flip behind the arena's end (the redo list), makes the serial odd,
 * flips, and makes it even again. A writer killed in between is repeated from the list by the next writer.
 */

export const MAGIC_0 = 0x44454601;
export const MAGIC_1 = 0x0a50534e;
export const FORMAT = 4;

export const HEADER_WORDS = 1024;
export const ZONES_MAX = 4096;
/** The highest number means "no level". */
export const LEVELS_MAX = 0xffff;
/** Up to 128 clusters: a set of clusters is this many words. */
export const CLUSTER_WORDS = 4;
export const CLUSTERS_MAX: number = CLUSTER_WORDS * 32;

/** Word offsets in the header. The first eight never change after creation. */
export const Header = {
  Magic0: 0,
  Magic1: 1,
  Format: 2,
  Words: 3,
  Seed: 4,
  EndpointCapacity: 5,
  Check: 6,
  Serial: 16,
  ArenaEnd: 17,
  Nodes: 18,
  NodesMask: 19,
  NodesLive: 20,
  NodesUsed: 21,
  Services: 22,
  ServicesMask: 23,
  ServicesLive: 24,
  ServicesUsed: 25,
  Clusters: 26,
  /** 1 once every member was synced or the bound had passed: only then is "no such name" known. */
  Complete: 27,
  EndpointsEnd: 28,
  CommittedAt: 29,
  SoaSerial: 30,
  TtlSeconds: 31,
  AnswersMax: 32,
  Clients: 33,
  Nearness: 34,
  /** A tier with a smaller part of its wanted endpoints than this, in 65,535ths, gives some of its load to the next. */
  SpillBelow: 35,
  RedoStart: 36,
  RedoCount: 37,
  RedoCheck: 38,
  /** Over the words from FIRST_COMMITTED to LAST_COMMITTED, renewed with every commit. */
  CommitCheck: 39,
} as const;
export const FIRST_COMMITTED: number = Header.ArenaEnd;
export const LAST_COMMITTED: number = Header.SpillBelow;
/** Header words that hold the offset of a record of which there is one at most. */
export const ONLY_RECORDS: readonly number[] = [Header.Clusters, Header.Clients, Header.Nearness];
/** Octet offset of the clusters' shares. */
export const SHARES_AT: number = 64 * 4;
export const SHARE_FULL = 255;
/** Word offset of the clusters' sights: unix seconds, 0 = it is being seen, 1 = never yet. */
export const SIGHTS_AT = 96;
/** Word offset of a level as nodes have them, but without a name: at its top, with all clusters. Written once. */
export const EVERYWHERE = 224;
/** The federation of pools that stand behind hosts: there are never so many. */
export const HOSTS = 0xffff;
/** What "all" is in 16 bits: of fullness, of the share by distance. */
export const WHOLE = 0xffff;

export const Kind = {
  Node: 1,
  Level: 2,
  Pool: 3,
  Namespace: 4,
  Clusters: 5,
  Clients: 6,
  Nearness: 7,
} as const;

/**
 * What lookup must know of a node before it reads its RRsets.
 *
 *   Apex        the name of a zone            Cut        NS below the apex: the child's servers know (RFC 1034 §4.2)
 *   Federated   (apex) members add names      Dname      names below it live elsewhere (RFC 6672)
 *   Cname       an alias                      Shadowed   strictly below a cut or DNAME
 *   Wildcard    `*` stands directly below (RFC 4592)
 *   Pool        its addresses are those of a pool of HOSTS of the same name
 *   Within      (apex) the zone lies in one that members add names to, and some of these may lie here
 *   Claimed     it is here because objects of clusters say so, and so are its RRsets
 */
export const NodeFlag = {
  Apex: 1,
  Federated: 2,
  Cut: 4,
  Dname: 8,
  Shadowed: 16,
  Wildcard: 32,
  Cname: 64,
  Pool: 128,
  Claimed: 256,
  Within: 512,
} as const;

export const RECORD_WORDS = 3;
export const NODE_WORDS: number = RECORD_WORDS + 3;
export const POOL_WORDS: number = RECORD_WORDS + 5 + CLUSTER_WORDS;
/** Where in a pool the set of its clusters starts. */
export const POOL_CLUSTERS_WORD: number = RECORD_WORDS + 4;
/** In the word of a pool that has its policy: clients are sent to names, and not to addresses. */
export const POOL_ALIASES: number = 1 << 24;
/** Where in a pool it says which ports it has. */
export const POOL_PORTS_WORD: number = POOL_CLUSTERS_WORD + CLUSTER_WORDS;
export const NAMESPACE_WORDS: number = RECORD_WORDS + 1;
export const MEMBER_WORDS = 7;
/** Words of a Nearness record before its rows. */
export const NEARNESS_WORDS: number = RECORD_WORDS + 3;
export const NO_LEVEL = 0xffff;
export const DELETED = 1;

export const ZONES_AT: number = HEADER_WORDS;
export const LEVELS_AT: number = ZONES_AT + ZONES_MAX;
/** Octet offset of the health array. */
export const HEALTH_AT_OCTETS: number = (LEVELS_AT + LEVELS_MAX) * 4;
export const HEALTH_FULL = 255;

/** Word offset of the first endpoint's `held`. */
export function heldAt(endpointCapacity: number): number {
  return HEALTH_AT_OCTETS / 4 + ((endpointCapacity + 3) >>> 2);
}

/** Word offset of the first endpoint's verdict. */
export function verdictsAt(endpointCapacity: number): number {
  return heldAt(endpointCapacity) + endpointCapacity;
}

export function arenaAt(endpointCapacity: number): number {
  return verdictsAt(endpointCapacity) + 2 * endpointCapacity;
}

/** The views of one block of memory: a mapped file in production, an ArrayBuffer in tests. */
export type Memory = { readonly u8: Uint8Array; readonly u32: Uint32Array };

export function memoryOf(buffer: ArrayBufferLike): Memory {
  return { u8: new Uint8Array(buffer), u32: new Uint32Array(buffer) };
}

export function wordsFor(octets: number): number {
  return (octets + 3) >>> 2;
}

const LINE_WORDS = 16;

/** Where a record of `words` may begin, at or after `at`, to lie in as few lines of the processor's cache as it can. */
export function lineUp(at: number, words: number): number {
  const rest = at % LINE_WORDS;
  const tail = words % LINE_WORDS || LINE_WORDS;
  return rest !== 0 && rest + tail > LINE_WORDS ? at + LINE_WORDS - rest : at;
}
