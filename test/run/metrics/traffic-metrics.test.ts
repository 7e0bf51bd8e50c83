/** The metrics of drains, forces, probes and the guard. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { addTrafficMetrics } from "../../../src/run/metrics/traffic-metrics.ts";
import { MetricRegistry } from "../../../src/run/metrics/registry.ts";
import { Orders } from "../../../src/traffic/orders/orders.ts";

it("metrics of orders, shares, probes and the guard have the values at the time of the scrape", async () => {
  const orders = new Orders();
  const author = { by: "anna", reason: null };
  const west = { cluster: "us-west", service: null, address: null };
  let nowMs = 0;
  let guard: "watching" | "holding" = "watching";
  const registry = new MetricRegistry();
  addTrafficMetrics(registry, {
    clusters: () => ["us-west", "eu-central"],
    orders: () => orders,
    health: () => ({
      up: 4,
      down: 2,
      unknown: 1,
      guard,
      probes: { good: 90, bad: 7, unclear: 0, denied: 0, refused: 0 },
    }),
    wallMs: () => nowMs,
  });
  const has = async (...lines: readonly string[]): Promise<void> => {
    const text = await registry.text();
    for (const line of lines) assert.ok(text.split("\n").includes(line), `${line} is not in\n${text}`);
  };
  await has('fedns_cluster_share{cluster="us-west"} 1', 'fedns_orders{order="drain"} 0');
  orders.drain(west, 1000, 0, author);
  orders.force({ ...west, service: "demo/hello" }, { verdict: "down", forMs: null }, 0, author);
  nowMs = 1000;
  guard = "holding";
  await has(
    'fedns_cluster_share{cluster="us-west"} 0',
    'fedns_cluster_share{cluster="eu-central"} 1',
    'fedns_orders{order="drain"} 1',
    'fedns_orders{order="force down"} 1',
    'fedns_probe_targets{state="down"} 2',
    'fedns_probes_total{outcome="bad"} 7',
    'fedns_guard{state="holding"} 1',
    'fedns_guard{state="watching"} 0',
  );
});
