/**
 * Keeps a Store equal to one resource of one cluster: lists, then watches, and starts again after every failure.
 *
 * A half-open watch delivers neither bytes nor an error, and a quiet one does not either. Where all watches share one HTTP/2
 * connection (kube/watch-sessions.ts), pings find a dead peer within 25 s, so a watch lasts for 5 to 10 minutes. Where each
 * watch has a connection of its own, watches are short instead: we ask for 24 to 32 s; the server then ends the stream, and
 * the next watch reuses the open connection. That costs one cheap request per watch and half minute, and changes are unseen
 * for a round trip. A watch that has not ended 10 s after its time is dead. (A probe beside the watch would prove that the
 * server is alive, not that the stream is. Reopening silent watches would cost a TLS handshake each time, for every quiet
 * resource.) TCP keep-alive finds a vanished peer after 20 s (kube/pools.ts).
 */
import { pause } from "../../kernel/clock.ts";
import { errorFields, messageOf, OperationalError } from "../../kernel/error.ts";
import { Deadline } from "../kube/deadline.ts";
import { isGone, isKeepAliveTimeout, KubeError, kubeErrorOfStatus } from "../kube/kube-error.ts";
import { PageSize } from "../list/page-size.ts";
import { listAll } from "../list/list.ts";
import { readPage } from "../list/page.ts";
import { collectionPath, isOlder, parseWatchEvent } from "../kube/resource.ts";
import type { ReflectorOptions } from "./reflector-options.ts";
import { WatchVisibility, type ReflectorHealth, type ReflectorState } from "./watch-health.ts";
import { Intake } from "./intake.ts";
import type { RoomShare } from "./room.ts";
import { type KeptObjects, Store } from "./store.ts";
import type { QueryParameters } from "../kube/request-message.ts";

const SHARED_WATCH_SECONDS_MIN = 300;
const SHARED_WATCH_SECONDS_SPREAD = 301;
const SINGLE_WATCH_SECONDS_MIN = 24;
const SINGLE_WATCH_SECONDS_SPREAD = 9;
const WATCH_GRACE_MS = 10_000;
/** A watch that ends sooner counts as failed, so that it is not reopened thousands of times a second. */
const WATCH_SHORTEST_MS = 1_000;
/** After this many watches in a row that fail without an event, the resource is listed again. */
const FRUITLESS_WATCHES_MAX = 3;
/** Spreads the lists after a 410, which hits all reflectors of all processes at the same moment. */
const RELIST_SPREAD_MS = 500;
/** A 4xx needs a change in the cluster (permissions, a CRD); new credentials end this pause early. */
const REFUSED_RETRY_MAX_MS = 10_000;

/** Reading as much as is allowed costs time, and what is too large seldom becomes small soon. */
const TOO_LARGE_RETRY_MS = 60_000;

export class Reflector<T> {
  readonly store: KeptObjects<T>;
  readonly #options: ReflectorOptions<T>;
  readonly #path: string;
  readonly #query: QueryParameters;
  readonly #visibility: WatchVisibility;
  readonly #share: RoomShare | null;
  readonly #intake: Intake<T>;
  readonly #pageSize: PageSize = new PageSize();
  #state: ReflectorState = "listing";
  #resourceVersion: string | null = null;
  #identity = "";
  /** After a failure: the server may have come back with an older state. */
  #isSuspicious = false;
  #failures = 0;
  #fruitless = 0;
  #lists = 0;
  #watches = 0;
  #lastLineMs = 0;
  #lastEventMs: number | null = null;
  #lastBookmarkMs: number | null = null;
  #lastError: string | null = null;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#path = collectionPath(options.resource);
    this.#query = options.query ?? {};
    this.#visibility = new WatchVisibility(options.clock);
    const { equal = Object.is, makeStore, sink, room, project, log } = options;
    const store = makeStore?.(sink) ?? new Store({ equal, sink, log });
    this.store = store;
    this.#share = room?.share() ?? null;
    this.#intake = new Intake({ store, project, share: this.#share, path: this.#path, log });
  }

  /** As in `health`, for those who ask often. */
  get state(): ReflectorState {
    return this.#state;
  }

  get health(): ReflectorHealth {
    return {
      state: this.#state,
      ...this.#visibility.facts,
      isSynced: this.#lists > 0,
      lastEventMs: this.#lastEventMs,
      lastBookmarkMs: this.#lastBookmarkMs,
      restarts: Math.max(0, this.#watches - 1),
      relists: Math.max(0, this.#lists - 1),
      lastError: this.#lastError,
      resourceVersion: this.#resourceVersion,
      objectCount: this.store.size,
      projectionErrors: this.#intake.projectionErrors,
      sinkErrors: this.store.sinkErrors,
    };
  }

  /** Runs until aborted; never rejects. Call once. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#listUnlessKnown(signal);
        await this.#watch(signal);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error, signal);
      }
    }
    this.#state = "stopped";
    this.#share?.close();
    this.#visibility.lost(this.#options.clock.nowMs());
  }

  async #listUnlessKnown(signal: AbortSignal): Promise<void> {
    const { transport } = this.#options;
    if (this.#identity !== transport.identity) this.#resourceVersion = null;
    if (this.#resourceVersion !== null && this.#isSuspicious) await this.#checkNotRestored(signal);
    if (this.#resourceVersion !== null) return;
    this.#state = "listing";
    const intake = this.#intake;
    const { resourceVersion, identity } = await listAll({
      ...this.#source(signal),
      onStart: () => intake.startList(),
      onPage: (page) => intake.takePage(page),
      onceMore: { onPage: (page) => intake.takeNewer(page), onGone: (object) => intake.drop(object) },
      pageSize: this.#pageSize,
    });
    signal.throwIfAborted();
    this.#resourceVersion = resourceVersion;
    this.#identity = identity;
    this.#lists += 1;
    this.#fruitless = 0;
    this.#isSuspicious = false;
    intake.endList();
  }

  /**
   * A server that was restored from a backup continues at an older resourceVersion and silently drops all events up to the
   * one we ask to watch from. A list of one object, read from etcd, tells its current resourceVersion.
   */
  async #checkNotRestored(signal: AbortSignal): Promise<void> {
    const { resourceVersion } = await readPage(this.#source(signal), { limit: 1 });
    this.#isSuspicious = false;
    if (this.#resourceVersion !== null && isOlder(resourceVersion, this.#resourceVersion))
      this.#goneBack(resourceVersion);
  }

  #goneBack(resourceVersion: string): void {
    const fields = { path: this.#path, known: this.#resourceVersion, now: resourceVersion };
    this.#options.log.warn(fields, "the API server went back in time; listing again");
    this.#resourceVersion = null;
  }

  #source(signal: AbortSignal) {
    const { transport } = this.#options;
    return { transport, path: this.#path, query: this.#query, accept: this.#accept("List"), signal };
  }

  /** Undefined = objects as they are. */
  #accept(suffix: "" | "List"): string | undefined {
    if (this.#options.isMetadataOnly !== true) return undefined;
    return `application/json;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1`;
  }

  /** One watch from the known resourceVersion to its proper end; throws for every other end. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { transport, clock, random } = this.#options;
    using deadline = new Deadline(clock, signal);
    const chance = random();
    const query = {
      ...this.#query,
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: this.#resourceVersion ?? undefined,
    };
    const { lines, timeoutSeconds } = await transport.breaker.run(signal, () =>
      transport.watchLines({
        path: this.#path,
        query,
        accept: this.#accept(""),
        seconds: {
          shared: SHARED_WATCH_SECONDS_MIN + Math.floor(chance * SHARED_WATCH_SECONDS_SPREAD),
          single: SINGLE_WATCH_SECONDS_MIN + Math.floor(chance * SINGLE_WATCH_SECONDS_SPREAD),
        },
        signal: deadline.signal,
      }),
    );
    if (this.#identity !== transport.identity)
      throw new OperationalError(
        "KUBE_MOVED",
        "the address or the certificate authority of the cluster has changed; its objects are listed again",
      );
    const startMs = clock.nowMs();
    this.#watches += 1;
    this.#lastLineMs = startMs;
    this.#state = "watching";
    this.#lastError = null;
    this.#visibility.regained();
    this.#options.onWatching?.();
    await this.#readToEnd(lines, deadline, timeoutSeconds * 1000);
    if (clock.nowMs() - startMs < WATCH_SHORTEST_MS)
      throw new OperationalError("KUBE_WATCH_SHORT", "the server ended the watch at once");
    this.#failures = 0;
  }

  async #readToEnd(lines: AsyncIterable<Buffer>, deadline: Deadline, timeoutMs: number): Promise<void> {
    const { clock, transport } = this.#options;
    const sentence = "the watch fell silent and did not end when it should have";
    const dueMs = clock.nowMs() + timeoutMs;
    deadline.expireAfter(timeoutMs + WATCH_GRACE_MS, sentence);
    try {
      for await (const line of lines) {
        while (!transport.turns.spend()) await transport.turns.nextTurn();
        // What still arrives after the end must not reach a successor of the same name.
        if (deadline.signal.aborted) throw deadline.signal.reason;
        this.#take(line);
        this.#failures = 0;
        this.#fruitless = 0;
        this.#lastLineMs = clock.nowMs();
        if (this.#lastLineMs > dueMs) deadline.expireAfter(WATCH_GRACE_MS, sentence);
      }
      this.#visibility.lost(clock.nowMs());
    } catch (error) {
      this.#fruitless += 1;
      this.#visibility.lost(
        deadline.isExpired || isKeepAliveTimeout(error) ? this.#lastLineMs : clock.nowMs(),
      );
      if (deadline.isExpired) transport.renewConnections();
      throw error;
    }
  }

  /** Takes one line of a watch stream. A line that is not an event throws and so ends the watch. */
  #take(line: Buffer): void {
    const event = parseWatchEvent(line);
    if (event.type === "ERROR") throw kubeErrorOfStatus(event.object);
    if (this.#resourceVersion !== null && isOlder(event.resourceVersion, this.#resourceVersion)) {
      this.#goneBack(event.resourceVersion);
      throw new OperationalError("KUBE_WENT_BACK", "the API server went back in time");
    }
    const nowMs = this.#options.clock.wallMs();
    if (event.type === "BOOKMARK") this.#lastBookmarkMs = nowMs;
    else {
      this.#lastEventMs = nowMs;
      this.#intake.take({ ...event, isDeleted: event.type === "DELETED" });
    }
    this.#resourceVersion = event.resourceVersion;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { transport, clock, random, log } = this.#options;
    this.#visibility.lost(clock.nowMs());
    this.#state = "blind";
    this.#isSuspicious = true;
    this.#lastError = messageOf(error);
    this.#failures += 1;
    this.#options.onTrouble?.(error);
    if (this.#failures === 1 && !isToldElsewhere(error) && transport.breaker.isNews(this.#lastError))
      log.warn(
        { path: this.#path, ...errorFields(error) },
        "the watch of a resource failed; changes are not seen until it is back",
      );
    if (isGone(error) || this.#fruitless >= FRUITLESS_WATCHES_MAX) this.#resourceVersion = null;
    if (isGone(error)) await pause(clock, random() * RELIST_SPREAD_MS, signal);
    // An open breaker delays us already, and closes for all reflectors as soon as one request succeeds.
    if (!transport.breaker.isClosed || (isGone(error) && this.#failures === 1)) return;
    await transport.breaker.backOff(signal, {
      failures: this.#failures,
      leastMs: error instanceof KubeError ? error.retryAfterMs : null,
      ...(isRefusal(error) && { ceilingMs: REFUSED_RETRY_MAX_MS }),
      ...(isTooLarge(error) && { leastMs: TOO_LARGE_RETRY_MS, ceilingMs: TOO_LARGE_RETRY_MS }),
    });
  }
}

/** Whoever loads the credentials tells what keeps them from it, once for all watches. */
function isToldElsewhere(error: unknown): boolean {
  return error instanceof OperationalError && error.code === "KUBE_NO_CREDENTIALS";
}

/** The server refuses the request itself: repeating it at once will not help. */
function isRefusal(error: unknown): boolean {
  return error instanceof KubeError && error.status < 500 && error.status !== 410 && error.status !== 429;
}

function isTooLarge(error: unknown): boolean {
  return error instanceof OperationalError && error.code === "KUBE_TOO_LARGE";
}
