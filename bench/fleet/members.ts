/** The API servers of the members in the `fleet` bench: one listening port for all, over plain HTTP. They serve what fedns reads. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { nodeText, pageText } from "../load/api-objects.ts";
import { clusterName, type Kind, kinds, listText, objectText, type Place } from "./content.ts";

export type Counters = { readonly requests: number; readonly octets: number; readonly connections: number };

export class Members {
  readonly server: Server;
  readonly #services: number;
  /** Pages are requested many times. They are written once, so that the CPU time goes to what is measured. */
  readonly #pages = new Map<string, string>();
  readonly #watches = new Map<string, Set<ServerResponse>>();
  readonly #sockets = new Set<Socket>();
  #closedOctets = 0;
  #requests = 0;
  #version = 1_000;

  constructor(clusters: number, services: number) {
    this.#services = services;
    for (let cluster = 0; cluster < clusters; cluster++)
      for (const kind of kinds)
        this.#pages.set(`${kind} ${clusterName(cluster)}`, listText(kind, cluster, services));
    this.server = createServer((incoming, outgoing) => this.#serve(incoming, outgoing));
    this.server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        this.#closedOctets += octetsOf(socket);
      });
    });
  }

  get counters(): Counters {
    const open = [...this.#sockets].reduce((sum, socket) => sum + octetsOf(socket), 0);
    return { requests: this.#requests, octets: this.#closedOctets + open, connections: this.#sockets.size };
  }

  /** The object has changed: its watches are told. */
  change(place: Place): void {
    const text = objectText("services", place, this.#services).replace(
      /"resourceVersion":"\d+"/,
      `"resourceVersion":"${++this.#version}"`,
    );
    for (const open of this.#watches.get(`services ${clusterName(place.cluster)}`) ?? [])
      open.write(`{"type":"MODIFIED","object":${text}}\n`);
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.#requests += 1;
    const url = new URL(incoming.url ?? "/", "http://localhost");
    const [, cluster = "", ...rest] = url.pathname.split("/");
    const kind = rest.at(-1) ?? "";
    const isWatch = url.searchParams.get("watch") === "true";
    const page = this.#pages.get(`${kind} ${cluster}`);
    outgoing.setHeader("content-type", "application/json");
    if (kind === "readyz") outgoing.end("ok");
    else if (isWatch) this.#watch(`${kind as Kind} ${cluster}`, url.searchParams, outgoing);
    else if (page !== undefined) outgoing.end(page);
    else if (kind === "nodes") outgoing.end(pageText("Node", "1000", "", [nodeText(cluster)]));
    else if (kind === "namespaces") outgoing.end(pageText("Namespace", "1000", "", []));
    else if (kind === "version") outgoing.end(JSON.stringify({ gitVersion: "v1.33.0" }));
    else if (kind === "kube-system")
      outgoing.end(JSON.stringify({ metadata: { name: "kube-system", uid: `uid-of-${cluster}` } }));
    else outgoing.writeHead(404).end("{}");
  }

  #watch(key: string, query: URLSearchParams, outgoing: ServerResponse): void {
    const metadata = { resourceVersion: query.get("resourceVersion") ?? "1000" };
    outgoing.write(`${JSON.stringify({ type: "BOOKMARK", object: { metadata } })}\n`);
    const open = this.#watches.get(key) ?? new Set();
    this.#watches.set(key, open.add(outgoing));
    const end = setTimeout(() => outgoing.end(), Number(query.get("timeoutSeconds") ?? 30) * 1_000);
    outgoing.on("close", () => {
      clearTimeout(end);
      open.delete(outgoing);
    });
  }
}

function octetsOf({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten;
}
