/** Settings of a cluster's controllers: its nodes, and the addresses of its load balancers. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { TokenIssuer } from "../tls/token.ts";

export type NodeSpec = { readonly name: string; readonly region?: string; readonly zone?: string };

/** Addresses are a prefix and a number: 10 gives 192.0.2.10 after `192.0.2.`, and 2001:db8:1::a after `2001:db8:1::`. */
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
  /** False: Deployments and the like are objects that nothing runs, as in a cluster that only hosts a federation. Default: true. */
  readonly runsWorkloads?: boolean;
};

export type ControllerSettings = ClusterSettings & {
  /** Signs the tokens of service accounts. */
  readonly issuer: TokenIssuer;
  readonly caPem: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};
