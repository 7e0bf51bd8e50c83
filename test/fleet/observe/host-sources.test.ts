/** HostSources: from the objects of an API server to claims on host names. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { ClaimIndex } from "../../../src/federation/hosts/claim-index.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import type { Labels } from "../../../src/federation/hosts/selector.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { HostSources } from "../../../src/fleet/observe/host-sources.ts";
import { openSources } from "../../../src/fleet/sources/open-sources.ts";
import { ROUTING_KINDS, type SourceSettings } from "../../../src/fleet/sources/source-table.ts";
import { DEFAULT_SOURCES, settingsOf } from "../../run/config/default-sources.ts";
import { answerText } from "../../federation/hosts/claim-text.ts";
import { credentialsFor } from "../kube/watched-server.ts";
import { FaultyApiServer } from "../../support/faulty-api-server.ts";
import { until } from "../../support/until.ts";
import { DiscoveryTransport } from "./discovery.ts";

/** Does what an observer does with its watch of namespaces. */
function labels(sources: HostSources, namespaces: Readonly<Record<string, Labels>> = {}): void {
  for (const [name, of] of Object.entries(namespaces)) sources.setNamespace(name, of);
  sources.namespacesRead(true);
}

const ALL = settingsOf((name) => ["ingresses", "gateways", "externalDns", "dnsEndpoints"].includes(name));
const off = { ...ALL.gateways, ...ALL.ingresses, enabled: false };
const on = { ...ALL.gateways, ...ALL.ingresses };
const INGRESSES = "/apis/networking.k8s.io/v1/ingresses";
const GATEWAY = "/apis/gateway.networking.k8s.io/v1";
const ENDPOINTS = "/apis/externaldns.k8s.io/v1alpha1/dnsendpoints";

const metadata = { namespace: "shop", name: "web" };
const True = (...types: string[]): object[] => types.map((type) => ({ type, status: "True" }));

function ingress(host: string, address: string): { metadata: typeof metadata } {
  const status = { loadBalancer: { ingress: [{ ip: address }] } };
  return { metadata, spec: { rules: [{ host }] }, status } as { metadata: typeof metadata };
}

async function rig(t: TestContext, settings: SourceSettings) {
  const server = await FaultyApiServer.start();
  const clock = systemClock;
  const transport = new DiscoveryTransport({ clock, random: Math.random });
  transport.adopt(credentialsFor(server.url));
  const index = new ClaimIndex({
    rules: [{ suffix: "example.com", clusters: [], namespaces: [] }],
    authority: { zones: ["example.com"], domains: [], nameservers: [], occupied: () => null },
    routingKinds: ROUTING_KINDS,
    onHost: () => undefined,
  });
  const progress: string[] = [];
  const sources = new HostSources({
    transport,
    sources: await openSources(settings),
    declared: (key, declaration) => index.set("us-west", key, declaration),
    onProgress: () => void progress.push(sources.isWhole ? "whole" : "in part"),
    clock,
    random: Math.random,
    log: silentLog,
  });
  const ending = new AbortController();
  let running: Promise<void> = Promise.resolve();
  t.after(async () => {
    ending.abort();
    await running;
    transport.close();
    await server.close();
  });
  const run = (): void => void (running = sources.run(ending.signal));
  const answer = (host: string): string => answerText(index.answerOf(host));
  return { server, transport, sources, index, run, answer, progress };
}

test("sources that are on are watched; one that is not served is reported and does not affect the others", async (t) => {
  const { server, transport, sources, run, answer, progress } = await rig(t, ALL);
  transport.serve("ingresses", "v1");
  server.put(INGRESSES, ingress("shop.example.com", "192.0.2.1"));
  assert.equal(sources.isSynced, false);
  run();
  labels(sources);
  await until("all is read", () => sources.isSynced);
  assert.equal(answer("shop.example.com"), "of shop/web: us-west 192.0.2.1");
  assert.equal(progress.at(-1), "in part");
  await until("it is watched", () => sources.health["ingresses"]?.state === "watching");
  const states = Object.entries(sources.health).map(([name, { state }]) => `${name} ${state}`);
  assert.deepEqual(states, [
    "ingresses watching",
    "gateways not served here",
    "listenersets not served here",
    "xlistenersets not served here",
    "httproutes not served here",
    "grpcroutes not served here",
    "tlsroutes not served here",
    "tcproutes not served here",
    "udproutes not served here",
    "dnsendpoints not served here",
  ]);
  server.put(INGRESSES, ingress("shop.example.com", "192.0.2.2"));
  await until("the change is seen", () => answer("shop.example.com").endsWith("192.0.2.2"));
  server.remove(INGRESSES, "shop/web");
  await until("the end is seen", () => answer("shop.example.com") === "not answered");
});

test("routes, their Gateway and the labels of their namespace may come in any order", async (t) => {
  const { server, transport, sources, run, answer } = await rig(t, ALL);
  transport.serve("gateways", "v1");
  transport.serve("httproutes", "v1");
  const from = { from: "Selector", selector: { matchLabels: { exposed: "yes" } } };
  const listeners = [{ name: "http", port: 80, protocol: "HTTP", allowedRoutes: { namespaces: from } }];
  const parentRef = { name: "public", namespace: "infra" };
  const parents = [{ parentRef, conditions: True("Accepted") }];
  server.put(`${GATEWAY}/httproutes`, {
    metadata,
    spec: { hostnames: ["shop.example.com"], parentRefs: [parentRef] },
    status: { parents },
  });
  server.put(`${GATEWAY}/gateways`, {
    metadata: { namespace: "infra", name: "public" },
    spec: { listeners },
    status: { conditions: True("Accepted", "Programmed"), addresses: [{ value: "192.0.2.3" }] },
  });
  run();
  labels(sources);
  await until("all is read", () => sources.isSynced);
  assert.equal(answer("shop.example.com"), "not answered");
  labels(sources, { shop: { exposed: "yes" } });
  assert.equal(answer("shop.example.com"), "of shop/web: us-west 192.0.2.3");
});

test("the server filters by labels of objects, and fedns by labels of namespaces", async (t) => {
  const ingresses = { ...on, namespaceSelector: "team=shop", labelSelector: "exposed" };
  const { server, transport, sources, run, answer } = await rig(t, {
    ...ALL,
    gateways: off,
    dnsEndpoints: off,
    ingresses,
  });
  transport.serve("ingresses", "v1");
  server.put(INGRESSES, ingress("shop.example.com", "192.0.2.1"));
  run();
  labels(sources);
  await until("all is read", () => sources.isSynced);
  const queries = server.seen
    .map(({ request }) => request.url ?? "")
    .filter((url) => url.startsWith(INGRESSES));
  assert.ok(
    queries.length > 0 && queries.every((url) => url.includes("labelSelector=exposed")),
    queries.join(),
  );
  assert.equal(answer("shop.example.com"), "not answered");
  labels(sources, { shop: { team: "shop" } });
  assert.notEqual(answer("shop.example.com"), "not answered");
});

test("parts of a DNSEndpoint that are not understood are reported with its name", async (t) => {
  const { server, transport, sources, index, run, answer } = await rig(t, {
    ...ALL,
    gateways: off,
    ingresses: off,
  });
  transport.serve("dnsendpoints", "v1alpha1");
  const endpoints = [
    { dnsName: "a.example.com", recordType: "TXT", targets: ["hello"] },
    { dnsName: "b.example.com", recordType: "A", targets: ["nowhere"] },
  ];
  server.put(ENDPOINTS, { metadata, spec: { endpoints } });
  run();
  await until("all is read", () => sources.isSynced);
  assert.equal(answer("a.example.com"), 'of shop/web: Infinity TXT "hello"');
  assert.deepEqual(
    index.faults.map(({ cluster, object, host, reason }) => [cluster, object, host, reason].join(", ")),
    ["us-west, DNSEndpoint shop/web, b.example.com, not served"],
  );
});

test("a source with a namespaceSelector waits for namespaces, but not when they cannot be read", async (t) => {
  const { server, transport, sources, run, answer } = await rig(t, {
    ...ALL,
    gateways: off,
    dnsEndpoints: on,
  });
  assert.equal(sources.needsNamespaces, false);
  const chosen = await rig(t, { ...ALL, gateways: off, dnsEndpoints: { ...on, namespaceSelector: "team" } });
  for (const here of [{ server, transport, run }, chosen]) {
    here.transport.serve("ingresses", "v1");
    here.server.put(INGRESSES, ingress("shop.example.com", "192.0.2.1"));
    here.run();
  }
  await until("one is read", () => sources.isSynced && answer("shop.example.com") !== "not answered");
  await until("the other has ingresses", () => chosen.answer("shop.example.com") !== "not answered");
  assert.equal(chosen.sources.isSynced, false);
  chosen.sources.namespacesRead(false);
  assert.deepEqual([chosen.sources.isSynced, chosen.sources.isWhole], [true, false]);
});

test("without a source of host names nothing is watched, and nothing is waited for", async (t) => {
  const { server, sources, run, progress } = await rig(t, DEFAULT_SOURCES);
  run();
  assert.deepEqual([sources.isWhole, progress, sources.health, server.seen.length], [true, ["whole"], {}, 0]);
  assert.equal(sources.needsNamespaces, false);
});
