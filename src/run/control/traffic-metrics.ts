/** What decides about traffic in numbers for Prometheus: orders, shares, probes and the fleet's guard. */
import { Gauge, type Registry } from "prom-client";
import type { HealthTrackerStatus } from "../../traffic/probe/report.ts";
import { type Order, SHARE_FULL } from "../../traffic/orders/order.ts";
import type { Orders } from "../../traffic/orders/orders.ts";

export type TrafficFacts = {
  readonly clusters: readonly string[];
  readonly orders: () => Orders;
  readonly health: () => Pick<HealthTrackerStatus, "up" | "down" | "unknown" | "probes" | "guard">;
  readonly wallMs: () => number;
};

const ORDERS = ["drain", "force up", "force down"] as const;
const GUARDS = ["watching", "holding", "overruled"] as const;

/** Read at scrape time. */
export function addTrafficMetrics(registry: Registry, facts: TrafficFacts): void {
  const gauge = (name: string, help: string, label: string, read: () => Iterable<[string, number]>): void => {
    const created: Gauge = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect: () => {
        for (const [value, count] of read()) created.set({ [label]: value }, count);
      },
    });
  };
  gauge("fedns_cluster_share", "Part of its clients that orders leave a cluster, 0 to 1.", "cluster", () =>
    facts.clusters.map((name) => [name, facts.orders().shareOf(name, null, facts.wallMs()) / SHARE_FULL]),
  );
  gauge("fedns_orders", "Drains and forces that are in force.", "order", () =>
    ORDERS.map((what) => [what, facts.orders().list.filter((order) => nameOf(order) === what).length]),
  );
  gauge("fedns_probe_targets", "Targets of probes by what is known of them.", "state", () => {
    const { up, down, unknown } = facts.health();
    return Object.entries({ up, down, unknown });
  });
  gauge("fedns_probes_total", "Probes by how they ended.", "outcome", () =>
    Object.entries(facts.health().probes),
  );
  gauge("fedns_guard", "1 for what the fleet's guard does now.", "state", () => {
    const { guard } = facts.health();
    return GUARDS.map((state) => [state, Number(state === guard)]);
  });
}

function nameOf(order: Order): (typeof ORDERS)[number] {
  return order.kind === "drain" ? "drain" : `force ${order.verdict}`;
}
