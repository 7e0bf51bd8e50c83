/** An API that a cluster may not have: its absence is no failure, its coming and going are noticed. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { silentLog } from "../../src/log.ts";
import { metaOf } from "../../src/observe/raw.ts";
import { gatewayNeeds } from "../../src/observe/source-gateway.ts";
import { LOOK_AGAIN_MS, LOOKS_BELIEVED, SourceWatch } from "../../src/observe/source-watch.ts";
import { credentialsFor } from "../kube/watched-server.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FaultyApiServer } from "../support/faulty-api-server.ts";
import { until } from "../support/until.ts";
import { DiscoveryTransport, refusal } from "./discovery.ts";

const GROUP = "/apis/gateway.networking.k8s.io";

async function rig(t: TestContext) {
  const server = await FaultyApiServer.start();
  const clock = new FakeClock();
  const transport = new DiscoveryTransport({ clock, random: () => 0 });
  transport.adopt(credentialsFor(server.url));
  const seen = new Map<string, string>();
  let syncs = 0;
  const watch = new SourceWatch<string>({
    need: gatewayNeeds[0]!,
    transport,
    project: (object) => {
      const meta = metaOf(object);
      return meta === null ? null : { key: meta.key, value: meta.name };
    },
    equal: (a, b) => a === b,
    sink: {
      onChange: (key, value) => void (value === undefined ? seen.delete(key) : seen.set(key, value)),
      onSynced: () => void syncs++,
    },
    clock,
    random: () => 0,
    log: silentLog,
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
  return { server, clock, transport, watch, seen, put, syncs: () => syncs };
}

test("a resource that is not served is said to be so, counts as read, and is looked for again", async (t) => {
  const { clock, transport, watch, seen, put, syncs } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  assert.deepEqual(transport.asked, ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"]);
  assert.deepEqual([syncs(), watch.health.version, watch.health.lastError], [1, null, null]);
  put("v1beta1");
  transport.serve("gateways", "v1beta1");
  clock.advance(LOOK_AGAIN_MS);
  await until("it is seen", () => seen.size === 1);
  assert.deepEqual(
    [watch.health.state, watch.health.version],
    ["watching", "gateway.networking.k8s.io/v1beta1"],
  );
});

test("the newest version that is served is watched", async (t) => {
  const { transport, watch, put, seen, clock } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  put("v1");
  transport.serve("gateways", "v1beta1", "v1");
  clock.advance(LOOK_AGAIN_MS);
  await until("it is seen", () => seen.size === 1);
  assert.equal(watch.health.version, "gateway.networking.k8s.io/v1");
});

test("a server that cannot say is asked again, and says what is wrong meanwhile", async (t) => {
  const { clock, transport, watch } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  transport.failure = refusal(403);
  clock.advance(LOOK_AGAIN_MS);
  await until("it is refused", () => watch.health.lastError === "answered 403");
  assert.equal(watch.health.state, "not served here");
});

test("what was seen goes with its API, when that is gone for several looks in a row", async (t) => {
  const { server, clock, transport, watch, put, seen } = await rig(t);
  await until("it has looked", () => watch.health.state === "not served here");
  put("v1");
  transport.serve("gateways", "v1");
  clock.advance(LOOK_AGAIN_MS);
  await until("it is seen", () => seen.size === 1);
  transport.serve("gateways");
  server.outage({ status: 404 });
  server.resetConnections();
  await until("it is blind", () => watch.health.watch?.state === "blind");
  for (let look = 1; look <= LOOKS_BELIEVED; look++) {
    assert.equal(seen.size, 1, `after ${look - 1} looks`);
    const before = transport.asked.length;
    clock.advance(LOOK_AGAIN_MS);
    await until("it looks", () => transport.asked.length > before + 1);
  }
  await until("it is believed", () => seen.size === 0);
  await until("it is said", () => watch.health.state === "not served here");
});
