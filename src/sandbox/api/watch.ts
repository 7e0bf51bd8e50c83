/** Watches: one response per watcher, with a line of JSON per change after the requested version. */
import type { Change } from "../store/history.ts";
import type { JsonObject } from "../object/json.ts";
import { withMetadata } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { apiVersionOf } from "../store/resource.ts";
import type { ResourceTable } from "../store/resource.ts";
import type { Matches } from "../object/selector.ts";
import { expired } from "../object/status.ts";
import type { ApiError } from "../object/status.ts";
import type { ObjectStore } from "../store/store.ts";
import type { HttpExchange } from "../http/exchange.ts";
import { checkListOptions, matcher, readCount, readVersion } from "./list.ts";
import type { ResourcePath } from "../http/resource-path.ts";
import { viewObject, withoutColumns } from "../http/view.ts";
import type { View } from "../http/view.ts";

export type WatchSettings = {
  /** The interval of bookmarks in a watch that allows them; real servers send one a minute. */
  readonly bookmarkIntervalMs: number;
  /** The answer to a watch from a compacted version: an ERROR event in a 200 stream, as real servers send, or a plain 410. */
  readonly expiredAs: "event" | "status";
};

/** A watcher with a larger backlog is disconnected, as real servers do with slow watchers. */
const BACKLOG_LIMIT_BYTES = 64 * 1024 * 1024;
/** Real servers end a watch without timeoutSeconds after 30 to 60 minutes. */
const DEFAULT_TIMEOUT_SECONDS = 2700;

type WatchEvent = { readonly type: string; readonly object: KubeObject };

/** The parts of a server that watches use. */
type WatchContext = {
  readonly store: ObjectStore;
  readonly table: ResourceTable;
  readonly watchSettings: WatchSettings;
};

export function watch(
  { store, table, watchSettings: settings }: WatchContext,
  target: ResourcePath,
  exchange: HttpExchange,
): void {
  const { query } = exchange;
  checkListOptions(query);
  const matches = matcher(target, query);
  const version = readVersion(query.get("resourceVersion"));
  const stream = new WatchStream(store, target, exchange);
  const isInitial = query.get("sendInitialEvents") === "true";
  const isFromNow = query.get("sendInitialEvents") === "false" && !version;
  if (isInitial || (!version && !isFromNow)) {
    stream.open();
    for (const object of store.objects(target.resource)) {
      if (matches(object)) stream.send({ type: "ADDED", object });
    }
    if (isInitial && stream.allowsBookmarks) stream.bookmark({ "k8s.io/initial-events-end": "true" });
  } else {
    const changes = store.changesSince(version ?? store.version, target.resource);
    if (!changes) {
      stream.refuse(expired(`too old resource version: ${version ?? 0} (${store.compacted})`), settings);
      return;
    }
    stream.open();
    for (const change of changes) stream.sendChange(change, matches);
  }
  const forget = table.onceUnregistered(target.resource, () => exchange.response.end());
  exchange.response.once("close", forget);
  stream.follow(matches, version ?? 0, settings);
}

class WatchStream {
  readonly allowsBookmarks: boolean;
  readonly #store: ObjectStore;
  readonly #target: ResourcePath;
  readonly #exchange: HttpExchange;
  readonly #view: View;
  #hasColumns = false;

  constructor(store: ObjectStore, target: ResourcePath, exchange: HttpExchange) {
    this.#store = store;
    this.#target = target;
    this.#exchange = exchange;
    this.#view = exchange.view;
    this.allowsBookmarks = exchange.query.get("allowWatchBookmarks") === "true";
  }

  open(): void {
    const headers = { "Content-Type": "application/json", "Cache-Control": "no-cache, private" };
    this.#exchange.response.writeHead(200, headers);
    this.#exchange.response.flushHeaders();
  }

  refuse(error: ApiError, settings: WatchSettings): void {
    if (settings.expiredAs === "status") throw error;
    this.open();
    this.#line("ERROR", error.status);
    this.#exchange.response.end();
  }

  /** Sends all further changes until the client disconnects or the timeout ends. */
  follow(matches: Matches, after: number, settings: WatchSettings): void {
    const { response, clock, query } = this.#exchange;
    const unsubscribe = this.#store.subscribe((change) => {
      if (change.version > after) this.sendChange(change, matches);
    });
    const seconds = readCount(query, "timeoutSeconds") || DEFAULT_TIMEOUT_SECONDS;
    const cancelTimeout = clock.after(seconds * 1000, () => {
      if (this.allowsBookmarks) this.bookmark();
      response.end();
    });
    let cancelBookmark = (): void => undefined;
    const remind = (): void => {
      cancelBookmark = clock.after(settings.bookmarkIntervalMs, () => {
        this.bookmark();
        remind();
      });
    };
    if (this.allowsBookmarks) remind();
    response.once("close", () => {
      unsubscribe();
      cancelTimeout();
      cancelBookmark();
    });
  }

  /** Sends a change as this watcher sees it: an object that starts to match is ADDED, one that stops matching is DELETED. */
  sendChange(change: Change, matches: Matches): void {
    if (change.resource.plural !== this.#target.resource.plural) return;
    if (change.resource.group !== this.#target.resource.group) return;
    const isIn = change.kind !== "DELETED" && matches(change.object);
    const wasIn = change.previous !== undefined && matches(change.previous);
    if (isIn) this.send({ type: wasIn ? "MODIFIED" : "ADDED", object: change.object });
    else if (wasIn && change.previous) {
      const last = change.kind === "DELETED" ? change.object : change.previous;
      this.send({ type: "DELETED", object: withMetadata(last, { resourceVersion: String(change.version) }) });
    }
  }

  /** A bookmark has only a version: a watch can resume there without missing a change. */
  bookmark(annotations?: Readonly<Record<string, string>>): void {
    const { resource } = this.#target;
    const metadata = {
      resourceVersion: String(this.#store.version),
      creationTimestamp: null,
      ...(annotations && { annotations }),
    };
    const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
    this.send({ type: "BOOKMARK", object: object as unknown as KubeObject });
  }

  send(event: WatchEvent): void {
    const nowMs = this.#exchange.clock.wallMs();
    const seen = viewObject(this.#view, event.object, this.#target.resource, nowMs);
    this.#line(event.type, this.#hasColumns ? withoutColumns(seen) : seen);
    this.#hasColumns = true;
  }

  #line(type: string, object: JsonObject): void {
    const { response } = this.#exchange;
    if (response.writableEnded || response.destroyed) return;
    response.write(`${JSON.stringify({ type, object })}\n`);
    if (response.writableLength > BACKLOG_LIMIT_BYTES) response.destroy();
  }
}
