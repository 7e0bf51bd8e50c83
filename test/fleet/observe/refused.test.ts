/** Sources that may not be read: the cluster does not wait for them, and hosts of an earlier run stay. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_SOURCES } from "../../run/config/default-sources.ts";
import { until } from "../../support/until.ts";
import { service, SERVICES, world, type World, type WorldOptions } from "./observed-cluster.ts";

const INGRESSES = "/apis/networking.k8s.io/v1/ingresses";
const ENDPOINTS = "/apis/externaldns.k8s.io/v1alpha1/dnsendpoints";
const SOURCES = {
  ...DEFAULT_SOURCES,
  ingresses: { ...DEFAULT_SOURCES.ingresses, enabled: true },
  dnsEndpoints: { ...DEFAULT_SOURCES.dnsEndpoints, enabled: true },
};

/** Ingresses may not be read, DNSEndpoints may. */
async function refusing(t: Parameters<typeof world>[0], options: WorldOptions = {}): Promise<World> {
  const here = await world(t, { sources: SOURCES, ...options });
  const metadata = { namespace: "shop", name: "web" };
  here.transport.serve("ingresses", "v1");
  here.transport.serve("dnsendpoints", "v1alpha1");
  here.transport.refused.add(INGRESSES);
  here.server.put(INGRESSES, { metadata, spec: { rules: [{ host: "shop.example.com" }] } });
  const endpoints = [{ dnsName: "a.example.com", recordType: "A", targets: ["192.0.2.1"] }];
  here.server.put(ENDPOINTS, { metadata, spec: { endpoints } });
  here.start();
  await until("it is refused", () => here.observer.sources["ingresses"]?.state === "refused");
  return here;
}

const declared = ({ declared: all }: World): readonly string[] => all.map(([key]) => key);

test("a refused source makes the cluster read in part, and is reported as refused", async (t) => {
  const here = await refusing(t);
  await until("it is read in part", () => here.parts() === 1);
  assert.deepEqual([here.reads(), here.observer.areHostsRead, here.syncs()], [0, true, 2]);
  assert.deepEqual(declared(here), ["DNSEndpoint shop/web"]);
  const { state, lastError } = here.observer.sources["ingresses"] ?? assert.fail();
  assert.deepEqual([state, lastError], ["refused", "answered 403"]);
});

test("a cluster counts as read, once, when a refused source can be read after all", async (t) => {
  const here = await refusing(t);
  await until("it is read in part", () => here.parts() === 1);
  here.transport.refused.clear();
  // As new credentials do: ends the pause.
  here.transport.breaker.wake();
  await until("it is read", () => here.reads() === 1);
  assert.deepEqual([here.parts(), declared(here)], [1, ["DNSEndpoint shop/web", "Ingress shop/web"]]);
});

test("hosts of an earlier run go after refusedMaxMs", async (t) => {
  const here = await refusing(t, { refusedMaxMs: 20 });
  await until("it is read in part", () => here.parts() === 1);
  await until("it is read", () => here.reads() === 1);
  assert.equal(here.observer.sources["ingresses"]?.state, "refused");
});

test("without permission to read namespaces, sources with a namespaceSelector have nothing, and others are not affected", async (t) => {
  const ingresses = { ...SOURCES.ingresses, namespaceSelector: "team=shop" };
  const here = await world(t, { sources: { ...SOURCES, ingresses } });
  here.transport.serve("ingresses", "v1");
  here.transport.serve("dnsendpoints", "v1alpha1");
  here.transport.refused.add("/api/v1/namespaces");
  here.server.put(SERVICES, service("hello", [{ ip: "192.0.2.1" }]));
  here.start();
  await until("it is read in part", () => here.parts() === 1);
  assert.equal(here.observer.sources["namespaces"]?.state, "refused");
  assert.equal(here.federation.member("west")?.backends.has("demo/hello"), true);
});
