/** What the publisher asks whenever it writes a service: how its clusters share clients, and how healthy each address is. */
import { PLAIN_PLAN, type PoolPlan } from "../content/content.ts";
import { HEALTH_FULL } from "../format/in-place.ts";

/** How the clusters of one service share its clients. */
export type ServicePlan = {
  readonly plan: PoolPlan;
  /** Tier 0 to 255; weight 1 to 65535, or 0: the service is drained in this cluster. */
  placementOf(cluster: string): { readonly tier: number; readonly weight: number };
  /** The number of ready endpoints at which this cluster is at full strength; null = not set. */
  capacityOf(cluster: string): number | null;
};

/** The health of one address, from its probes, its slow start and operators. */
export type EndpointState = {
  /** 0 down .. 255 full. */
  readonly health: number;
  /** Bits of HealthReason. */
  readonly reason: number;
  /** Since when the reason holds, in unix seconds. */
  readonly since: number;
};

/** Null for an address: the picture keeps what it has of it. */
export type EndpointStates = (address: number | string) => EndpointState | null;

/** Answers from what the federation, the operators and the probes say at the moment; asking changes nothing. */
export type TrafficPlanner = {
  /** `key` of a service or host. */
  planOf(key: string): ServicePlan;
  /** Null: no address of this service in this cluster is probed, ramped or forced, and all are in full health. */
  endpointStatesOf(key: string, cluster: string): EndpointStates | null;
};

/** An endpoint that is neither probed, ramped nor forced. */
export const FULL_HEALTH: EndpointState = { health: HEALTH_FULL, reason: 0, since: 0 };

/** All clusters share alike, and every address is in full health. */
export const EQUAL_SHARES: TrafficPlanner = {
  planOf: () => ({
    plan: PLAIN_PLAN,
    placementOf: () => ({ tier: 0, weight: 1 }),
    capacityOf: () => null,
  }),
  endpointStatesOf: () => null,
};
