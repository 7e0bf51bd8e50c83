/** Until when the caches of resolvers may hold the addresses of a service, as the picture knows it. */
import { type Federation, isHostKey, serviceOf } from "../../federation/members/federation.ts";
import { HOSTS } from "../format/node.ts";
import { cachedUntilOf, type Departed } from "./cached-addresses.ts";
import type { PictureStore } from "./picture-store.ts";
import { aliasOf, serviceKey } from "../nodes/pool-key.ts";
import type { PublishedFederation } from "../nodes/node-plan.ts";

type CachedAddress = {
  /** A number is IPv4, hex digits are IPv6, a text that ends in a dot is a name (addressText). */
  readonly address: number | string;
  /** Unix seconds; 0 = never handed out. */
  readonly cachedUntil: number;
};

type CachedUntilOptions = {
  readonly store: PictureStore;
  readonly federation: Federation;
  readonly federations: readonly PublishedFederation[];
};

export class CachedUntil {
  readonly #options: CachedUntilOptions;

  constructor(options: CachedUntilOptions) {
    this.#options = options;
  }

  /** The addresses that a cluster has for a service. An address in the pools of several federations has the latest moment. */
  of(key: string, cluster: string): readonly CachedAddress[] {
    const { store, federation, federations } = this.#options;
    const { writer } = store;
    const index = federation.member(cluster)?.index;
    const bytes = serviceKey(serviceOf(key));
    const latest = new Map<number | string, number>();
    for (const id of poolsOf(key, federations)) {
      const pool = writer.poolOf(id, bytes);
      const member = pool?.members.find((one) => one.cluster === index);
      if (pool === null || member === undefined) continue;
      const alias = aliasOf(pool.aliases, member.cluster);
      [...member.ipv4, ...member.ipv6].forEach((own, i) => {
        const address = alias ?? own;
        const cachedUntil = cachedUntilOf(writer.memory, member.firstEndpoint + i);
        latest.set(address, Math.max(latest.get(address) ?? 0, cachedUntil));
      });
    }
    return [...latest].map(([address, cachedUntil]) => ({ address, cachedUntil }));
  }

  /** Addresses that the picture does not have any more, and that caches may still hold. */
  departed(nowSeconds: number): readonly Departed[] {
    const { store } = this.#options;
    store.settle();
    const { cachedAddresses, memory } = store;
    return [...cachedAddresses.departed(nowSeconds), ...cachedAddresses.leaving(memory, nowSeconds)];
  }
}

/** The federations that have a pool of this service; a host has one pool for all. */
export function poolsOf(key: string, federations: readonly PublishedFederation[]): readonly number[] {
  return isHostKey(key) ? [HOSTS] : federations.map(({ id }) => id);
}
