/**
 * The host of the `propagate` bench: one API server of the sandbox, with KubeFed's definitions and all members declared.
 *
 *   node bench/propagate/host.ts DIRECTORY MEMBERS.JSON
 *
 * Writes DIRECTORY/host.kubeconfig, then DIRECTORY/port. Orders are in `orders` below. Objects are changed within the process:
 * a change is accepted when the order returns.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { startApiServer } from "../../src/sandbox/api-server.ts";
import { installHostTypes } from "../../src/sandbox/host-types.ts";
import type { Manifest } from "../../src/sandbox/store/objects.ts";
import { hostNamespace } from "../fleet/content.ts";
import { federatedSpec, namespace, objectName, typeConfig } from "./content.ts";
import { RequestCounter, sharedNowMs, takeOrders } from "./orders.ts";

/** So many are changed before others get their turn. */
const chunkObjects = 20;
const federatedVersion = "types.kubefed.io/v1beta1";

type Access = {
  readonly name: string;
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
};

const [directory = ".", membersFile = ""] = process.argv.slice(2);
const server = await startApiServer({ name: "host" });
const counter = new RequestCounter();
counter.count(server);

function put(manifest: object): void {
  server.objects.put(manifest as Manifest);
}

function declare({ name, url, caPem, token }: Access): void {
  const metadata = { name, namespace: hostNamespace };
  put({ apiVersion: "v1", kind: "Secret", metadata, data: { token: base64(token) } });
  put({
    apiVersion: "core.kubefed.io/v1beta1",
    kind: "KubeFedCluster",
    metadata,
    spec: { apiEndpoint: url, caBundle: base64(caPem), secretRef: { name } },
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function write(index: number, version: number): void {
  put({
    apiVersion: federatedVersion,
    kind: "FederatedConfigMap",
    metadata: { namespace, name: objectName(index) },
    spec: federatedSpec(index, version),
  });
}

/** What others have written to it stays. */
function change(index: number, version: number): number {
  const ref = {
    apiVersion: federatedVersion,
    kind: "FederatedConfigMap",
    namespace,
    name: objectName(index),
  };
  server.objects.patch(ref, { spec: { template: { data: { version: String(version) } } } });
  return sharedNowMs();
}

async function each(count: number, act: (index: number) => void): Promise<number> {
  const fromMs = sharedNowMs();
  for (let index = 0; index < count; index++) {
    act(index);
    if (index % chunkObjects === 0) await turn();
  }
  return fromMs;
}

await installHostTypes(server.objects);
await server.settled();
put({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
put(typeConfig("namespaces", "Namespace", false, hostNamespace));
put(typeConfig("configmaps", "ConfigMap", true, hostNamespace));
put({
  apiVersion: federatedVersion,
  kind: "FederatedNamespace",
  metadata: { namespace, name: namespace },
  spec: { placement: { clusterSelector: {} } },
});
for (const member of JSON.parse(readFileSync(membersFile, "utf8")) as Access[]) declare(member);
writeFileSync(join(directory, "host.kubeconfig"), server.kubeconfig(), { mode: 0o600 });

takeOrders(directory, {
  /** Federated objects are made, at version 0. Milliseconds at which it began. */
  fill: (count = 0) => each(count, (index) => write(index, 0)),
  /** One object is changed. Milliseconds at which it was accepted. */
  change: (index = 0, version = 0) => change(index, version),
  /** The first objects are changed. Milliseconds at which it began. */
  changeAll: (count = 0, version = 0) => each(count, (index) => void change(index, version)),
  requests: () => counter.requests,
});
