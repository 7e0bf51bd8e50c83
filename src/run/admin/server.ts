/**
 * The admin HTTP server for operators, probes and Prometheus. It is read-only (commands go to the admin socket), so it
 * needs no authentication. Its load is limited, because it shares its process with the supervisor.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIPv6 } from "node:net";
import { systemClock, type Clock } from "../../kernel/clock.ts";
import { errorFields, OperationalError, reasonOf } from "../../kernel/error.ts";
import { portTaken } from "../../kernel/native/port-holder.ts";
import type { Log } from "../../kernel/log.ts";
import { sharedReport } from "../reports/shared-report.ts";
import { limitConnections } from "./connections.ts";
import { isOurHost, type AllowedHosts } from "./host-check.ts";

/** The content of the pages, read for each request. */
export type AdminSources = {
  isReady(): {
    readonly ready: boolean;
    /** Why not. */
    readonly reasons: readonly string[];
    /** What is not known, whether it is ready or not. */
    readonly notes: readonly string[];
  };
  /** A JSON value. */
  status(): Promise<unknown>;
  /** Prometheus text format 0.0.4. */
  metrics(): Promise<string>;
};

type AdminServerOptions = {
  readonly address: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Names accepted in the Host header beside localhost and the address, read for each request. */
  readonly hosts?: () => readonly string[];
  readonly sources: AdminSources;
  readonly log: Log;
  readonly clock?: Clock;
};

export type AdminServer = { readonly address: string; readonly port: number; close(): Promise<void> };

const HEADER_MAX_OCTETS = 8 * 1024;
const HEADERS_MAX = 50;
/** The time for the headers of a request, and for the whole of it. */
const REQUEST_TIMEOUT_MS = 5000;
const KEEP_ALIVE_MS = 15_000;
/** A client that does not take its page within this loses the connection. */
const SLOW_READER_MS = 30_000;
/** Prometheus times out after 10 s by default. */
export const SOURCE_TIMEOUT_MS = 5000;

/** How long the large pages are good for, whoever asks. */
const PAGE_GOOD_FOR_MS = 1000;

type Page = { readonly status: number; readonly type: string; readonly body: string };

const TEXT_TYPE = "text/plain; charset=utf-8";
const INDEX_PAGE = `fedns, read-only:
  /livez    200 while the process is alive
  /readyz   200 while DNS is answered; the reasons why not, and the members that were never read
  /status   the state of every cluster (JSON)
  /metrics  metrics for Prometheus
`;

/** Rejects with an OperationalError (ADMIN_LISTEN) that says why it cannot listen. */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const large = largePages(options);
  const server = createServer(
    {
      maxHeaderSize: HEADER_MAX_OCTETS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1000,
    },
    (request, response) => {
      const { address, hosts } = options;
      void serve(request, response, { ...options, large, rule: { address, hosts: hosts?.() ?? [] } });
    },
  );
  server.maxHeadersCount = HEADERS_MAX;
  limitConnections(server, options.clock ?? systemClock);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.timeout = SLOW_READER_MS;
  await listen(server, options);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : options.port;
  return {
    address: options.address,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { address, port, log }: AdminServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const place = `${address} port ${port}`;
      const isTaken = cause.code === "EADDRINUSE";
      const why = isTaken ? portTaken({ address, port, transport: "tcp" }, "admin.port") : reasonOf(cause);
      reject(new OperationalError("ADMIN_LISTEN", `admin HTTP cannot listen on ${place}: ${why}`, { cause }));
    });
    server.listen({ host: address, port, exclusive: true, ipv6Only: isIPv6(address) }, () => {
      server.on("error", (error) => {
        log.warn(errorFields(error), "admin HTTP server error");
      });
      resolve();
    });
  });
}

type LargePages = { readonly status: () => Promise<Page>; readonly metrics: () => Promise<Page> };
type Context = AdminServerOptions & { readonly large: LargePages; readonly rule: AllowedHosts };

function largePages({ sources, clock = systemClock }: AdminServerOptions): LargePages {
  const shared = (make: () => Promise<Page>): (() => Promise<Page>) =>
    sharedReport(clock, PAGE_GOOD_FOR_MS, () => inTime(clock, make));
  return {
    status: shared(async () => {
      const body = `${JSON.stringify(await sources.status(), null, 2)}\n`;
      return { status: 200, type: "application/json", body };
    }),
    metrics: shared(async () => {
      const body = await sources.metrics();
      return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body };
    }),
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  // A body is not used, but has to be read, or the connection would stall.
  request.resume();
  const page = await answer(request, context).catch((error: unknown): Page => {
    context.log.warn({ path: request.url, ...errorFields(error) }, "admin page failed");
    return { status: 503, type: TEXT_TYPE, body: "not available now\n" };
  });
  response.writeHead(page.status, {
    "content-type": page.type,
    "content-length": Buffer.byteLength(page.body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(page.status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : page.body);
}

async function answer(request: IncomingMessage, context: Context): Promise<Page> {
  if (!isOurHost(request.headers.host, context.rule)) {
    const body = "unknown Host header; use localhost, the address, or a name in admin.hosts\n";
    return { status: 403, type: TEXT_TYPE, body };
  }
  if (request.method !== "GET" && request.method !== "HEAD")
    return { status: 405, type: TEXT_TYPE, body: "read-only\n" };
  const [path] = (request.url ?? "").split("?", 1);
  const { sources } = context;
  switch (path) {
    case "/":
      return { status: 200, type: TEXT_TYPE, body: INDEX_PAGE };
    case "/livez":
      return { status: 200, type: TEXT_TYPE, body: "ok\n" };
    case "/readyz":
      return readyPage(sources);
    case "/status":
      return context.large.status();
    case "/metrics":
      return context.large.metrics();
    default:
      return { status: 404, type: TEXT_TYPE, body: "no such page; / lists them\n" };
  }
}

/** A 503 comes with its reasons; what is not known is listed in either case. */
function readyPage(sources: AdminSources): Page {
  const { ready, reasons, notes } = sources.isReady();
  const lines = [...reasons, ...notes].map((line) => `- ${line}\n`);
  return {
    status: ready ? 200 : 503,
    type: TEXT_TYPE,
    body: `${ready ? "ok" : "not ready"}\n${lines.join("")}`,
  };
}

async function inTime<T>(clock: Clock, source: () => Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(SOURCE_TIMEOUT_MS, () => {
    late.reject(new OperationalError("ADMIN_SOURCE_LATE", `no answer within ${SOURCE_TIMEOUT_MS} ms`));
  });
  try {
    return await Promise.race([source(), late.promise]);
  } finally {
    cancel();
  }
}
