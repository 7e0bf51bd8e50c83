/** Members that come, change and go while control runs, each with real watches, and the answers meanwhile. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { controlStatus } from "../../../src/run/control/status.ts";
import { addControlMetrics } from "../../../src/run/metrics/control-metrics.ts";
import { MetricRegistry } from "../../../src/run/metrics/registry.ts";
import { Lives } from "./lives.ts";

const [NOERROR, SERVFAIL, NXDOMAIN] = [0, 2, 3];
const [EAST, WEST, OTHER] = ["10.1.0.1", "10.0.0.1", "10.2.0.1"];
const nameOf = (service: string, level: string = ""): string =>
  `${service}.demo.myfed.svc.${level}example.com`;

/** West and east are read; both have "web", and each has a service of its own. */
async function twoMembers(t: TestContext): Promise<Lives> {
  const lives = await Lives.prepare(t, ["west", "east"]);
  lives.cluster("west").set("web", [WEST]);
  lives.cluster("west").set("only-west", [WEST]);
  lives.cluster("east").set("web", [EAST]);
  lives.cluster("east").set("only-east", [EAST]);
  return lives;
}

const isRead = (lives: Lives) => (): boolean =>
  lives.plane.publisher.unread.length === 0 && lives.plane.publisher.health.pending === 0;
const watchesOf = (lives: Lives, name: string): number => lives.cluster(name).server.openWatches;

describe("a member that joins while control runs", { timeout: 60_000 }, () => {
  it("counts as unread until it is read, and interrupts nobody", async (t) => {
    const lives = await twoMembers(t);
    await lives.start({ clusters: lives.entries(["east"]) });
    await lives.until("east is read", isRead(lives));
    assert.equal(lives.ask(nameOf("only-west")).rcode, NXDOMAIN);
    const restarts = lives.plane.fleet.members[0]?.observer.health.services.restarts;
    lives.cluster("west").server.outage({ status: 503 });
    lives.setMembers(lives.entries(["west", "east"]));
    await lives.pass(40);
    const rcodes = ["only-west", "web", "only-east", "none"].map((name) => lives.ask(nameOf(name)).rcode);
    assert.deepEqual(rcodes, [SERVFAIL, NOERROR, NOERROR, SERVFAIL]);
    assert.deepEqual(lives.addresses(nameOf("web")), [EAST]);
    assert.equal(controlStatus(lives.plane).isStale, true, "all members of now have not been read");
    lives.cluster("west").server.outage(null);
    await lives.until("west is read", isRead(lives));
    assert.deepEqual(lives.addresses(nameOf("web")), [WEST, EAST]);
    assert.deepEqual(lives.addresses(nameOf("only-west", "west.")), [WEST]);
    assert.equal(lives.ask(nameOf("none")).rcode, NXDOMAIN);
    assert.equal(controlStatus(lives.plane).isStale, false);
    const east = lives.plane.fleet.members.find(({ name }) => name === "east");
    assert.equal(east?.observer.health.services.restarts, restarts);
  });

  it("is read again from the beginning when it returns after it has left", async (t) => {
    const lives = await twoMembers(t);
    await lives.start();
    await lives.until("both are read", isRead(lives));
    lives.setMembers(lives.entries(["east"]));
    await lives.pass(40);
    lives.cluster("west").set("only-west", null);
    lives.setMembers(lives.entries());
    await lives.pass(0);
    await lives.until("west is read again", isRead(lives));
    assert.equal(lives.ask(nameOf("only-west")).rcode, NXDOMAIN);
    assert.deepEqual(lives.addresses(nameOf("web")), [WEST, EAST]);
  });
});

describe("a member that leaves while control runs", { timeout: 60_000 }, () => {
  it("takes its names, watches, metrics and status lines with it", async (t) => {
    const lives = await twoMembers(t);
    await lives.start();
    await lives.until("both are read", isRead(lives));
    const registry = new MetricRegistry();
    addControlMetrics(registry, lives.plane);
    assert.match(await registry.text(), /cluster="west"/);
    await lives.until("it watches", () => watchesOf(lives, "west") > 0);
    lives.setMembers(lives.entries(["east"]));
    await lives.pass(20);
    assert.deepEqual(
      [nameOf("only-west"), nameOf("web", "west."), nameOf("only-east")].map((name) => lives.ask(name).rcode),
      [NXDOMAIN, NXDOMAIN, NOERROR],
    );
    assert.deepEqual(lives.addresses(nameOf("web")), [EAST]);
    await lives.until("its watches end", () => watchesOf(lives, "west") === 0);
    assert.doesNotMatch(await registry.text(), /cluster="west"/);
    const { clusters, isStale } = controlStatus(lives.plane);
    assert.deepEqual([clusters.map(({ name }) => name), isStale], [["east"], false]);
  });

  it("is not waited for any more when it was never read", async (t) => {
    const lives = await twoMembers(t);
    lives.cluster("west").server.outage({ status: 503 });
    await lives.start();
    await lives.until("east is read", () => lives.addresses(nameOf("web")).join() === EAST);
    assert.equal(lives.ask(nameOf("none")).rcode, SERVFAIL);
    lives.setMembers(lives.entries(["east"]));
    await lives.pass(20);
    assert.equal(lives.ask(nameOf("none")).rcode, NXDOMAIN);
    assert.deepEqual(lives.plane.publisher.unread, []);
  });

  it("leaves its orders behind, which hold again when it returns", async (t) => {
    const lives = await twoMembers(t);
    await lives.start();
    await lives.until("both are read", isRead(lives));
    const target = { cluster: "west", service: null, address: null };
    const drain = { action: "drain", target, overMs: 0, by: "anna", reason: null, isForced: true } as const;
    assert.equal(lives.plane.orders.obey(drain).ok, true);
    await lives.until("west is drained", () => lives.addresses(nameOf("web")).join() === EAST);
    lives.setMembers(lives.entries(["east"]));
    await lives.pass(20);
    assert.match(controlStatus(lives.plane).orders.orders[0]?.note ?? "", /no such member/);
    lives.setMembers(lives.entries());
    await lives.until("west is read again", isRead(lives));
    assert.deepEqual(lives.addresses(nameOf("web")), [EAST], "it is still drained");
  });
});

describe("a member that changes while control runs", { timeout: 60_000 }, () => {
  it("moves to another region and to other allowed addresses without a gap", async (t) => {
    const lives = await twoMembers(t);
    await lives.start();
    await lives.until("both are read", isRead(lives));
    const lists = lives.plane.fleet.members[0]?.observer.health.services.relists;
    const [east] = lives.entries(["east"]);
    lives.setMembers([...lives.entries(["west"], { region: "north" }), { ...east }]);
    await lives.pass(20);
    assert.deepEqual(lives.addresses(nameOf("web", "north.")), [WEST]);
    assert.equal(lives.ask(nameOf("web", "west.")).rcode, NXDOMAIN);
    lives.setMembers([...lives.entries(["west"], { addresses: { allow: ["192.0.2.0/24"] } }), { ...east }]);
    await lives.pass(20);
    assert.deepEqual(lives.addresses(nameOf("web")), [EAST]);
    lives.setMembers(lives.entries());
    await lives.pass(20);
    assert.deepEqual(lives.addresses(nameOf("web")), [WEST, EAST]);
    assert.equal(lives.plane.fleet.members[0]?.observer.health.services.relists, lists);
  });

  it("keeps its last known backends while it moves to another API server", async (t) => {
    const lives = await Lives.prepare(t, ["west", "east", "other"]);
    lives.cluster("west").set("web", [WEST]);
    lives.cluster("west").set("only-west", [WEST]);
    lives.cluster("other").set("web", [OTHER]);
    await lives.start({ clusters: lives.entries(["west"]) });
    await lives.until("west is read", isRead(lives));
    lives.cluster("other").server.outage({ status: 503 });
    const moved = { kubeconfig: lives.cluster("other").kubeconfig };
    lives.setMembers(lives.entries(["west"], moved));
    await lives.pass(5_000);
    assert.deepEqual(lives.addresses(nameOf("only-west")), [WEST]);
    lives.cluster("other").server.outage(null);
    await lives.until("it is there", () => lives.addresses(nameOf("web")).join() === OTHER);
    assert.equal(lives.ask(nameOf("only-west")).rcode, NXDOMAIN);
    await lives.until("the old watches end", () => watchesOf(lives, "west") === 0);
  });
});

it("all members are opened again without a gap in the answers, and what has gone meanwhile goes", async (t) => {
  const lives = await twoMembers(t);
  await lives.start();
  await lives.until("both are read", isRead(lives));
  lives.cluster("west").server.outage({ status: 503 });
  lives.plane.fleet.reopen();
  await lives.pass(1_000);
  assert.deepEqual(lives.addresses(nameOf("web")), [WEST, EAST]);
  assert.deepEqual(lives.addresses(nameOf("only-west")), [WEST]);
  assert.equal(lives.ask(nameOf("none")).rcode, NXDOMAIN, "all names have been read");
  lives.cluster("west").set("only-west", null);
  lives.cluster("west").server.outage(null);
  await lives.until("all are read again", () => lives.plane.fleet.isSynced && isRead(lives)());
  assert.equal(lives.ask(nameOf("only-west")).rcode, NXDOMAIN);
  assert.deepEqual(lives.addresses(nameOf("web")), [WEST, EAST]);
});
