/** The federated objects of one type, as the host has them, into the engine. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { cutBelow } from "../../kernel/json.ts";
import { LEVELS_MAX } from "../federated/federated-object.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { isOlder } from "../../fleet/kube/resource.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { OptionalWatch } from "../../fleet/watch/optional-watch.ts";
import type { Projection } from "../../fleet/watch/store.ts";
import { hasOurFinalizer } from "../federated/federated-object.ts";
import type { PropagatedType } from "./propagated-type.ts";

type FederatedBytes = {
  /** The object as JSON, without what only the API server needs. */
  readonly bytes: Buffer;
  /** Equal while nothing but the status has changed. */
  readonly content: string;
  readonly resourceVersion: string;
  /** It has our finalizer, and is not being deleted. */
  readonly isHeld: boolean;
  /** Wall ms of the order to delete it; null = there is none. */
  readonly deletedMs: number | null;
};

/** One object of the host. */
export type SeenObject = {
  /** Null = the host has it no more. */
  readonly bytes: Buffer | null;
  /** False: only its status has changed. */
  readonly isContent: boolean;
  /** It has our finalizer, and is not being deleted. */
  readonly isHeld: boolean;
  readonly deletedMs: number | null;
};

export type TypeWatchSink = {
  onObject(key: string, object: SeenObject): void;
  /** All objects of the type are known; or they cannot be read, and nothing is known of them. */
  onRead(isRead: boolean): void;
  /** The host shows an older state of an object than before. */
  onPast(): void;
};

type TypeWatchOptions = {
  readonly transport: Transport;
  readonly type: PropagatedType;
  /** Null = all namespaces. */
  readonly onlyNamespace: string | null;
  readonly sink: TypeWatchSink;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class TypeWatch {
  readonly #watch: OptionalWatch<FederatedBytes>;
  /** Content and resourceVersion of each object. */
  readonly #before = new Map<string, Pick<FederatedBytes, "content" | "resourceVersion">>();

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
        onSynced: () => sink.onRead(true),
      },
      onUnavailable: () => sink.onRead(false),
    });
  }

  /** Runs until aborted; never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return this.#watch.run(signal);
  }

  #onChange(key: string, value: FederatedBytes | undefined, sink: TypeWatchOptions["sink"]): void {
    const before = this.#before.get(key);
    if (value === undefined) {
      this.#before.delete(key);
      sink.onObject(key, { bytes: null, isContent: true, isHeld: false, deletedMs: null });
      return;
    }
    const { bytes, content, resourceVersion, isHeld, deletedMs } = value;
    this.#before.set(key, { content, resourceVersion });
    if (before !== undefined && isOlder(resourceVersion, before.resourceVersion)) sink.onPast();
    sink.onObject(key, { bytes, isContent: content !== before?.content, isHeld, deletedMs });
  }
}

function project(object: unknown): Projection<FederatedBytes> | null {
  const metadata = isRecord(object) ? object["metadata"] : undefined;
  if (!isRecord(object) || !isRecord(metadata) || typeof metadata["name"] !== "string") return null;
  const { managedFields: _, resourceVersion, ...kept } = metadata;
  // The text of what is deeper cannot be made. It is refused as too deep, and is not overlooked.
  const [spec, status] = [object["spec"], object["status"]].map((part) => cutBelow(part, LEVELS_MAX + 1));
  const namespace = typeof metadata["namespace"] === "string" ? metadata["namespace"] : "";
  const content = JSON.stringify({ metadata: kept });
  const bytes = Buffer.from(JSON.stringify({ metadata: { ...kept, resourceVersion }, spec, status }));
  const deletedMs = Date.parse(String(metadata["deletionTimestamp"]));
  return {
    key: `${namespace}/${metadata["name"]}`,
    value: {
      bytes,
      content,
      resourceVersion: String(resourceVersion),
      isHeld: hasOurFinalizer(metadata) && metadata["deletionTimestamp"] === undefined,
      deletedMs: Number.isNaN(deletedMs) ? null : deletedMs,
    },
  };
}
