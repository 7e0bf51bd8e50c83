/**
 * The API servers of the `converge` bench in one process. They serve what fedns reads:
 *
 *   node bench/converge/api-servers.ts DIRECTORY CLUSTERS SERVICES
 *
 * Writes DIRECTORY/port and a kubeconfig for each cluster. Lists are made before the first request. `GET
 * /change/CLUSTER/INDEX/VERSION` sends a changed address of one Ingress to the watches of that cluster; `GET
 * /relist/CLUSTER` ends its watches with 410.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { nodeText, pageText } from "../load/api-objects.ts";
import { announce } from "../load/kubeconfig.ts";
import { clusterName, type Kind, kinds, listText, objectText } from "./fleet.ts";

const [directory = ".", ...numbers] = process.argv.slice(2);
const [clusters = 0, services = 0] = numbers.map(Number);
/** Pages are requested many times. They are written once, so that the CPU time goes to what is measured. */
const pages = new Map<string, Buffer>();
const watches = new Map<string, Set<ServerResponse>>();
let version = 1_000;

function page(kind: Kind, cluster: number, query: URLSearchParams): Buffer {
  const key = `${kind} ${cluster} ${query.get("limit")} ${query.get("continue")}`;
  const made = pages.get(key) ?? Buffer.from(listText(kind, cluster, query, services));
  pages.set(key, made);
  return made;
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function watch(key: string, query: URLSearchParams, outgoing: ServerResponse): void {
  outgoing.write(line("BOOKMARK", { metadata: { resourceVersion: query.get("resourceVersion") ?? "1000" } }));
  const open = watches.get(key) ?? new Set();
  watches.set(key, open.add(outgoing));
  const end = setTimeout(() => outgoing.end(), Number(query.get("timeoutSeconds") ?? 30) * 1_000);
  outgoing.on("close", () => {
    clearTimeout(end);
    open.delete(outgoing);
  });
}

function order(path: readonly string[], outgoing: ServerResponse): void {
  const [what = "", ...places] = path;
  const [cluster = 0, index = 0, at = 0] = places.map(Number);
  if (what === "change") {
    const object = objectText("ingresses", { cluster, index, version: at }).replace(
      /"resourceVersion":"\d+"/,
      `"resourceVersion":"${++version}"`,
    );
    for (const open of watches.get(`ingresses ${cluster}`) ?? [])
      open.write(`{"type":"MODIFIED","object":${object}}\n`);
  } else {
    const gone = { kind: "Status", status: "Failure", reason: "Expired", code: 410 };
    for (const kind of kinds)
      for (const open of watches.get(`${kind} ${cluster}`) ?? []) open.end(line("ERROR", gone));
  }
  outgoing.end("ok");
}

const server = createServer((incoming, outgoing) => {
  const url = new URL(incoming.url ?? "/", "http://localhost");
  const [, first = "", ...rest] = url.pathname.split("/");
  if (first === "change" || first === "relist") {
    order([first, ...rest], outgoing);
    return;
  }
  const cluster = Number(first.slice(1));
  const kind = rest.at(-1) ?? "";
  const isWatch = url.searchParams.get("watch") === "true";
  outgoing.setHeader("content-type", "application/json");
  if (first === "readyz" || kind === "readyz") outgoing.end("ok");
  else if (rest.join("/") === "apis/networking.k8s.io/v1")
    outgoing.end(JSON.stringify({ kind: "APIResourceList", resources: [{ name: "ingresses" }] }));
  else if (isWatch) watch(`${kind} ${cluster}`, url.searchParams, outgoing);
  else if ((kinds as readonly string[]).includes(kind))
    outgoing.end(page(kind as Kind, cluster, url.searchParams));
  else if (kind === "nodes") outgoing.end(pageText("Node", "1000", "", [nodeText(first)]));
  else if (kind === "namespaces") outgoing.end(pageText("Namespace", "1000", "", []));
  else outgoing.writeHead(404).end("{}");
});

for (let cluster = 0; cluster < clusters; cluster++) {
  for (const kind of kinds) {
    for (let from = 0; from < services; from += 500) {
      const query = new URLSearchParams({ limit: "500", ...(from === 0 ? {} : { continue: String(from) }) });
      page(kind, cluster, query);
    }
  }
}
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  const names = Array.from({ length: clusters }, (_, i) => clusterName(i));
  announce(directory, names, port);
});
