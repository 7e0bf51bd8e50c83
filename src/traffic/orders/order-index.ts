/** Orders by their target: looked up for every address of every service that is written. */
import {
  type Drain,
  type Force,
  type Order,
  type OrderTarget,
  type RemovalOrder,
  targetKey,
} from "./order.ts";

/** Enough for several orders per cluster and for a few services or addresses of each. More come from a faulty script. */
export const ORDERS_MAX = 4096;

/** The orders about exactly one target. */
type TargetOrders = { readonly drain?: Drain; readonly force?: Force; readonly removal?: RemovalOrder };
const NONE: TargetOrders = {};

export class OrderIndex {
  #list: readonly Order[] = [];
  /** By targetKey. */
  #byTarget: ReadonlyMap<string, TargetOrders> = new Map();

  constructor(orders: readonly Order[]) {
    this.set(orders.slice(0, ORDERS_MAX));
  }

  get list(): readonly Order[] {
    return this.#list;
  }

  set(orders: readonly Order[]): void {
    const byTarget = new Map<string, TargetOrders>();
    for (const order of orders) {
      const key = targetKey(order.target);
      // Of two orders of a kind, the first counts.
      byTarget.set(key, { [order.kind]: order, ...byTarget.get(key) });
    }
    this.#list = orders;
    this.#byTarget = byTarget;
  }

  /** `before` undefined: nothing is replaced; `after` null: the order is only removed. */
  replace(before: Order | undefined, after: Order | null): void {
    const rest = this.#list.filter((order) => order !== before);
    this.set(after === null ? rest : [...rest, after].slice(-ORDERS_MAX));
  }

  at({ cluster, service, address }: OrderTarget): TargetOrders {
    if (this.#byTarget.size === 0) return NONE;
    return this.#byTarget.get(targetKey({ cluster, service, address })) ?? NONE;
  }
}
