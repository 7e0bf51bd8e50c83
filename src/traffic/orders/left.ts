/** Which services an order would leave without any cluster to send clients to. */
import type { Orders } from "./orders.ts";

/** One service and where it has something ready to hand out. */
export type Presence = {
  /** "namespace/name" */
  readonly service: string;
  readonly readyIn: readonly string[];
};

/** Services that have something before, and nothing after; those that had nothing before lose nothing. Sorted. */
export function leftWithNothing(
  presences: Iterable<Presence>,
  before: Orders,
  after: Orders,
  nowMs: number,
): string[] {
  const left: string[] = [];
  for (const { service, readyIn } of presences) {
    const isServed = (orders: Orders): boolean =>
      readyIn.some((cluster) => orders.isWanted(cluster, service, nowMs));
    if (isServed(before) && !isServed(after)) left.push(service);
  }
  return left.sort();
}
