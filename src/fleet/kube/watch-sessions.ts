/**
 * The HTTP/2 connection to one API server that carries all watches: one TLS session, however many watches. A second one is
 * opened when the server takes no more streams (SETTINGS_MAX_CONCURRENT_STREAMS) or no new ones (GOAWAY).
 *
 * Pings (RFC 9113 §6.7) find a peer that is gone, so that quiet watches may last for minutes.
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
} from "node:http2";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { Clock } from "../../kernel/clock.ts";
import { hostOf, type Proxy } from "../proxy/proxy.ts";
import { openTunnel } from "../proxy/tunnel.ts";

/** A dead peer is found after this time and the next at the latest. client-go waits for 30 s and 15 s. */
const PING_EVERY_MS = 15_000;
/** A peer that does not answer a ping for so long is gone. */
const PING_TIMEOUT_MS = 10_000;
/** A connection without watches is kept for the next one for so many pings. */
const IDLE_TICKS = 2;
const CONNECT_TIMEOUT_MS = 3_000;
/** How much a server may send before we have read it, over all watches. The default of 64 KiB stalls them on slow lines. */
const WINDOW_BYTES: number = 1024 * 1024;

type WatchAnswer = {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: ClientHttp2Stream;
  readonly isCut: () => boolean;
};
type SessionOptions = {
  readonly server: URL;
  readonly proxy: Proxy | null;
  readonly tls: ConnectionOptions;
  readonly clock: Clock;
};
type WatchRequest = {
  readonly path: string;
  readonly headers: readonly string[];
  readonly signal: AbortSignal;
};
/** `streams`: open now. */
type Session = { readonly http2: ClientHttp2Session; streams: number };

export class WatchSessions {
  readonly #options: SessionOptions;
  /** The server does not offer HTTP/2 (ALPN, RFC 7301). */
  #isRefused = false;
  #current: Promise<Session | null> | null = null;
  readonly #open = new Set<Session>();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#isRefused = options.server.protocol !== "https:";
  }

  /** Null: the server speaks HTTP/1.1 only. Rejects with the error of the connection, or the signal's reason. */
  async request(request: WatchRequest): Promise<WatchAnswer | null> {
    const { server } = this.#options;
    const session = await this.#session(request.signal);
    if (session === null) return null;
    try {
      return await sendOn(session, server, request);
    } catch (error) {
      // A GOAWAY was on its way: a server does not look at streams that are newer than it (RFC 9113 §6.8).
      if (request.signal.aborted || !session.http2.closed) throw error;
      const other = await this.#session(request.signal);
      if (other === null) throw error;
      return sendOn(other, server, request);
    }
  }

  /** True: watches share a connection; false: each needs one of its own. Rejects as `request` does. */
  async isOffered(signal: AbortSignal): Promise<boolean> {
    return (await this.#session(signal)) !== null;
  }

  /** A session with room for a stream; null: the server speaks HTTP/1.1 only. */
  async #session(signal: AbortSignal): Promise<Session | null> {
    if (this.#isRefused) return null;
    this.#current ??= this.#connect();
    const connecting = this.#current;
    const session = await abortable(connecting, signal).catch((error: unknown) => {
      if (!signal.aborted) this.#forget(connecting);
      throw error;
    });
    if (session === null) {
      this.#isRefused = true;
      return null;
    }
    if (hasRoom(session)) return session;
    this.#forget(connecting);
    return this.#session(signal);
  }

  /** New watches use a new connection. */
  renew(): void {
    this.#current = null;
    for (const { http2 } of this.#open) http2.close();
  }

  /** Ends all watches. */
  close(): void {
    this.#current = null;
    for (const { http2 } of this.#open) http2.destroy();
  }

  #forget(connecting: Promise<Session | null>): void {
    if (this.#current === connecting) this.#current = null;
  }

  async #connect(): Promise<Session | null> {
    const { server, clock } = this.#options;
    const socket = await connectSocket(this.#options);
    if (socket.alpnProtocol !== "h2") {
      socket.destroy();
      return null;
    }
    const http2 = connectHttp2(server.origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    });
    const session: Session = { http2, streams: 0 };
    this.#open.add(session);
    const current = this.#current;
    const retire = (): void => {
      if (current !== null) this.#forget(current);
    };
    // Streams get errors of their own.
    http2.on("error", retire);
    http2.on("goaway", retire);
    http2.on("close", () => {
      retire();
      this.#open.delete(session);
    });
    http2.setLocalWindowSize(WINDOW_BYTES);
    watchOver(session, clock);
    // The limit of streams is in the server's first frame.
    await new Promise<void>((resolve, reject) => {
      http2.once("remoteSettings", () => resolve());
      http2.once("error", reject);
      http2.once("close", () => reject(new Error("the connection was closed at once")));
    });
    return session;
  }
}

function hasRoom({ http2, streams }: Session): boolean {
  return (
    !http2.closed && !http2.destroyed && streams < (http2.remoteSettings.maxConcurrentStreams ?? Infinity)
  );
}

async function connectSocket({ server, proxy, tls, clock }: SessionOptions): Promise<TLSSocket> {
  const port = server.port === "" ? 443 : Number(server.port);
  const host = hostOf(server);
  const wanted = { ALPNProtocols: ["h2", "http/1.1"], ...serverName(host), ...tls, host, port };
  const timeoutMs = CONNECT_TIMEOUT_MS;
  const tunnel = proxy === null ? undefined : await openTunnel({ proxy, server, timeoutMs, clock });
  const socket = connectTls({ ...wanted, ...(tunnel !== undefined && { socket: tunnel }) });
  const cancel = clock.after(CONNECT_TIMEOUT_MS, () =>
    socket.destroy(Object.assign(new Error("connect timed out"), { code: "ECONNTIMEOUT" })),
  );
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", () => resolve());
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("the connection was closed at once")));
    });
    return socket;
  } finally {
    cancel();
  }
}

/** SNI takes no addresses (RFC 6066 §3). */
function serverName(host: string): { servername?: string } {
  return /^[\d.]+$|:/.test(host) ? {} : { servername: host };
}

/** Asks the peer for signs of life, and closes a connection that is not used. */
function watchOver(session: Session, clock: Clock): void {
  const { http2 } = session;
  let idleTicks = 0;
  let cancelTick = (): void => undefined;
  const tick = (): void => {
    // Its "close" event may still be to come.
    if (http2.destroyed) return;
    idleTicks = session.streams === 0 ? idleTicks + 1 : 0;
    if (idleTicks >= IDLE_TICKS) {
      http2.close();
      return;
    }
    cancelTick = clock.after(PING_EVERY_MS, tick);
    const cancel = clock.after(PING_TIMEOUT_MS, () =>
      http2.destroy(Object.assign(new Error("the peer does not answer pings"), { code: "ETIMEDOUT" })),
    );
    const isSent = http2.ping(cancel);
    if (!isSent) cancel();
  };
  cancelTick = clock.after(PING_EVERY_MS, tick);
  http2.on("close", () => cancelTick());
}

/** Resolves with the head of the answer. */
function sendOn(session: Session, server: URL, request: WatchRequest): Promise<WatchAnswer> {
  const { signal } = request;
  signal.throwIfAborted();
  const stream = session.http2.request(
    { ...headersOf(request.headers), ":method": "GET", ":path": request.path, ":authority": server.host },
    { endStream: true },
  );
  session.streams += 1;
  const abort = (): void => {
    stream.close(constants.NGHTTP2_CANCEL);
    stream.destroy();
  };
  signal.addEventListener("abort", abort, { once: true });
  stream.once("close", () => {
    session.streams -= 1;
    signal.removeEventListener("abort", abort);
  });
  return new Promise((resolve, reject) => {
    stream.once("response", (headers) => {
      const isCut = (): boolean => stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR;
      resolve({ statusCode: Number(headers[":status"]), headers, body: stream, isCut });
    });
    stream.on("error", reject);
    stream.once("close", () =>
      reject(
        signal.aborted ? (signal.reason as Error) : new Error("the stream was closed without an answer"),
      ),
    );
  });
}

/** From a list of names and values; a name that comes again gets several values. */
function headersOf(list: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (let at = 0; at + 1 < list.length; at += 2) {
    const [name = "", value = ""] = [list[at]?.toLowerCase(), list[at + 1]];
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
