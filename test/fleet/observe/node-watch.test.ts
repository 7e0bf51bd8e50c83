/** A cluster whose Nodes change without end costs the others nothing: places and addresses are heard at once, then less often. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Federation } from "../../../src/federation/members/federation.ts";
import { Transport } from "../../../src/fleet/kube/transport.ts";
import { NodeWatch } from "../../../src/fleet/observe/node-watch.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { ApiObject } from "../../support/kube-wire.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FaultyApiServer } from "../../support/faulty-api-server.ts";
import { until } from "../../support/until.ts";
import { credentialsFor } from "../kube/watched-server.ts";

const NODES = "/api/v1/nodes";

function node(name: string, zone: string, address: string): ApiObject {
  const labels = { "topology.kubernetes.io/region": "r", "topology.kubernetes.io/zone": zone };
  const status = { addresses: [{ type: "ExternalIP", address }] };
  return { metadata: { name, labels } as ApiObject["metadata"], status };
}

type Counts = { events: number; refreshes: number; localities: number };

async function rig(t: TestContext) {
  const server = await FaultyApiServer.start();
  const clock = new FakeClock();
  const counts: Counts = { events: 0, refreshes: 0, localities: 0 };
  const listener = {
    onService: () => undefined,
    onNamespace: () => undefined,
    onLocality: () => void counts.localities++,
  };
  const federation = new Federation(listener, 4);
  federation.join("greedy");
  const transport = new Transport({ clock, random: () => 0 });
  transport.adopt(credentialsFor(server.url));
  let isHeardOf = false;
  let isOpen = false;
  server.put(NODES, node("n1", "a", "192.0.2.1"));
  const watch = new NodeWatch({
    cluster: "greedy",
    federation,
    places: null,
    location: null,
    internalIPv6: false,
    view: {
      setNode: () => ++counts.events > 0 && isOpen,
      refreshNodes: () => void counts.refreshes++,
      openNodes: () => void (isOpen = true),
    },
    onHeardOf: () => (isHeardOf = true),
    transport,
    clock,
    random: () => 0,
    log: silentLog,
  });
  const ending = new AbortController();
  const running = watch.run(ending.signal);
  t.after(async () => {
    ending.abort();
    await running;
    transport.close();
    await server.close();
  });
  await until("the Nodes are read and watched", () => isHeardOf && server.openWatches === 1);
  const change = async (count: number, zoneOf: (i: number) => string): Promise<void> => {
    const before = counts.events;
    for (let i = 0; i < count; i++) server.put(NODES, node("n1", zoneOf(i), `192.0.2.${(i % 200) + 2}`));
    await until("all changes have arrived", () => counts.events === before + count);
  };
  const places = (): readonly string[] =>
    (federation.member("greedy")?.locality.places ?? []).map(({ zone }) => zone ?? "");
  return { clock, counts, change, places };
}

test("a label that is flipped 500 times is published at most twice, and what it is in the end soon after", async (t) => {
  const { clock, counts, change, places } = await rig(t);
  const before = counts.localities;
  await change(500, (i) => (i % 2 === 0 ? "b" : "a"));
  ok(counts.localities - before <= 2, String(counts.localities - before));
  await change(1, () => "c");
  clock.advance(10_000);
  deepEqual(places(), ["c"]);
});

test("a Node whose address changes 500 times has its services computed once, and once more for the last", async (t) => {
  const { clock, counts, change } = await rig(t);
  await change(500, () => "a");
  equal(counts.refreshes, 1);
  clock.advance(1000);
  equal(counts.refreshes, 2);
  clock.advance(60_000);
  equal(counts.refreshes, 2);
});

test("a change after a quiet time is heard at once", async (t) => {
  const { clock, counts, change, places } = await rig(t);
  clock.advance(20_000);
  await change(1, () => "b");
  deepEqual([places(), counts.refreshes], [["b"], 1]);
});

test("of 3,000 changes that wait, no more than a hundred are taken in one turn of the event loop", async (t) => {
  const { counts, change } = await rig(t);
  let [most, seen, isOver] = [0, counts.events, false];
  const turn = (): void => {
    most = Math.max(most, counts.events - seen);
    seen = counts.events;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await change(3000, () => "a");
  isOver = true;
  ok(most > 0 && most <= 100, `${most} in a turn`);
});
