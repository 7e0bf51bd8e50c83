/**
 * The connections to one API server: a pool for requests, and for watches one HTTP/2 connection. To a server that does not
 * offer HTTP/2, each watch has a connection of its own. Through a proxy it is the same, but for servers without TLS: an HTTP
 * proxy gets their requests itself.
 */
import type { Socket } from "node:net";
import { callbackify } from "node:util";
import { buildConnector, type Dispatcher, Pool } from "undici";
import type { Clock } from "../../kernel/clock.ts";
import { hostOf, type Proxy } from "../proxy/proxy.ts";
import { loginWanted, openTunnel, proxyHeaders, type TunnelOptions } from "../proxy/tunnel.ts";
import type { TlsMaterial } from "./credentials.ts";
import { REQUEST_CONNECTIONS } from "./request-slots.ts";
import { WatchSessions } from "./watch-sessions.ts";

/** With HTTP/1.1 each watch holds a connection. There is one for each kind that is read; this is a bound against leaks. */
export const WATCH_CONNECTIONS = 128;
/** TCP and TLS handshakes take up to four round trips, of 0.3 s at worst. */
const CONNECT_TIMEOUT_MS = 3_000;
/**
 * TCP keep-alive finds dead peers: probes start after this silence and, with libuv's settings, come each second and give up
 * after ten, so a half-open connection ends with ETIMEDOUT after 20 s.
 */
const KEEP_ALIVE_PROBE_AFTER_MS = 10_000;
/** How long idle request connections are kept: long enough for the readiness poll every 10 s. */
const IDLE_CONNECTION_MS = 20_000;

/** The pools of one server with one set of TLS material; replaced when either changes. */
export class Pools {
  readonly fingerprint: string;
  readonly #open: () => Pair;
  #current: Pair;
  /** Pools that get no new requests but still have some running. */
  readonly #retired = new Set<Dispatcher>();

  readonly sessions: WatchSessions;

  constructor(server: URL, proxy: Proxy | null, tls: TlsMaterial, clock: Clock) {
    this.fingerprint = tls.fingerprint;
    const options = { server, proxy, tls: tlsOptions(tls), clock };
    this.sessions = new WatchSessions(options);
    this.#open = () => ({
      requests: openPool(options, REQUEST_CONNECTIONS),
      watches: openPool(options, WATCH_CONNECTIONS),
    });
    this.#current = this.#open();
  }

  get requests(): Dispatcher {
    return this.#current.requests;
  }

  get watches(): Dispatcher {
    return this.#current.watches;
  }

  /** Uses new connections from now on, instead of open ones that may be dead. Running requests are not affected. */
  renew(): void {
    const { requests, watches } = this.#current;
    this.#current = this.#open();
    this.sessions.renew();
    for (const pool of [requests, watches]) {
      this.#retired.add(pool);
      const forget = (): void => void this.#retired.delete(pool);
      pool.close().then(forget, forget);
    }
  }

  /** Ends watches at once and lets requests finish, within their deadlines. */
  close(): void {
    this.sessions.close();
    for (const pool of [this.#current.watches, ...this.#retired]) pool.destroy().catch(ignore);
    this.#current.requests.close().catch(ignore);
  }
}

type Pair = { readonly requests: Dispatcher; readonly watches: Dispatcher };

type PoolOptions = {
  readonly server: URL;
  readonly proxy: Proxy | null;
  readonly tls: ReturnType<typeof tlsOptions>;
  readonly clock: Clock;
};

/**
 * HTTP/1.1 only: with undici's HTTP/2 a watch beyond the limit of concurrent streams hangs. Undici's own time-outs
 * are off: every call has a deadline on the Clock of its owner instead.
 */
function openPool({ server, proxy, tls, clock }: PoolOptions, connections: number): Dispatcher {
  const ours = {
    allowH2: false,
    timeout: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_PROBE_AFTER_MS,
  };
  const connect = { ...tls, ...ours };
  const options = {
    connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    keepAliveMaxTimeout: IDLE_CONNECTION_MS,
  };
  if (proxy === null) return new Pool(server.origin, { ...options, connect });
  if (server.protocol === "http:" && proxy.url.protocol !== "socks5:")
    return askingProxy(new Pool(proxy.url.origin, { ...options, connect: ours }), server, proxy);
  const onTop = buildConnector(connect);
  const through: buildConnector.connector = (wanted, callback) => {
    tunnelFor({ proxy, server, timeoutMs: CONNECT_TIMEOUT_MS, clock }, (error, socket) => {
      if (error !== null) callback(error, null);
      else if (server.protocol === "https:") onTop({ ...wanted, httpSocket: socket }, callback);
      else callback(null, socket);
    });
  };
  return new Pool(server.origin, { ...options, connect: through });
}

const tunnelFor = callbackify(async (options: TunnelOptions): Promise<Socket> => {
  const socket = await openTunnel(options);
  socket.setKeepAlive(true, KEEP_ALIVE_PROBE_AFTER_MS);
  return socket;
});

/** The proxy gets the whole URL, and its own headers (RFC 9112 §3.2.2). */
function askingProxy(pool: Pool, server: URL, proxy: Proxy): Dispatcher {
  const own = Object.entries({ host: server.host, ...proxyHeaders(proxy.url) }).flat();
  return pool.compose((dispatch) => (options, handler) => {
    const headers = [...((options.headers ?? []) as readonly string[]), ...own];
    const path = `${server.origin}${options.path}`;
    // Undici would check the proxy's certificate for the name in the Host header.
    const servername = hostOf(proxy.url);
    const asked = { ...options, origin: proxy.url.origin, path, headers, servername };
    return dispatch(asked, ofServer(handler));
  });
}

/** An answer 407 is not the server's. */
function ofServer(handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (...parts) => handler.onRequestStart?.(...parts),
    onRequestUpgrade: (...parts) => handler.onRequestUpgrade?.(...parts),
    onResponseStart(controller, status, ...parts) {
      if (status === 407) controller.abort(loginWanted());
      else handler.onResponseStart?.(controller, status, ...parts);
    },
    onResponseData: (...parts) => handler.onResponseData?.(...parts),
    onResponseEnd: (...parts) => handler.onResponseEnd?.(...parts),
    onResponseError: (...parts) => handler.onResponseError?.(...parts),
  };
}

/** Closing only fails when something is closed already. */
function ignore(): void {}

function tlsOptions(tls: TlsMaterial) {
  return {
    ...(tls.ca !== null && { ca: tls.ca }),
    ...(tls.cert !== null && { cert: tls.cert }),
    ...(tls.key !== null && { key: tls.key }),
    ...(tls.passphrase !== null && { passphrase: tls.passphrase }),
    ...(tls.servername !== null && { servername: tls.servername }),
    rejectUnauthorized: tls.rejectUnauthorized,
    ...(tls.ignoresName && { checkServerIdentity: () => undefined }),
  };
}
