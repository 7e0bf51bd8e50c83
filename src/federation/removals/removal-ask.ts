/**
 * What the propagator asks of those who answer before copies go, and what they prove. A service of a cluster gets no new clients
 * while copies that it leads to are on their way out, and its old clients are waited for.
 */

/** Asked again and again while it is wanted: an ask that is not repeated lapses. */
export type RemovalAsk = {
  readonly cluster: string;
  /** "namespace/name" of a Service, or a host. */
  readonly service: string;
  /**
   *   leaving  copies are to go: the service gets no clients there
   *   gone     they are gone: it stays so until no endpoint is ready there any more
   *   staying  they stay: it gets clients again
   */
  readonly phase: "leaving" | "gone" | "staying";
  /** Also when no other cluster could answer. */
  readonly isForced: boolean;
  /** Clusters that the same object leaves at the same time: these are no other clusters. */
  readonly alsoLeaving: readonly string[];
  /** For people: "propagate: FederatedDeployment shop/web". */
  readonly by: string;
};

/** What is known of the answers about one service in one cluster. */
export type RemovalState = Pick<RemovalAsk, "cluster" | "service"> & {
  /**
   *   unknown   the cluster has not been read yet
   *   last      no other cluster could answer: nothing was ordered
   *   leaving   it gets no clients any more; workers or caches may still have it
   *   proved    no worker answers with it, and no cache that honours TTLs has it any more
   *   over      nothing is ordered any more
   */
  readonly kind: "unknown" | "last" | "leaving" | "proved" | "over";
  /** Wall ms since when it gets no clients; null = it does, or there are none to get. */
  readonly sinceMs: number | null;
  /** When the last cache loses it, as far as is known (RFC 3339); null = none has it. */
  readonly cachedUntil: string | null;
  /** What the proof cannot know, such as the responses of other replicas. */
  readonly unprovable: readonly string[];
};

/** Names one service in one cluster in maps. */
export function removalKey({ cluster, service }: Pick<RemovalAsk, "cluster" | "service">): string {
  return `${cluster} ${service}`;
}
