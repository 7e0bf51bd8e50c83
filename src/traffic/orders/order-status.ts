/** Orders and annotation problems as /status shows them: plain values, times as dates. */
import type { Order, OrderTarget } from "./order.ts";
import { endOfDrainMs, shareOfDrain } from "./drain-ramp.ts";

export type CachedEndpoint = {
  /** "namespace/name" */
  readonly service: string;
  readonly address: string;
  /** When the address will have expired from every cache that honours TTLs. */
  readonly until: string;
};

/** The addresses that an order removes, and how many of them may still be in caches. */
export type CachedByClients = {
  readonly addresses: number;
  /** How many of these may still be in a cache that honours TTLs. */
  readonly held: number;
  /** When the last of them expires; null = none is cached now. */
  readonly until: string | null;
  /** The addresses that are cached longest. */
  readonly latest: readonly CachedEndpoint[];
  /** Why the drain cannot be proved, such as other replicas. */
  readonly unprovable: readonly string[];
};
export type CachedByClientsOf = (target: OrderTarget) => CachedByClients | null;

/** "removal": of copies, by the propagator. */
export type OrderName = "drain" | "force up" | "force down" | "removal";

type OrderStatus = OrderTarget & {
  readonly order: OrderName;
  readonly since: string;
  /** The end of a drain's ramp, or of a force, or when a removal lapses; null = until cleared. */
  readonly until: string | null;
  /** The remaining share: 255 all .. 0 nothing, also for removals; null for forces. */
  readonly share: number | null;
  readonly by: string;
  readonly reason: string | null;
  /** For drains, removals and addresses forced down; null = not known. */
  readonly held: CachedByClients | null;
  /** Why the order has no effect for now; null = it has. */
  readonly note: string | null;
};

export type OrdersStatus = {
  /** Other replicas do not have these orders. */
  readonly scope: "this server alone";
  readonly orders: readonly OrderStatus[];
  readonly problem: string | null;
};

/** Invalid annotations, and annotations in which clusters differ. */
export type SteeringStatus = {
  /** `object`: "service demo/hello in us-west". */
  readonly problems: readonly { readonly object: string; readonly message: string }[];
  /** `text`: conflictText in traffic/annotations/merge.ts. */
  readonly conflicts: readonly { readonly service: string; readonly text: string }[];
};

type OrderContext = {
  /** The members there are now. */
  readonly members: ReadonlySet<string>;
  readonly cachedByClients?: CachedByClientsOf | undefined;
};

/** Orders stay, so that a cluster that comes back under its name is as it was. */
const NO_MEMBER = "there is no such member now; the order holds again when there is";

export function statusOfOrder(
  order: Order,
  nowMs: number,
  { members, cachedByClients }: OrderContext,
): OrderStatus {
  const { target, sinceMs, by, reason } = order;
  const isDrain = order.kind === "drain";
  const untilMs = isDrain ? endOfDrainMs(order) : order.untilMs;
  const isMember = members.has(target.cluster);
  const takesAway = isMember && (order.kind !== "force" || order.verdict === "down");
  return {
    order: nameOfOrder(order),
    ...target,
    since: dateOf(sinceMs),
    until: untilMs === null ? null : dateOf(untilMs),
    share: isDrain ? shareOfDrain(order, nowMs) : order.kind === "removal" ? 0 : null,
    by,
    reason,
    held: takesAway ? (cachedByClients?.(target) ?? null) : null,
    note: isMember ? null : NO_MEMBER,
  };
}

export function nameOfOrder(order: Order): OrderName {
  return order.kind === "force" ? `force ${order.verdict}` : order.kind;
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString();
}
