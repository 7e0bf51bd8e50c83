/** The orders of the propagator: given, renewed, lifted and proved, beside those of operators. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { RemovalAsk, RemovalState } from "../../../src/federation/removals/removal-ask.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { CachedByClients } from "../../../src/traffic/orders/order-status.ts";
import { OrderStore } from "../../../src/traffic/orders/order-store.ts";
import { REMOVAL_LAPSES_MS, type RemovalFacts } from "../../../src/traffic/orders/removal-orders.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const WEB = "shop/web";
const NOTHING_CACHED: CachedByClients = { addresses: 1, held: 0, until: null, latest: [], unprovable: [] };

describe("an order of the propagator", () => {
  let folder = "";
  let clock = new FakeClock();
  let changes = 0;
  let cached: CachedByClients = NOTHING_CACHED;
  const world = {
    readyIn: ["m1", "m2"],
    isRead: true,
    isDeclared: true,
    isWithdrawn: true,
    hosts: [] as string[],
  };
  const facts: RemovalFacts = {
    isRead: () => world.isRead,
    isDeclared: () => world.isDeclared,
    hostsThatLeave: () => world.hosts,
    hostsThatStay: () => world.hosts,
    presenceOf: (service) => ({ service, readyIn: world.readyIn }),
    isWithdrawn: () => world.isWithdrawn,
  };
  let store = open();
  function open(): OrderStore {
    const opened = new OrderStore({
      path: folder === "" ? null : join(folder, "orders.json"),
      clusters: () => ["m1", "m2"],
      services: () => [{ service: WEB, readyIn: world.readyIn }],
      onChange: () => void (changes += 1),
      cachedByClients: () => cached,
      clock,
      log: silentLog,
    });
    opened.load();
    return opened;
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fedns-removals-"));
    clock = new FakeClock();
    changes = 0;
    cached = NOTHING_CACHED;
    Object.assign(world, {
      readyIn: ["m1", "m2"],
      isRead: true,
      isDeclared: true,
      isWithdrawn: true,
      hosts: [],
    });
    store = open();
  });
  afterEach(() => {
    store.stop();
    rmSync(folder, { recursive: true });
  });

  const ask = (more: Partial<RemovalAsk> = {}): RemovalAsk => ({
    cluster: "m1",
    service: WEB,
    phase: "leaving",
    isForced: false,
    alsoLeaving: [],
    by: "propagate: FederatedDeployment shop/web",
    ...more,
  });
  const follow = (more: Partial<RemovalAsk> = {}): RemovalState =>
    store.followRemovals([ask(more)], facts)[0] as RemovalState;
  const share = (cluster = "m1", service = WEB): number =>
    store.orders.ownShareOf(cluster, service, clock.wallMs());
  const target = { cluster: "m1", service: WEB, address: null };

  it("takes all clients, and is proved when no worker and no cache has it", () => {
    cached = { ...NOTHING_CACHED, held: 1, until: "2026-01-01T00:00:30.000Z" };
    world.isWithdrawn = false;
    const first = follow();
    assert.deepEqual([first.kind, first.cachedUntil, share(), changes], ["leaving", cached.until, 0, 1]);
    world.isWithdrawn = true;
    assert.equal(follow().kind, "leaving", "caches have it");
    cached = NOTHING_CACHED;
    world.isWithdrawn = false;
    assert.equal(follow().kind, "leaving", "a worker may have it");
    world.isWithdrawn = true;
    assert.equal(follow().kind, "proved");
    assert.equal(changes, 1, "renewals change nothing");
  });
  it("is not given where no other cluster could answer, and is lifted when that has become so", () => {
    world.readyIn = ["m1"];
    assert.deepEqual([follow().kind, share(), changes], ["last", 255, 0]);
    assert.deepEqual([follow({ isForced: true }).kind, share()], ["proved", 0]);
    world.readyIn = ["m1", "m2"];
    assert.deepEqual([follow().kind, share()], ["proved", 0]);
    world.readyIn = ["m1"];
    assert.deepEqual([follow().kind, share()], ["last", 255]);
  });
  it("does not count clusters that the object leaves as well, nor those that other orders leave", () => {
    assert.equal(follow({ alsoLeaving: ["m2"] }).kind, "last");
    assert.equal(follow({ cluster: "m2" }).kind, "proved");
    assert.equal(follow().kind, "last");
  });
  it("is needless, and no hindrance, where the cluster answers nothing", () => {
    world.readyIn = [];
    assert.equal(follow().kind, "proved");
    world.isDeclared = false;
    assert.equal(follow({ cluster: "m2" }).kind, "proved");
    assert.equal(share("m2"), 255, "nothing is ordered for what is not declared");
  });
  it("waits for a cluster that was not read", () => {
    world.isRead = false;
    assert.deepEqual([follow().kind, share()], ["unknown", 255]);
  });
  it("stays when copies are gone, until no endpoint is ready any more", () => {
    follow();
    assert.deepEqual([follow({ phase: "gone" }).kind, share()], ["proved", 0]);
    world.readyIn = ["m2"];
    assert.deepEqual([follow({ phase: "gone" }).kind, share()], ["over", 255]);
  });
  it("is lifted at once when copies stay", () => {
    follow();
    assert.deepEqual([follow({ phase: "staying" }).kind, share(), changes], ["over", 255, 2]);
  });
  it("lapses when nobody asks any more, and lets operators know in the status", () => {
    follow();
    const [order] = store.status.orders;
    assert.deepEqual(
      [order?.order, order?.by, order?.share],
      ["removal", "propagate: FederatedDeployment shop/web", 0],
    );
    clock.advance(REMOVAL_LAPSES_MS - 1_000);
    follow();
    clock.advance(REMOVAL_LAPSES_MS - 1_000);
    assert.equal(share(), 0, "it was renewed");
    clock.advance(2_000);
    assert.deepEqual([share(), store.status.orders], [255, []]);
  });
  it("survives a restart, and keeps the time since when it is so", () => {
    const { sinceMs } = follow();
    store.stop();
    clock.advance(REMOVAL_LAPSES_MS * 2);
    store = open();
    assert.equal(share(), 0);
    assert.deepEqual([follow().sinceMs, follow().kind], [sinceMs, "proved"]);
  });
  it("never has to do with a drain of an operator", () => {
    const drain = { action: "drain", target, overMs: 0, isForced: false, by: "anna", reason: null } as const;
    store.obey(drain);
    follow();
    follow({ phase: "staying" });
    assert.equal(share(), 0, "the operator's drain is still there");
    follow();
    assert.match(store.obey({ action: "undrain", target }).text, /is not drained any more/);
    assert.equal(share(), 0, "the propagator's order is still there");
    assert.equal(
      store.obey({ action: "undrain", target }).text,
      "shop/web in m1 is not drained: nothing to do",
    );
    follow({ phase: "staying" });
    assert.equal(share(), 255);
  });
  it("is about hosts that lead to the Service as well", () => {
    world.hosts = ["shop.example.com"];
    follow();
    assert.equal(share("m1", "shop.example.com"), 0);
    follow({ phase: "staying" });
    assert.equal(share("m1", "shop.example.com"), 255);
  });
});
