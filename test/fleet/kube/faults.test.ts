/** Failing answers and connections, one by one: afterwards the store equals the server, and changes were unseen for a bounded time. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Resource } from "../../../src/fleet/kube/resource.ts";
import { Reflector } from "../../../src/fleet/watch/reflector.ts";
import { type Log, type LogFields, silentLog } from "../../../src/kernel/log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";
import {
  BLIND_MAX_MS,
  credentialsFor,
  isInSync,
  type Kept,
  project,
  seesTruth,
  service,
  SERVICES,
  type Watched,
  watchReturns,
  watchServer,
  withServices,
} from "./watched-server.ts";

/** Half a second of fake time, and enough of the real one for an answer to come over loopback. */
async function step(clock: FakeClock): Promise<void> {
  await clock.advanceAsync(500);
  await new Promise((resolve) => setTimeout(resolve, 3));
}

/** Another reflector over the same transport. */
function follow(t: TestContext, watched: Watched, resource: Resource, log: Log): Reflector<Kept> {
  const { clock, transport } = watched;
  const nothing = (): void => undefined;
  const sink = { onChange: nothing, onSynced: nothing };
  const reflector = new Reflector<Kept>({
    transport,
    resource,
    project,
    sink,
    clock,
    random: Math.random,
    log,
  });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
  });
  return reflector;
}

describe("a reflector recovers from", { timeout: 110_000, concurrency: true }, () => {
  for (const goneAs of ["status", "in-stream"] as const) {
    it(`410 Gone (${goneAs}) by listing again`, async (t) => {
      const watched = await watchServer(t, withServices(3));
      await isInSync(watched);
      watched.server.goneAs = goneAs;
      // Changes happen between the end of the watch and its resumption, and their history is compacted away.
      watched.server.resetConnections();
      watched.server.remove(SERVICES, "demo/s0");
      watched.server.put(SERVICES, service("new", "blue"));
      watched.server.compact();
      await until("it listed again", () => watched.reflector.health.relists === 1);
      await isInSync(watched);
      assert.ok(watched.reflector.health.blindLongestMs <= BLIND_MAX_MS);
    });
  }

  it("410 Gone within a watch", async (t) => {
    const watched = await watchServer(t, withServices(3));
    await isInSync(watched);
    watched.server.endWatches(410);
    watched.server.put(SERVICES, service("new", "blue"));
    await until("it listed again", () => watched.reflector.health.relists === 1);
    await isInSync(watched);
    assert.deepEqual(watched.told, ["s0", "s1", "s2", "new"], "a relist tells only what is different");
  });

  it("429 and honours Retry-After", async (t) => {
    const watched = await watchServer(t, withServices(1));
    await isInSync(watched);
    watched.server.refuseNext({ status: 429, retryAfterSeconds: 1 });
    const before = watched.server.seen.length;
    const startMs = watched.clock.nowMs();
    watched.server.resetConnections();
    watched.server.put(SERVICES, service("new", "blue"));
    await until("it asked again", () => watched.server.seen.length > before + 1);
    assert.ok(watched.clock.nowMs() - startMs >= 1_000, "sooner than the server asked for");
    await isInSync(watched);
    assert.ok(watched.reflector.health.blindLongestMs <= 1_000 + BLIND_MAX_MS);
    assert.equal(watched.reflector.health.relists, 0);
  });

  it("429 within a watch and honours Retry-After", async (t) => {
    const watched = await watchServer(t, withServices(1));
    await isInSync(watched);
    watched.server.endWatches(429, 1);
    const startMs = watched.clock.nowMs();
    watched.server.put(SERVICES, service("new", "blue"));
    await until("it asked again", () => watched.reflector.health.restarts > 0);
    assert.ok(watched.clock.nowMs() - startMs >= 1_000, "sooner than the server asked for");
    await isInSync(watched);
  });

  for (const status of [500, 503]) {
    it(`${status} for a while`, async (t) => {
      const watched = await watchServer(t, withServices(2));
      await isInSync(watched);
      watched.server.outage({ status });
      watched.server.resetConnections();
      watched.server.put(SERVICES, service("new", "blue"));
      await until("it is blind", () => watched.reflector.health.state === "blind");
      const before = watched.server.seen.length;
      await until("it tried some times", () => watched.server.seen.length >= before + 4);
      assert.match(watched.reflector.health.lastError ?? "", new RegExp(`answered ${status}`));
      watched.server.outage(null);
      await watchReturns(watched, `the watch is back after ${status}`);
      await seesTruth(watched);
      assert.equal(watched.reflector.health.relists, 0);
    });
  }

  it("a connection reset, by resuming where it was", async (t) => {
    const watched = await watchServer(t, withServices(3));
    await isInSync(watched);
    watched.server.resetConnections();
    watched.server.put(SERVICES, service("new", "blue"));
    watched.server.remove(SERVICES, "demo/s1");
    await until("it resumed", () => watched.reflector.health.restarts === 1);
    await isInSync(watched);
    assert.deepEqual(watched.told, ["s0", "s1", "s2", "new", "s1"]);
    assert.match(watched.troubles[0] ?? "", /^(the connection broke|cannot reach \S+): ./);
    assert.equal(watched.reflector.health.lastError, null, "the error ends with the trouble");
    const { relists, blindLongestMs, blindSinceMs } = watched.reflector.health;
    assert.deepEqual([relists, blindSinceMs], [0, null]);
    assert.ok(blindLongestMs > 0 && blindLongestMs <= BLIND_MAX_MS);
  });

  it("a failure that all watches share, with one line of the log", async (t) => {
    const lines: string[] = [];
    const log = { ...silentLog, warn: (_: LogFields, message: string) => void lines.push(message) };
    const watched = await watchServer(t, { ...withServices(1), reflector: { log } });
    const others = Array.from({ length: 9 }, (_, count) =>
      follow(t, watched, { group: "", version: "v1", plural: `things${count}` }, log),
    );
    await isInSync(watched);
    const areWatching = (): boolean => others.every(({ health }) => health.state === "watching");
    await until("all watch", areWatching);
    watched.server.outage({ status: 503 });
    watched.server.resetConnections();
    await until("all are blind", () => others.every(({ health }) => /503/.test(health.lastError ?? "")));
    watched.server.outage(null);
    await until("all are back", areWatching);
    // The reset connection and the 503.
    assert.ok(lines.length <= 2, lines.join("\n"));
    assert.match(lines[0] ?? "", /the watch of a resource failed/);
  });

  it("a server that is down for a while", async (t) => {
    const watched = await watchServer(t, withServices(2));
    await isInSync(watched);
    await watched.server.close();
    watched.server.put(SERVICES, service("new", "blue"));
    await until("it is blind", () => watched.reflector.health.blindSinceMs !== null);
    await until("the breaker opened", () => !watched.transport.breaker.isClosed);
    assert.match(watched.reflector.health.lastError ?? "", /cannot reach|connection broke/);
    await watched.server.listen();
    await watchReturns(watched, "the watch is back when the server listens again");
    await seesTruth(watched);
    assert.equal(watched.reflector.health.relists, 0);
  });

  it("half-open connections, within 45 s", async (t) => {
    const clock = new FakeClock();
    const watched = await watchServer(t, { clock, reflector: { random: () => 0.999 }, ...withServices(2) });
    await isInSync(watched);
    // All connections of now are dead ends, kept idle ones too; the last byte came just before.
    watched.server.goHalfOpen();
    watched.server.put(SERVICES, service("new", "blue"));
    let elapsedMs = 0;
    for (; watched.mirror.size < 3 && elapsedMs < 60_000; elapsedMs += 500) await step(clock);
    await seesTruth(watched);
    const { blindLongestMs, relists, restarts } = watched.reflector.health;
    assert.ok(elapsedMs <= 45_000, `blind for ${elapsedMs} ms`);
    assert.ok(
      blindLongestMs > 30_000 && blindLongestMs <= 45_000,
      `says it was blind for ${blindLongestMs} ms`,
    );
    assert.deepEqual([relists, restarts], [0, 1]);
  });

  it("a half-open connection while listing", async (t) => {
    const clock = new FakeClock();
    const watched = await watchServer(t, { clock, ...withServices(2) });
    await isInSync(watched);
    watched.server.compact();
    watched.server.put(SERVICES, service("new", "blue"));
    watched.server.endWatches(410);
    watched.server.goHalfOpen();
    for (let passedMs = 0; watched.mirror.size < 3 && passedMs < 60_000; passedMs += 500) await step(clock);
    await seesTruth(watched);
    assert.ok(watched.reflector.health.blindLongestMs <= 45_000);
  });

  it("tokens that expire", async (t) => {
    let token = "first";
    const watched = await watchServer(t, withServices(2));
    await isInSync(watched);
    watched.transport.adopt(credentialsFor(watched.server.url, () => token));
    watched.server.tokens = new Set(["second"]);
    token = "second";
    const late = credentialsFor(watched.server.url, () => "first");
    let renewals = 0;
    const renew = (): Promise<boolean> => {
      renewals += 1;
      watched.transport.adopt(credentialsFor(watched.server.url, () => token));
      return Promise.resolve(true);
    };
    watched.transport.adopt({ ...late, renew });
    watched.server.resetConnections();
    watched.server.put(SERVICES, service("new", "blue"));
    await until("it resumed", () => watched.reflector.health.restarts === 1);
    await isInSync(watched);
    assert.equal(renewals, 1);
    assert.equal(watched.reflector.health.relists, 0);
    assert.ok(watched.reflector.health.blindLongestMs <= BLIND_MAX_MS);
  });

  it("invalid credentials, at once when there are valid ones", async (t) => {
    const watched = await watchServer(t, withServices(2));
    await isInSync(watched);
    watched.server.tokens = new Set(["good"]);
    watched.server.resetConnections();
    watched.server.put(SERVICES, service("new", "blue"));
    await until("it is refused", () => /answered 401/.test(watched.reflector.health.lastError ?? ""));
    watched.transport.adopt(credentialsFor(watched.server.url, () => "good"));
    await watchReturns(watched, "the watch is back with good credentials");
    await seesTruth(watched);
  });

  it("a move of the cluster to another address, by listing there", async (t) => {
    const watched = await watchServer(t, withServices(2));
    const other = await watchServer(t, {
      prepare: (server) => server.put(SERVICES, service("there", "blue")),
    });
    await isInSync(watched);
    watched.transport.adopt(credentialsFor(other.server.url));
    await until("it sees the other cluster", () => watched.mirror.has("there") && watched.mirror.size === 1);
    assert.equal(watched.reflector.health.relists, 1);
  });
});
