/** What the controllers of one cluster are told: its nodes and the addresses its load balancers hand out. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";

export type NodeSpec = { readonly name: string; readonly region?: string; readonly zone?: string };

/** Addresses are a prefix and a number: `192.0.2.` and 10 make 192.0.2.10, `2001:db8:1::` and 10 make 2001:db8:1::a. */
export type LoadBalancerPool = {
  readonly ipv4Prefix: string;
  readonly ipv6Prefix: string;
  readonly ipv4PerService: number;
  readonly ipv6PerService: number;
};

export type ClusterSettings = {
  /** Default: one node without region and zone. */
  readonly nodes?: readonly NodeSpec[];
  /** Absent: Services of type LoadBalancer stay pending. */
  readonly loadBalancer?: LoadBalancerPool;
};

export type ControllerSettings = ClusterSettings & {
  /** Has the server take a bearer token as the user's. */
  readonly addToken: (token: string, user: string) => void;
  readonly caPem: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};
