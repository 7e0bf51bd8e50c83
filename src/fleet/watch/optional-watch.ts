/**
 * Keeps sight of a resource that a cluster may not have, or may not let us read: waits until it is served, watches it, and
 * notices when it goes. Whatever becomes of it is said in `health` and stops nobody else.
 *
 * Nobody waits for a source that cannot speak. One that may not be read (403, 400, 405), or that is not served at the first look,
 * counts as read with nothing in it: `onUnsure`. That is no word about its objects, though, and must take nothing away:
 *   - what an earlier run knew stays until the source has been read, or was not served at LOOKS_BELIEVED looks in a row
 *     (a server that is starting may not know its CRDs yet): then comes `onSynced`;
 *   - what was read in this run stays while it is refused, as with any watch that is blind.
 * How long that is borne is for those to say who hear it.
 */
import { pause } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { KubeError } from "../kube/kube-error.ts";
import { readPage } from "../kube/list.ts";
import { Reflector, type ReflectorOptions } from "./reflector.ts";
import { collectionPath, type Resource } from "../kube/resource.ts";
import type { ReflectorHealth } from "./watch-health.ts";
import { findServed } from "./served-version.ts";
import type { WatchedResource } from "./watched-resource.ts";

/** How often a missing API is looked for again: somebody who installs a CRD waits no longer than this. */
export const LOOK_AGAIN_MS = 30_000;
/** While nobody can say, as often as the other watches of a cluster in trouble are tried at most. */
const ASK_AGAIN_MS = 5_000;
/** Until the first list has come or failed: nothing is asked for this. */
const GLANCE_MS = 100;
/** It may not be read, or not like this (a selector that the server does not take): asking again changes nothing. */
const REFUSALS: readonly number[] = [400, 403, 405];
/** A server that is starting may not know its CRDs yet: only so many looks in a row prove that one was taken away. */
export const LOOKS_BELIEVED = 3;

type SourceWatchOptions<T> = Omit<ReflectorOptions<T>, "resource"> & {
  readonly need: WatchedResource;
  /** Nothing of it can be known for now. `sink.onSynced` may come later. */
  readonly onUnsure: () => void;
};

export type SourceHealth = {
  readonly state: "looking" | "not served here" | "refused" | "watching";
  /** "gateway.networking.k8s.io/v1"; null while there is none. */
  readonly version: string | null;
  readonly lastError: string | null;
  /** Null before the first sight. */
  readonly watch: ReflectorHealth | null;
};

export class SourceWatch<T> {
  readonly #options: SourceWatchOptions<T>;
  #state: SourceHealth["state"] = "looking";
  #version: string | null = null;
  #lastError: string | null = null;
  #reflector: Reflector<T> | null = null;
  #isRead = false;

  constructor(options: SourceWatchOptions<T>) {
    this.#options = options;
  }

  get health(): SourceHealth {
    return {
      state: this.#state,
      version: this.#version,
      lastError: this.#lastError,
      watch: this.#reflector?.health ?? null,
    };
  }

  /** Runs until aborted; never rejects. Call once. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const resource = await this.#awaitServed(signal);
      if (resource === null) return;
      await this.#watch(resource, signal);
    }
  }

  /** Null only when aborted. */
  async #awaitServed(signal: AbortSignal): Promise<Resource | null> {
    for (let looks = 0; !signal.aborted;) {
      const found = await this.#look(signal);
      if (found instanceof Object) return found;
      if (found === null) this.#notServed(++looks);
      await pause(this.#options.clock, found === null ? LOOK_AGAIN_MS : ASK_AGAIN_MS, signal);
    }
    return null;
  }

  #notServed(looks: number): void {
    const { onUnsure, sink } = this.#options;
    this.#state = "not served here";
    if (this.#isRead) return;
    if (looks < LOOKS_BELIEVED) {
      if (looks === 1) onUnsure();
      return;
    }
    this.#isRead = true;
    sink.onSynced();
  }

  /** Null = it is not served; undefined = nobody could say. */
  async #look(signal: AbortSignal): Promise<Resource | null | undefined> {
    const { transport, need } = this.#options;
    try {
      const resource = await findServed(transport, need, signal);
      if (this.#state !== "refused") this.#lastError = null;
      return resource;
    } catch (error) {
      if (!signal.aborted) this.#complain(error);
      return undefined;
    }
  }

  /** Said once, until it is another thing that is wrong. */
  #complain(error: unknown): void {
    const { need, log, onUnsure } = this.#options;
    const isRefused = isRefusal(error);
    const isNews = isRefused ? this.#state !== "refused" : this.#lastError === null;
    this.#lastError = messageOf(error);
    const fields = { group: need.group, resource: need.plural, error: this.#lastError };
    const sentence = isRefused
      ? "a resource may not be read; nobody waits for it"
      : "cannot tell whether a resource is served";
    if (isNews) log.warn(fields, sentence);
    if (!isRefused || !isNews) return;
    this.#state = "refused";
    if (!this.#isRead) onUnsure();
  }

  async #watch(resource: Resource, signal: AbortSignal): Promise<void> {
    const { log, sink } = this.#options;
    const onSynced = (): void => {
      this.#isRead = true;
      this.#seen();
      sink.onSynced();
    };
    const own = { onChange: sink.onChange.bind(sink), onSynced };
    const reflector = new Reflector<T>({ ...this.#options, resource, sink: own });
    const ending = new AbortController();
    const stop = (): void => ending.abort();
    signal.addEventListener("abort", stop);
    this.#reflector = reflector;
    this.#version = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
    if (this.#state !== "refused") this.#state = "watching";
    const running = reflector.run(ending.signal);
    await this.#untilRead(reflector, resource, ending.signal);
    await this.#untilGone(reflector, resource, ending.signal);
    ending.abort();
    await running;
    signal.removeEventListener("abort", stop);
    if (signal.aborted) return;
    log.warn({ resource: resource.plural, version: this.#version }, "a resource is not served any more");
    this.#forget(reflector);
  }

  /** Until the first list has come or failed: who may be refused is asked at once, and not after half a minute. */
  async #untilRead(reflector: Reflector<T>, resource: Resource, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && reflector.health.state === "listing")
      await pause(this.#options.clock, GLANCE_MS, signal);
    if (!signal.aborted && reflector.health.state === "blind") await this.#askWhy(resource, signal);
  }

  /** The shortest list there is: whether we may read it at all. */
  async #askWhy(resource: Resource, signal: AbortSignal): Promise<void> {
    const { transport, query = {} } = this.#options;
    try {
      await readPage({ transport, path: collectionPath(resource), query, signal }, { limit: 1 });
    } catch (error) {
      if (!signal.aborted && isRefusal(error)) this.#complain(error);
    }
  }

  /** Only a watch that fails makes us ask: one that stands proves that the resource is there. */
  async #untilGone(reflector: Reflector<T>, resource: Resource, signal: AbortSignal): Promise<void> {
    for (let looks = 0; !signal.aborted && looks < LOOKS_BELIEVED;) {
      await pause(this.#options.clock, LOOK_AGAIN_MS, signal);
      const isBlind = reflector.health.state === "blind" || reflector.health.state === "listing";
      if (!isBlind && this.#state === "refused") this.#seen();
      const found = signal.aborted || !isBlind ? resource : await this.#look(signal);
      if (found === undefined) continue;
      if (found === null || found.version !== resource.version) looks++;
      else {
        looks = 0;
        if (isBlind) await this.#askWhy(resource, signal);
      }
    }
  }

  #seen(): void {
    this.#state = "watching";
    this.#lastError = null;
  }

  /** What was there is gone with the API it was of. */
  #forget(reflector: Reflector<T>): void {
    const { sink } = this.#options;
    for (const { key } of reflector.store.values()) sink.onChange(key, undefined);
    this.#reflector = null;
    this.#version = null;
    this.#state = "looking";
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof KubeError && REFUSALS.includes(error.status);
}
