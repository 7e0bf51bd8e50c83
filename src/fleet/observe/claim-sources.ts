/**
 * All sources of host names in one cluster but Services: watches what the settings switch on, and tells what each object
 * declares. A source that is not served, refused or broken is said in `health` and stops no other (source-watch.ts says
 * what a source that cannot speak counts as). Who goes by labels of namespaces is told of them from outside.
 */
import type { GatewayFacts, RouteFacts, RouteKind } from "../../federation/hosts/attach.ts";
import type { HostDeclaration } from "../../federation/hosts/declaration.ts";
import { objectKey, sameDeclaration } from "../../federation/hosts/declaration.ts";
import { GatewayIndex } from "../../federation/hosts/gateway-index.ts";
import { NamespaceFilter } from "../../federation/hosts/namespace-filter.ts";
import { type Labels, parseSelector } from "../../federation/hosts/selector.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Sink } from "../watch/store.ts";
import type { Transport } from "../kube/transport.ts";
import type { Log } from "../../kernel/log.ts";
import { dnsEndpointNeeds, projectDnsEndpoint } from "../sources/dnsendpoint.ts";
import { gatewayNeeds, projectGateway, sameGateway } from "../sources/gateway.ts";
import { ingressNeeds, projectIngress } from "../sources/ingress.ts";
import { projectRoute, routeNeeds, sameRoute } from "../sources/route.ts";
import { type SourceHealth, SourceWatch, type SourceWatchOptions } from "../watch/optional-watch.ts";
import type { WatchedResource } from "../watch/watched-resource.ts";

/** As the settings have it. */
type Chosen = {
  readonly enabled: boolean;
  readonly namespaces: readonly string[];
  readonly namespaceSelector: string;
  readonly labelSelector: string;
};

export type ClaimSourceSettings = {
  readonly ingresses: Chosen & { readonly classes: readonly string[] };
  readonly gateways: Chosen & { readonly classes: readonly string[] };
  readonly externalDns: { readonly enabled: boolean };
  readonly dnsEndpoints: Chosen;
};

export type ClaimSourcesOptions = {
  readonly transport: Transport;
  readonly settings: ClaimSourceSettings;
  /** Of records that do not say. */
  readonly ttlSeconds: number;
  /** `key`: objectKey. Null: the object declares nothing any more. */
  readonly declared: (key: string, declaration: HostDeclaration | null) => void;
  /** Whenever `isSynced` or `isWhole` have become true. */
  readonly onProgress: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

const NAMESPACES = "namespaces";

type Running = { readonly run: (signal: AbortSignal) => Promise<void>; readonly health: () => SourceHealth };

export class ClaimSources {
  readonly #options: ClaimSourcesOptions;
  readonly #sources: Map<string, Running> = new Map();
  /** Who wants to know the labels of namespaces. */
  readonly #onNamespace: ((name: string, labels: Labels | undefined) => void)[] = [];
  /** Of which nothing has been heard; and of which all that has been heard is that nothing can be known for now. */
  readonly #unread: Set<string> = new Set();
  readonly #unsure: Set<string> = new Set();

  constructor(options: ClaimSourcesOptions) {
    this.#options = options;
    const { ingresses, gateways, dnsEndpoints, externalDns } = options.settings;
    const { enabled: readsExternalDns } = externalDns;
    if (ingresses.enabled) {
      const filter = { ...ingresses, readsExternalDns };
      this.#watchDeclarations("ingresses", ingressNeeds, projectIngress(filter), ingresses);
    }
    if (dnsEndpoints.enabled) {
      const filter = { ...dnsEndpoints, ttlSeconds: options.ttlSeconds };
      this.#watchDeclarations("dnsendpoints", dnsEndpointNeeds, projectDnsEndpoint(filter), dnsEndpoints);
    }
    if (gateways.enabled) this.#watchGateways(gateways, readsExternalDns);
    if (this.needsNamespaces) this.#unread.add(NAMESPACES);
  }

  /** Somebody goes by labels of namespaces: then `setNamespace` tells them, and `namespacesRead` that all have been told. */
  get needsNamespaces(): boolean {
    return this.#onNamespace.length > 0;
  }

  setNamespace(name: string, labels: Labels | undefined): void {
    for (const tell of this.#onNamespace) tell(name, labels);
  }

  /** `isSure` false: nothing can be known of them for now. */
  namespacesRead(isSure: boolean): void {
    if (this.needsNamespaces) this.#heardOf(NAMESPACES, isSure);
  }

  /** By resource; empty when nothing is switched on. */
  get health(): Readonly<Record<string, SourceHealth>> {
    return Object.fromEntries([...this.#sources].map(([name, { health }]) => [name, health()]));
  }

  /** Nobody waits for any of them: each has been read, or cannot be. */
  get isSynced(): boolean {
    return this.#unread.size === 0;
  }

  /** Each has been read, or is known not to be there: what nobody declares now is not declared. */
  get isWhole(): boolean {
    return this.isSynced && this.#unsure.size === 0;
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.isSynced) this.#options.onProgress();
    await Promise.all([...this.#sources.values()].map(({ run }) => run(signal)));
  }

  #watchDeclarations(
    name: string,
    [need]: readonly WatchedResource[],
    project: SourceWatchOptions<HostDeclaration>["project"],
    chosen: Chosen,
  ): void {
    const { declared } = this.#options;
    const kind = name === "ingresses" ? "Ingress" : "DNSEndpoint";
    const gate = this.#gate<HostDeclaration>(chosen, (key, declaration) => {
      declared(keyOf(kind, key), declaration ?? null);
    });
    const query = queryOf(chosen);
    this.#add(name, {
      need: need as WatchedResource,
      project,
      equal: sameDeclaration,
      query,
      ...this.#told(name, gate),
    });
  }

  #watchGateways(chosen: ClaimSourceSettings["gateways"], readsExternalDns: boolean): void {
    const book = new GatewayIndex(this.#options.declared);
    this.#onNamespace.push((name, labels) => book.setNamespace(name, labels));
    this.#add("gateways", {
      need: gatewayNeeds[0] as WatchedResource,
      project: projectGateway({ classes: chosen.classes, readsExternalDns }),
      equal: sameGateway,
      ...this.#told<GatewayFacts>("gateways", (key, facts) => book.setGateway(key, facts)),
    });
    for (const [kind, need] of Object.entries(routeNeeds) as [RouteKind, WatchedResource][]) {
      this.#add(need.plural, {
        need,
        project: projectRoute(kind, { namespaces: chosen.namespaces, readsExternalDns }),
        equal: sameRoute,
        query: queryOf(chosen),
        ...this.#told<RouteFacts>(
          need.plural,
          this.#gate<RouteFacts>(chosen, (key, facts) => book.setRoute(kind, key, facts)),
        ),
      });
    }
  }

  /** With a selector, through the labels of namespaces. */
  #gate<T>(
    { namespaceSelector }: Chosen,
    tell: (key: string, value: T | undefined) => void,
  ): Sink<T>["onChange"] {
    // What the settings hold has been parsed once already.
    const selector = parseSelector(namespaceSelector) ?? [];
    if (selector.length === 0) return tell;
    const gate = new NamespaceFilter<T>(selector, tell);
    this.#onNamespace.push((name, labels) => gate.setNamespace(name, labels));
    return (key, value) => gate.setObject(key, value);
  }

  #told<T>(name: string, onChange: Sink<T>["onChange"]): Pick<SourceWatchOptions<T>, "sink" | "onUnsure"> {
    const onSynced = (): void => this.#heardOf(name, true);
    return { sink: { onChange, onSynced }, onUnsure: () => this.#heardOf(name, false) };
  }

  #heardOf(name: string, isSure: boolean): void {
    const wasSynced = this.#unread.delete(name);
    const isNews = isSure ? this.#unsure.delete(name) : !this.#unsure.has(name);
    if (!isSure) this.#unsure.add(name);
    if ((wasSynced || isNews) && this.isSynced) this.#options.onProgress();
  }

  #add<T>(
    name: string,
    options: Pick<SourceWatchOptions<T>, "need" | "project" | "equal" | "query" | "sink" | "onUnsure">,
  ): void {
    const { transport, clock, random, log } = this.#options;
    const watch = new SourceWatch<T>({ ...options, transport, clock, random, log });
    this.#unread.add(name);
    this.#sources.set(name, { run: (signal) => watch.run(signal), health: () => watch.health });
  }
}

function keyOf(kind: HostDeclaration["kind"], key: string): string {
  const slash = key.indexOf("/");
  return objectKey({ kind, namespace: key.slice(0, slash), name: key.slice(slash + 1) });
}

/** The API server chooses by the labels of objects themselves. */
function queryOf({ labelSelector }: Chosen): { readonly labelSelector?: string } {
  return labelSelector === "" ? {} : { labelSelector };
}
