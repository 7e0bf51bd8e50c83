/**
 * How long caches may hold which address (the provable drain). The picture has it per endpoint; what this remembers is
 * what the picture is about to forget: addresses that moved to another endpoint, or left.
 */
import type { MemberContent } from "../content/content.ts";
import { isPool, poolOf } from "../content/decode.ts";
import { raiseTime } from "../format/in-place.ts";
import { cachedUntilAt, header, Header } from "../format/layout.ts";
import type { Memory } from "../format/memory.ts";
import { recordsOf, SERVICES } from "../format/table.ts";
import type { PictureWriter } from "../write/writer.ts";
import type { Released } from "../write/writer-options.ts";
import { aliasText, pooledService } from "../nodes/pool-key.ts";

/** An address that is not handed out any more and that a cache may still hold. */
export type Departed = {
  /** "" of a host. */
  readonly namespace: string;
  readonly service: string;
  readonly cluster: number;
  /** A number is IPv4, hex digits are IPv6, what ends in a dot is a name (addressText). */
  readonly address: number | string;
  /** Unix seconds. */
  readonly cachedUntil: number;
};

/** More than this is not worth the memory: the oldest have the best chance to be over. */
const DEPARTED_MAX = 100_000;

export class CachedAddresses {
  #released: Released[] = [];
  #departed: Departed[] = [];

  note(released: Released): void {
    this.#released.push(released);
  }

  /** Takes over the cache times of endpoints that no reader can reach any more. `passed`: the serial that all readers have seen. */
  settle(writer: PictureWriter, passed: number): void {
    if (this.#released.length === 0) return;
    const isOut = ({ serial }: Released): boolean => serial <= passed;
    const out = this.#released.filter(isOut);
    if (out.length === 0) return;
    this.#released = this.#released.filter((one) => !isOut(one));
    for (const one of out) this.#take(writer, one);
  }

  #take(writer: PictureWriter, { federation, key, member, alias }: Released): void {
    const { memory } = writer;
    const now = writer.poolOf(federation, key)?.members.find(({ cluster }) => cluster === member.cluster);
    const departed = departedOf(memory, { federation, key, member, alias });
    [...member.ipv4, ...member.ipv6].forEach((address, i) => {
      const one = departed[i] as Departed;
      if (one.cachedUntil === 0) return;
      const at = now === undefined ? -1 : positionOf(now, address);
      if (at >= 0 && now !== undefined) raiseCachedUntil(memory, now.firstEndpoint + at, one.cachedUntil);
      else this.#departed.push(one);
    });
    if (this.#departed.length > DEPARTED_MAX) this.#departed.splice(0, this.#departed.length - DEPARTED_MAX);
  }

  /** Those that have left the picture, and that a reader which has not seen that may still hand out. */
  leaving(memory: Memory, nowSeconds: number): readonly Departed[] {
    const leaving = this.#released.flatMap((released) => departedOf(memory, released));
    return leaving.filter(({ cachedUntil }) => cachedUntil >= nowSeconds);
  }

  /** Those that a cache may still hold, and no reader hands out. */
  departed(nowSeconds: number): readonly Departed[] {
    this.#departed = this.#departed.filter(({ cachedUntil }) => cachedUntil >= nowSeconds);
    return this.#departed;
  }
}

/** One for each address of the member, as the picture has it now. */
function departedOf(
  memory: Memory,
  { federation, key, member, alias }: Omit<Released, "serial">,
): readonly Departed[] {
  const { cluster, firstEndpoint, ipv4, ipv6 } = member;
  const { namespace, name: service } = pooledService(federation, key);
  return [...ipv4, ...ipv6].map((address, i) => ({
    namespace,
    service,
    cluster,
    address: alias === null ? address : aliasText(alias),
    cachedUntil: cachedUntilOf(memory, firstEndpoint + i),
  }));
}

export function positionOf(member: MemberContent, address: number | string): number {
  return typeof address === "number"
    ? member.ipv4.indexOf(address)
    : ((at) => (at < 0 ? at : member.ipv4.length + at))(member.ipv6.indexOf(address));
}

/** Unix seconds; 0 = never handed out. */
export function cachedUntilOf({ u32 }: Memory, endpoint: number): number {
  return Atomics.load(u32, cachedUntilAt(header(u32, Header.EndpointCapacity)) + endpoint);
}

/** Readers raise it too. */
export function raiseCachedUntil({ u32 }: Memory, endpoint: number, until: number): void {
  raiseTime(u32, cachedUntilAt(header(u32, Header.EndpointCapacity)) + endpoint, until);
}

/** Carries the cache times of `source` over to `target`: they are one picture, before and after it was compacted. */
export function mergeCachedUntil(source: Memory, target: Memory): void {
  const end = Math.min(header(source.u32, Header.EndpointsEnd), header(target.u32, Header.EndpointsEnd));
  for (let endpoint = 0; endpoint < end; endpoint++) {
    const until = cachedUntilOf(source, endpoint);
    if (until !== 0) raiseCachedUntil(target, endpoint, until);
  }
}

/** Every address of the picture counts as handed out now. */
export function raiseAllCachedUntil(memory: Memory, nowSeconds: number): void {
  const standard = header(memory.u32, Header.TtlSeconds);
  for (const at of recordsOf(memory.u32, SERVICES)) {
    if (!isPool(memory, at)) continue;
    const { plan, members } = poolOf(memory, at);
    const until = nowSeconds + (plan.ttlSeconds === 0 ? standard : plan.ttlSeconds);
    for (const { firstEndpoint, ipv4, ipv6 } of members)
      for (let i = 0; i < ipv4.length + ipv6.length; i++) raiseCachedUntil(memory, firstEndpoint + i, until);
  }
}
