/** Watches over HTTPS: where they start, what they send, and when they end. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { startApiServer } from "../../src/sandbox/api-server.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { until } from "../support/until.ts";
import { Client, secret } from "./client.ts";
import { startServer } from "./server.ts";

const path = "/api/v1/namespaces/watched/secrets";

const clock = new FakeClock();
const { server, client } = await startServer({ clock });

describe("a watch", () => {
  const put = (name: string, labels = {}): number => {
    const stored = server.objects.put(secret(name, { namespace: "watched", labels }));
    return Number(stored.metadata.resourceVersion);
  };
  const clear = (): void => {
    for (const object of server.objects.list("v1", "Secret", "watched")) {
      server.objects.delete({
        apiVersion: "v1",
        kind: "Secret",
        namespace: "watched",
        name: object.metadata.name,
      });
    }
  };

  before(async () => {
    server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "watched" } });
    await server.settled();
  });

  test("without a version sends all existing objects, then the changes", async () => {
    put("a");
    const watch = await client.watch(`${path}?watch=true`);
    await watch.saw(1);
    put("a", { changed: "yes" });
    put("b");
    clear();
    const seen = await watch.saw(5);
    assert.deepEqual(seen.slice(0, 5), ["ADDED a", "MODIFIED a", "ADDED b", "DELETED a", "DELETED b"]);
    watch.close();
  });

  test("from a version sends all later changes, with the version of a deletion", async () => {
    const from = put("c");
    put("d");
    server.objects.delete({ apiVersion: "v1", kind: "Secret", namespace: "watched", name: "c" });
    const watch = await client.watch(`${path}?watch=1&resourceVersion=${from}`);
    assert.deepEqual(await watch.saw(2), ["ADDED d", "DELETED c"]);
    assert.equal(Number(watch.events[1]?.object.metadata.resourceVersion), server.objects.version);
    watch.close();
    clear();
  });

  test("with a label selector sends DELETED for an object that stops matching, and ADDED for one that starts", async () => {
    const from = put("e", { tier: "front" });
    const watch = await client.watch(`${path}?watch=1&resourceVersion=${from}&labelSelector=tier%3Dfront`);
    put("e", { tier: "back" });
    put("e", { tier: "front" });
    put("f", { tier: "back" });
    put("g", { tier: "front" });
    assert.deepEqual(await watch.saw(3), ["DELETED e", "ADDED e", "ADDED g"]);
    assert.equal(watch.events[0]?.object.metadata.labels.tier, "front");
    watch.close();
    clear();
  });

  test("from a compacted version gets 410 Expired in the stream and ends", async () => {
    const from = put("h");
    put("i");
    server.compact();
    const watch = await client.watch(`${path}?watch=1&resourceVersion=${from}`);
    await until("the end", () => watch.isEnded);
    assert.equal(watch.code, 200);
    assert.equal(watch.events.length, 1);
    const { type, object } = watch.events[0] ?? assert.fail("no event");
    assert.deepEqual([type, object.kind, object.code, object.reason], ["ERROR", "Status", 410, "Expired"]);
    assert.match(object.message, /^too old resource version: \d+ \(\d+\)$/);
    clear();
  });

  test("from a compacted version gets a plain 410 where the server is configured so", async () => {
    const strict = await startApiServer({ expiredAs: "status", firstVersion: 1000 });
    const strictClient = new Client(strict);
    const answer = await strictClient.call("/api/v1/pods?watch=1&resourceVersion=7");
    assert.deepEqual([answer.code, answer.body.reason], [410, "Expired"]);
    await strictClient.close();
    await strict.close();
  });

  test("gets a bookmark a minute only where it allows them, and can resume from it", async () => {
    const from = put("j");
    const plain = await client.watch(`${path}?watch=1&resourceVersion=${from}`);
    const marked = await client.watch(`${path}?watch=1&resourceVersion=${from}&allowWatchBookmarks=true`);
    server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } });
    await server.settled();
    await clock.advanceAsync(60_000);
    assert.deepEqual(await marked.saw(1), [`BOOKMARK ${server.objects.version}`]);
    assert.deepEqual(Object.keys(marked.events[0]?.object), ["kind", "apiVersion", "metadata"]);
    assert.equal(plain.events.length, 0);
    plain.close();
    marked.close();
    clear();
  });

  test("ends after timeoutSeconds", async () => {
    const watch = await client.watch(
      `${path}?watch=1&resourceVersion=${server.objects.version}&timeoutSeconds=5`,
    );
    await clock.advanceAsync(4_900);
    assert.equal(watch.isEnded, false);
    await clock.advanceAsync(200);
    await until("the end", () => watch.isEnded);
    assert.equal(watch.events.length, 0);
  });

  test("with sendInitialEvents gets a bookmark that marks the end of the list", async () => {
    put("k");
    const query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const watch = await client.watch(`${path}?${query}`);
    assert.deepEqual(
      (await watch.saw(2)).map((line) => line.split(" ")[0]),
      ["ADDED", "BOOKMARK"],
    );
    assert.deepEqual(watch.events[1]?.object.metadata.annotations, { "k8s.io/initial-events-end": "true" });
    watch.close();
    const refused = await client.call(`${path}?watch=1&sendInitialEvents=true`);
    assert.equal(refused.code, 422);
    clear();
  });

  test("as a table sends its columns once", async () => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    put("l");
    const watch = await client.watch(`${path}?watch=1`, { accept });
    put("m");
    await until("two events", () => watch.events.length === 2);
    assert.equal(watch.events[0]?.object.columnDefinitions.length, 4);
    assert.equal(watch.events[1]?.object.columnDefinitions.length, 0);
    assert.equal(watch.events[1]?.object.rows[0].cells[0], "m");
    watch.close();
    clear();
  });

  test("with an unsupported media type is 406 and leaves no listener behind", async () => {
    assert.equal((await client.call(`${path}?watch=1`, { accept: "text/html" })).code, 406);
    put("n");
    clear();
  });

  test("is closed on the server when the client disconnects", async () => {
    await until("earlier watches are gone", () => clock.pendingTimers === 0);
    const watch = await client.watch(`${path}?watch=1&resourceVersion=${server.objects.version}`);
    assert.equal(clock.pendingTimers, 1);
    watch.close();
    await until("the timer is gone", () => clock.pendingTimers === 0);
  });

  test("is closed by closeConnections and by close, at once", async () => {
    const other = await startApiServer();
    const otherClient = new Client(other);
    const first = await otherClient.watch("/api/v1/pods?watch=1");
    other.closeConnections();
    await until("the cut", () => first.isEnded);
    const second = await otherClient.watch("/api/v1/pods?watch=1");
    const startMs = performance.now();
    await other.close();
    assert.ok(performance.now() - startMs < 500, "close waited");
    await until("the end", () => second.isEnded);
    await otherClient.close();
  });
});
