/** What an explanation says of addresses apart from their health: who else has them, and how fresh a look-up is. */
import { toHex } from "../../dns/message/hex.ts";
import { addressText } from "../../federation/members/address.ts";
import { freshUntilOf } from "../../picture/format/in-place.ts";
import {
  addressesWord,
  firstMember,
  ipv4Count,
  ipv6Count,
  type MemberAt,
  memberCluster,
  nextMember,
} from "../../picture/format/member.ts";
import { octetsFrom } from "../../picture/format/memory.ts";
import { isInLevel, type LevelAt } from "../../picture/format/node.ts";
import { type PoolAt, poolMembers } from "../../picture/format/pool.ts";
import type { WorkerContext } from "../context/worker-context.ts";

type Asked = { readonly pool: PoolAt; readonly level: LevelAt; readonly family: 4 | 6 };

/** As text. */
export function addressesOf(
  { picture }: WorkerContext,
  pool: PoolAt,
  member: MemberAt,
  family: 4 | 6,
): string[] {
  const { u32, u8 } = picture;
  const skipped = family === 4 ? 0 : ipv4Count(u32, member);
  const count = family === 4 ? ipv4Count(u32, member) : ipv6Count(u32, member);
  const octets = family === 4 ? 4 : 16;
  const from = 4 * (pool + addressesWord(u32, member) + skipped);
  return Array.from({ length: count }, (_, i) => textOf(octetsFrom(u8, from + octets * i, octets)));
}

export const NOT_SHARED: ReadonlyMap<string, readonly string[]> = new Map();

/** The clusters of the level that have each address. */
export function clustersByAddress(
  context: WorkerContext,
  { pool, level, family }: Asked,
  names: ReadonlyMap<number, string>,
): ReadonlyMap<string, readonly string[]> {
  const { u32 } = context.picture;
  const clusters = new Map<string, string[]>();
  let member = firstMember(u32, pool);
  for (let left = poolMembers(u32, pool); left > 0; left--, member = nextMember(member)) {
    const cluster = memberCluster(u32, member);
    if (!isInLevel(u32, level, cluster)) continue;
    for (const address of addressesOf(context, pool, member, family))
      clusters.set(address, [...(clusters.get(address) ?? []), names.get(cluster) ?? `cluster ${cluster}`]);
  }
  return clusters;
}

/** Of an address that was looked up; "" for one that was announced. */
export function freshness({ picture, nowSeconds }: WorkerContext, endpoint: number): string {
  const until = freshUntilOf(picture.u32, endpoint);
  if (until === 0) return "";
  const left = until - (nowSeconds >>> 0);
  return left > 0
    ? `; looked up, holds for ${left}s more`
    : `; looked up, the next look-up is ${-left}s late`;
}

export function textOf(octets: Uint8Array): string {
  if (octets.length === 16) return addressText(toHex(octets));
  return addressText(octets.reduce((value, octet) => value * 256 + octet, 0));
}
