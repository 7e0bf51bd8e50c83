/**
 * Which kinds one API server serves: read once, kept, and read again when a kind is missing or its answer is old.
 *
 * "not-served" and "unknown" are different answers: an aggregated API server that is down, or a discovery that fails, must
 * not make a kind look uninstalled.
 */
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { isRecord, KubeError } from "../kube/kube-error.ts";
import type { ApiReply } from "../kube/api-response.ts";
import type { Transport } from "../kube/transport.ts";
import {
  type DiscoveryDocument,
  gather,
  isAggregated,
  readAggregated,
  readGroupVersions,
  readResourceList,
  type ServedKind,
} from "./discovery-document.ts";

type KindLookup =
  | { readonly state: "served"; readonly served: ServedKind }
  | { readonly state: "not-served" }
  | { readonly state: "unknown"; readonly reason: string };

type DiscoveryOptions = {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Ends all requests. */
  readonly signal: AbortSignal;
};

/** CustomResourceDefinitions may come and go without a word to us; client-go's cache lives as long. */
const FRESH_MS: number = 10 * 60_000;
/** A missing kind is asked for again only after this time, however often it is looked up. */
const MISSING_FRESH_MS = 2_000;
const AGGREGATED =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," +
  "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

type Root = { readonly etag: string; readonly document: DiscoveryDocument };

export class Discovery {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #document: DiscoveryDocument | null = null;
  #readAtMs = -Infinity;
  /** Of the server that the document came from. */
  #identity = "";
  /** "/api" and "/apis" as last read in the aggregated form. */
  readonly #roots = new Map<string, Root>();
  #reading: Promise<DiscoveryDocument> | null = null;

  constructor({ transport, clock, signal }: DiscoveryOptions) {
    this.#transport = transport;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Never throws. `kind` is the kind ("Deployment") or the plural ("deployments"). */
  async find(group: string, kind: string): Promise<KindLookup> {
    try {
      let document = await this.#fresh(FRESH_MS);
      if (kindIn(document, group, kind) === undefined) document = await this.#fresh(MISSING_FRESH_MS);
      const served = kindIn(document, group, kind);
      if (served !== undefined) return { state: "served", served };
      return document.unknownGroups.has(group)
        ? { state: "unknown", reason: `the API server of the group ${group} does not answer` }
        : { state: "not-served" };
    } catch (error) {
      const served = this.#kept === null ? undefined : kindIn(this.#kept, group, kind);
      return served === undefined
        ? { state: "unknown", reason: messageOf(error) }
        : { state: "served", served };
    }
  }

  /** All kinds. Throws as `Transport.request` does, and KUBE_BAD_DISCOVERY. */
  async kinds(): Promise<DiscoveryDocument> {
    return this.#fresh(FRESH_MS);
  }

  /** A request for a kind was answered "kind-not-served", or a definition was installed: the next look-up reads again. */
  invalidate(): void {
    this.#readAtMs = -Infinity;
  }

  /** What this server said last, however long ago. */
  get #kept(): DiscoveryDocument | null {
    return this.#identity === this.#transport.identity ? this.#document : null;
  }

  async #fresh(maxAgeMs: number): Promise<DiscoveryDocument> {
    if (this.#kept !== null && this.#clock.nowMs() - this.#readAtMs < maxAgeMs) return this.#kept;
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #read(): Promise<DiscoveryDocument> {
    const startMs = this.#clock.nowMs();
    const identity = this.#transport.identity;
    if (identity !== this.#identity) this.#roots.clear();
    const parts = await Promise.all([this.#readRoot("/api"), this.#readRoot("/apis")]);
    const document = {
      kinds: parts.flatMap(({ kinds }) => kinds),
      unknownGroups: new Set(parts.flatMap(({ unknownGroups }) => [...unknownGroups])),
    };
    this.#document = document;
    this.#identity = identity;
    this.#readAtMs = startMs;
    return document;
  }

  async #readRoot(path: "/api" | "/apis"): Promise<DiscoveryDocument> {
    const kept = this.#roots.get(path);
    let reply: ApiReply;
    try {
      const ifNoneMatch = kept?.etag ?? "";
      reply = await this.#request(path, ifNoneMatch === "" ? {} : { ifNoneMatch });
    } catch (error) {
      if (kept !== undefined && error instanceof KubeError && error.status === 304) return kept.document;
      throw error;
    }
    if (!isAggregated(reply.json)) return this.#readClassic(path, reply.json);
    const document = readAggregated(reply.json);
    const { etag } = reply.headers;
    this.#roots.set(path, { etag: typeof etag === "string" ? etag : "", document });
    return document;
  }

  /** Before Kubernetes 1.27 without its feature gate, and in simple servers: one request for each group version. */
  async #readClassic(path: string, json: unknown): Promise<DiscoveryDocument> {
    const versions = path === "/api" ? coreVersions(json) : readGroupVersions(json);
    const unknownGroups = new Set<string>();
    const lists = await Promise.all(
      versions.map(async (groupVersion) => {
        try {
          const reply = await this.#request(`${path}/${groupVersion}`, {});
          return readResourceList(groupVersion, reply.json);
        } catch (error) {
          // Gone between the two requests. Every other error leaves the group unknown, and the others known.
          const isGone = error instanceof KubeError && error.status === 404;
          if (!isGone) unknownGroups.add(groupVersion.split("/")[0] as string);
          return [];
        }
      }),
    );
    return { kinds: gather(lists.flat()), unknownGroups };
  }

  #request(path: string, options: { ifNoneMatch?: string }): Promise<ApiReply> {
    return this.#transport.request({ ...options, path, accept: AGGREGATED, signal: this.#signal });
  }
}

function kindIn(document: DiscoveryDocument, group: string, kind: string): ServedKind | undefined {
  return document.kinds.find(
    (served) => served.group === group && [served.kind, served.plural].includes(kind),
  );
}

function coreVersions(json: unknown): readonly string[] {
  const versions = isRecord(json) && Array.isArray(json["versions"]) ? json["versions"] : [];
  return versions.filter((version) => typeof version === "string");
}
