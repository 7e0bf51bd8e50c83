/**
 * The API servers of the `fleet` bench in one process: the host is one of the sandbox, with KubeFed's definitions; the
 * members are simpler.
 *
 *   node bench/fleet/api-servers.ts DIRECTORY CLUSTERS SERVICES
 *
 * Writes DIRECTORY/host.kubeconfig, then DIRECTORY/port. Orders are GET requests: `/join/FROM/TO` and `/leave/CLUSTER` create
 * and delete KubeFedClusters, `/change/CLUSTER/INDEX/VERSION` changes the address of a Service, `/counters` tells how much
 * members were asked.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parse } from "yaml";
import { type ApiServer, startApiServer } from "../../src/sandbox/api-server.ts";
import { clusterName, hostNamespace } from "./content.ts";
import { Members } from "./members.ts";

const [directory = ".", ...numbers] = process.argv.slice(2);
const [clusters = 0, services = 0] = numbers.map(Number);
const definitions = ["kubefedclusters", "kubefedconfigs", "federatedtypeconfigs"];
const apiVersion = "core.kubefed.io/v1beta1";

const members = new Members(clusters, services);
const host = await startHost();
const memberPort = await listening(members.server);

async function startHost(): Promise<ApiServer> {
  const server = await startApiServer({ name: "host" });
  for (const name of definitions) {
    const path = join(import.meta.dirname, "..", "..", "deploy", "crds", `${name}.yaml`);
    server.objects.put(parse(readFileSync(path, "utf8")));
  }
  await server.settled();
  server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: hostNamespace } });
  for (let cluster = 0; cluster < clusters; cluster++)
    server.objects.put({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `token-of-${clusterName(cluster)}`, namespace: hostNamespace },
      data: { token: Buffer.from(`token-${cluster}`).toString("base64") },
    });
  writeFileSync(join(directory, "host.kubeconfig"), server.kubeconfig(), { mode: 0o600 });
  return server;
}

function listening(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function joinCluster(cluster: number): void {
  const name = clusterName(cluster);
  host.objects.put({
    apiVersion,
    kind: "KubeFedCluster",
    metadata: { name, namespace: hostNamespace },
    spec: {
      apiEndpoint: `http://127.0.0.1:${memberPort}/${name}`,
      secretRef: { name: `token-of-${name}` },
    },
  });
}

function order([what = "", ...places]: readonly string[]): unknown {
  const [first = 0, second = 0, version = 0] = places.map(Number);
  if (what === "join") for (let cluster = first; cluster <= second; cluster++) joinCluster(cluster);
  if (what === "leave")
    host.objects.delete({
      apiVersion,
      kind: "KubeFedCluster",
      namespace: hostNamespace,
      name: clusterName(first),
    });
  if (what === "change") members.change({ cluster: first, index: second, version });
  return what === "counters" ? members.counters : {};
}

const orders = createServer((incoming, outgoing) => {
  const [, ...path] = (incoming.url ?? "/").split("/");
  outgoing.setHeader("content-type", "application/json");
  try {
    outgoing.end(JSON.stringify(order(path)));
  } catch (error) {
    outgoing.writeHead(500).end(String(error));
  }
});
writeFileSync(join(directory, "port"), String(await listening(orders)));
