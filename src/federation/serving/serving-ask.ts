/** What the propagator asks of those who answer about traffic that runs: whether clients of a Service in a cluster are served there. */

export type ServingAsk = {
  readonly cluster: string;
  /** "namespace/name" of a Service. */
  readonly service: string;
};

export type ServingState = ServingAsk & {
  /**
   *   none     no name leads to it, so that there is nothing to know
   *   unknown  the cluster has not been read yet, or is not seen
   *   served   at least one address of it is up, as far as it is probed
   *   down     it has no ready endpoint, or all its addresses are down by their probes
   */
  readonly kind: "none" | "unknown" | "served" | "down";
  /** Why, a clause; "" = nothing is to be said. */
  readonly reason: string;
};

/** Null = those who answer did not reply in time. */
export type ServingChannel = (asks: readonly ServingAsk[]) => Promise<readonly ServingState[] | null>;
