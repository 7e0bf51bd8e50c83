/**
 * The sources of host names in one cluster, except Services: watches their resources, and records which have been read.
 * A source that is not served, refused or broken reports it in `health` and does not delay the others
 * (watch/optional-watch.ts). Labels of namespaces come from outside: the observer watches namespaces once for all.
 */
import { assert } from "../../kernel/error.ts";
import type { HostDeclaration } from "../../federation/hosts/declaration.ts";
import { NamespaceFilter } from "../../federation/hosts/namespace-filter.ts";
import { type Labels, parseSelector } from "../../federation/hosts/selector.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../kube/transport.ts";
import type { KindWatch, SourceContext } from "../sources/host-source.ts";
import type { OpenHostSource, OpenSources } from "../sources/open-sources.ts";
import { type OptionalWatchHealth, OptionalWatch } from "../watch/optional-watch.ts";
import type { Room } from "../watch/room.ts";

type HostSourcesOptions = {
  readonly transport: Transport;
  readonly sources: OpenSources;
  /** `key`: objectKey. Null: the object declares nothing any more. */
  readonly declared: (key: string, declaration: HostDeclaration | null) => void;
  /** Called when `isSynced` or `isWhole` become true. */
  readonly onProgress: () => void;
  /** Labels of namespaces decide elsewhere what counts of what is declared; absent = they do not. */
  readonly awaitsNamespaces?: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly room?: Room;
  readonly log: Log;
};

const NAMESPACES = "namespaces";

type Running = {
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly health: () => OptionalWatchHealth;
};
type NamespaceListener = (name: string, labels: Labels | undefined) => void;

export class HostSources {
  readonly #options: HostSourcesOptions;
  /** By resource. */
  readonly #watches: Map<string, Running> = new Map();
  readonly #namespaceListeners: NamespaceListener[] = [];
  /** Resources that have neither been read nor failed yet. */
  readonly #pending: Set<string> = new Set();
  /** Resources that cannot be read for now. */
  readonly #unavailable: Set<string> = new Set();

  constructor(options: HostSourcesOptions) {
    this.#options = options;
    for (const source of options.sources.hostSources) source.open(this.#contextOf(source));
    if (this.needsNamespaces) this.#pending.add(NAMESPACES);
  }

  /** Labels of namespaces matter: `setNamespace` must be called for each, and then `namespacesRead`. */
  get needsNamespaces(): boolean {
    return this.#options.awaitsNamespaces === true || this.#namespaceListeners.length > 0;
  }

  setNamespace(name: string, labels: Labels | undefined): void {
    for (const listener of this.#namespaceListeners) listener(name, labels);
  }

  /** `isRead` false: namespaces cannot be read for now. */
  namespacesRead(isRead: boolean): void {
    if (this.needsNamespaces) this.#heardOf(NAMESPACES, isRead);
  }

  /** By resource; empty when no source of host names is on. */
  get health(): Readonly<Record<string, OptionalWatchHealth>> {
    return Object.fromEntries([...this.#watches].map(([name, { health }]) => [name, health()]));
  }

  /** Each resource has been read, or cannot be read. */
  get isSynced(): boolean {
    return this.#pending.size === 0;
  }

  /** Each resource has been read, or does not exist in the cluster: a host that no object declares now is not declared. */
  get isWhole(): boolean {
    return this.isSynced && this.#unavailable.size === 0;
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.isSynced) this.#options.onProgress();
    await Promise.all([...this.#watches.values()].map(({ run }) => run(signal)));
  }

  #contextOf(source: OpenHostSource): SourceContext {
    const { declared, sources } = this.#options;
    return {
      watch: (kind, watch) => this.#watch(source, kind, watch),
      onNamespace: (listener) => void this.#namespaceListeners.push(listener),
      declared,
      readsExternalDns: sources.settings.externalDns.enabled,
    };
  }

  #watch<T>({ resources }: OpenHostSource, kind: string, watch: KindWatch<T>): void {
    const need = resources[kind];
    assert(need !== undefined, "a source watches only the kinds of its row");
    const { transport, clock, random, room, log } = this.#options;
    const { project, equal, choice } = watch;
    const labelSelector = choice?.labelSelector ?? "";
    const name = need.plural;
    const sourceWatch = new OptionalWatch<T>({
      watched: need,
      project,
      equal,
      // The API server selects by the labels of the objects.
      ...(labelSelector !== "" && { query: { labelSelector } }),
      sink: {
        onChange: this.#filtered(watch),
        onSynced: () => {
          watch.onListed?.();
          this.#heardOf(name, true);
        },
      },
      onUnavailable: () => this.#heardOf(name, false),
      transport,
      clock,
      random,
      ...(room !== undefined && { room }),
      log,
    });
    this.#pending.add(name);
    this.#watches.set(name, {
      run: (signal) => sourceWatch.run(signal),
      health: () => sourceWatch.health,
    });
  }

  /** `onChange`, for objects whose namespaces the settings choose. */
  #filtered<T>({ onChange, choice }: KindWatch<T>): KindWatch<T>["onChange"] {
    // The configuration has been checked: the selector parses.
    const selector = parseSelector(choice?.namespaceSelector ?? "") ?? [];
    if (selector.length === 0) return onChange;
    const filter = new NamespaceFilter<T>(selector, onChange);
    this.#namespaceListeners.push((name, labels) => filter.setNamespace(name, labels));
    return (key, value) => filter.setObject(key, value);
  }

  #heardOf(name: string, isRead: boolean): void {
    const wasPending = this.#pending.delete(name);
    const isNews = isRead ? this.#unavailable.delete(name) : !this.#unavailable.has(name);
    if (!isRead) this.#unavailable.add(name);
    if ((wasPending || isNews) && this.isSynced) this.#options.onProgress();
  }
}
