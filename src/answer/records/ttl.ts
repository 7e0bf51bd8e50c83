/**
 * How long an answer may be kept. Addresses of a load balancer that was looked up are no longer good than the look-up said, and
 * the rest of that time is counted down: control writes when it ends, once for each look-up, and workers subtract.
 *
 *     the look-up of the address                  TTL
 *     was none: the address was announced         the pool's
 *     holds for n seconds                         n, at most the pool's
 *     ended up to LATE_SECONDS ago                1: the next one is under way
 *     ended longer ago: look-ups fail             STALE_TTL_SECONDS, at most the pool's (RFC 8767 section 4)
 *
 * All records of an RRset have one TTL (RFC 2181 section 5.2): the least of the addresses that it may have. It is never 0, which
 * some resolvers take as an error, and which would bring every client here while a resolver of ours does not answer.
 */
import * as inPlaceModule from "../../picture/format/in-place.ts";
import * as memberFields from "../../picture/format/member.ts";
import type { Picture } from "../../picture/format/picture.ts";
import * as poolFields from "../../picture/format/pool.ts";
import type { PoolAt } from "../../picture/format/pool.ts";
import type { WorkerContext } from "../context/worker-context.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { freshUntilIn } = inPlaceModule;
const { firstEndpoint, ipv4Count, ipv6Count } = memberFields;
const { isLookedUp, poolTtlSeconds } = poolFields;

/** A look-up that found nothing new in this time has failed; balancers are looked up every 5 seconds at most. */
const LATE_SECONDS = 10;
const STALE_TTL_SECONDS = 30;

export function ttlOfPool(picture: Picture, pool: PoolAt): number {
  const own = poolTtlSeconds(picture.u32, pool);
  return own === 0 ? picture.ttlSeconds() : own;
}

/** Of an RRset with addresses of the first `count` candidates. */
export function ttlOfAddresses(context: WorkerContext, pool: PoolAt, count: number, family: 4 | 6): number {
  const { picture } = context;
  const most = ttlOfPool(picture, pool);
  return isLookedUp(picture.u32, pool) ? leastTtl(context, count, family, most) : most;
}

function leastTtl(context: WorkerContext, count: number, family: 4 | 6, most: number): number {
  const { picture, nowSeconds } = context;
  const { u32, freshUntilAt } = picture;
  let least = most;
  for (let i = 0; i < count; i++) {
    const member = context.candidate(i);
    const skipped = family === 4 ? 0 : ipv4Count(u32, member);
    const first = freshUntilAt + firstEndpoint(u32, member) + skipped;
    const end = first + (family === 4 ? ipv4Count(u32, member) : ipv6Count(u32, member));
    for (let at = first; at < end; at++) {
      const until = freshUntilIn(u32, at);
      if (until === 0) continue;
      const ttlSeconds = ttlLeft((until - nowSeconds) | 0);
      if (ttlSeconds < least) least = ttlSeconds;
    }
  }
  return least;
}

/** `left`: seconds until the look-up does not hold any more; below 0 = since then. */
function ttlLeft(left: number): number {
  if (left > 0) return left;
  return left > -LATE_SECONDS ? 1 : STALE_TTL_SECONDS;
}
