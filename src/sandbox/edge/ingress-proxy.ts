/**
 * An HTTP proxy on loopback in front of all clusters. It sends a request to the cluster that has the address which the
 * federation's DNS answers for its host. The clusters' own addresses are documentation addresses and are not routed.
 *
 *     curl --proxy 127.0.0.1:8080 http://shop.apps.example.com/
 *     curl --resolve shop.apps.example.com:8080:127.0.0.1 http://shop.apps.example.com:8080/
 *     curl --proxy 127.0.0.1:8080 --header "Host: shop.apps.example.com" http://192.0.2.12/
 */
import { once } from "node:events";
import { Resolver } from "node:dns/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import type { AddressInfo } from "node:net";
import { OperationalError, messageOf } from "../../kernel/error.ts";
import type { ObjectClient } from "../store/objects.ts";
import { answerOf } from "./answer.ts";
import type { HttpAnswer } from "./answer.ts";

type ProxiedCluster = { readonly name: string; readonly objects: ObjectClient };

/** Resolves to the addresses of a host name, IPv4 first; to an empty list where there are none. */
type Resolve = (host: string) => Promise<readonly string[]>;

type IngressProxyOptions = {
  readonly clusters: readonly ProxiedCluster[];
  readonly resolve: Resolve;
  /** The port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly random: () => number;
};

export type IngressProxy = { readonly port: number; close(): Promise<void> };

/** A server on this machine answers within a millisecond, or not at all. */
const DNS_TIMEOUT_MS = 1_000;
const DNS_TRIES = 2;

/** Asks only this DNS server, `127.0.0.1:1053`, never the resolvers of the machine. */
export function dnsResolver(server: string): Resolve {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES });
  resolver.setServers([server]);
  const none = (): readonly string[] => [];
  return async (host) => {
    const found = await Promise.all([
      resolver.resolve4(host).catch(none),
      resolver.resolve6(host).catch(none),
    ]);
    return found.flat();
  };
}

/** Rejects with `OperationalError` where the port is taken or not permitted. */
export async function startIngressProxy(options: IngressProxyOptions): Promise<IngressProxy> {
  const server = createServer((request, response) => {
    void respond(options, request, response);
  });
  // curl sends CONNECT to a proxy for https URLs; this proxy has no TLS.
  server.on("connect", (_request, socket) => socket.end("HTTP/1.1 501 Not Implemented\r\n\r\n"));
  server.listen(options.port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    const message = `the sandbox cannot listen on 127.0.0.1:${options.port}: ${messageOf(error)}`;
    throw new OperationalError("SANDBOX_LISTEN", message, { cause: error });
  }
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond(
  options: IngressProxyOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const { code, text, cluster } = await answerFor(options, request);
  if (response.destroyed) return;
  const headers = { "Content-Type": "text/plain; charset=utf-8", "Content-Length": Buffer.byteLength(text) };
  response.writeHead(code, { ...headers, ...(cluster !== undefined && { "X-Cluster": cluster }) });
  response.end(request.method === "HEAD" ? undefined : text);
}

type ProxyAnswer = HttpAnswer & { readonly cluster?: string };

async function answerFor(
  { clusters, resolve, random }: IngressProxyOptions,
  request: IncomingMessage,
): Promise<ProxyAnswer> {
  const asked = targetOf(request);
  if (!asked) return { code: 400, text: "the request names no host\n" };
  const { name, port, host, path } = asked;
  const addresses = isIP(name) ? [name] : await resolve(name);
  const [address] = addresses;
  if (address === undefined) return { code: 502, text: `${name} has no address in the federation's DNS\n` };
  for (const { name: cluster, objects } of clusters) {
    const answer = answerOf(
      cluster,
      objects,
      { address, port, host, path, method: request.method ?? "GET" },
      random,
    );
    if (answer) return { ...answer, cluster };
  }
  return {
    code: 502,
    text: `${name} is ${addresses.join(", ")}, and no cluster has ${address} on port ${port}\n`,
  };
}

type ProxyTarget = {
  readonly name: string;
  readonly port: number;
  readonly host: string;
  readonly path: string;
};

/** Reads a proxy request (a whole URL) or a server request (a path and a Host). Local ports stand for port 80. */
function targetOf({ url = "/", headers }: IncomingMessage): ProxyTarget | undefined {
  const isProxied = !url.startsWith("/");
  const text = isProxied ? url : `http://${headers.host ?? ""}${url}`;
  const target = URL.canParse(text) ? new URL(text) : undefined;
  if (!target || target.protocol !== "http:" || target.hostname === "") return undefined;
  const name = target.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const host = (headers.host ?? target.host).replace(/:\d+$/, "").toLowerCase().replace(/\.$/, "");
  return { name, port: isProxied ? Number(target.port || "80") : 80, host, path: target.pathname };
}
