/** Orders and steering as /status shows them: plain values, times as dates. */
import type { Order, OrderTarget } from "./order.ts";
import { endOfDrainMs, shareOfDrain } from "./drain-ramp.ts";

export type CachedEndpoint = {
  /** "namespace/name" */
  readonly service: string;
  readonly address: string;
  /** The earliest moment at which no well-behaved cache can still hold it. */
  readonly until: string;
};

/** What caches may still hold of the addresses that an order takes away. */
export type CachedByClients = {
  readonly addresses: number;
  /** Of these, how many a well-behaved cache may still hold. */
  readonly held: number;
  /** From then on, none; null = none now. */
  readonly until: string | null;
  /** The ones that are held longest. */
  readonly latest: readonly CachedEndpoint[];
  /** Why that is no proof: other replicas, names exported elsewhere. */
  readonly unprovable: readonly string[];
};
export type CachedByClientsOf = (target: OrderTarget) => CachedByClients | null;

type OrderStatus = OrderTarget & {
  readonly order: "drain" | "force up" | "force down";
  readonly since: string;
  /** The end of a drain's ramp, or of a force; null = until taken back. */
  readonly until: string | null;
  /** What is left: 255 all .. 0 nothing; null for forces. */
  readonly share: number | null;
  readonly by: string;
  readonly reason: string | null;
  /** Null = not known; of drains and of what is forced down. */
  readonly held: CachedByClients | null;
};

export type OrdersStatus = {
  /** Other replicas know nothing of them. */
  readonly scope: "this server alone";
  readonly orders: readonly OrderStatus[];
  readonly problem: string | null;
};

/** What annotations say that cannot be, and what clusters say differently. */
export type SteeringStatus = {
  /** `object`: "service demo/hello in us-west". */
  readonly problems: readonly { readonly object: string; readonly message: string }[];
  /** `text` as traffic/annotations/merge.ts has it (conflictText). */
  readonly conflicts: readonly { readonly service: string; readonly text: string }[];
};

export function statusOfOrder(order: Order, nowMs: number, held?: CachedByClientsOf): OrderStatus {
  const { target, sinceMs, by, reason } = order;
  const isDrain = order.kind === "drain";
  const untilMs = isDrain ? endOfDrainMs(order) : order.untilMs;
  const takesAway = isDrain || order.verdict === "down";
  return {
    order: isDrain ? "drain" : `force ${order.verdict}`,
    ...target,
    since: dateOf(sinceMs),
    until: untilMs === null ? null : dateOf(untilMs),
    share: isDrain ? shareOfDrain(order, nowMs) : null,
    by,
    reason,
    held: takesAway ? (held?.(target) ?? null) : null,
  };
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString();
}
