/** Small servers on 127.0.0.1 for probes to meet: good ones, and ones that are wrong in one way each. */
import { createServer as createHttp, type RequestListener } from "node:http";
import { createServer as createHttp2, type Http2Server } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTls } from "node:tls";
import { createAuthority, type Credential } from "../../../src/sandbox/tls/authority.ts";

export type RunningServer = {
  readonly port: number;
  /** Connections accepted so far, and those still open. */
  readonly counts: { accepted: number; open: number };
  close(): Promise<void>;
};

/** Listens on an ephemeral port of 127.0.0.1. */
export async function startServer(server: Server | Http2Server): Promise<RunningServer> {
  const counts = { accepted: 0, open: 0 };
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    counts.accepted += 1;
    counts.open += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      counts.open -= 1;
      sockets.delete(socket);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    counts,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** What one connection meets. Never answers unless told to. */
export function onConnection(action: (socket: Socket) => void): Server {
  return createServer((socket) => {
    socket.on("error", () => undefined);
    action(socket);
  });
}

/** Accepts, reads and says nothing. */
export function silent(): Server {
  return onConnection((socket) => socket.resume());
}

/** Resets the connection at the first octet. */
export function resetting(): Server {
  return onConnection((socket) => socket.once("data", () => socket.resetAndDestroy()));
}

export function http(listener: RequestListener): Server {
  return createHttp(listener);
}

export type Identity = Credential & { readonly authorityPem: string };

/** A certificate for localhost, and the authority that signed it. */
export async function identity(): Promise<Identity> {
  const authority = await createAuthority();
  return { ...(await authority.issueServer("probed")), authorityPem: authority.caPem };
}

/** `protocols`: ALPN. */
export function tls(
  { certificatePem, keyPem }: Identity,
  protocols: string[],
  action: (socket: Socket & { readonly servername?: unknown }) => void,
): Server {
  const server = createTls({ cert: certificatePem, key: keyPem, ALPNProtocols: protocols }, (socket) => {
    socket.on("error", () => undefined);
    action(socket);
  });
  server.on("tlsClientError", () => undefined);
  return server;
}

/** A gRPC server that gives one answer to all, and notes the paths and messages it was asked. */
export function grpc(
  message: Uint8Array | null,
  status: string,
  asked: { path: string; message: Buffer }[],
): Http2Server {
  const server = createHttp2();
  server.on("session", (session) => session.on("error", () => undefined));
  server.on("stream", (stream, headers) => {
    const octets: Buffer[] = [];
    stream.on("error", () => undefined);
    stream.on("data", (chunk: Buffer) => octets.push(chunk));
    stream.on("end", () => {
      asked.push({ path: String(headers[":path"]), message: Buffer.concat(octets) });
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => {
        stream.sendTrailers({ "grpc-status": status });
      });
      if (message === null) stream.end();
      else stream.end(Buffer.from(message));
    });
  });
  return server;
}
