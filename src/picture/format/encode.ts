/** From values to the words of a record (layout.ts has the drawing). The hash of the key is set here, the check at append. */
import { DEFAULT_POLICY, POLICIES } from "../../federation/policy/policies.ts";
import { RecordClass } from "../../dns/message/code.ts";
import { fromHex } from "../../dns/message/hex.ts";
import { labelCount, type Name } from "../../dns/message/name.ts";
import { compressibleNames, nameLength, type RRset } from "../../dns/message/record.ts";
import { putU16, putU32 } from "../../dns/message/wire.ts";
import {
  CLUSTER_WORDS,
  Kind,
  MEMBER_WORDS,
  NAMESPACE_WORDS,
  NO_LEVEL,
  NODE_WORDS,
  POOL_ALIASES,
  POOL_CLUSTERS_WORD,
  POOL_PORTS_WORD,
  POOL_WORDS,
  WHOLE,
  wordsFor,
} from "./layout.ts";

export type NodeContent = {
  readonly zone: number;
  readonly name: Name;
  readonly flags: number;
  readonly rrsets: readonly RRset[];
  /** Set for a level of the ladder: its id, its parent's (null at the top), and the clusters it selects. */
  readonly level: LevelContent | null;
};

export type LevelContent = {
  readonly id: number;
  readonly parent: number | null;
  readonly federation: number;
  /** Indexes of the member clusters, 0 to CLUSTERS_MAX - 1. */
  readonly clusters: readonly number[];
};

/** One cluster's part of a pool, with the endpoint indexes the writer chose. */
export type MemberContent = {
  readonly cluster: number;
  /** Members with the lowest tier come first; 0 to 255. */
  readonly tier: number;
  /** 0 to 65535, as compared with others of its tier. */
  readonly weight: number;
  readonly readyEndpoints: number;
  /** How many there should be; 0 = not known, or none is wanted. */
  readonly wantedEndpoints: number;
  readonly firstEndpoint: number;
  readonly ipv4: readonly number[];
  readonly ipv6: readonly string[];
  /** Since when readiness and addresses are what they are: unix seconds, 0 = not known. */
  readonly since: number;
};

export type PoolContent = {
  readonly federation: number;
  /** The labels service and namespace in wire form, without the root. */
  readonly key: Uint8Array;
  readonly plan: PoolPlan;
  readonly members: readonly MemberContent[];
  /** At most 255. */
  readonly ports: readonly PoolPort[];
  /** Of each member that has something, in the place of addresses and ports; empty = no aliases. */
  readonly aliases: readonly PoolAlias[];
};

/** Where clients of a cluster are sent to. */
export type PoolAlias = {
  readonly cluster: number;
  /** The labels of the name in wire form, without the root. */
  readonly labels: Uint8Array;
};

/** What has an SRV record. */
export type PoolPort = {
  /** The labels of name and protocol in wire form, without the root: _http _tcp. */
  readonly key: Uint8Array;
  readonly port: number;
};

/** How the members of a pool share its clients. */
export type PoolPlan = {
  /** The number of a policy (federation/policy/policies.ts). */
  readonly policy: number;
  /** Clusters that one answer draws, 1 to 255. */
  readonly draws: number;
  /** Addresses in one answer, up to 255; 0 = the picture's setting. */
  readonly answersMax: number;
  /** 0 = the picture's setting. */
  readonly ttlSeconds: number;
};
export const PLAIN_PLAN: PoolPlan = {
  policy: POLICIES[DEFAULT_POLICY].number,
  draws: 1,
  answersMax: 0,
  ttlSeconds: 0,
};

/**
 * Nodes and pools are encoded here one after another, and the writer copies each into the picture before the next: a buffer
 * of its own for each of a hundred thousand would cost more than all the rest.
 */
let draft = new Uint32Array(1024);

/** Zeroed; good until the next call. */
function blank(words: number): Uint32Array {
  if (draft.length < words) draft = new Uint32Array(2 * words);
  for (let i = 0; i < words; i++) draft[i] = 0;
  return draft.subarray(0, words);
}

/** A node or level, good until the next record is encoded. `origin`: of its zone; in-zone RDATA names are cut to it. */
export function encodeNode(node: NodeContent, hash: number, origin: Name): Uint32Array {
  const parts = node.rrsets.map((rrset) => encodeRRset(rrset, origin));
  const levelWords = node.level === null ? 0 : 1 + CLUSTER_WORDS;
  const nameWords = wordsFor(node.name.length);
  const words = blank(NODE_WORDS + nameWords + levelWords + parts.reduce((n, part) => n + part.length, 0));
  words[0] = ((node.level === null ? Kind.Node : Kind.Level) << 24) | words.length;
  words[1] = hash;
  words[3] = (node.zone << 16) | (node.name.length << 8) | labelCount(node.name);
  words[4] = (node.flags << 16) | node.rrsets.length;
  words[5] = node.level?.id ?? 0;
  new Uint8Array(words.buffer).set(node.name, NODE_WORDS * 4);
  let at = NODE_WORDS + nameWords;
  if (node.level !== null) {
    words[at] = ((node.level.parent ?? NO_LEVEL) << 16) | node.level.federation;
    for (const cluster of node.level.clusters) setCluster(words, at + 1, cluster);
    at += levelWords;
  }
  for (const part of parts) {
    words.set(part, at);
    at += part.length;
  }
  return words;
}

function encodeRRset(rrset: RRset, origin: Name): Uint32Array {
  const records = rrset.rdatas.map((rdata) => encodeRecord(rrset, rdata, origin));
  const words = new Uint32Array(2 + records.reduce((n, record) => n + record.length, 0));
  words[0] = (rrset.type << 16) | rrset.rdatas.length;
  words[1] = words.length - 2;
  let at = 2;
  for (const record of records) {
    words.set(record, at);
    at += record.length;
  }
  return words;
}

function encodeRecord(rrset: RRset, rdata: Uint8Array, origin: Name): Uint32Array {
  const { bytes, pointers } = shorten(rrset.type, rdata, origin);
  const octets = 12 + bytes.length;
  const words = new Uint32Array(2 + wordsFor(octets));
  words[0] = (octets << 16) | pointers.length;
  words[1] = ((12 + (pointers[0] ?? 0)) << 16) | (12 + (pointers[1] ?? 0));
  const wire = new Uint8Array(words.buffer, 8);
  putU16(wire, 0, 0xc00c);
  putU16(wire, 2, rrset.type);
  putU16(wire, 4, RecordClass.IN);
  putU32(wire, 6, rrset.ttlSeconds);
  putU16(wire, 10, bytes.length);
  wire.set(bytes, 12);
  return words;
}

/** RDATA with its compressible in-zone names cut to their own labels and a pointer; `pointers` are offsets of those. */
function shorten(
  type: number,
  rdata: Uint8Array,
  origin: Name,
): { readonly bytes: Uint8Array; readonly pointers: readonly number[] } {
  const names = compressibleNames(type, rdata);
  if (names.length === 0) return { bytes: rdata, pointers: [] };
  const out: number[] = [];
  const pointers: number[] = [];
  let from = 0;
  for (const at of names) {
    const end = at + nameLength(rdata, at);
    const tail = tailInZone(rdata, at, end, origin);
    if (tail < 0) continue;
    out.push(...rdata.subarray(from, tail));
    pointers.push(out.length);
    out.push(0xc0, 0);
    from = end;
  }
  out.push(...rdata.subarray(from));
  return { bytes: Uint8Array.from(out), pointers };
}

/** Where in `rdata` the zone's own name starts within the name at `at`, or -1 when it is outside the zone. */
function tailInZone(rdata: Uint8Array, at: number, end: number, origin: Name): number {
  let tail = at;
  while (end - tail > origin.length) tail += (rdata[tail] as number) + 1;
  if (end - tail !== origin.length || origin.length < 2) return -1;
  return origin.every((octet, i) => rdata[tail + i] === octet) ? tail : -1;
}

/** Good until the next record is encoded. */
export function encodePool(pool: PoolContent, hash: number): Uint32Array {
  const keyWords = wordsFor(pool.key.length);
  const addressWords = pool.members.reduce((n, m) => n + m.ipv4.length + 4 * m.ipv6.length, 0);
  const portsAt = POOL_WORDS + keyWords + MEMBER_WORDS * pool.members.length + addressWords;
  const isAliased = pool.aliases.length > 0;
  const ports = isAliased
    ? pool.aliases.map(({ cluster, labels }) => ({ key: labels, port: cluster }))
    : pool.ports;
  const portWords = ports.reduce((n, { key }) => n + 1 + wordsFor(key.length), 0);
  const words = blank(portsAt + portWords);
  const bytes = new Uint8Array(words.buffer);
  words[0] = (Kind.Pool << 24) | words.length;
  words[1] = hash;
  words[3] = (pool.federation << 16) | (pool.key.length << 8) | pool.members.length;
  const { policy, draws, answersMax, ttlSeconds } = pool.plan;
  words[4] = ttlSeconds;
  words[5] = (isAliased ? POOL_ALIASES : 0) | (draws << 16) | (answersMax << 8) | policy;
  for (const member of pool.members)
    if (hasSomething(member)) setCluster(words, POOL_CLUSTERS_WORD, member.cluster);
  words[POOL_PORTS_WORD] = (portsAt << 8) | ports.length;
  setPorts(words, portsAt, ports);
  bytes.set(pool.key, POOL_WORDS * 4);
  let at = POOL_WORDS + keyWords;
  let addresses = at + MEMBER_WORDS * pool.members.length;
  for (const member of pool.members) {
    words[at] = (member.weight << 16) | (member.tier << 8) | member.cluster;
    words[at + 1] = member.readyEndpoints;
    words[at + 2] = (Math.min(member.wantedEndpoints, WHOLE) << 16) | fullnessOf(member);
    words[at + 3] = member.firstEndpoint;
    words[at + 4] = (member.ipv4.length << 16) | member.ipv6.length;
    words[at + 5] = addresses;
    words[at + 6] = member.since;
    for (const address of member.ipv4) putU32(bytes, 4 * addresses++, address);
    for (const address of member.ipv6) {
      bytes.set(fromHex(address), 4 * addresses);
      addresses += 4;
    }
    at += MEMBER_WORDS;
  }
  return words;
}

function setPorts(words: Uint32Array, start: number, ports: readonly PoolPort[]): void {
  const bytes = new Uint8Array(words.buffer);
  let at = start;
  for (const { key, port } of ports) {
    words[at++] = (port << 16) | key.length;
    bytes.set(key, at * 4);
    at += wordsFor(key.length);
  }
}

/** How much of what is wanted is ready, in 65,535ths; of an unknown want, all. */
function fullnessOf({ readyEndpoints, wantedEndpoints }: MemberContent): number {
  if (readyEndpoints === 0) return 0;
  return Math.min(WHOLE, Math.max(1, Math.round((WHOLE * readyEndpoints) / Math.max(1, wantedEndpoints))));
}

/** No ready endpoint, no address to hand out, or no weight (drained) = no backend there (DESIGN §3.5). */
function hasSomething(member: MemberContent): boolean {
  return member.readyEndpoints > 0 && member.weight > 0 && member.ipv4.length + member.ipv6.length > 0;
}

export function encodeNamespace(federation: number, key: Uint8Array, hash: number): Uint32Array {
  const words = new Uint32Array(NAMESPACE_WORDS + wordsFor(key.length));
  words[0] = (Kind.Namespace << 24) | words.length;
  words[1] = hash;
  words[3] = (federation << 16) | (key.length << 8);
  new Uint8Array(words.buffer).set(key, NAMESPACE_WORDS * 4);
  return words;
}

/** Any value of ours as JSON in a record, octet length first. */
export function encodeJson(kind: number, value: unknown): Uint32Array {
  const text = new TextEncoder().encode(JSON.stringify(value));
  const words = new Uint32Array(4 + wordsFor(text.length));
  words[0] = (kind << 24) | words.length;
  words[3] = text.length;
  new Uint8Array(words.buffer).set(text, 16);
  return words;
}

function setCluster(words: Uint32Array, at: number, cluster: number): void {
  words[at + (cluster >>> 5)] = (words[at + (cluster >>> 5)] as number) | (1 << (cluster & 31));
}
