/** From the words of records back to values: for the writer, for restarts, and to show what the picture holds. */
import { RECORD_HEAD_OCTETS } from "../../dns/message/code.ts";
import { toHex } from "../../dns/message/hex.ts";
import type { Name } from "../../dns/message/name.ts";
import type { RRset } from "../../dns/message/record.ts";
import { u16 } from "../../dns/message/wire.ts";
import {
  addressesWord,
  firstEndpoint,
  firstMember,
  ipv4Count,
  ipv6Count,
  type MemberAt,
  memberCluster,
  memberSince,
  memberTier,
  memberWeight,
  nextMember,
  readyEndpoints,
  wantedEndpoints,
} from "../format/member.ts";
import { octetsFrom, type PictureViews } from "../format/memory.ts";
import { type NodeAt, nodeNameAt, nodeNameOctets, nodeRRsets } from "../format/node.ts";
import {
  isAliased,
  isLookedUp,
  keyWordOf,
  type PoolAt,
  poolAnswersMax,
  poolDraws,
  poolMembers,
  poolPolicy,
  poolPorts,
  poolTtlSeconds,
  type ServiceAt,
  serviceFederation,
  serviceKeyOctets,
} from "../format/pool.ts";
import {
  aliasCluster,
  aliasLabelsAt,
  aliasOctets,
  firstAlias,
  firstPort,
  nextAlias,
  nextPort,
  portKeyAt,
  portKeyOctets,
  portNumber,
} from "../format/port.ts";
import { Kind, recordKind } from "../format/record.ts";
import {
  firstPointer,
  firstRecord,
  firstRRset,
  nextRecord,
  nextRRset,
  pointerCount,
  type RRsetAt,
  rrsetRecords,
  rrsetType,
  secondPointer,
  storedAt,
  storedOctets,
  type StoredRecordAt,
} from "../format/rrset.ts";
import type { MemberContent, PoolAlias, PoolContent, PoolPlan, PoolPort } from "./content.ts";

/** Where the TTL of a record stands. */
const TTL_OCTET = 6;

/** The name of a node. */
export function nodeName({ u8, u32 }: PictureViews, node: NodeAt): Name {
  const from = nodeNameAt(node) * 4;
  return octetsFrom(u8, from, nodeNameOctets(u32, node)) as Name;
}

/** The RRsets of a node of the zone `origin`, names whole again. */
export function rrsetsOf(memory: PictureViews, node: NodeAt, origin: Name): RRset[] {
  const { u32 } = memory;
  const rrsets: RRset[] = [];
  let rrset = firstRRset(u32, node);
  for (let left = nodeRRsets(u32, node); left > 0; left--) {
    rrsets.push(rrsetOf(memory, rrset, origin));
    rrset = nextRRset(u32, rrset);
  }
  return rrsets;
}

function rrsetOf(memory: PictureViews, rrset: RRsetAt, origin: Name): RRset {
  const { u8, u32 } = memory;
  const rdatas: Uint8Array[] = [];
  let ttlSeconds = 0;
  let record = firstRecord(rrset);
  for (let left = rrsetRecords(u32, rrset); left > 0; left--) {
    const wire = octetsFrom(u8, storedAt(record) * 4, storedOctets(u32, record));
    ttlSeconds = new DataView(wire.buffer, wire.byteOffset).getUint32(TTL_OCTET);
    rdatas.push(expand(wire, pointersOf(memory, record), origin));
    record = nextRecord(u32, record);
  }
  return { type: rrsetType(u32, rrset), ttlSeconds, rdatas };
}

/** Where in the octets of a record its compression pointers stand. */
export function pointersOf({ u32 }: PictureViews, record: StoredRecordAt): number[] {
  return [firstPointer(u32, record), secondPointer(u32, record)].slice(0, pointerCount(u32, record));
}

/** RDATA of a record on the wire, with `origin` in the place of each pointer. */
function expand(wire: Uint8Array, pointers: readonly number[], origin: Name): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = RECORD_HEAD_OCTETS;
  for (const pointer of pointers) {
    parts.push(wire.slice(from, pointer), origin);
    from = pointer + 2;
  }
  return Uint8Array.from([...parts, wire.slice(from)].flatMap((part) => [...part]));
}

export function isPool({ u32 }: PictureViews, service: ServiceAt): service is PoolAt {
  return recordKind(u32, service) === Kind.Pool;
}

/** The key of a pool or namespace. */
export function keyOf(memory: PictureViews, service: ServiceAt): Uint8Array {
  const { u8, u32 } = memory;
  const from = (service + keyWordOf(isPool(memory, service) ? Kind.Pool : Kind.Namespace)) * 4;
  return octetsFrom(u8, from, serviceKeyOctets(u32, service));
}

/** The labels of a key as text: [service, namespace] of a pool, [namespace] of a namespace. */
export function keyLabels(key: Uint8Array): string[] {
  const labels: string[] = [];
  for (let at = 0; at < key.length; at += (key[at] as number) + 1) {
    labels.push(new TextDecoder("latin1").decode(key.subarray(at + 1, at + 1 + (key[at] as number))));
  }
  return labels;
}

export function poolOf(memory: PictureViews, pool: PoolAt): PoolContent {
  const { u32 } = memory;
  const members: MemberContent[] = [];
  let member = firstMember(u32, pool);
  for (let left = poolMembers(u32, pool); left > 0; left--) {
    members.push(memberOf(memory, pool, member));
    member = nextMember(member);
  }
  const hasAliases = isAliased(u32, pool);
  return {
    federation: serviceFederation(u32, pool),
    key: keyOf(memory, pool),
    plan: planOf(memory, pool),
    members,
    ports: hasAliases ? [] : portsOf(memory, pool),
    aliases: hasAliases ? aliasesOf(memory, pool) : [],
    isLookedUp: isLookedUp(u32, pool),
  };
}

function portsOf({ u8, u32 }: PictureViews, pool: PoolAt): PoolPort[] {
  const ports: PoolPort[] = [];
  let port = firstPort(u32, pool);
  for (let left = poolPorts(u32, pool); left > 0; left--) {
    const from = portKeyAt(port) * 4;
    const key = octetsFrom(u8, from, portKeyOctets(u32, port));
    ports.push({ key, port: portNumber(u32, port) });
    port = nextPort(u32, port);
  }
  return ports;
}

function aliasesOf({ u8, u32 }: PictureViews, pool: PoolAt): PoolAlias[] {
  const aliases: PoolAlias[] = [];
  let alias = firstAlias(u32, pool);
  for (let left = poolPorts(u32, pool); left > 0; left--) {
    const from = aliasLabelsAt(alias) * 4;
    const labels = octetsFrom(u8, from, aliasOctets(u32, alias));
    aliases.push({ cluster: aliasCluster(u32, alias), labels });
    alias = nextAlias(u32, alias);
  }
  return aliases;
}

function planOf({ u32 }: PictureViews, pool: PoolAt): PoolPlan {
  return {
    policy: poolPolicy(u32, pool),
    draws: poolDraws(u32, pool),
    answersMax: poolAnswersMax(u32, pool),
    ttlSeconds: poolTtlSeconds(u32, pool),
  };
}

function memberOf({ u8, u32 }: PictureViews, pool: PoolAt, member: MemberAt): MemberContent {
  const [v4, v6] = [ipv4Count(u32, member), ipv6Count(u32, member)];
  const octets = octetsFrom(u8, (pool + addressesWord(u32, member)) * 4, 4 * v4 + 16 * v6);
  const from6 = 4 * v4;
  return {
    cluster: memberCluster(u32, member),
    tier: memberTier(u32, member),
    weight: memberWeight(u32, member),
    readyEndpoints: readyEndpoints(u32, member),
    wantedEndpoints: wantedEndpoints(u32, member),
    firstEndpoint: firstEndpoint(u32, member),
    ipv4: Array.from({ length: v4 }, (_, i) => u16(octets, 4 * i) * 0x1_0000 + u16(octets, 4 * i + 2)),
    ipv6: Array.from({ length: v6 }, (_, i) => toHex(octets.subarray(from6 + 16 * i, from6 + 16 * i + 16))),
    since: memberSince(u32, member),
  };
}
