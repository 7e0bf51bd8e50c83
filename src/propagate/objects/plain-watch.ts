/**
 * Plain objects of one kind in the host that annotations of Federation v1 make federated, into the engine; of others nothing is kept.
 * When one is first seen being deleted, what its deletion asks for is noted: only an event of the watch shows that for certain.
 */
import { createHash } from "node:crypto";
import type { Clock } from "../../kernel/clock.ts";
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { Log } from "../../kernel/log.ts";
import { isOlder } from "../../fleet/kube/resource.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { OptionalWatch } from "../../fleet/watch/optional-watch.ts";
import { type KeptObjects, type Projection, Store } from "../../fleet/watch/store.ts";
import { type Witness, witnessed } from "../plain/cascade.ts";
import { isHeldAndLives, plainWhole } from "../plain/plain-object.ts";
import { keyOfCopy, type PropagatedType } from "./propagated-type.ts";
import type { SeenObject, TypeWatchSink } from "./type-watch.ts";

type PlainBytes = {
  /** The object as JSON, in the shape of the host's other objects, but for what was seen of its deletion. */
  readonly whole: JsonRecord;
  readonly text: string;
  /** Equal while nothing but the status has changed. */
  readonly content: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Wall ms of the order to delete it; null = there is none. */
  readonly deletedMs: number | null;
};

type PlainWatchOptions = {
  readonly transport: Transport;
  readonly type: PropagatedType;
  /** Null = all namespaces. */
  readonly onlyNamespace: string | null;
  readonly sink: TypeWatchSink;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

type Known = Pick<PlainBytes, "content" | "resourceVersion" | "uid"> & { readonly witness: Witness | null };

export class PlainWatch {
  readonly #watch: OptionalWatch<PlainBytes>;
  readonly #known = new Map<string, Known>();
  /** What comes now is a list: what happened before it was not seen. */
  #isListing = false;

  constructor({ type, onlyNamespace, sink, log, ...rest }: PlainWatchOptions) {
    const { group, plural, version } = type.target;
    const equal = (before: PlainBytes, after: PlainBytes): boolean => before.text === after.text;
    this.#watch = new OptionalWatch<PlainBytes>({
      ...rest,
      log,
      watched: {
        group,
        plural,
        versions: [version],
        ...(onlyNamespace !== null && { namespace: onlyNamespace }),
      },
      project: (object) => project(object, type),
      equal,
      makeStore: (own) => this.#telling(new Store({ sink: own, equal, log })),
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

  #telling(store: Store<PlainBytes>): KeptObjects<PlainBytes> {
    return {
      get size() {
        return store.size;
      },
      get sinkErrors() {
        return store.sinkErrors;
      },
      apply: (identity, after) => store.apply(identity, after),
      replaceAll: (after) => {
        this.#isListing = true;
        store.replaceAll(after);
        this.#isListing = false;
      },
      clear: () => store.clear(),
    };
  }

  #onChange(key: string, value: PlainBytes | undefined, sink: TypeWatchSink): void {
    const before = this.#known.get(key);
    if (value === undefined) {
      this.#known.delete(key);
      sink.onObject(key, { bytes: null, isContent: true, isHeld: false, deletedMs: null });
      return;
    }
    const { whole, content, resourceVersion, uid, deletedMs } = value;
    const isSame = before?.uid === uid;
    const witness =
      deletedMs === null ? null : ((isSame ? before.witness : null) ?? this.#witness(whole, isSame));
    this.#known.set(key, { content, resourceVersion, uid, witness });
    if (before !== undefined && isOlder(resourceVersion, before.resourceVersion)) sink.onPast();
    const seen: SeenObject = {
      bytes: bytesOf(whole, witness),
      isContent: content !== before?.content,
      isHeld: isHeldAndLives(whole),
      deletedMs,
    };
    sink.onObject(key, seen);
  }

  #witness(whole: JsonRecord, isKnown: boolean): Witness {
    return witnessed(whole["metadata"] as JsonRecord, isKnown && !this.#isListing);
  }
}

function bytesOf(whole: JsonRecord, witness: Witness | null): Buffer {
  return Buffer.from(JSON.stringify({ ...whole, plain: { ...(whole["plain"] as JsonRecord), witness } }));
}

function project(object: unknown, type: PropagatedType): Projection<PlainBytes> | null {
  const whole = isJsonRecord(object)
    ? plainWhole(object, { name: type.name, kind: type.target.kind }, null)
    : null;
  if (whole === null) return null;
  const metadata = whole["metadata"] as JsonRecord;
  const { name, namespace = "", uid, resourceVersion } = metadata;
  if (typeof name !== "string" || typeof uid !== "string") return null;
  const deletedMs = Date.parse(String(metadata["deletionTimestamp"]));
  const text = JSON.stringify(whole);
  const { status: _, metadata: _metadata, ...rest } = whole;
  const { resourceVersion: _version, ...kept } = metadata;
  return {
    key: keyOfCopy(type, { namespace: String(namespace), name }),
    value: {
      whole,
      text,
      content: createHash("sha256")
        .update(JSON.stringify([kept, rest]))
        .digest("base64"),
      uid,
      resourceVersion: String(resourceVersion),
      deletedMs: Number.isNaN(deletedMs) ? null : deletedMs,
    },
  };
}
