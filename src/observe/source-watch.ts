/**
 * Keeps sight of a resource that a cluster may not have: waits until it is served, watches it, and notices when it goes.
 * Whatever becomes of it is said in `health` and stops nobody else.
 */
import { pause } from "../clock.ts";
import { messageOf } from "../error.ts";
import { Reflector, type ReflectorOptions } from "../kube/reflector.ts";
import type { Resource } from "../kube/resource.ts";
import type { ReflectorHealth } from "../kube/sight.ts";
import { findServed } from "./source-served.ts";
import type { Need } from "./source.ts";

/** How often a missing API is looked for again: somebody who installs a CRD waits no longer than this. */
export const LOOK_AGAIN_MS = 30_000;
/** While nobody can say, as often as the other watches of a cluster in trouble are tried at most. */
const ASK_AGAIN_MS = 5_000;
/** A server that is starting may not know its CRDs yet: only so many looks in a row prove that one was taken away. */
export const LOOKS_BELIEVED = 3;

export type SourceWatchOptions<T> = Omit<ReflectorOptions<T>, "resource"> & { readonly need: Need };

export type SourceHealth = {
  readonly state: "looking" | "not served here" | "watching";
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

  /** Runs until aborted; never rejects. Call once. The sink is told `onSynced` also when there is nothing to be read. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const resource = await this.#awaitServed(signal);
      if (resource === null) return;
      await this.#watch(resource, signal);
    }
  }

  /** Null only when aborted. */
  async #awaitServed(signal: AbortSignal): Promise<Resource | null> {
    while (!signal.aborted) {
      const found = await this.#look(signal);
      if (found instanceof Object) return found;
      if (found === null && this.#state !== "not served here") {
        this.#state = "not served here";
        this.#options.sink.onSynced();
      }
      await pause(this.#options.clock, found === null ? LOOK_AGAIN_MS : ASK_AGAIN_MS, signal);
    }
    return null;
  }

  /** Null = it is not served; undefined = nobody could say. */
  async #look(signal: AbortSignal): Promise<Resource | null | undefined> {
    const { transport, need, log } = this.#options;
    try {
      const resource = await findServed(transport, need, signal);
      this.#lastError = null;
      return resource;
    } catch (error) {
      if (signal.aborted) return undefined;
      const isNews = this.#lastError === null;
      this.#lastError = messageOf(error);
      const fields = { group: need.group, resource: need.plural, error: this.#lastError };
      if (isNews) log.warn(fields, "cannot tell whether a resource is served");
      return undefined;
    }
  }

  async #watch(resource: Resource, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const reflector = new Reflector<T>({ ...this.#options, resource });
    const ending = new AbortController();
    const stop = (): void => ending.abort();
    signal.addEventListener("abort", stop);
    this.#reflector = reflector;
    this.#version = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
    this.#state = "watching";
    const running = reflector.run(ending.signal);
    await this.#untilGone(reflector, resource, ending.signal);
    ending.abort();
    await running;
    signal.removeEventListener("abort", stop);
    if (signal.aborted) return;
    log.warn({ resource: resource.plural, version: this.#version }, "a resource is not served any more");
    this.#forget(reflector);
  }

  /** Only a watch that fails makes us ask: one that stands proves that the resource is there. */
  async #untilGone(reflector: Reflector<T>, resource: Resource, signal: AbortSignal): Promise<void> {
    for (let looks = 0; !signal.aborted && looks < LOOKS_BELIEVED;) {
      await pause(this.#options.clock, LOOK_AGAIN_MS, signal);
      const isBlind = reflector.health.state === "blind" || reflector.health.state === "listing";
      const found = signal.aborted || !isBlind ? resource : await this.#look(signal);
      if (found === undefined) continue;
      if (found === null || found.version !== resource.version) looks++;
      else looks = 0;
    }
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
