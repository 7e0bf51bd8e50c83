/** Checks that a pool or namespace has the layout of format/pool.ts, so that readers may follow its counts and offsets unchecked. */
import { isPool } from "../content/decode.ts";
import { CLUSTERS_MAX } from "../format/cluster-set.ts";
import { header, Header } from "../format/layout.ts";
import {
  addressesWord,
  firstEndpoint,
  firstMember,
  ipv4Count,
  ipv6Count,
  MEMBER_WORDS,
  memberCluster,
  nextMember,
} from "../format/member.ts";
import { type Memory, wordsFor } from "../format/memory.ts";
import { HOSTS } from "../format/node.ts";
import {
  isAliased,
  keyWordOf,
  POOL_WORDS,
  type PoolAt,
  poolMembers,
  poolPorts,
  poolPortsWord,
  type ServiceAt,
  serviceFederation,
  serviceKeyOctets,
} from "../format/pool.ts";
import { entryWords, firstPort, nextPort, portKeyAt, portKeyOctets } from "../format/port.ts";
import { Kind, recordWords } from "../format/record.ts";

/** Of the longest name, without the root. */
const KEY_OCTETS_MAX = 254;

/** The record at `service` lies within the arena, has a good check, and says that it is a pool or namespace. */
export function isSoundService(memory: Memory, service: ServiceAt): boolean {
  const { u32 } = memory;
  const hasMembers = isPool(memory, service);
  const keyWord = keyWordOf(hasMembers ? Kind.Pool : Kind.Namespace);
  const words = recordWords(u32, service);
  // Before anything behind the record's head is read: shorter records have no key.
  if (keyWord > words) return false;
  const keyOctets = serviceKeyOctets(u32, service);
  const isHost = serviceFederation(u32, service) === HOSTS;
  if (keyWord + wordsFor(keyOctets) > words || (isHost && !hasMembers)) return false;
  const labels = labelsIn(memory, service + keyWord, keyOctets);
  if (isHost ? labels === 0 : labels !== (hasMembers ? 2 : 1)) return false;
  return !hasMembers || (areSoundMembers(memory, service) && areSoundPorts(memory, service));
}

/** At the record's end, each with a key of two labels; in their place aliases, which have the labels of a name. */
function areSoundPorts(memory: Memory, pool: PoolAt): boolean {
  const { u32 } = memory;
  const hasAliases = isAliased(u32, pool);
  const end = pool + recordWords(u32, pool);
  if (poolPortsWord(u32, pool) < POOL_WORDS) return false;
  // Ports and aliases are alike but for what their numbers mean.
  let port = firstPort(u32, pool);
  for (let left = poolPorts(u32, pool); left > 0; left--) {
    if (port >= end) return false;
    const octets = portKeyOctets(u32, port);
    if (port + entryWords(octets) > end) return false;
    const labels = labelsIn(memory, portKeyAt(port), octets);
    if (hasAliases ? labels === 0 || octets > KEY_OCTETS_MAX : labels !== 2) return false;
    port = nextPort(u32, port);
  }
  return Number(port) === end;
}

/** How many labels the octets from `word` on are; 0 = they are something else. */
function labelsIn({ u8 }: Memory, word: number, octets: number): number {
  const from = word * 4;
  const end = from + octets;
  let at = from;
  let labels = 0;
  for (; at < end; at += (u8[at] as number) + 1, labels++)
    if ((u8[at] as number) === 0 || (u8[at] as number) > 63) return 0;
  return at === end ? labels : 0;
}

function areSoundMembers({ u32 }: Memory, pool: PoolAt): boolean {
  const words = recordWords(u32, pool);
  const count = poolMembers(u32, pool);
  let member = firstMember(u32, pool);
  const addresses = member - pool + count * MEMBER_WORDS;
  if (count > CLUSTERS_MAX || addresses > words) return false;
  for (let left = count; left > 0; left--) {
    const [ipv4, ipv6] = [ipv4Count(u32, member), ipv6Count(u32, member)];
    const from = addressesWord(u32, member);
    if (memberCluster(u32, member) >= CLUSTERS_MAX) return false;
    if (from < addresses || from + ipv4 + 4 * ipv6 > words) return false;
    if (firstEndpoint(u32, member) + ipv4 + ipv6 > header(u32, Header.EndpointsEnd)) return false;
    member = nextMember(member);
  }
  return true;
}
