/**
 * All objects of one type in the host, from both of its sources: federated objects, and plain ones of Federation v1.
 *
 *   federated object of a key | plain object of that key | the engine has
 *   is there                  | any                      | the federated object; the other is told about
 *   is not there              | is there                 | the plain object
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { PlainWatch } from "./plain-watch.ts";
import { NO_FEDERATED, type PropagatedType } from "./propagated-type.ts";
import { type SeenObject, TypeWatch, type TypeWatchSink } from "./type-watch.ts";

type TypeSourcesOptions = {
  /** Of the host. */
  readonly transport: Transport;
  readonly type: PropagatedType;
  /** Null = all namespaces. */
  readonly onlyNamespace: string | null;
  readonly sink: TypeWatchSink & {
    /** A plain object counts for nothing, as there is a federated one of its name. */
    onShadowed(key: string, plain: Buffer): void;
  };
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

type Source = "federated" | "plain";

export class TypeSources {
  readonly #options: TypeSourcesOptions;
  /** Keys of federated objects. */
  readonly #federated = new Set<string>();
  readonly #plain = new Map<string, SeenObject>();
  /** Whether each source could be read, once it is known. */
  readonly #read = new Map<Source, boolean>();
  readonly #sources: readonly Source[];

  /** Watches until aborted. */
  constructor(options: TypeSourcesOptions, signal: AbortSignal) {
    this.#options = options;
    const { type, onlyNamespace, sink } = options;
    // Namespaces are in none, and so the host has none of a control plane of one namespace.
    const hasPlain = type.isPlainToo === true && (type.target.isNamespaced || onlyNamespace === null);
    const hasFederated = type.federated.plural !== NO_FEDERATED.plural;
    this.#sources = [
      ...(hasFederated ? ["federated" as const] : []),
      ...(hasPlain ? ["plain" as const] : []),
    ];
    const onPast = (): void => sink.onPast();
    const sinkOf = (source: Source, onObject: TypeWatchSink["onObject"]): TypeWatchSink => ({
      onObject,
      onRead: (isRead) => this.#onRead(source, isRead),
      onPast,
    });
    if (this.#sources.length === 0) sink.onRead(true);
    if (hasFederated) {
      const own = sinkOf("federated", (key, object) => this.#onFederated(key, object));
      void new TypeWatch({ ...options, sink: own }).run(signal);
    }
    if (hasPlain) {
      const own = sinkOf("plain", (key, object) => this.#onPlain(key, object));
      void new PlainWatch({ ...options, sink: own }).run(signal);
    }
  }

  #onRead(source: Source, isRead: boolean): void {
    const isNew = !this.#read.has(source);
    this.#read.set(source, isRead);
    const { sink } = this.#options;
    // Plain objects that came before it was known what federated ones there are.
    if (source === "federated" && isNew)
      for (const [key, object] of this.#plain) if (!this.#federated.has(key)) sink.onObject(key, object);
    if (this.#sources.every((one) => this.#read.has(one)))
      sink.onRead([...this.#read.values()].includes(true));
  }

  #onFederated(key: string, object: SeenObject): void {
    const { sink } = this.#options;
    const plain = this.#plain.get(key);
    if (object.bytes === null) this.#federated.delete(key);
    else this.#federated.add(key);
    sink.onObject(key, object);
    if (plain === undefined || plain.bytes === null) return;
    if (object.bytes === null) sink.onObject(key, { ...plain, isContent: true });
    else sink.onShadowed(key, plain.bytes);
  }

  #onPlain(key: string, object: SeenObject): void {
    const { sink } = this.#options;
    if (object.bytes === null) this.#plain.delete(key);
    else this.#plain.set(key, object);
    if (this.#federated.has(key)) {
      if (object.bytes !== null) sink.onShadowed(key, object.bytes);
      return;
    }
    const isFederatedKnown = !this.#sources.includes("federated") || this.#read.has("federated");
    if (isFederatedKnown) sink.onObject(key, object);
  }
}
