/** The federated objects of one type, as the host has them, into the engine. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { OptionalWatch } from "../../fleet/watch/optional-watch.ts";
import type { Projection } from "../../fleet/watch/store.ts";
import type { PropagatedType } from "./propagated-type.ts";

type FederatedBytes = {
  /** The object as JSON, without what only the API server needs. */
  readonly bytes: Buffer;
  /** Equal while nothing but the status has changed. */
  readonly content: string;
};

type TypeWatchOptions = {
  readonly transport: Transport;
  readonly type: PropagatedType;
  /** Null = all namespaces. */
  readonly onlyNamespace: string | null;
  readonly sink: {
    /** `bytes` null: the host has it no more. `isContent` false: only its status has changed. */
    onObject(key: string, bytes: Buffer | null, isContent: boolean): void;
    /** All objects of the type are known. */
    onRead(): void;
  };
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class TypeWatch {
  readonly #watch: OptionalWatch<FederatedBytes>;
  readonly #contents = new Map<string, string>();

  constructor({ type, onlyNamespace, sink, ...rest }: TypeWatchOptions) {
    const { group, plural, version } = type.federated;
    this.#watch = new OptionalWatch<FederatedBytes>({
      ...rest,
      watched: {
        group,
        plural,
        versions: [version],
        ...(onlyNamespace !== null && { namespace: onlyNamespace }),
      },
      project,
      equal: (before, after) => before.bytes.equals(after.bytes),
      sink: {
        onChange: (key, value) => this.#onChange(key, value, sink),
        onSynced: () => sink.onRead(),
      },
      // Nothing is known then, and nothing is done.
      onUnavailable: () => undefined,
    });
  }

  /** Runs until aborted; never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return this.#watch.run(signal);
  }

  #onChange(key: string, value: FederatedBytes | undefined, sink: TypeWatchOptions["sink"]): void {
    const before = this.#contents.get(key);
    if (value === undefined) this.#contents.delete(key);
    else this.#contents.set(key, value.content);
    sink.onObject(key, value?.bytes ?? null, value?.content !== before);
  }
}

function project(object: unknown): Projection<FederatedBytes> | null {
  const metadata = isRecord(object) ? object["metadata"] : undefined;
  if (!isRecord(object) || !isRecord(metadata) || typeof metadata["name"] !== "string") return null;
  const { managedFields: _, resourceVersion, ...kept } = metadata;
  const { spec, status } = object;
  const namespace = typeof metadata["namespace"] === "string" ? metadata["namespace"] : "";
  const content = JSON.stringify({ metadata: kept });
  const bytes = Buffer.from(JSON.stringify({ metadata: { ...kept, resourceVersion }, spec, status }));
  return { key: `${namespace}/${metadata["name"]}`, value: { bytes, content } };
}
