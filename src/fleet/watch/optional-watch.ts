/**
 * Watches a resource that a cluster may not have, or that we may not be allowed to read: waits until it is served, watches
 * it, and notices when it is not served any more. `health` says which; other watches are not affected.
 *
 * A resource that is refused (400, 403, 405), or not served at the first check, must not hold up the cluster: `onUnavailable`.
 * But that says nothing about its objects, so none of them is removed:
 *   - what an earlier run knew stays until the resource has been read, or has not been served at ABSENT_CHECKS checks in a
 *     row (a starting server may not know its CRDs yet): then `onSynced` is called;
 *   - what was read in this run stays while the resource is refused, as with any watch that fails;
 *   - where another version of it is served, that is watched from then on, and objects stay meanwhile.
 * The listener decides how long it accepts that.
 */
import { pause } from "../../kernel/clock.ts";
import { errorFields, messageOf, OperationalError } from "../../kernel/error.ts";
import { KubeError } from "../kube/kube-error.ts";
import { readPage } from "../list/page.ts";
import { Reflector } from "./reflector.ts";
import type { ReflectorOptions } from "./reflector-options.ts";
import { collectionPath, type Resource } from "../kube/resource.ts";
import type { ReflectorHealth } from "./watch-health.ts";
import { findServed } from "./served-version.ts";
import { type KeptObjects, type Sink, Store } from "./store.ts";
import type { WatchedResource } from "./watched-resource.ts";

/** How often a missing API is checked again: how long it takes at most to notice a new CRD. */
export const CHECK_AGAIN_MS = 30_000;
/** How often discovery is retried after an error. */
const DISCOVERY_RETRY_MS = 5_000;
/** How often the state of the reflector is checked until its first list has come or failed. */
const POLL_STATE_EVERY_MS = 100;
/** The resource may not be read, or not like this (a selector that the server does not accept): repeating does not help. */
const REFUSAL_CODES: readonly number[] = [400, 403, 405];
/** A starting server may not know its CRDs yet: only this many checks in a row prove that a resource is absent. */
export const ABSENT_CHECKS = 3;

type OptionalWatchOptions<T> = Omit<ReflectorOptions<T>, "resource"> & {
  readonly watched: WatchedResource;
  /** The resource cannot be read for now. `sink.onSynced` may be called later. */
  readonly onUnavailable: () => void;
};

/** What it is about at present, as it decides. */
type OptionalWatchState = "looking" | "not served here" | "refused" | "watching";

export type OptionalWatchHealth = {
  /**
   * As it is now: "blind" while the watch fails, "not served any more" from the first check that does not find the resource until it is
   * believed, "listing" before the first watch.
   */
  readonly state: OptionalWatchState | "listing" | "blind" | "not served any more";
  /** "gateway.networking.k8s.io/v1"; null while there is none. */
  readonly version: string | null;
  /** It was served, and discovery does not find it now. */
  readonly isMissing: boolean;
  /** What keeps it from watching; null while it watches. */
  readonly lastError: string | null;
  /** Null until a version has been found. */
  readonly watch: ReflectorHealth | null;
};

export class OptionalWatch<T> {
  readonly #options: OptionalWatchOptions<T>;
  #state: OptionalWatchState = "looking";
  #version: string | null = null;
  #lastError: string | null = null;
  #reflector: Reflector<T> | null = null;
  #isRead = false;
  #isMissing = false;
  /** It is kept when the version changes: what the other version does not have goes with its first list. */
  #store: KeptObjects<T> | null = null;
  #isAsked = false;
  /** The error of discovery has been logged. */
  #isTold = false;
  #wake: () => void = () => undefined;

  constructor(options: OptionalWatchOptions<T>) {
    this.#options = options;
  }

  get health(): OptionalWatchHealth {
    const watch = this.#reflector?.health ?? null;
    const isBlind = watch?.state === "blind";
    return {
      state: this.#stateNow(watch),
      version: this.#version,
      isMissing: this.#isMissing,
      lastError: this.#lastError ?? (isBlind ? watch.lastError : null),
      watch,
    };
  }

  #stateNow(watch: ReflectorHealth | null): OptionalWatchHealth["state"] {
    if (this.#state !== "watching" || watch === null) return this.#state;
    if (watch.state !== "blind") return watch.state === "listing" ? "listing" : "watching";
    return this.#isMissing ? "not served any more" : "blind";
  }

  /** What it last decided, for those who decide by it: a watch that fails is still "watching". */
  get state(): OptionalWatchState {
    return this.#state;
  }

  /** As in `health`, for those who ask often. */
  get version(): string | null {
    return this.#version;
  }

  /** Its objects cannot be seen: it is not watched, or the watch fails. */
  get isBlind(): boolean {
    return this.#reflector === null || this.#reflector.state === "blind";
  }

  get isMissing(): boolean {
    return this.#isMissing;
  }

  /** Runs until aborted; never rejects. Call once. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const resource = await this.#awaitServed(signal);
      if (resource === null) return;
      await this.#watch(resource, signal);
    }
  }

  /** A request was answered "not served", or the watch fails: what is served is looked up at once. */
  look(): void {
    this.#isAsked = true;
    this.#wake();
  }

  /** Until `look` is called (then true), or the time is over. */
  async #pause(delayMs: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#isAsked) {
      const waking = new AbortController();
      this.#wake = () => waking.abort();
      await pause(this.#options.clock, delayMs, AbortSignal.any([signal, waking.signal]));
    }
    const isAsked = this.#isAsked;
    this.#isAsked = false;
    return isAsked;
  }

  /** Null only when aborted. */
  async #awaitServed(signal: AbortSignal): Promise<Resource | null> {
    for (let checks = 0; !signal.aborted;) {
      const found = await this.#discover(signal);
      if (found instanceof Object) return found;
      if (signal.aborted) return null;
      if (found === null) this.#noteAbsent(++checks);
      await this.#pause(found === null ? CHECK_AGAIN_MS : DISCOVERY_RETRY_MS, signal);
    }
    return null;
  }

  #noteAbsent(checks: number): void {
    const { onUnavailable, sink } = this.#options;
    this.#state = "not served here";
    if (checks >= ABSENT_CHECKS) this.#store?.clear();
    if (this.#isRead) return;
    if (checks < ABSENT_CHECKS) {
      if (checks === 1) onUnavailable();
      return;
    }
    this.#isRead = true;
    sink.onSynced();
  }

  /** Null = it is not served; undefined = discovery failed. */
  async #discover(signal: AbortSignal): Promise<Resource | null | undefined> {
    const { transport, watched } = this.#options;
    try {
      const resource = await findServed(transport, watched, signal);
      this.#isTold = false;
      if (this.#state !== "refused") this.#lastError = null;
      return resource;
    } catch (error) {
      if (!signal.aborted) this.#logError(error);
      return undefined;
    }
  }

  /** Logs an error once, until a different one occurs. */
  #logError(error: unknown): void {
    const { watched, log, onUnavailable } = this.#options;
    const isRefused = isRefusal(error);
    const isNews = isRefused ? this.#state !== "refused" : !this.#isTold;
    this.#lastError = messageOf(error);
    // At a start they are loaded at the same time; what keeps them from it is told by whoever loads them.
    if (error instanceof OperationalError && error.code === "KUBE_NO_CREDENTIALS") return;
    this.#isTold = true;
    const fields = { group: watched.group, resource: watched.plural, ...errorFields(error) };
    const message = isRefused
      ? "a resource may not be read; the cluster is served without it"
      : "cannot tell whether a resource is served";
    if (isNews) log.warn(fields, message);
    if (!isRefused || !isNews) return;
    this.#state = "refused";
    if (!this.#isRead) onUnavailable();
  }

  async #watch(resource: Resource, signal: AbortSignal): Promise<void> {
    const { log, sink } = this.#options;
    const onSynced = (): void => {
      this.#isRead = true;
      this.#noteWatching();
      sink.onSynced();
    };
    const own = { onChange: sink.onChange.bind(sink), onSynced };
    const onWatching = (): void => this.#noteWatching();
    const onTrouble = (error: unknown): void => this.#noteTrouble(error);
    const makeStore = (sinkOf: Sink<T>): KeptObjects<T> => (this.#store ??= this.#newStore(sinkOf));
    const reflector = new Reflector<T>({
      ...this.#options,
      resource,
      sink: own,
      makeStore,
      onWatching,
      onTrouble,
    });
    const ending = new AbortController();
    const stop = (): void => ending.abort();
    signal.addEventListener("abort", stop);
    this.#reflector = reflector;
    this.#version = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
    if (this.#state !== "refused") this.#state = "watching";
    const running = reflector.run(ending.signal);
    await this.#untilRead(reflector, resource, ending.signal);
    const isElsewhere = await this.#untilGone(reflector, resource, ending.signal);
    ending.abort();
    await running;
    signal.removeEventListener("abort", stop);
    if (signal.aborted) return;
    log.warn({ resource: resource.plural, version: this.#version }, "a resource is not served any more");
    if (!isElsewhere) this.#store?.clear();
    this.#reflector = null;
    this.#version = null;
    this.#isMissing = false;
    this.#state = "looking";
  }

  #newStore(sink: Sink<T>): KeptObjects<T> {
    const { makeStore, equal = Object.is, log } = this.#options;
    return makeStore?.(sink) ?? new Store({ equal, sink, log });
  }

  /** Waits until the first list has come or failed, so that a refusal is noticed at once and not after CHECK_AGAIN_MS. */
  async #untilRead(reflector: Reflector<T>, resource: Resource, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && reflector.health.state === "listing")
      await pause(this.#options.clock, POLL_STATE_EVERY_MS, signal);
    if (!signal.aborted && reflector.health.state === "blind") await this.#checkRefused(resource, signal);
  }

  /** Reads the shortest possible list, to learn whether the resource is refused. */
  async #checkRefused(resource: Resource, signal: AbortSignal): Promise<void> {
    const { transport, query = {} } = this.#options;
    try {
      await readPage({ transport, path: collectionPath(resource), query, signal }, { limit: 1 });
    } catch (error) {
      if (!signal.aborted && isRefusal(error)) this.#logError(error);
    }
  }

  /**
   * Checks only while the watch fails, or when it is asked: a running watch proves that the resource is served. True = another
   * version is served.
   */
  async #untilGone(reflector: Reflector<T>, resource: Resource, signal: AbortSignal): Promise<boolean> {
    for (let checks = 0; !signal.aborted && checks < ABSENT_CHECKS;) {
      const isAsked = await this.#pause(CHECK_AGAIN_MS, signal);
      const isBlind = reflector.health.state === "blind" || reflector.health.state === "listing";
      const found = signal.aborted || !(isBlind || isAsked) ? resource : await this.#discover(signal);
      if (found === undefined) continue;
      if (found !== null && found.version !== resource.version) return true;
      this.#isMissing = found === null;
      if (found === null && isBlind) checks++;
      else if (found !== null) {
        checks = 0;
        if (isBlind) await this.#checkRefused(resource, signal);
      }
    }
    return false;
  }

  /** A resource that is gone or refused is looked up at once, not at the next check. Those after it come at their time. */
  #noteTrouble(error: unknown): void {
    const isGone = error instanceof KubeError && error.status === 404;
    if ((isGone && !this.#isMissing) || (isRefusal(error) && this.#state !== "refused")) this.look();
  }

  #noteWatching(): void {
    this.#isMissing = false;
    this.#state = "watching";
    this.#lastError = null;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof KubeError && REFUSAL_CODES.includes(error.status);
}
