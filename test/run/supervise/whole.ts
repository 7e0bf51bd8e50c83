/** Everything at once: API servers, the three processes, and a client that asks. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { type Clusters, startClusters } from "../../support/clusters.ts";
import { type Fedns, startFedns, temporaryFolder } from "../../support/fedns.ts";
import type { Scope } from "../../support/programs.ts";
import { UdpClient } from "../../answer/serve/udp-client.ts";

export const HELLO = "hello.demo.myfed.svc.us-west.example.com";
export const HELLO_ADDRESSES: readonly string[] = ["192.0.2.10", "192.0.2.11"];
export const SETTINGS: { readonly serve: object } = { serve: { drainSeconds: 0, workers: 2 } };

const RETRY_MS = 10;
const ASK_AGAIN_MS = 4;
export const LOOK_AGAIN_MS = 20;

export type Whole = { readonly fedns: Fedns; readonly clusters: Clusters; readonly client: UdpClient };

export async function startWhole(scope: Scope): Promise<Whole> {
  const directory = await temporaryFolder(scope);
  const clusters = await startClusters(scope, directory);
  const fedns = await startFedns(scope, {
    directory,
    settings: { ...SETTINGS, clusters: clusters.settings },
  });
  return { fedns, clusters, client: await UdpClient.open(scope, fedns) };
}

let id = 0;

/** The sorted addresses of the answer. */
export async function addresses(
  client: UdpClient,
  name: string = HELLO,
  withinMs?: number,
): Promise<string[]> {
  id = (id + 1) & 0xffff;
  const { answer } = await client.ask({ name, type: 1, id }, withinMs);
  return answer.map(({ data }) => data).toSorted();
}

/**
 * As `addresses`, but asks again every few milliseconds, as resolvers do sooner or later. A thread that is killed while it
 * waits in recvmmsg still takes the datagrams that arrive before it runs for the last time: those queries are lost.
 */
export function addressesOnRetry(client: UdpClient, withinMs: number): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const ask = (): void => void addresses(client, HELLO, withinMs).then(resolve, reject);
  ask();
  const timer = setInterval(ask, RETRY_MS);
  return promise.finally(() => clearInterval(timer));
}

/** Asks until the answer is as expected; returns how long it took. */
export async function eventually(
  client: UdpClient,
  name: string,
  isRight: (data: readonly string[]) => boolean,
): Promise<number> {
  const startMs = performance.now();
  for (;;) {
    const data = await addresses(client, name);
    if (isRight(data)) return performance.now() - startMs;
    assert.ok(performance.now() - startMs < 15_000, `still ${data.join()}`);
    await delay(ASK_AGAIN_MS);
  }
}

/** Waits for one where the supervisor waits before it starts the child again. */
export async function pidOf(fedns: Fedns, child: "serve" | "control"): Promise<number> {
  for (;;) {
    const { pid } = (await fedns.status()).processes[child];
    if (pid !== null) return pid;
    await delay(LOOK_AGAIN_MS);
  }
}

export function putService(clusters: Clusters, name: string, address: string): void {
  const { objects } = clusters.server("us-west");
  const endpoints = [{ addresses: ["10.0.0.1"], conditions: { ready: true } }];
  const metadata = { name, namespace: "demo" };
  objects.put({
    apiVersion: "v1",
    kind: "Service",
    metadata,
    // A class that the sandbox gives no addresses of its own to.
    spec: { type: "LoadBalancer", loadBalancerClass: "test.example/own", ports: [{ port: 80 }] },
    status: { loadBalancer: { ingress: [{ ip: address }] } },
  });
  objects.put({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...metadata, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints,
    ports: [{ port: 80 }],
  });
}
