/**
 * Whether no worker answers with a cluster for a service any more: the picture gives it no clients, and every worker has begun a batch
 * since.
 */
import { LRUCache } from "lru-cache";
import { type Federation, serviceOf } from "../../federation/members/federation.ts";
import { serviceKey } from "../../picture/nodes/pool-key.ts";
import type { PublishedFederation } from "../../picture/nodes/node-plan.ts";
import { poolsOf } from "../../picture/publish/cached-until.ts";
import type { PictureStore } from "../../picture/publish/picture-store.ts";

/** One that is forgotten is proved again within one batch. */
const REMEMBERED_MAX = 8192;

type WithdrawnOptions = {
  readonly store: PictureStore;
  readonly federation: Federation;
  readonly federations: readonly PublishedFederation[];
};

export class Withdrawn {
  readonly #options: WithdrawnOptions;
  /** The first serial that was seen without the cluster. */
  readonly #serials = new LRUCache<string, number>({ max: REMEMBERED_MAX });

  constructor(options: WithdrawnOptions) {
    this.#options = options;
  }

  /** `key`: "namespace/name", or a host. Ask it again until it is so. */
  isWithdrawn(cluster: string, key: string): boolean {
    const name = `${cluster} ${key}`;
    if (this.#hasClients(cluster, key)) {
      this.#serials.delete(name);
      return false;
    }
    const { now, passed } = this.#options.store.serials;
    const serial = this.#serials.get(name) ?? now;
    this.#serials.set(name, serial);
    return passed >= serial;
  }

  #hasClients(cluster: string, key: string): boolean {
    const { store, federation, federations } = this.#options;
    const index = federation.member(cluster)?.index;
    const bytes = serviceKey(serviceOf(key));
    return poolsOf(key, federations).some((id) =>
      store.writer.poolOf(id, bytes)?.members.some((member) => member.cluster === index && member.weight > 0),
    );
  }
}
