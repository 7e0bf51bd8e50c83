/** Reflector with a server that works: what the sink receives, what is kept and requested, and how it ends. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";
import { isWatching, seesTruth, service, SERVICES, watchServer } from "../kube/watched-server.ts";

describe("Reflector", { timeout: 20_000 }, () => {
  it("lists, then follows additions, changes and deletions", async (t) => {
    const watched = await watchServer(t, { prepare: (server) => server.put(SERVICES, service("a", "red")) });
    await isWatching(watched);
    await seesTruth(watched);
    watched.server.put(SERVICES, service("b", "blue"));
    watched.server.put(SERVICES, service("a", "green"));
    watched.server.remove(SERVICES, "demo/b");
    await until("all events arrived", () => watched.told.length === 4);
    await seesTruth(watched);
    assert.deepEqual(watched.told, ["a", "b", "a", "b"]);
    assert.equal(watched.syncs(), 1);
  });

  it("ignores a change of fields that are not kept", async (t) => {
    const watched = await watchServer(t, { prepare: (server) => server.put(SERVICES, service("a", "red")) });
    await isWatching(watched);
    watched.server.put(SERVICES, { ...service("a", "red"), status: { touched: true } });
    watched.server.put(SERVICES, service("b", "blue"));
    await seesTruth(watched);
    assert.deepEqual(watched.told, ["a", "b"]);
  });

  it("removes an object whose projection becomes null or throws", async (t) => {
    const watched = await watchServer(t, {
      prepare: (server) => ["a", "b", "c"].forEach((name) => server.put(SERVICES, service(name, "red"))),
    });
    await isWatching(watched);
    watched.server.put(SERVICES, service("a", "hidden"));
    watched.server.put(SERVICES, service("b", "broken"));
    await until("both are gone", () => watched.mirror.size === 1);
    assert.equal(watched.reflector.health.projectionErrors, 1);
    assert.equal(watched.reflector.health.state, "watching");
  });

  it("goes on when a sink throws", async (t) => {
    const seen: string[] = [];
    const sink = {
      onChange(key: string) {
        seen.push(key);
        throw new Error("not today");
      },
      onSynced: () => undefined,
    };
    const watched = await watchServer(t, { reflector: { sink } });
    await isWatching(watched);
    watched.server.put(SERVICES, service("a", "red"));
    watched.server.put(SERVICES, service("b", "red"));
    await until("both were told", () => seen.length === 2);
    assert.equal(watched.reflector.health.sinkErrors, 2);
    assert.equal(watched.reflector.health.restarts, 0);
  });

  it("renews quiet watches on the same connection, without a relist and with hardly a gap", async (t) => {
    const clock = new FakeClock();
    const watched = await watchServer(t, {
      clock,
      prepare: (server) => server.put(SERVICES, service("a", "red")),
    });
    await isWatching(watched);
    const { connections } = watched.server;
    for (let seconds = 0; seconds < 300; seconds += 1) {
      await clock.advanceAsync(1_000);
      await isWatching(watched);
    }
    const watches = watched.server.seen.filter(({ kind }) => kind === "watch");
    assert.ok(watches.length >= 9 && watches.length <= 13, `${watches.length} watches in five minutes`);
    const seconds = watches.map(({ request }) =>
      new URL(request.url ?? "", "http://it").searchParams.get("timeoutSeconds"),
    );
    assert.ok(new Set(seconds).size > 1, "the ends of watches are spread");
    assert.equal(watched.server.connections, connections);
    const { relists, blindLongestMs, lastBookmarkMs } = watched.reflector.health;
    assert.equal(relists, 0);
    assert.ok(blindLongestMs <= 1_000);
    assert.notEqual(lastBookmarkMs, null);
  });

  it("sends its query with lists and watches", async (t) => {
    const query = { labelSelector: "app=dns,tier!=test" };
    const watched = await watchServer(t, { reflector: { query } });
    await isWatching(watched);
    const selectors = watched.server.seen.map(({ request }) =>
      new URL(request.url ?? "", "http://it").searchParams.get("labelSelector"),
    );
    assert.deepEqual(selectors, [query.labelSelector, query.labelSelector]);
  });

  it("stops at once, without leaving a connection or timer", async (t) => {
    const clock = new FakeClock();
    const watched = await watchServer(t, { clock });
    await isWatching(watched);
    await watched.stop();
    assert.equal(watched.reflector.health.state, "stopped");
    assert.notEqual(watched.reflector.health.blindSinceMs, null);
    await until("nothing waits", () => clock.pendingTimers === 0 && watched.server.openWatches === 0);
  });
});
