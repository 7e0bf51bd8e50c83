/** OptionalWatch: an API that a cluster may lack; its absence is not a failure, and changes are noticed. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { OperationalError } from "../../../src/kernel/error.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { metaOf } from "../../../src/fleet/sources/raw.ts";
import { SOURCES } from "../../../src/fleet/sources/source-table.ts";
import { CHECK_AGAIN_MS, ABSENT_CHECKS, OptionalWatch } from "../../../src/fleet/watch/optional-watch.ts";
import { credentialsFor } from "../kube/watched-server.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FaultyApiServer } from "../../support/faulty-api-server.ts";
import { until } from "../../support/until.ts";
import { DiscoveryTransport, refusal } from "../observe/discovery.ts";

/** Waits for `condition` while short pauses between attempts pass, but no check comes due. */
function passing(clock: FakeClock, what: string, condition: () => boolean): Promise<void> {
  return until(what, () => {
    clock.advance(1);
    return condition();
  });
}

const GROUP = "/apis/gateway.networking.k8s.io";

async function rig(t: TestContext, isAnyVersion: boolean = false) {
  const server = await FaultyApiServer.start();
  const clock = new FakeClock();
  const transport = new DiscoveryTransport({ clock, random: () => 0 });
  transport.adopt(credentialsFor(server.url));
  const seen = new Map<string, string>();
  const told: string[] = [];
  const warnings: string[] = [];
  const watch = new OptionalWatch<string>({
    watched: { ...SOURCES.gateways.resources["Gateway"]!, isAnyVersion },
    transport,
    project: (object) => {
      const meta = metaOf(object);
      return meta === null ? null : { key: meta.key, value: meta.name };
    },
    equal: (a, b) => a === b,
    sink: {
      onChange: (key, value) => void (value === undefined ? seen.delete(key) : seen.set(key, value)),
      onSynced: () => void told.push("read"),
    },
    onUnavailable: () => void told.push("unsure"),
    clock,
    random: () => 0,
    log: { ...silentLog, warn: (_, message) => void warnings.push(message) },
  });
  const ending = new AbortController();
  const running = watch.run(ending.signal);
  t.after(async () => {
    ending.abort();
    await running;
    transport.close();
    await server.close();
  });
  const put = (version: string): void =>
    server.put(`${GROUP}/${version}/gateways`, { metadata: { namespace: "infra", name: "public" } });
  return { server, clock, transport, watch, seen, put, told, warnings };
}

test("a resource that is not served is reported, does not hold up the cluster, and is checked again", async (t) => {
  const { clock, transport, watch, seen, put, told } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  assert.deepEqual(transport.asked, ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"]);
  assert.deepEqual([told, watch.health.version, watch.health.lastError], [["unsure"], null, null]);
  put("v1beta1");
  transport.serve("gateways", "v1beta1");
  clock.advance(CHECK_AGAIN_MS);
  await until("it is seen", () => seen.size === 1);
  await until("it watches", () => watch.health.state === "watching");
  assert.equal(watch.health.version, "gateway.networking.k8s.io/v1beta1");
});

test("the newest version that is served is watched", async (t) => {
  const { transport, watch, put, seen, clock } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  put("v1");
  transport.serve("gateways", "v1beta1", "v1");
  clock.advance(CHECK_AGAIN_MS);
  await until("it is seen", () => seen.size === 1);
  assert.equal(watch.health.version, "gateway.networking.k8s.io/v1");
});

test("discovery that fails is repeated, and the error is reported meanwhile", async (t) => {
  const { clock, transport, watch } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  transport.failure = refusal(500);
  clock.advance(CHECK_AGAIN_MS);
  await until("it fails", () => watch.health.lastError === "answered 500");
  assert.equal(watch.health.state, "not served here");
});

test("a resource counts as absent after several checks in a row, not after one", async (t) => {
  const { clock, transport, watch, told } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  for (let look = 2; look <= ABSENT_CHECKS; look++) {
    assert.deepEqual(told, ["unsure"], `after ${look - 1} looks`);
    const before = transport.asked.length;
    clock.advance(CHECK_AGAIN_MS);
    await until("it looks", () => transport.asked.length > before + 1);
  }
  await until("it is believed", () => told.length === 2);
  assert.deepEqual(told, ["unsure", "read"]);
});

test("credentials that are not loaded yet are no warning, and what fails afterwards is one", async (t) => {
  const { clock, transport, watch, warnings } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  for (const failure of [
    new OperationalError("KUBE_NO_CREDENTIALS", "not loaded"),
    refusal(500),
    refusal(502),
  ]) {
    transport.failure = failure;
    clock.advance(CHECK_AGAIN_MS);
    await until("it fails", () => watch.health.lastError === failure.message);
  }
  assert.deepEqual(warnings, ["cannot tell whether a resource is served"]);
});

test("a refused list is logged once, does not hold up the cluster, and is read once it is allowed", async (t) => {
  const { server, clock, transport, watch, told, warnings, put, seen } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  put("v1");
  transport.serve("gateways", "v1");
  server.outage({ status: 403 });
  clock.advance(CHECK_AGAIN_MS);
  await until("it watches", () => watch.health.watch?.state === "blind");
  clock.advance(100);
  await until("it is refused", () => watch.health.state === "refused");
  assert.match(watch.health.lastError ?? "", /403/);
  for (let i = 0; i < 3; i++) {
    const before = server.seen.length;
    await passing(clock, "it tries again", () => server.seen.length > before);
  }
  assert.deepEqual([told, seen.size], [["unsure", "unsure"], 0]);
  assert.equal(warnings.filter((message) => message.includes("may not be read")).length, 1);
  server.outage(null);
  await passing(clock, "it is seen", () => seen.size === 1);
  await until("it watches", () => watch.health.state === "watching");
  assert.deepEqual([told.at(-1), watch.health.lastError], ["read", null]);
});

test("a selector that the server does not accept is a refusal", async (t) => {
  const { server, clock, transport, watch, told, put } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  put("v1");
  transport.serve("gateways", "v1");
  server.outage({ status: 400 });
  clock.advance(CHECK_AGAIN_MS);
  await until("it watches", () => watch.health.watch?.state === "blind");
  clock.advance(100);
  await until("it is refused", () => watch.health.state === "refused");
  assert.deepEqual(told, ["unsure", "unsure"]);
});

test("refused discovery is a refusal", async (t) => {
  const { clock, transport, watch, told } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  transport.failure = refusal(403);
  clock.advance(CHECK_AGAIN_MS);
  await until("it is refused", () => watch.health.state === "refused");
  assert.deepEqual([told, watch.health.lastError], [["unsure", "unsure"], "answered 403"]);
});

test("objects stay when their resource is refused later, and that is reported", async (t) => {
  const { server, clock, transport, watch, put, seen, told } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  put("v1");
  transport.serve("gateways", "v1");
  clock.advance(CHECK_AGAIN_MS);
  await until("it is seen", () => seen.size === 1);
  server.outage({ status: 403 });
  server.resetConnections();
  await until("it is blind", () => watch.health.watch?.state === "blind");
  await passing(clock, "the watch is refused", () => watch.health.state === "refused");
  assert.deepEqual([seen.size, told], [1, ["unsure", "read"]]);
  server.outage(null);
  clock.advance(CHECK_AGAIN_MS);
  await passing(clock, "the watch runs", () => watch.health.state === "watching");
  assert.equal(watch.health.lastError, null);
});

test("objects go when their API is absent for several checks in a row", async (t) => {
  const { server, clock, transport, watch, put, seen } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  put("v1");
  transport.serve("gateways", "v1");
  clock.advance(CHECK_AGAIN_MS);
  await until("it is seen", () => seen.size === 1);
  await until("it watches", () => watch.health.watch?.state === "watching");
  clock.advance(100);
  transport.serve("gateways");
  server.outage({ status: 404 });
  server.resetConnections();
  // The first look does not wait.
  await passing(clock, "it says so", () => watch.health.state === "not served any more");
  assert.match(watch.health.lastError ?? "", /404/);
  for (let look = 2; look <= ABSENT_CHECKS; look++) {
    assert.equal(seen.size, 1, `after ${look - 1} looks`);
    const before = transport.asked.length;
    clock.advance(CHECK_AGAIN_MS);
    await until("it looks", () => transport.asked.length > before + 1);
  }
  await until("it is believed", () => seen.size === 0);
  await until("the resource is not served", () => watch.health.state === "not served here");
});

test("a watch that fails for another reason is blind until it is back, and says why", async (t) => {
  const { server, clock, transport, watch, put } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  put("v1");
  transport.serve("gateways", "v1");
  watch.look();
  await until("it watches", () => watch.health.state === "watching");
  server.outage({ status: 500 });
  server.resetConnections();
  const { health } = watch;
  assert.deepEqual([health.state, health.lastError], ["watching", null]);
  await passing(
    clock,
    "it says so",
    () => watch.health.state === "blind" && /500/.test(watch.health.lastError ?? ""),
  );
  server.outage(null);
  await passing(
    clock,
    "it is back",
    () => watch.health.state === "watching" && watch.health.lastError === null,
  );
});

test("another version of the group will do where that is asked for", async (t) => {
  const { clock, transport, watch, put, seen } = await rig(t, true);
  await until("it has looked", () => watch.health.state === "not served here");
  put("v3");
  transport.serve("gateways", "v3");
  clock.advance(CHECK_AGAIN_MS);
  await until("it is seen", () => seen.size === 1);
  assert.equal(watch.health.version, "gateway.networking.k8s.io/v3");
});

test("a look that is asked for does not wait", async (t) => {
  const { transport, watch, put, seen } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  put("v1");
  transport.serve("gateways", "v1");
  watch.look();
  await until("it is seen", () => seen.size === 1);
});

test("objects stay when another version is served, and those that it does not have go", async (t) => {
  const { server, clock, transport, watch, put, seen } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  put("v1");
  server.put(`${GROUP}/v1/gateways`, { metadata: { namespace: "infra", name: "old" } });
  transport.serve("gateways", "v1");
  watch.look();
  await until("both are seen", () => seen.size === 2);
  await until("it watches", () => watch.health.watch?.state === "watching");
  clock.advance(100);
  put("v1beta1");
  transport.serve("gateways", "v1beta1");
  const sizes: number[] = [];
  watch.look();
  await until("the other is watched", () => {
    sizes.push(seen.size);
    return watch.health.version === "gateway.networking.k8s.io/v1beta1" && seen.size === 1;
  });
  assert.equal(sizes.includes(0), false);
  assert.deepEqual([...seen.values()], ["public"]);
});

test("a resource that is missing is known to be so before it is believed", async (t) => {
  const { server, clock, transport, watch, put, seen } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  put("v1");
  transport.serve("gateways", "v1");
  watch.look();
  await until("it watches", () => watch.health.watch?.state === "watching");
  clock.advance(100);
  assert.equal(watch.health.isMissing, false);
  transport.serve("gateways");
  server.outage({ status: 404 });
  server.resetConnections();
  await passing(clock, "it is missing", () => watch.health.isMissing);
  assert.equal(seen.size, 1);
});
