/** What the writer puts into the picture, as values. */
import type { Name } from "../../dns/message/name.ts";
import type { RRset } from "../../dns/message/record.ts";
import { DEFAULT_POLICY, POLICIES } from "../../federation/policy/policies.ts";
export type NodeContent = {
  readonly zone: number;
  readonly name: Name;
  readonly flags: number;
  readonly rrsets: readonly RRset[];
  /** Null when the node is no level of the ladder. */
  readonly level: LevelContent | null;
};

export type LevelContent = {
  readonly id: number;
  readonly parent: number | null;
  readonly federation: number;
  /** Indexes of the member clusters, 0 to CLUSTERS_MAX - 1. */
  readonly clusters: readonly number[];
};

/** One cluster's part of a pool, with the endpoint indexes the writer chose. */
export type MemberContent = {
  readonly cluster: number;
  /** Members with the lowest tier come first; 0 to 255. */
  readonly tier: number;
  /** 0 to 65535, as compared with others of its tier. */
  readonly weight: number;
  readonly readyEndpoints: number;
  /** How many there should be; 0 = not known, or none is wanted. */
  readonly wantedEndpoints: number;
  readonly firstEndpoint: number;
  readonly ipv4: readonly number[];
  readonly ipv6: readonly string[];
  /** When readiness or addresses last changed: unix seconds, 0 = not known. */
  readonly since: number;
};

export type PoolContent = {
  readonly federation: number;
  /** The labels service and namespace in wire form, without the root. */
  readonly key: Uint8Array;
  readonly plan: PoolPlan;
  readonly members: readonly MemberContent[];
  /** At most 255. */
  readonly ports: readonly PoolPort[];
  /** One for each member with addresses to hand out, instead of addresses and ports; empty = no aliases. */
  readonly aliases: readonly PoolAlias[];
  /** Addresses come from look-ups, and hold as long as `freshUntil` of their endpoints says. */
  readonly isLookedUp: boolean;
};

/** A member before the writer has given it endpoint indexes. */
export type MemberDraft = Omit<MemberContent, "firstEndpoint">;

/** The name that clients of a cluster are sent to. */
export type PoolAlias = {
  readonly cluster: number;
  /** The labels of the name in wire form, without the root. */
  readonly labels: Uint8Array;
};

/** A named port, which has an SRV record. */
export type PoolPort = {
  /** The labels of name and protocol in wire form, without the root: _http _tcp. */
  readonly key: Uint8Array;
  readonly port: number;
};

/** How the members of a pool share its clients. */
export type PoolPlan = {
  /** The number of a policy (federation/policy/policies.ts). */
  readonly policy: number;
  /** Clusters that one answer draws, 1 to 255. */
  readonly draws: number;
  /** Addresses in one answer, up to 255; 0 = the picture's setting. */
  readonly answersMax: number;
  /** 0 = the picture's setting. */
  readonly ttlSeconds: number;
};
export const PLAIN_PLAN: PoolPlan = {
  policy: POLICIES[DEFAULT_POLICY].number,
  draws: 1,
  answersMax: 0,
  ttlSeconds: 0,
};
