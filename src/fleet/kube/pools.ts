/** The connections to one API server: one pool for requests, another for watches, so that neither can starve the other. */
import { Pool, ProxyAgent, type Dispatcher } from "undici";
import type { TlsMaterial } from "./credentials.ts";

/** Requests of one cluster in flight at once; more would only queue in the server's fairness queues instead of ours. */
const REQUEST_CONNECTIONS = 8;
/** Each watch holds a connection; we watch about ten types, and old ones may linger for a moment while new ones are dialled. */
export const WATCH_CONNECTIONS = 32;
/** TCP and TLS to the far side of the planet take four round trips of 0.3 s; a black hole should not cost more than this. */
const CONNECT_TIMEOUT_MS = 3_000;
/**
 * A dead peer is found by the kernel without any traffic of ours: probes start after this silence and, as libuv sets them,
 * come each second and give up after ten, so a half-open TCP connection ends with ETIMEDOUT after 20 s.
 */
const KEEP_ALIVE_PROBE_AFTER_MS = 10_000;
/** Idle request connections are kept this long, so that the readiness poll each 10 s finds one. */
const IDLE_CONNECTION_MS = 20_000;

/** The pools of one server under one set of TLS material; made anew when either changes. */
export class Pools {
  readonly fingerprint: string;
  readonly #open: () => Pair;
  #current: Pair;
  /** Pools that take nothing new but still carry something. */
  readonly #retired = new Set<Dispatcher>();

  constructor(server: URL, proxy: string | null, tls: TlsMaterial) {
    this.fingerprint = tls.fingerprint;
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

  /** From now on new connections, not kept ones that may lead to the same dead end. What runs, runs on. */
  renew(): void {
    const { requests, watches } = this.#current;
    this.#current = this.#open();
    for (const pool of [requests, watches]) {
      this.#retired.add(pool);
      const forget = (): void => void this.#retired.delete(pool);
      pool.close().then(forget, forget);
    }
  }

  /** Ends watches at once and lets requests finish, within their deadlines. */
  close(): void {
    for (const pool of [this.#current.watches, ...this.#retired]) pool.destroy().catch(ignore);
    this.#current.requests.close().catch(ignore);
  }
}

type Pair = { readonly requests: Dispatcher; readonly watches: Dispatcher };

/**
 * HTTP/1.1 only: with undici's HTTP/2 the hundredth watch hangs on the stream ceiling (multicluster §5.3). Undici's own
 * time-outs are off; every call has a deadline on the Clock of its owner instead.
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

/** Closing can only fail because something is closed already. */
function ignore(): void {}

function tlsOptions(tls: TlsMaterial) {
  return {
    ...(tls.ca !== null && { ca: tls.ca }),
    ...(tls.cert !== null && { cert: tls.cert }),
    ...(tls.key !== null && { key: tls.key }),
    ...(tls.passphrase !== null && { passphrase: tls.passphrase }),
    ...(tls.servername !== null && { servername: tls.servername }),
    rejectUnauthorized: tls.rejectUnauthorized,
  };
}
