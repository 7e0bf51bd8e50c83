/**
 * The connections to one API server: a pool for requests, and for watches one HTTP/2 connection. Through a proxy, and to a
 * server that does not offer HTTP/2, each watch has a connection of its own.
 */
import { Pool, ProxyAgent, type Dispatcher } from "undici";
import type { Clock } from "../../kernel/clock.ts";
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

  /** Null behind a proxy. */
  readonly sessions: WatchSessions | null;

  constructor(server: URL, proxy: string | null, tls: TlsMaterial, clock: Clock) {
    this.fingerprint = tls.fingerprint;
    this.sessions = proxy === null ? new WatchSessions({ server, tls: tlsOptions(tls), clock }) : null;
    this.#open = () => ({
      requests: openPool(server, proxy, tls, REQUEST_CONNECTIONS),
      watches: openPool(server, proxy, tls, WATCH_CONNECTIONS),
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
    this.sessions?.renew();
    for (const pool of [requests, watches]) {
      this.#retired.add(pool);
      const forget = (): void => void this.#retired.delete(pool);
      pool.close().then(forget, forget);
    }
  }

  /** Ends watches at once and lets requests finish, within their deadlines. */
  close(): void {
    this.sessions?.close();
    for (const pool of [this.#current.watches, ...this.#retired]) pool.destroy().catch(ignore);
    this.#current.requests.close().catch(ignore);
  }
}

type Pair = { readonly requests: Dispatcher; readonly watches: Dispatcher };

/**
 * HTTP/1.1 only: with undici's HTTP/2 a watch beyond the limit of concurrent streams hangs. Undici's own time-outs
 * are off: every call has a deadline on the Clock of its owner instead.
 */
function openPool(server: URL, proxy: string | null, tls: TlsMaterial, connections: number): Dispatcher {
  const connect = {
    ...tlsOptions(tls),
    allowH2: false,
    timeout: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_PROBE_AFTER_MS,
  };
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
  return new ProxyAgent({ ...options, uri: proxy, requestTls: connect, connectTimeout: CONNECT_TIMEOUT_MS });
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
