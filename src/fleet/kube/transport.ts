/** JSON requests and watch streams to one API server over pooled connections; new credentials can be adopted at any time. */
import type { Clock } from "../../kernel/clock.ts";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { type Credentials, isSameRoute } from "./credentials.ts";
import { deadlineAfter, type Deadline } from "./deadline.ts";
import {
  accepted,
  type ApiReply,
  type ApiResponse,
  linesOf,
  parseBody,
  readBody,
  unreachable,
} from "./api-response.ts";
import { checkedBeforeSend } from "./before-send.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { KubeError } from "./kube-error.ts";
import { Pools, WATCH_CONNECTIONS } from "./pools.ts";
import { contentHeaders, noAnswer, pathOf, type QueryParameters } from "./request-message.ts";
import { type RequestPurpose, RequestSlots } from "./request-slots.ts";
import { TurnBudget } from "./turn-budget.ts";
import { assertStillPermitted, isOutcomeKnown, type WriteGrant, type WritePermit } from "./write-permit.ts";

const REQUEST_TIMEOUT_MS = 15_000;
/** The headers of a watch normally come at once. */
const WATCH_HEADERS_TIMEOUT_MS = 8_000;
/** After its `?timeout=` an API server answers 504 at once. Without an answer we could not know whether the write was done. */
const TIMEOUT_ANSWER_MS = 3_000;

export type RequestOptions = {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute, already escaped: "/api/v1/services". A prefix in the server's URL is put before it. */
  readonly path: string;
  readonly query?: QueryParameters;
  readonly body?: unknown;
  /** "application/json" by default; patches have types of their own. */
  readonly contentType?: string;
  readonly accept?: string;
  /** The ETag of an earlier answer: if that is still valid, the answer is KubeError 304. */
  readonly ifNoneMatch?: string;
  /** Default: 15 s; with a permit, as long as the permit says and a little more. */
  readonly timeoutMs?: number;
  /** Longer answers are an error. Default: 64 MiB. */
  readonly bodyMaxOctets?: number;
  /** Default: "read". */
  readonly purpose?: RequestPurpose;
  /** Asked right before the request is sent, each time; gives it its `?timeout=`. */
  readonly permit?: WritePermit;
  readonly signal: AbortSignal;
};
/** One attempt of a request; `grant` is there once its permit was asked. */
type Exchange = { readonly options: RequestOptions; readonly deadline: Deadline; grant: WriteGrant | null };
type Route = {
  readonly credentials: Credentials;
  readonly pools: Pools;
  readonly headers: readonly string[];
};
type WatchOptions = {
  readonly path: string;
  readonly query: QueryParameters;
  readonly accept?: string | undefined;
  /** How long the server shall watch: on a connection that all watches share, and on one of its own. */
  readonly seconds: { readonly shared: number; readonly single: number };
  /** Default: 8 s. */
  readonly acceptedWithinMs?: number;
  /** What comes out of the answer. Default: its lines, of JSON. */
  readonly read?: (answer: ApiResponse, signal: AbortSignal) => AsyncGenerator<Buffer>;
  readonly signal: AbortSignal;
};
type OpenWatch = { readonly lines: AsyncGenerator<Buffer>; readonly timeoutSeconds: number };
type AcceptedWatch = {
  readonly answer: ApiResponse;
  readonly timeoutSeconds: number;
  readonly isShared: boolean;
};
type TransportOptions = { readonly clock: Clock; readonly random: () => number };

export class Transport {
  /** Shared by all requests to this server that are retried. */
  readonly breaker: CircuitBreaker;
  /** Shared by all watches of this server. */
  readonly turns: TurnBudget = new TurnBudget();
  readonly #clock: Clock;
  #credentials: Credentials | null = null;
  #pools: Pools | null = null;
  #isClosed = false;
  /** Watches that have a connection of their own. */
  #singleWatches = 0;
  readonly #slots = new RequestSlots();
  #missing = new OperationalError("KUBE_NO_CREDENTIALS", "the credentials are not loaded yet");

  constructor(options: TransportOptions) {
    this.#clock = options.clock;
    this.breaker = new CircuitBreaker(options);
  }

  /** While it stays the same, resourceVersions are valid; "" without credentials. */
  get identity(): string {
    return this.#credentials?.identity ?? "";
  }

  /** Uses these credentials from the next request on. Running watches end if server, proxy or TLS material differ. */
  adopt(credentials: Credentials): void {
    const before = this.#credentials;
    this.#credentials = credentials;
    const isSame = before !== null && isSameRoute(before, credentials);
    if (!isSame || before.tls.fingerprint !== credentials.tls.fingerprint) this.#dropPools();
    this.breaker.wake();
  }

  /** The message of the error with which calls fail while there are no credentials. */
  explain(error: unknown): void {
    this.#missing = new OperationalError("KUBE_NO_CREDENTIALS", messageOf(error), { cause: error });
  }

  /** Ends everything; later calls fail. */
  close(): void {
    this.#isClosed = true;
    this.#dropPools();
  }

  /**
   * Sends one request, and again after a 401 if there are newer credentials. Throws KubeError for status codes from 300 up;
   * OperationalError KUBE_TIMEOUT, KUBE_UNREACHABLE, KUBE_BAD_BODY or KUBE_NO_CREDENTIALS; errors of the permit; and errors
   * of loading credentials.
   */
  async request(options: RequestOptions): Promise<ApiReply> {
    const timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS;
    using deadline = deadlineAfter(this.#clock, timeoutMs, options.signal, noAnswer(options, timeoutMs));
    return await this.#renewing(async () => {
      const exchange: Exchange = { options, deadline, grant: null };
      const giveBack = await this.#slots.take(options.purpose ?? "read", deadline.signal);
      try {
        const reply = await this.#exchange(exchange);
        exchange.grant?.settled(true);
        return reply;
      } catch (error) {
        exchange.grant?.settled(isOutcomeKnown(error));
        throw error;
      } finally {
        // Undici frees the connection one turn of the event loop after the end of an answer.
        setImmediate(giveBack);
      }
    });
  }

  async #exchange(exchange: Exchange): Promise<ApiReply> {
    const { deadline } = exchange;
    const answer = await this.#send(exchange);
    try {
      const bytes = await readBody(await accepted(answer), exchange.options.bodyMaxOctets);
      return {
        identity: answer.identity,
        status: answer.statusCode,
        headers: answer.headers,
        json: parseBody(bytes, answer.headers["content-type"]),
        octets: bytes.length,
      };
    } catch (error) {
      if (deadline.isExpired) this.renewConnections();
      if (deadline.signal.aborted) throw deadline.signal.reason;
      throw error instanceof OperationalError ? error : unreachable(error);
    }
  }

  /**
   * Opens a stream of newline-separated JSON; resolves when the server has accepted it. The iterator throws the signal's
   * reason when aborted, KUBE_LINE_TRUNCATED, KUBE_LINE_TOO_LONG or KUBE_UNREACHABLE. It must be iterated or aborted.
   */
  async watchLines(options: WatchOptions): Promise<OpenWatch> {
    const { path, signal, acceptedWithinMs = WATCH_HEADERS_TIMEOUT_MS, read = linesOf } = options;
    if (this.#singleWatches >= WATCH_CONNECTIONS)
      throw new OperationalError("KUBE_TOO_MANY_WATCHES", `${WATCH_CONNECTIONS} watches are open already`);
    const sentence = `the watch of ${path} was not accepted within ${acceptedWithinMs} ms`;
    const deadline = deadlineAfter(this.#clock, acceptedWithinMs, signal, sentence);
    try {
      const { answer, timeoutSeconds, isShared } = await this.#renewing(() =>
        this.#openWatch(options, deadline),
      );
      const { body } = answer;
      deadline.hold();
      this.#singleWatches += isShared ? 0 : 1;
      body.on("error", () => undefined);
      body.once("close", () => {
        this.#singleWatches -= isShared ? 0 : 1;
        deadline[Symbol.dispose]();
      });
      // The caller's signal: the deadline's own aborts whenever the stream ends, which is no reason for an error.
      return { lines: read(answer, signal), timeoutSeconds };
    } catch (error) {
      deadline[Symbol.dispose]();
      throw error;
    }
  }

  async #openWatch(options: WatchOptions, deadline: Deadline): Promise<AcceptedWatch> {
    const { credentials, pools, headers } = await this.#route();
    const request = { path: options.path, signal: deadline.signal, accept: options.accept };
    const all = [...headers, ...contentHeaders(request)];
    try {
      const isShared = await pools.sessions.isOffered(deadline.signal);
      const timeoutSeconds = isShared ? options.seconds.shared : options.seconds.single;
      const path = pathOf(credentials.server, options.path, { ...options.query, timeoutSeconds });
      const shared = isShared
        ? await pools.sessions.request({ path, headers: all, signal: deadline.signal })
        : null;
      const answer =
        shared ??
        (await pools.watches.request({
          origin: credentials.server.origin,
          path,
          method: "GET",
          headers: all,
          signal: deadline.signal,
        }));
      const accepting = { ...answer, identity: credentials.identity };
      await accepted(accepting);
      return { answer: accepting, timeoutSeconds, isShared };
    } catch (error) {
      if (deadline.isExpired) this.renewConnections();
      if (deadline.signal.aborted) throw deadline.signal.reason;
      throw error instanceof OperationalError ? error : unreachable(error, credentials);
    }
  }

  /** After silence or a time-out: other open connections may be dead too, so none of them is used again. */
  renewConnections(): void {
    this.#pools?.renew();
  }

  async #send(exchange: Exchange): Promise<ApiResponse> {
    const { options, deadline } = exchange;
    const { credentials, pools, headers } = await this.#route();
    const query = this.#permitted(exchange);
    const { grant } = exchange;
    const dispatcher =
      grant === null
        ? pools.requests
        : checkedBeforeSend(pools.requests, () => assertStillPermitted(options.permit, grant));
    try {
      const answer = await dispatcher.request({
        origin: credentials.server.origin,
        path: pathOf(credentials.server, options.path, query),
        method: options.method ?? "GET",
        headers: [...headers, ...contentHeaders(options)],
        ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
        signal: deadline.signal,
      });
      return { ...answer, identity: credentials.identity };
    } catch (error) {
      if (deadline.isExpired) this.renewConnections();
      if (deadline.signal.aborted) throw deadline.signal.reason;
      throw error instanceof OperationalError ? error : unreachable(error, credentials);
    }
  }

  /** The connections and headers of the credentials of now. */
  async #route(): Promise<Route> {
    const credentials = this.#credentials;
    if (this.#isClosed) throw new OperationalError("KUBE_CLOSED", "the connection to the cluster is closed");
    if (credentials === null) throw this.#missing;
    const { tls, headers } = await credentials.authenticate();
    if (credentials !== this.#credentials) return this.#route();
    if (this.#pools?.fingerprint !== tls.fingerprint) this.#dropPools();
    this.#pools ??= new Pools(credentials.server, credentials.proxy, tls, this.#clock);
    return { credentials, pools: this.#pools, headers };
  }

  /** Asks the permit. Returns the query parameters. */
  #permitted(exchange: Exchange): QueryParameters {
    const { options, deadline } = exchange;
    const grant = options.permit?.ask();
    if (grant === undefined) return options.query ?? {};
    exchange.grant = grant;
    deadline.follow(grant.signal);
    if (options.timeoutMs === undefined) {
      const timeoutMs = grant.timeoutSeconds * 1000 + TIMEOUT_ANSWER_MS;
      deadline.expireAfter(timeoutMs, noAnswer(options, timeoutMs));
    }
    return { ...options.query, timeout: `${grant.timeoutSeconds}s` };
  }

  /** Tries once more after a 401 if the credentials can be renewed: tokens expire. */
  async #renewing<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      const isExpired = error instanceof KubeError && error.status === 401;
      if (!isExpired || !(await this.#credentials?.renew())) throw error;
      return attempt();
    }
  }

  #dropPools(): void {
    this.#pools?.close();
    this.#pools = null;
  }
}
