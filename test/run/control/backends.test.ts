/** What clusters have, from their API servers to answers: places whose Nodes are gone, and balancers that are looked up. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { a, reply, startFakeResolver } from "../../support/fake-resolver.ts";
import type { ApiObject } from "../../support/kube-wire.ts";
import { Lives, type Settings } from "./lives.ts";

const NODES = "/api/v1/nodes";
const SERVICES = "/api/v1/services";
const NXDOMAIN = 3;
const CNAME = 5;
const ZONE_A = "web.demo.myfed.svc.a.us-west.example.com";
const ADDRESS = "10.0.0.1";

function node(name: string, zone: string): ApiObject {
  const labels = { "topology.kubernetes.io/region": "us-west", "topology.kubernetes.io/zone": zone };
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels } as ApiObject["metadata"] };
}

/** West has a service, and Nodes in two zones that the settings do not know. */
async function withNodes(t: TestContext): Promise<{ readonly lives: Lives; readonly settings: Settings }> {
  const lives = await Lives.prepare(t, ["west"]);
  const west = lives.cluster("west");
  west.set("web", [ADDRESS]);
  west.server.put(NODES, node("n1", "a"));
  west.server.put(NODES, node("n2", "b"));
  const settings = { clusters: [{ name: "west", kubeconfig: west.kubeconfig }] };
  await lives.start(settings);
  await lives.until("zone a is answered", () => lives.addresses(ZONE_A).join() === ADDRESS);
  return { lives, settings };
}

function chainOf(lives: Lives): string {
  const { rcode, answer } = lives.ask(ZONE_A);
  return answer.length === 0 ? String(rcode) : answer.map(({ data }) => data).join(" ");
}

const UP = `web.demo.myfed.svc.us-west.example.com. ${ADDRESS}`;

describe("a zone whose last Node is gone", { timeout: 60_000 }, () => {
  it("leads up the ladder, also after restarts, until it is forgotten", async (t) => {
    const { lives, settings } = await withNodes(t);
    lives.cluster("west").server.remove(NODES, "/n1");
    await lives.until("the zone is a past one", () => chainOf(lives) !== ADDRESS);
    assert.equal(chainOf(lives), UP);
    assert.equal(lives.ask(ZONE_A, CNAME).answer.length, 1);
    await lives.pass(1_500);
    for (const lose of [false, true]) {
      await lives.kill();
      if (lose) lives.loseState();
      await lives.start(settings);
      await lives.until("west is read", () => lives.plane.publisher.unread.length === 0);
      assert.equal(chainOf(lives), UP);
    }
    const status = lives.plane.places.status.places.map(({ cluster, place }) => `${cluster} ${place}`);
    assert.deepEqual(status, ["west us-west/a"]);
    const order = { what: "place", place: "us-west/a", isDryRun: false, by: "anna", reason: null } as const;
    assert.equal(lives.plane.places.obey(order).ok, true);
    await lives.pass(20);
    assert.equal(chainOf(lives), String(NXDOMAIN));
    await lives.kill();
    await lives.start(settings);
    await lives.until("west is read", () => lives.plane.publisher.unread.length === 0);
    assert.equal(chainOf(lives), String(NXDOMAIN));
  });

  it("is forgotten after placesKeptSeconds, and at once when the settings make that 0", async (t) => {
    const { lives, settings } = await withNodes(t);
    lives.cluster("west").server.remove(NODES, "/n1");
    await lives.until("the zone is a past one", () => chainOf(lives) === UP);
    await lives.kill();
    await lives.start({ ...settings, placesKeptSeconds: 0 });
    assert.equal(chainOf(lives), String(NXDOMAIN));
  });
});

describe("a balancer with a host name", { timeout: 60_000 }, () => {
  it("is answered with what is left of the TTL that was looked up, and is looked up again", async (t) => {
    const dns = await startFakeResolver((asked) => [
      reply(asked, asked.type === 1 ? [a(asked.name, 8, "192.0.2.1")] : []),
    ]);
    t.after(() => dns.close());
    const lives = await Lives.prepare(t, ["west"]);
    const west = lives.cluster("west");
    west.set("web", [ADDRESS]);
    west.server.put(SERVICES, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "demo" },
      spec: { type: "LoadBalancer" },
      status: { loadBalancer: { ingress: [{ hostname: "lb.example.net" }] } },
    } as unknown as ApiObject);
    await lives.start({ resolvers: [dns.server] });
    const { hostnames } = lives.plane;
    t.after(() => hostnames.close());
    const record = (): { readonly ttl: number; readonly data: string } | undefined =>
      lives.ask("web.demo.myfed.svc.example.com").answer[0];
    await lives.until("the balancer is looked up", () => record()?.data === "192.0.2.1");
    const first = record()?.ttl ?? 0;
    assert.ok(first > 4 && first <= 8, String(first));
    const { commits } = lives.plane.publisher.health;
    await lives.pass(3_000);
    assert.equal(record()?.ttl, first - 3);
    const asked = dns.asked.length;
    await lives.until(
      "it is looked up again",
      () => dns.asked.length > asked && (record()?.ttl ?? 0) > first - 3,
    );
    assert.ok(lives.plane.publisher.health.commits - commits <= 1, "a commit for each look-up");
  });
});
