/** From pools and namespaces as values to the words of their records (layout: format/pool.ts, member.ts and port.ts). */
import { fromHex } from "../../dns/message/hex.ts";
import { putU32 } from "../../dns/message/wire.ts";
import { addToSet } from "../format/cluster-set.ts";
import { MEMBER_WORDS, setMember } from "../format/member.ts";
import { wordsFor } from "../format/memory.ts";
import {
  NAMESPACE_WORDS,
  POOL_WORDS,
  type PoolAt,
  poolClustersAt,
  setNamespaceHead,
  setPoolHead,
} from "../format/pool.ts";
import { entryWords, setEntry } from "../format/port.ts";
import type { MemberContent, PoolContent } from "./content.ts";
import { blank } from "./draft.ts";

/** Of each family: counts have 16 bits. */
const ADDRESSES_MAX = 0xffff;

/** Good until the next record is encoded. */
export function encodePool(pool: PoolContent, hash: number): Uint32Array {
  const keyWords = wordsFor(pool.key.length);
  const addressWords = pool.members.reduce((n, m) => n + m.ipv4.length + 4 * m.ipv6.length, 0);
  const portsAt = POOL_WORDS + keyWords + MEMBER_WORDS * pool.members.length + addressWords;
  for (const { ipv4, ipv6 } of pool.members)
    if (Math.max(ipv4.length, ipv6.length) > ADDRESSES_MAX)
      throw new RangeError(`more than ${ADDRESSES_MAX} addresses in one cluster`);
  const isAliased = pool.aliases.length > 0;
  const ports = isAliased
    ? pool.aliases.map(({ cluster, labels }) => ({ value: cluster, labels }))
    : pool.ports.map(({ port, key }) => ({ value: port, labels: key }));
  const portWords = ports.reduce((n, { labels }) => n + entryWords(labels.length), 0);
  const words = blank(portsAt + portWords);
  const bytes = new Uint8Array(words.buffer);
  setPoolHead(words, hash, {
    ...pool.plan,
    federation: pool.federation,
    keyOctets: pool.key.length,
    members: pool.members.length,
    isAliased,
    hasEqualAddresses: hasEqualAddresses(pool.members),
    isLookedUp: pool.isLookedUp,
    portsWord: portsAt,
    ports: ports.length,
  });
  const clusters = poolClustersAt(0 as PoolAt);
  for (const member of pool.members) if (hasSomething(member)) addToSet(words, clusters, member.cluster);
  let port = portsAt;
  for (const { value, labels } of ports) port = setEntry(words, port, value, labels);
  bytes.set(pool.key, POOL_WORDS * 4);
  let at = POOL_WORDS + keyWords;
  let addresses = at + MEMBER_WORDS * pool.members.length;
  for (const member of pool.members) {
    setMember(words, at, member, addresses);
    for (const address of member.ipv4) putU32(bytes, 4 * addresses++, address);
    for (const address of member.ipv6) {
      bytes.set(fromHex(address), 4 * addresses);
      addresses += 4;
    }
    at += MEMBER_WORDS;
  }
  return words;
}

/** Most pools have one member, or few addresses. */
function hasEqualAddresses(members: readonly MemberContent[]): boolean {
  if (members.length < 2) return false;
  const seen = new Set<number | string>();
  for (const { ipv4, ipv6 } of members) {
    for (const address of ipv4) if (seen.size === seen.add(address).size) return true;
    for (const address of ipv6) if (seen.size === seen.add(address).size) return true;
  }
  return false;
}

/** Without a ready endpoint, an address to hand out, or a weight (drained) there is no backend. */
function hasSomething(member: MemberContent): boolean {
  return member.readyEndpoints > 0 && member.weight > 0 && member.ipv4.length + member.ipv6.length > 0;
}

export function encodeNamespace(federation: number, key: Uint8Array, hash: number): Uint32Array {
  const words = new Uint32Array(NAMESPACE_WORDS + wordsFor(key.length));
  setNamespaceHead(words, hash, federation, key.length);
  new Uint8Array(words.buffer).set(key, NAMESPACE_WORDS * 4);
  return words;
}
