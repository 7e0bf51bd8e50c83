/** Which services would have no cluster left after an order. */
import type { Orders } from "./orders.ts";

/** One service and the clusters in which it has ready endpoints. */
export type Presence = {
  /** "namespace/name" */
  readonly service: string;
  readonly readyIn: readonly string[];
};

/** Services that are available in some cluster before the order and in none after it. Sorted. */
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
