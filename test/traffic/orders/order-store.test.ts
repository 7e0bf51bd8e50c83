/** The store of orders: refusals, restarts and timers, with a driven clock and real files. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { OrderStore, type OrderStoreOptions } from "../../../src/traffic/orders/order-store.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { Presence } from "../../../src/traffic/orders/left.ts";
import type { OrderRequest } from "../../../src/traffic/orders/order.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const MINUTE = 60_000;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function filePath(): string {
  const folder = mkdtempSync(join(tmpdir(), "fedns-orders-"));
  folders.push(folder);
  return join(folder, "orders.json");
}

const presences: readonly Presence[] = [
  { service: "demo/hello", readyIn: ["us-west", "eu-central"] },
  { service: "demo/alone", readyIn: ["us-west"] },
];

type Opened = { readonly store: OrderStore; readonly clock: FakeClock; changes: number };

function open(path: string | null, options: Partial<OrderStoreOptions> = {}): Opened {
  const clock = options.clock instanceof FakeClock ? options.clock : new FakeClock();
  const opened: Opened = {
    store: new OrderStore({
      path,
      clusters: () => ["us-west", "eu-central"],
      services: () => presences,
      onChange: () => void opened.changes++,
      log: silentLog,
      ...options,
      clock,
    }),
    clock,
    changes: 0,
  };
  opened.store.load();
  return opened;
}

const target = (cluster: string, service: string | null = null): OrderRequest["target"] => ({
  cluster,
  service,
  address: null,
});
const drain = (
  cluster: string,
  options: { readonly overMs?: number; readonly isForced?: boolean } = {},
): OrderRequest => ({
  action: "drain",
  target: target(cluster),
  overMs: 0,
  isForced: false,
  by: "anna",
  reason: "new switches",
  ...options,
});

describe("an order", () => {
  it("that leaves services with nothing is refused, with their names, unless it is forced", () => {
    const { store, clock } = open(null);
    assert.deepEqual(store.obey(drain("us-west")), {
      ok: false,
      text: "refused: 1 service would have no cluster left",
      left: ["demo/alone"],
    });
    assert.deepEqual(store.orders.list, []);
    assert.deepEqual(store.obey(drain("us-west", { isForced: true })), {
      ok: true,
      text: "us-west is drained; 1 service now without a cluster",
      left: ["demo/alone"],
    });
    assert.equal(store.orders.shareOf("us-west", null, clock.wallMs()), 0);
    // What has lost everything already loses nothing more.
    assert.deepEqual(store.obey(drain("eu-central")).left, ["demo/hello"]);
  });

  it("to force down is refused like a drain", () => {
    const { store } = open(null);
    const down: OrderRequest = {
      ...(drain("us-west") as Extract<OrderRequest, { action: "drain" }>),
      action: "force",
      verdict: "down",
      forMs: null,
    };
    assert.deepEqual(store.obey(down).left, ["demo/alone"]);
  });

  it("for an unknown cluster or service is refused, with a suggestion", () => {
    const { store } = open(null);
    assert.equal(store.obey(drain("us-wst")).text, "unknown cluster us-wst; did you mean us-west?");
    assert.equal(store.obey(drain("zz")).text, "unknown cluster zz; known clusters: us-west, eu-central");
    const service = { ...drain("eu-central"), target: target("eu-central", "demo/helo") };
    assert.match(store.obey(service).text, /^no cluster declares demo\/helo; it must be NAMESPACE\/NAME/);
    assert.equal(store.obey({ ...service, isForced: true } as OrderRequest).ok, true);
  });

  it("is reported and done once; an order that changes nothing notifies no listener", () => {
    const opened = open(filePath());
    const { store } = opened;
    assert.equal(store.obey(drain("eu-central")).text, "eu-central is drained");
    assert.equal(store.obey(drain("eu-central")).text, "eu-central is drained already");
    assert.equal(store.obey({ action: "undrain", target: target("us-west") }).ok, true);
    assert.equal(opened.changes, 1);
    assert.equal(
      store.obey({ action: "undrain", target: target("eu-central") }).text,
      "eu-central is not drained any more",
    );
    assert.equal(opened.changes, 2);
  });
});

describe("time", () => {
  it("moves a ramp in steps, and then sets no timer any more", () => {
    const opened = open(filePath());
    const { store, clock } = opened;
    store.obey(drain("eu-central", { overMs: 10 * MINUTE }));
    clock.advance(5 * MINUTE);
    assert.equal(store.orders.shareOf("eu-central", null, clock.wallMs()), 128);
    assert.ok(opened.changes > 120 && opened.changes < 132, `${opened.changes}`);
    clock.advance(5 * MINUTE);
    assert.equal(store.orders.shareOf("eu-central", null, clock.wallMs()), 0);
    assert.equal(clock.pendingTimers, 0);
  });

  it("moves many ramps together: at most four times a second", () => {
    const clusters = Array.from({ length: 50 }, (_, i) => `c${i}`);
    const opened = open(null, { clusters: () => clusters, services: () => [] });
    for (const cluster of clusters) {
      opened.store.obey(drain(cluster, { overMs: 10 * MINUTE }));
      opened.clock.advance(37);
    }
    opened.changes = 0;
    opened.clock.advance(MINUTE);
    assert.ok(opened.changes <= 240 && opened.changes > 200, `${opened.changes}`);
  });

  it("ends a force, for good", () => {
    const path = filePath();
    const { store, clock } = open(path);
    store.obey({
      action: "force",
      target: target("eu-central"),
      verdict: "up",
      forMs: 30 * 86_400_000,
      isForced: false,
      by: "",
      reason: null,
    });
    // Longer than a timer of Node can be: it wakes on the way, and nothing comes of it.
    clock.advance(30 * 86_400_000 - 1);
    assert.equal(store.orders.list.length, 1);
    clock.advance(1);
    assert.deepEqual([store.orders.list, clock.pendingTimers], [[], 0]);
    assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), { version: 1, orders: [] });
  });
});

describe("a restart", () => {
  it("restores the orders, and a ramp at the share of the present time", () => {
    const path = filePath();
    const { store, clock } = open(path);
    store.obey(drain("eu-central", { overMs: 10 * MINUTE }));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(existsSync(`${path}.new`), false);
    store.stop();
    clock.advance(5 * MINUTE);
    const again = open(path, { clock });
    assert.equal(again.store.orders.shareOf("eu-central", null, clock.wallMs()), 128);
    const [order] = again.store.status.orders;
    assert.deepEqual([order?.by, order?.reason, order?.share], ["anna", "new switches", 128]);
    clock.advance(5 * MINUTE);
    assert.equal(again.store.orders.shareOf("eu-central", null, clock.wallMs()), 0);
    assert.ok(again.changes > 0);
  });

  it("with the clock set back neither undoes a complete drain nor stops a running one", () => {
    const path = filePath();
    const first = open(path);
    first.store.obey(drain("eu-central", { overMs: MINUTE }));
    first.clock.advance(2 * MINUTE);
    const earlier = open(path, { clock: new FakeClock(Date.UTC(2025, 0, 1)) });
    assert.equal(earlier.store.orders.shareOf("eu-central", null, earlier.clock.wallMs()), 0);
    const running = filePath();
    open(running).store.obey(drain("eu-central", { overMs: MINUTE }));
    const back = open(running, { clock: new FakeClock(Date.UTC(2025, 0, 1)) });
    back.clock.advance(MINUTE);
    assert.equal(back.store.orders.shareOf("eu-central", null, back.clock.wallMs()), 0);
  });

  for (const [claim, text] of [
    ["no JSON", "once upon a time"],
    ["cut short", '{"version":1,"orders":[{"kind":"dra'],
    ["of another version", '{"version":9,"orders":[]}'],
  ] as const) {
    it(`keeps a file that is ${claim} aside, and says so`, () => {
      const path = filePath();
      writeFileSync(path, text);
      const { store } = open(path);
      assert.match(
        store.status.problem ?? "",
        /not a file of orders \(version 1\); it is kept as .*\.refused$/,
      );
      assert.equal(readFileSync(`${path}.refused`, "utf8"), text);
      assert.equal(store.obey(drain("eu-central")).ok, true);
    });
  }

  it("obeys the valid orders of a file that is damaged in part, also after the next restart", () => {
    const path = filePath();
    open(path).store.obey(drain("eu-central"));
    const file = JSON.parse(readFileSync(path, "utf8")) as { orders: unknown[] };
    writeFileSync(path, JSON.stringify({ ...file, orders: [...file.orders, { kind: "drain" }] }));
    const { store, clock } = open(path);
    assert.match(store.status.problem ?? "", /1 of its orders are invalid/);
    assert.equal(store.orders.shareOf("eu-central", null, clock.wallMs()), 0);
    assert.equal(open(path).store.orders.list.length, 1);
  });
});

it("an order is applied even when it cannot be saved, and the reply says that a restart loses it", () => {
  const path = filePath();
  mkdirSync(`${path}.new`);
  const { store, clock } = open(path);
  const { ok, text } = store.obey(drain("eu-central"));
  assert.equal(ok, true);
  assert.match(text, /^eu-central is drained; but it cannot be saved and will be lost at a restart: /);
  assert.equal(store.orders.shareOf("eu-central", null, clock.wallMs()), 0);
  assert.match(store.status.problem ?? "", /cannot be saved/);
  rmSync(`${path}.new`, { recursive: true });
  store.obey({ action: "undrain", target: target("eu-central") });
  assert.equal(store.status.problem, null);
});

it("the status shows each order, its start, the share that is left, and what caches may still have", () => {
  const held = { addresses: 3, held: 1, until: "2026-01-01T00:05:30.000Z", latest: [], unprovable: [] };
  const { store, clock } = open(null, { cachedByClients: () => held });
  store.obey(drain("eu-central", { overMs: 10 * MINUTE }));
  clock.advance(5 * MINUTE);
  assert.deepEqual(store.status, {
    scope: "this server alone",
    orders: [
      {
        order: "drain",
        ...target("eu-central"),
        since: "2026-01-01T00:00:00.000Z",
        until: "2026-01-01T00:10:00.000Z",
        share: 128,
        by: "anna",
        reason: "new switches",
        held,
        note: null,
      },
    ],
    problem: null,
  });
});

it("an order about a cluster that has left stays, says that there is no such member, and holds when it returns", () => {
  const members = new Set(["us-west", "eu-central"]);
  const held = { addresses: 3, held: 0, until: null, latest: [], unprovable: [] };
  const { store } = open(null, { clusters: () => [...members], cachedByClients: () => held });
  store.obey(drain("eu-central"));
  members.delete("eu-central");
  const [order] = store.status.orders;
  assert.deepEqual(
    [order?.share, order?.held],
    [0, null],
    "nothing is proved about a cluster that is not there",
  );
  assert.match(order?.note ?? "", /no such member/);
  assert.match(store.obey(drain("eu-central")).text, /^unknown cluster eu-central/);
  members.add("eu-central");
  assert.equal(store.status.orders[0]?.note, null);
});
