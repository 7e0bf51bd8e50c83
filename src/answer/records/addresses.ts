/** What a pool's members are reached by: their addresses, or the names that clients are sent to in their place. */
import { RECORD_HEAD_OCTETS, RecordType } from "../../dns/message/code.ts";
import { Section } from "../../dns/message/response.ts";
import * as policyTable from "../../federation/policy/policies.ts";
import * as inPlaceModule from "../../picture/format/in-place.ts";
import * as memberFields from "../../picture/format/member.ts";
import type { MemberAt } from "../../picture/format/member.ts";
import * as memoryModule from "../../picture/format/memory.ts";
import type { Picture } from "../../picture/format/picture.ts";
import * as poolFields from "../../picture/format/pool.ts";
import type { PoolAt } from "../../picture/format/pool.ts";
import * as portFields from "../../picture/format/port.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { ttlOfAddresses, ttlOfPool } from "./ttl.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { hasAllInAnswer } = policyTable;
const { healthOf, noteCached } = inPlaceModule;
const { addressesWord, firstEndpoint, ipv4Count, ipv6Count } = memberFields;
const { copyOctets, copyWords, NONE, sameWords } = memoryModule;
const { hasEqualAddresses, poolAnswersMax, poolPolicy } = poolFields;
const { aliasLabelsAt, aliasOctets, findAlias } = portFields;

/** BIND's caches take a hundred at most; half of that is more than any client can use. */
const ALL_MAX = 50;

export function addressType(family: 4 | 6): number {
  return family === 4 ? RecordType.A : RecordType.AAAA;
}

/**
 * Writes into the open RRset healthy addresses of the first `count` candidates, of each in rotation, as many as the pool
 * lets into one answer, and none twice (RFC 2181 section 5). If the last healthy one went down since the members were chosen, any of them will do.
 */
export function putAddresses(context: WorkerContext, pool: PoolAt, count: number, family: 4 | 6): void {
  context.state.ttlSeconds = ttlOfAddresses(context, pool, count, family);
  const written = putMembers(context, pool, count, family);
  if (written > 0 || context.response.isTruncated) return;
  context.state.healthNeeded = 0;
  putMembers(context, pool, count, family);
}

/** Returns how many addresses were written; 0 when the message is truncated. */
function putMembers(context: WorkerContext, pool: PoolAt, count: number, family: 4 | 6): number {
  const most = answersMax(context.picture, pool);
  // One cluster, the usual case, needs no turn among several.
  if (count === 1) return putHealthy(context, pool, context.candidate(0), family, most);
  let written = 0;
  let turn = context.draw(count);
  for (let left = count; left > 0 && written < most; left--, turn = turn + 1 === count ? 0 : turn + 1) {
    const part = Math.ceil((most - written) / left);
    written += putHealthy(context, pool, context.candidate(turn), family, part);
    if (context.response.isTruncated) return 0;
  }
  return written;
}

function answersMax(picture: Picture, pool: PoolAt): number {
  const own = poolAnswersMax(picture.u32, pool);
  if (own > 0) return own;
  return hasAllInAnswer(poolPolicy(picture.u32, pool)) ? ALL_MAX : picture.answersMax();
}

/** Up to `most` addresses of one member. */
function putHealthy(
  context: WorkerContext,
  pool: PoolAt,
  member: MemberAt,
  family: 4 | 6,
  most: number,
): number {
  const { picture, response } = context;
  const { u32, u8 } = picture;
  const { view } = response;
  const { healthNeeded } = context.state;
  const skipped = family === 4 ? 0 : ipv4Count(u32, member);
  const count = family === 4 ? ipv4Count(u32, member) : ipv6Count(u32, member);
  const octets = family === 4 ? 4 : 16;
  const endpoint = firstEndpoint(u32, member) + skipped;
  const addresses = pool + addressesWord(u32, member) + skipped;
  const cachedUntil = picture.cachedUntilAt + endpoint;
  const { ttlSeconds } = context.state;
  const until = (context.nowSeconds + ttlSeconds) | 0;
  // Another cluster may have written the same address.
  const mayRepeat = response.at > response.rrsetAt && hasEqualAddresses(u32, pool);
  let written = 0;
  let turn = count > 1 ? context.draw(count) : 0;
  for (let i = 0; i < count && written < most; i++, turn = turn + 1 === count ? 0 : turn + 1) {
    if (healthOf(u8, endpoint + turn) < healthNeeded) continue;
    if (mayRepeat && isWritten(context, addresses + turn * (octets >>> 2), octets)) {
      noteCached(u32, cachedUntil + turn, until);
      continue;
    }
    if (!response.startRecord(ttlSeconds, octets)) return 0;
    // Addresses lie in the picture as they go on the wire; read and written the same way round they stay so.
    copyWords(u32, addresses + turn * (octets >>> 2), octets, view, response.at);
    response.at += octets;
    noteCached(u32, cachedUntil + turn, until);
    written++;
  }
  return written;
}

/** The address at this word of the picture is in the open RRset, whose records are all as long. */
function isWritten({ picture, response }: WorkerContext, address: number, octets: number): boolean {
  const { view, at } = response;
  for (let record = response.rrsetAt; record < at; record += RECORD_HEAD_OCTETS + octets)
    if (sameWords(picture.u32, address, octets, view, record + RECORD_HEAD_OCTETS)) return true;
  return false;
}

/** CNAME of the first candidate; of any of them with a policy that draws none. False: no room, or there is no alias. */
export function putAlias(context: WorkerContext, pool: PoolAt, count: number, owner: number): boolean {
  const { picture, response } = context;
  const { u32, u8 } = picture;
  const isDrawn = !hasAllInAnswer(poolPolicy(u32, pool));
  const member = context.candidate(isDrawn || count === 1 ? 0 : context.draw(count));
  const alias = findAlias(u32, pool, member);
  if (alias === NONE) return false;
  const octets = aliasOctets(u32, alias);
  const ttlSeconds = ttlOfPool(picture, pool);
  response.openRRset(Section.Answer, owner, RecordType.CNAME);
  if (response.startRecord(ttlSeconds, octets + 1)) {
    const { bytes, at } = response;
    copyOctets(u8, aliasLabelsAt(alias), octets, bytes, at);
    bytes[at + octets] = 0;
    response.at = at + octets + 1;
    noteCached(
      u32,
      picture.cachedUntilAt + firstEndpoint(u32, member),
      (context.nowSeconds + ttlSeconds) | 0,
    );
  }
  return response.closeRRset() > 0;
}
