/** The metrics of the control process about traffic: orders, shares, probes and the guard. */
import { SHARE_FULL } from "../../traffic/orders/order.ts";
import { nameOfOrder, type OrderName } from "../../traffic/orders/order-status.ts";
import type { Orders } from "../../traffic/orders/orders.ts";
import type { HealthTrackerStatus } from "../../traffic/tracker/report.ts";
import type { MetricRegistry } from "./registry.ts";

type TrafficSources = {
  readonly clusters: () => readonly string[];
  readonly orders: () => Orders;
  readonly health: () => Pick<HealthTrackerStatus, "up" | "down" | "unknown" | "probes" | "guard">;
  readonly wallMs: () => number;
};

const ORDERS: readonly OrderName[] = ["drain", "force up", "force down", "removal"];
const GUARDS = ["watching", "holding"] as const;

export function addTrafficMetrics(registry: MetricRegistry, sources: TrafficSources): void {
  const { clusters, orders, health, wallMs } = sources;
  registry.gauge("fedns_cluster_share", (gauge) => {
    for (const cluster of clusters())
      gauge.set({ cluster }, orders().shareOf(cluster, null, wallMs()) / SHARE_FULL);
  });
  registry.gauge("fedns_orders", (gauge) => {
    for (const order of ORDERS)
      gauge.set({ order }, orders().list.filter((one) => nameOfOrder(one) === order).length);
  });
  registry.gauge("fedns_probe_targets", (gauge) => {
    const { up, down, unknown } = health();
    for (const [state, count] of Object.entries({ up, down, unknown })) gauge.set({ state }, count);
  });
  registry.counter("fedns_probes_total", ({ count }) => {
    for (const [outcome, probes] of Object.entries(health().probes)) count(probes, { outcome });
  });
  registry.gauge("fedns_guard", (gauge) => {
    const { guard } = health();
    for (const state of GUARDS) gauge.set({ state }, Number(state === guard));
  });
}
