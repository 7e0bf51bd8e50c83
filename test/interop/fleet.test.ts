/**
 * Clusters that join and leave a host while fedns runs, with real processes, and a steady stream of queries for a cluster
 * that stays: each is answered, and none otherwise than before.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import { UdpClient } from "../answer/serve/udp-client.ts";
import { addresses, eventually, HELLO, HELLO_ADDRESSES } from "../run/supervise/whole.ts";
import { type Clusters, startClusters } from "../support/clusters.ts";
import { type Fedns, startFedns, temporaryFolder } from "../support/fedns.ts";
import { clusterRef, putCluster, putSecret, startHost } from "../support/host-cluster.ts";
import { startLoad } from "../support/load.ts";
import { suiteScope } from "../support/programs.ts";

const NXDOMAIN = 3;
const EUROPE = "hello.demo.myfed.svc.eu-central.example.com";
const EVERYWHERE = "hello.demo.myfed.svc.example.com";
const ROUNDS = 3;

describe("a fleet of a host", { timeout: 120_000 }, () => {
  const scope = suiteScope();
  let clusters: Clusters;
  let host: ApiServer;
  let fedns: Fedns;
  let client: UdpClient;

  before(async () => {
    const directory = await temporaryFolder(scope);
    clusters = await startClusters(scope, directory);
    host = await startHost();
    scope.after(() => host.close());
    await writeFile(join(directory, "host.kubeconfig"), host.kubeconfig(), { mode: 0o600 });
    for (const { name } of clusters.settings) putSecret(host, name, clusters.server(name).token);
    declare("us-west");
    const settings = {
      serve: { drainSeconds: 0, workers: 2 },
      host: { kubeconfig: "./host.kubeconfig" },
      traffic: { policy: "all" },
    };
    fedns = await startFedns(scope, { directory, settings });
    client = await UdpClient.open(scope, fedns);
  });

  const declare = (name: string): void => putCluster(host, name, clusters.server(name));
  let id = 40_000;
  const rcodeOf = async (name: string): Promise<number> =>
    (await client.ask({ name, type: 1, id: (id = id + 1) })).rcode;
  const isDenied = async (name: string): Promise<void> => {
    const deadlineMs = performance.now() + 20_000;
    while ((await rcodeOf(name)) !== NXDOMAIN) assert.ok(performance.now() < deadlineMs, `${name} is denied`);
  };

  it("answers for clusters that join and denies those that leave, and loses no query for the one that stays", async (t) => {
    assert.deepEqual(await addresses(client), HELLO_ADDRESSES);
    assert.equal(await rcodeOf(EUROPE), NXDOMAIN);
    const load = await startLoad(scope, { port: fedns.port, name: HELLO, rate: 300 });
    for (let round = 0; round < ROUNDS; round++) {
      declare("eu-central");
      const joinedMs = await eventually(client, EUROPE, (data) => data.length > 0);
      assert.ok((await addresses(client, EVERYWHERE)).length > HELLO_ADDRESSES.length);
      host.objects.delete(clusterRef("eu-central"));
      const startMs = performance.now();
      await isDenied(EUROPE);
      const leftMs = performance.now() - startMs;
      assert.deepEqual(await addresses(client, EVERYWHERE), HELLO_ADDRESSES);
      t.diagnostic(`answered after ${Math.round(joinedMs)} ms, denied after ${Math.round(leftMs)} ms`);
    }
    assert.equal(await load.finish(), 0, "queries without an answer");
    assert.deepEqual(Object.keys(load.rcodes), ["0"]);
    const status = await fedns.status();
    assert.deepEqual(
      status.clusters.map(({ name }: { name: string }) => name),
      ["us-west"],
    );
    assert.doesNotMatch(await fedns.metrics(), /cluster="eu-central"/);
  });

  it("keeps an order about a cluster that has left, says that there is no such member, and obeys it when it returns", async () => {
    declare("eu-central");
    await eventually(client, EUROPE, (data) => data.length > 0);
    const target = { cluster: "eu-central", service: null, address: null };
    const order = { action: "drain", target, overMs: 0, isForced: true, by: "anna", reason: null };
    const reply = await fedns.command({ command: "order", order });
    assert.ok(reply.ok, JSON.stringify(reply));
    host.objects.delete(clusterRef("eu-central"));
    await isDenied(EUROPE);
    const { orders } = await fedns.status();
    assert.match(orders.orders[0].note, /no such member/);
    declare("eu-central");
    // Its names lead up to the clusters that are not drained.
    await eventually(client, EUROPE, (data) => HELLO_ADDRESSES.every((address) => data.includes(address)));
    assert.deepEqual(await addresses(client, EVERYWHERE), HELLO_ADDRESSES);
  });
});
