/** A small Kubernetes API server that fails on command, for tests of its clients. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { Socket } from "node:net";
import { systemClock, type Clock } from "../../src/kernel/clock.ts";
import {
  bookmarkOf,
  identityOf,
  lineOf,
  refuse,
  statusOf,
  type ApiObject,
  type Refusal,
} from "./kube-wire.ts";

type Event = {
  readonly path: string;
  readonly type: string;
  readonly version: number;
  readonly object: ApiObject;
};
type Watch = {
  readonly path: string;
  readonly since: number;
  readonly response: ServerResponse;
  readonly socket: Socket;
};
type SeenRequest = {
  readonly kind: "list" | "watch" | "other";
  readonly path: string;
  readonly request: IncomingMessage;
};

export type FaultyOptions = {
  /** Drives the ends of watches and the bookmarks; with a FakeClock half a minute passes at once. */
  readonly clock?: Clock;
  /** HTTPS with these; plain HTTP without. */
  readonly tls?: ServerOptions;
};

export class FaultyApiServer {
  /** Valid bearer tokens; null accepts all. */
  tokens: Set<string> | null = null;
  /** A watch from before the compaction: 410 as the HTTP status, or as an ERROR event in the stream. */
  goneAs: "status" | "in-stream" = "status";
  /** False for servers that send no bookmark before the end of a watch. */
  sendsBookmarks = true;
  /** All requests since the start, in order. */
  readonly seen: SeenRequest[] = [];
  /** TCP connections accepted since the start. */
  connections = 0;
  readonly #clock: Clock;
  readonly #server: ReturnType<typeof createServer>;
  readonly #scheme: string;
  readonly #collections = new Map<string, Map<string, ApiObject>>();
  readonly #watches = new Set<Watch>();
  readonly #sockets = new Set<Socket>();
  readonly #dead = new WeakSet<Socket>();
  readonly #snapshots = new Map<string, { readonly version: number; readonly rest: readonly ApiObject[] }>();
  #events: Event[] = [];
  #version = 1000;
  #compactedBelow = 0;
  #refusals: Refusal[] = [];
  #outage: Refusal | null = null;
  #isSilent = false;
  #port = 0;

  private constructor(options: FaultyOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#scheme = options.tls === undefined ? "http" : "https";
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      this.#answer(request, response);
    this.#server = options.tls === undefined ? createServer(answer) : createTlsServer(options.tls, answer);
    this.#server.keepAliveTimeout = 60_000;
    const keep = (socket: Socket): void => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => undefined);
    };
    this.#server.on("connection", (socket: Socket) => {
      this.connections += 1;
      keep(socket);
    });
    this.#server.on("secureConnection", keep);
  }

  static async start(options: FaultyOptions = {}): Promise<FaultyApiServer> {
    const server = new FaultyApiServer(options);
    await server.listen();
    return server;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}`;
  }
  get resourceVersion(): string {
    return String(this.#version);
  }
  get openWatches(): number {
    return this.#watches.size;
  }

  /** The actual state: objects by "namespace/name". */
  truth(path: string): ReadonlyMap<string, ApiObject> {
    return this.#collections.get(path) ?? new Map();
  }

  /** Creates or replaces an object and notifies the watches. */
  put(path: string, object: ApiObject): void {
    const objects = this.#collections.get(path) ?? new Map<string, ApiObject>();
    this.#collections.set(path, objects);
    const type = objects.has(identityOf(object)) ? "MODIFIED" : "ADDED";
    const stored = this.#stamp(object);
    objects.set(identityOf(object), stored);
    this.#happen({ path, type, version: this.#version, object: stored });
  }

  remove(path: string, identity: string): void {
    const object = this.truth(path).get(identity);
    if (object === undefined) throw new Error(`no ${identity} in ${path}`);
    this.#collections.get(path)?.delete(identity);
    this.#happen({ path, type: "DELETED", version: this.#version + 1, object: this.#stamp(object) });
  }

  /** Answers the next matching requests with these, one each. */
  refuseNext(...refusals: Refusal[]): void {
    this.#refusals.push(...refusals);
  }
  /** From now on, no request gets an answer. */
  fallSilent(): void {
    this.#isSilent = true;
  }
  /** Answers all requests with this, until null is set. */
  outage(refusal: Refusal | null): void {
    this.#outage = refusal;
  }

  /** Drops the history and all continue tokens, as etcd's compaction does every five minutes. */
  compact(): void {
    this.#compactedBelow = this.#version;
    this.#events = [];
    this.#snapshots.clear();
  }

  /** Simulates a restored backup: an older resourceVersion, other objects, no history, all connections broken. */
  restore(version: number, path: string, objects: readonly ApiObject[]): void {
    this.#version = version;
    this.#events = [];
    this.#compactedBelow = 0;
    this.#collections.set(path, new Map());
    for (const object of objects) this.#collections.get(path)?.set(identityOf(object), this.#stamp(object));
    this.resetConnections();
  }

  resetConnections(): void {
    // Node resets bare TCP sockets only; with TLS the connection ends without a close notification.
    for (const socket of this.#sockets)
      if (this.#scheme === "http") socket.resetAndDestroy();
      else socket.destroy();
  }
  /** Open connections stay open but get no more data; new ones work. */
  goHalfOpen(): void {
    for (const socket of this.#sockets) this.#dead.add(socket);
  }
  /** Writes raw bytes to all watches. */
  sendRaw(bytes: string | Buffer): void {
    for (const watch of this.#watches) this.#write(watch, bytes);
  }
  /** Sends the first bytes of the event that `put` would send, then cuts the connection; the state changes all the same. */
  putAndCut(path: string, object: ApiObject): void {
    const watches = [...this.#watches];
    this.#watches.clear();
    this.put(path, object);
    const line = lineOf("MODIFIED", this.truth(path).get(identityOf(object)));
    for (const watch of watches)
      watch.response.write(line.slice(0, line.length / 2), () => watch.socket.destroySoon());
  }
  bookmark(): void {
    for (const watch of this.#watches) this.#write(watch, bookmarkOf(this.#version));
  }
  /** Ends all watches cleanly, optionally with an ERROR event first. */
  endWatches(code?: number, retryAfterSeconds?: number): void {
    for (const watch of this.#watches) {
      if (code !== undefined)
        this.#write(
          watch,
          lineOf("ERROR", statusOf({ status: code, ...(retryAfterSeconds && { retryAfterSeconds }) })),
        );
      this.#end(watch);
    }
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    const address = this.#server.address();
    this.#port = typeof address === "object" && address !== null ? address.port : 0;
  }
  /** Stops listening and resets open connections; `listen` opens the same port again. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.resetConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", this.url);
    const isResource = /^\/apis?\//.test(url.pathname);
    const kind = !isResource ? "other" : url.searchParams.get("watch") === "true" ? "watch" : "list";
    this.seen.push({ kind, path: url.pathname, request });
    if (this.#isSilent || this.#dead.has(request.socket)) return;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (this.tokens !== null && !this.tokens.has(token ?? ""))
      return refuse(response, { status: 401, reason: "Unauthorized" });
    const refusal = this.#outage ?? this.#nextRefusal(kind);
    if (refusal !== undefined) return refuse(response, refusal);
    if (kind === "watch") return this.#watch(url, request, response);
    if (kind === "list") return this.#list(url, response);
    response.end("ok");
  }

  #nextRefusal(kind: string): Refusal | undefined {
    const index = this.#refusals.findIndex((refusal) => (refusal.kind ?? kind) === kind);
    return index === -1 ? undefined : this.#refusals.splice(index, 1)[0];
  }

  #list(url: URL, response: ServerResponse): void {
    const token = url.searchParams.get("continue");
    const snapshot =
      token === null
        ? { version: this.#version, rest: [...this.truth(url.pathname).values()] }
        : this.#snapshots.get(token);
    if (snapshot === undefined) return refuse(response, { status: 410, reason: "Expired" });
    const limit = Number(url.searchParams.get("limit") ?? snapshot.rest.length);
    const rest = snapshot.rest.slice(limit);
    const next = rest.length === 0 ? "" : `${snapshot.version}.${rest.length}.${this.#snapshots.size}`;
    if (next !== "") this.#snapshots.set(next, { version: snapshot.version, rest });
    const metadata = { resourceVersion: String(snapshot.version), continue: next };
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ kind: "List", apiVersion: "v1", metadata, items: snapshot.rest.slice(0, limit) }),
    );
  }

  #watch(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const since = Number(url.searchParams.get("resourceVersion"));
    if (since < this.#compactedBelow && this.goneAs === "status")
      return refuse(response, { status: 410, reason: "Expired" });
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    const watch: Watch = { path: url.pathname, since, response, socket: request.socket };
    this.#watches.add(watch);
    if (since < this.#compactedBelow) {
      this.#write(watch, lineOf("ERROR", statusOf({ status: 410, reason: "Expired" })));
      return this.#end(watch);
    }
    for (const event of this.#events) this.#tell(watch, event);
    const timeoutMs = Number(url.searchParams.get("timeoutSeconds") ?? 1800) * 1000;
    const cancels = [this.#clock.after(timeoutMs, () => this.#end(watch))];
    if (this.sendsBookmarks)
      cancels.push(this.#clock.after(timeoutMs - 2000, () => this.#write(watch, bookmarkOf(this.#version))));
    response.on("close", () => {
      this.#watches.delete(watch);
      for (const cancel of cancels) cancel();
    });
  }

  #stamp(object: ApiObject): ApiObject {
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
  }
  #happen(event: Event): void {
    this.#events.push(event);
    for (const watch of this.#watches) this.#tell(watch, event);
  }
  /** As on a real server, events not newer than the start of a watch are dropped, even after a restore. */
  #tell(watch: Watch, event: Event): void {
    if (event.path === watch.path && event.version > watch.since)
      this.#write(watch, lineOf(event.type, event.object));
  }
  #write(watch: Watch, bytes: string | Buffer): void {
    if (!this.#dead.has(watch.socket)) watch.response.write(bytes);
  }
  #end(watch: Watch): void {
    this.#watches.delete(watch);
    if (!this.#dead.has(watch.socket)) watch.response.end();
  }
}
