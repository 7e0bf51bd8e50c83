/** The HTTPS socket of an API server: HTTP/2 and HTTP/1.1, chosen by ALPN as real API servers do. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { messageOf, OperationalError } from "../kernel/error.ts";
import type { Authority } from "./tls/authority.ts";

/** The default of kube-apiserver. */
const STREAMS_MAX = 250;
/** Longer than clients keep idle connections (Go: 90 s), so that the client closes them. */
const KEEP_ALIVE_MS = 120_000;

type HttpsOptions = {
  readonly authority: Authority;
  readonly name: string;
  readonly port: number;
  readonly hasHttp2: boolean;
};
type Listener = (request: IncomingMessage, response: ServerResponse) => void;

export class HttpsServer {
  readonly port: number;
  readonly #server: Server | Http2SecureServer;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(server: Server | Http2SecureServer, sockets: ReadonlySet<Socket>) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Rejects with OperationalError where the port is taken. */
  static async listen(options: HttpsOptions, listener: Listener): Promise<HttpsServer> {
    const { authority, name, port } = options;
    const { certificatePem, keyPem } = await authority.issueServer(name);
    const tls = {
      cert: certificatePem,
      key: keyPem,
      ca: authority.caPem,
      requestCert: true,
      rejectUnauthorized: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
    };
    const server = options.hasHttp2
      ? createSecureServer(
          { ...tls, allowHTTP1: true, settings: { maxConcurrentStreams: STREAMS_MAX } },
          (request, response) => listener(...asHttp1(request, response)),
        )
      : createServer(tls, listener);
    const sockets = new Set<Socket>();
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    server.listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (error) {
      const message = `the sandbox cannot listen on 127.0.0.1:${port}: ${messageOf(error)}`;
      throw new OperationalError("SANDBOX_LISTEN", message, { cause: error });
    }
    return new HttpsServer(server, sockets);
  }

  /** Closes every connection, watches included; the server keeps listening. */
  closeConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.closeConnections();
    await closed;
  }
}

/** The compatibility API of node:http2 lacks properties of HTTP/1.1's requests and responses that we use. */
function asHttp1(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): [request: IncomingMessage, response: ServerResponse] {
  const { stream } = request;
  if (request.httpVersionMajor === 2) {
    Object.defineProperty(request, "headersDistinct", { get: () => distinct(request.rawHeaders) });
    for (const name of ["writableFinished", "writableLength", "destroyed"] as const)
      Object.defineProperty(response, name, { get: () => stream[name] });
  }
  return [request, response] as unknown as [IncomingMessage, ServerResponse];
}

function distinct(rawHeaders: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    (headers[(rawHeaders[at] as string).toLowerCase()] ??= []).push(rawHeaders[at + 1] as string);
  return headers;
}
