/**
 * The members of the `propagate` bench: API servers of the sandbox, in one process.
 *
 *   node bench/propagate/members.ts DIRECTORY MEMBERS SERVICES
 *
 * Writes DIRECTORY/members.json, then DIRECTORY/port. Orders are in `orders` below.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ApiServer, startApiServer } from "../../src/sandbox/api-server.ts";
import type { Manifest } from "../../src/sandbox/store/objects.ts";
import { createAuthority } from "../../src/sandbox/tls/authority.ts";
import { objectText } from "../fleet/content.ts";
import { namespace as serviceNamespace } from "../load/api-objects.ts";
import { Arrivals } from "./arrivals.ts";
import { bareNamespace, memberName, namespace } from "./content.ts";
import { RequestCounter, takeOrders } from "./orders.ts";

/** Each change holds two states of an object, and lists are whole: a short history is enough. */
const historyChanges = 4_000;

/** What the API server decides. */
const SERVERS_OWN = { uid: undefined, resourceVersion: undefined, creationTimestamp: undefined };

const [directory = ".", ...numbers] = process.argv.slice(2);
const [members = 0, services = 0] = numbers.map(Number);
const arrivals = new Arrivals();
const counter = new RequestCounter();

async function startMember(name: string, authority: Awaited<ReturnType<typeof createAuthority>>) {
  const nodes = [{ name: "node-1", region: name, zone: "a" }];
  const server = await startApiServer({ name, authority, historyChanges, nodes, hasControllers: false });
  for (const one of [bareNamespace, serviceNamespace])
    server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: one } });
  arrivals.observe(server);
  counter.count(server);
  return server;
}

/** The address of a Service of a load balancer is its content. */
function putService(server: ApiServer, cluster: number, index: number, version: number): void {
  const place = { cluster, index, version };
  const service = JSON.parse(objectText("services", place, services)) as Manifest;
  const { ports, clusterIP: _, ...spec } = service["spec"] as { ports: object[]; clusterIP: string };
  const { nodePort: __, ...port } = ports[0] as { nodePort: number };
  const metadata = { ...service.metadata, ...SERVERS_OWN };
  const sent = { ...service, apiVersion: "v1", kind: "Service", metadata, spec: { ...spec, ports: [port] } };
  server.objects.put(sent as unknown as Manifest);
  if (version > 0) return;
  const slice = JSON.parse(objectText("endpointslices", place, services)) as Manifest;
  server.objects.put({
    ...slice,
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...slice.metadata, ...SERVERS_OWN } as never,
  });
}

const authority = await createAuthority();
const servers: ApiServer[] = [];
for (let member = 0; member < members; member++) {
  const server = await startMember(memberName(member), authority);
  for (let index = 0; index < services; index++) putService(server, member, index, 0);
  servers.push(server);
}
const access = servers.map(({ name, url, caPem, token }) => ({ name, url, caPem, token }));
writeFileSync(join(directory, "members.json"), JSON.stringify(access), { mode: 0o600 });

takeOrders(directory, {
  /** Milliseconds at which the copies of an object came to a version. */
  arrivals: (index = 0, version = 0) => arrivals.ofObject(index, version, members),
  /** When the last of all copies did. */
  complete: (version = 0, copies = 0) => arrivals.ofAll(version, copies),
  /** How many members have the namespace of the copies: it is the first that is placed. */
  namespaces: () =>
    servers.filter(({ objects }) => objects.get({ apiVersion: "v1", kind: "Namespace", name: namespace }))
      .length,
  requests: () => counter.requests,
  service: (cluster = 0, index = 0, version = 0) => {
    const server = servers[cluster];
    if (server !== undefined) putService(server, cluster, index, version);
  },
});
