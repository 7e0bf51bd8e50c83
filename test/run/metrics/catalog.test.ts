/** The metrics that the processes expose are those of the catalog, and no others, in a form that Prometheus takes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { it } from "node:test";
import { Scoreboard, SCOREBOARD_OCTETS } from "../../../src/answer/scoreboard/scoreboard.ts";
import type { HostController } from "../../../src/federation/hosts/host-controller.ts";
import type { Publisher } from "../../../src/picture/publish/publisher.ts";
import { METRICS } from "../../../src/run/metrics/catalog.ts";
import { joinMetrics } from "../../../src/run/metrics/join.ts";
import { addControlMetrics } from "../../../src/run/metrics/control-metrics.ts";
import { MetricRegistry } from "../../../src/run/metrics/registry.ts";
import { addSupervisorMetrics } from "../../../src/run/metrics/supervisor-metrics.ts";
import { addTrafficMetrics } from "../../../src/run/metrics/traffic-metrics.ts";
import { Orders } from "../../../src/traffic/orders/orders.ts";

type OwnQueries = { readonly udp: readonly number[]; readonly tcp: readonly number[] };

it("the supervisor exposes its metrics of the catalog, and Node's own", async () => {
  const registry = supervisorRegistry();
  assert.deepEqual(await namesIn(registry), catalogOf("supervisor"));
  const text = await registry.text();
  assert.match(text, /^process_cpu_seconds_total /m);
  assert.match(text, /^fedns_responses_total\{rcode="BADVERS"\} 0$/m);
  assert.match(text, /^fedns_child_restarts_total\{child="serve"\} 1$/m);
});

it("the control process exposes its metrics of the catalog", async () => {
  assert.deepEqual(await namesIn(controlRegistry()), catalogOf("control"));
});

it("whatever ends in _total is a counter, and nothing else is", async () => {
  const types = [...(await exposedText()).matchAll(/^# TYPE (\w+) (\w+)$/gm)];
  assert.ok(types.length > Object.keys(METRICS).length, "Node's own are there too");
  for (const [, name = "", type] of types)
    assert.equal(type === "counter", name.endsWith("_total"), `${name} is a ${type}`);
});

it("a count below zero, from parts that were read one after the other, is zero", async () => {
  const text = await supervisorRegistry({ udp: [3], tcp: [] }).text();
  assert.match(text, /^fedns_queries_total\{transport="udp"\} 0$/m);
  assert.match(text, /^fedns_responses_total\{rcode="NOERROR"\} 0$/m);
});

it("promtool, where it is installed, has nothing to say about /metrics", async (t) => {
  const input = await exposedText();
  const { error, status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input,
    encoding: "utf8",
  });
  if (error !== undefined) return t.skip("promtool is not installed");
  assert.deepEqual([status, stdout, stderr], [0, "", ""]);
});

function supervisorRegistry(ownQueries: OwnQueries = { udp: [], tcp: [] }): MetricRegistry {
  const registry = new MetricRegistry();
  addSupervisorMetrics(registry, {
    version: "1.2.3",
    scoreboard: new Scoreboard(new ArrayBuffer(SCOREBOARD_OCTETS)),
    processes: () => ({ serve: { restarts: 1 }, control: { restarts: 0 } }),
    ownQueries,
    isReady: () => true,
    settings: () => ({ problems: [], needRestart: [] }),
    soaSerial: () => 7,
  });
  return registry;
}

function controlRegistry(): MetricRegistry {
  const registry = new MetricRegistry();
  addControlMetrics(registry, {
    fleet: { members: [] },
    publisher: {
      health: { commits: 3, pending: 0, keptBack: { count: 0 }, fullness: { words: 0.1, endpoints: 0.2 } },
    } as unknown as Publisher,
    hosts: { counts: { claimed: 2, answered: 1 } } as unknown as HostController,
  });
  addTrafficMetrics(registry, {
    clusters: () => ["us-west"],
    orders: () => new Orders(),
    health: () => ({
      up: 0,
      down: 0,
      unknown: 0,
      guard: "watching",
      probes: { good: 0, bad: 0, unclear: 0, denied: 0, refused: 0 },
    }),
    wallMs: () => 0,
  });
  return registry;
}

/** As /metrics has it. */
async function exposedText(): Promise<string> {
  const [supervisor, control] = [supervisorRegistry(), controlRegistry()];
  return joinMetrics([
    { process: "supervisor", text: await supervisor.text() },
    { process: "control", text: await control.text() },
  ]);
}

async function namesIn(registry: MetricRegistry): Promise<string[]> {
  const text = await registry.text();
  return [...text.matchAll(/^# HELP (fedns_\w+)/gm)].map(([, name]) => name as string).sort();
}

function catalogOf(process: "supervisor" | "control"): string[] {
  return Object.entries(METRICS)
    .filter(([, metric]) => metric.process === process)
    .map(([name]) => name)
    .sort();
}
