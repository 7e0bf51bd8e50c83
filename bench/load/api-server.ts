/**
 * The API servers of a fleet in one process, with what fedns reads: lists, watches and /readyz over plain HTTP. Objects
 * are generated on request and not kept, so that a large fleet costs little here.
 *
 *   node bench/load/api-server.ts DIRECTORY SERVICES OBJECT-OCTETS rest|churn CLUSTER...
 *
 * Writes DIRECTORY/CLUSTER.kubeconfig for each, then serves. Each cluster has SERVICES LoadBalancer Services of some
 * OBJECT-OCTETS, one ready EndpointSlice each, and a node. `rest`: pages as asked for, and watches in which nothing happens.
 * `churn`: the list of Services comes in one piece, as servers may; its watch ends in 410 at once, and the next list has
 * other addresses. GET /lists returns how many complete lists of Services were sent.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { nodeText, pageText, serviceText, sliceText } from "./api-objects.ts";
import { announce } from "./kubeconfig.ts";

const [directory = ".", services = "0", objectOctets = "0", mode = "rest", ...clusters] =
  process.argv.slice(2);
const count = Number(services);
const isChurning = mode === "churn";
/** After the list is read, and before its watch ends: the time in which a control plane would breathe. */
const churnAfterMs = 100;
let listsSent = 0;

/** Both versions in one piece, made once: only reading them is measured. */
const wholeLists = isChurning
  ? [0, 1].map((version) =>
      Buffer.from(pageText("Service", revision(version), "", servicesFrom(0, count, version))),
    )
  : [];

function revision(version: number): string {
  return String(1_000 + version);
}

function servicesFrom(from: number, to: number, version: number): readonly string[] {
  const octets = Number(objectOctets);
  return Array.from({ length: to - from }, (_, i) => serviceText({ index: from + i, version, octets }));
}

function list(kind: string, query: URLSearchParams, outgoing: ServerResponse): void {
  outgoing.setHeader("content-type", "application/json");
  if (kind === "services" && isChurning) {
    outgoing.end(wholeLists[listsSent & 1]);
    listsSent++;
    return;
  }
  const from = Number(query.get("continue") ?? 0);
  const all = kind === "nodes" ? 1 : count;
  const to = Math.min(all, from + Number(query.get("limit") ?? all));
  const token = to < all ? String(to) : "";
  if (kind === "services" && token === "") listsSent++;
  if (kind === "services") {
    outgoing.end(pageText("Service", revision(0), token, servicesFrom(from, to, 0)));
  } else if (kind === "endpointslices") {
    const slices = Array.from({ length: to - from }, (_, i) => sliceText(from + i));
    outgoing.end(pageText("EndpointSlice", revision(0), token, slices));
  } else outgoing.end(pageText("Node", revision(0), "", [nodeText(clusterOf(outgoing.req))]));
}

function watch(kind: string, query: URLSearchParams, outgoing: ServerResponse): void {
  outgoing.setHeader("content-type", "application/json");
  const resourceVersion = query.get("resourceVersion") ?? "";
  const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
  // One useful line: without it, clients wait longer and longer between their attempts.
  outgoing.write(line("BOOKMARK", { kind, metadata: { resourceVersion } }));
  if (kind === "services" && isChurning) {
    const gone = { kind: "Status", status: "Failure", reason: "Expired", code: 410 };
    setTimeout(() => outgoing.end(line("ERROR", gone)), churnAfterMs);
    return;
  }
  const end = setTimeout(() => outgoing.end(), Number(query.get("timeoutSeconds") ?? 30) * 1_000);
  outgoing.on("close", () => clearTimeout(end));
}

function clusterOf(incoming: IncomingMessage): string {
  return (incoming.url ?? "").split("/")[1] ?? "";
}

const server = createServer((incoming, outgoing) => {
  const url = new URL(incoming.url ?? "/", "http://localhost");
  const kind = url.pathname.split("/").at(-1) ?? "";
  if (kind === "readyz") outgoing.end("ok");
  else if (kind === "lists") outgoing.end(String(listsSent));
  else if (!["services", "endpointslices", "nodes"].includes(kind)) outgoing.writeHead(404).end("{}");
  else if (url.searchParams.get("watch") === "true") watch(kind, url.searchParams, outgoing);
  else list(kind, url.searchParams, outgoing);
});

server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  announce(directory, clusters, port);
});
