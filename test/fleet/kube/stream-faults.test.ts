/** Faulty streams and lists, one by one: no event is skipped, and the store ends up equal to the server. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { until } from "../../support/until.ts";
import {
  BLIND_MAX_MS,
  isInSync,
  seesTruth,
  service,
  SERVICES,
  watchServer,
  withServices,
} from "./watched-server.ts";

/** Forty pages, while the other tests run beside it. */
const LONG_LIST_MS = 80_000;

describe("a reflector recovers from", { timeout: 110_000, concurrency: true }, () => {
  it("a watch cut in the middle of a JSON line", async (t) => {
    const watched = await watchServer(t, withServices(2));
    await isInSync(watched);
    watched.server.putAndCut(SERVICES, service("s1", "blue"));
    await until("it resumed", () => watched.reflector.health.restarts >= 1);
    await isInSync(watched);
    assert.equal(watched.mirror.get("s1")?.color, "blue");
    assert.deepEqual(watched.told, ["s0", "s1", "s1"]);
    assert.ok(watched.reflector.health.blindLongestMs <= BLIND_MAX_MS);
  });

  it("a line that is not JSON, by resuming instead of skipping it", async (t) => {
    const watched = await watchServer(t, withServices(2));
    await isInSync(watched);
    watched.server.sendRaw("<html>bad gateway</html>\n");
    watched.server.put(SERVICES, service("s1", "blue"));
    await until("it resumed", () => watched.reflector.health.restarts === 1);
    await isInSync(watched);
    assert.match(watched.troubles.join(), /not JSON/);
  });

  it("a server that sends nonsense each time, by listing again", async (t) => {
    const watched = await watchServer(t, withServices(1));
    await isInSync(watched);
    for (let watches = 1; watched.reflector.health.relists === 0; watches += 1) {
      watched.server.sendRaw('{"type":"SURPRISE","object":{}}\n');
      await until(
        "the next watch",
        () => watched.reflector.health.restarts === watches && watched.server.openWatches === 1,
      );
    }
    assert.ok(watched.reflector.health.restarts >= 3);
    await seesTruth(watched);
  });

  it("a line of 2 MB", async (t) => {
    const watched = await watchServer(t, withServices(2));
    await isInSync(watched);
    watched.server.put(SERVICES, service("big", "blue", "x".repeat(2 * 1024 * 1024)));
    await seesTruth(watched);
    assert.equal(watched.mirror.get("big")?.size, 2 * 1024 * 1024);
    assert.equal(watched.reflector.health.restarts, 0);
  });

  it("a line longer than any object can be, without keeping it in memory", async (t) => {
    const watched = await watchServer(t, withServices(2));
    await isInSync(watched);
    watched.server.sendRaw("x".repeat(9 * 1024 * 1024));
    await until("it resumed", () => watched.reflector.health.restarts >= 1);
    assert.match(watched.troubles.join(), /longer than 8388608 bytes/);
    await isInSync(watched);
  });

  it("nothing but bookmarks, and resumes from the last of them after a compaction", async (t) => {
    const watched = await watchServer(t, withServices(2));
    await isInSync(watched);
    watched.server.put("/api/v1/nodes", service("elsewhere", "grey"));
    watched.server.bookmark();
    const { resourceVersion } = watched.server;
    await until("the bookmark counts", () => watched.reflector.health.resourceVersion === resourceVersion);
    watched.server.compact();
    watched.server.resetConnections();
    watched.server.put(SERVICES, service("new", "blue"));
    await until("it resumed", () => watched.reflector.health.restarts === 1);
    await isInSync(watched);
    assert.equal(watched.reflector.health.relists, 0);
    assert.notEqual(watched.reflector.health.lastBookmarkMs, null);
  });

  it("a server that restarts with a lower resourceVersion and silently drops events", async (t) => {
    const watched = await watchServer(t, withServices(20));
    await isInSync(watched);
    watched.server.restore(500, SERVICES, [service("s0", "blue"), service("old", "grey")]);
    await until("it listed again", () => watched.reflector.health.relists === 1);
    await isInSync(watched);
    watched.server.put(SERVICES, service("s0", "green"));
    await seesTruth(watched);
    assert.ok(watched.reflector.health.blindLongestMs <= BLIND_MAX_MS);
  });

  it("a resourceVersion that goes back within a watch", async (t) => {
    const watched = await watchServer(t, withServices(2));
    await isInSync(watched);
    const object = {
      ...service("s1", "blue"),
      metadata: { namespace: "demo", name: "s1", resourceVersion: "7" },
    };
    watched.server.sendRaw(`${JSON.stringify({ type: "MODIFIED", object })}\n`);
    await until("it listed again", () => watched.reflector.health.relists === 1);
    await isInSync(watched);
    assert.equal(watched.mirror.get("s1")?.color, "red");
  });

  it("a list of 20,000 objects in pages", async (t) => {
    const watched = await watchServer(t, withServices(20_000));
    await isInSync(watched, LONG_LIST_MS);
    assert.equal(watched.reflector.health.objectCount, 20_000);
    assert.equal(watched.server.seen.filter(({ kind }) => kind === "list").length, 40);
    assert.equal(watched.syncs(), 1);
    watched.told.length = 0;
    watched.server.endWatches(410);
    watched.server.remove(SERVICES, "demo/s777");
    await until("it listed again", () => watched.reflector.health.relists === 1, LONG_LIST_MS);
    await isInSync(watched);
    assert.deepEqual(watched.told, ["s777"], "a relist of 20,000 tells the one difference");
  });

  it("pages that expire, by starting over, and finally with a list without pages", async (t) => {
    const watched = await watchServer(t, withServices(1_200));
    await isInSync(watched);
    const expired = { status: 410, reason: "Expired", kind: "list" } as const;
    watched.server.endWatches(410);
    watched.server.put(SERVICES, service("new", "blue"));
    watched.server.refuseNext(expired, expired);
    await until("it listed again", () => watched.reflector.health.relists === 1);
    await isInSync(watched);
    const lists = watched.server.seen.filter(({ kind }) => kind === "list").map(({ request }) => request.url);
    assert.deepEqual(lists.slice(-3), [`${SERVICES}?limit=500`, `${SERVICES}?limit=500`, SERVICES]);
  });

  it("a server that ends each watch at once, without reopening it thousands of times", async (t) => {
    const watched = await watchServer(t, withServices(1));
    await isInSync(watched);
    const before = watched.server.seen.length;
    const startMs = watched.clock.nowMs();
    while (watched.clock.nowMs() - startMs < 500) {
      watched.server.endWatches();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(
      watched.server.seen.length - before < 60,
      `${watched.server.seen.length - before} requests in half a second`,
    );
    await isInSync(watched);
  });
});
