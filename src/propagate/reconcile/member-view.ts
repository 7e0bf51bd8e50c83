/** What one member, or one namespace of it, shows of the copies of one type: a watch of metadata, into the columns of the member. */
import { type Clock, pause } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { isDeeperThan, type JsonRecord } from "../../kernel/json.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { OptionalWatch } from "../../fleet/watch/optional-watch.ts";
import type { Projection } from "../../fleet/watch/store.ts";
import type { FieldsTable } from "../copies/fields-table.ts";
import type { SeenCopy } from "../copies/member-copies.ts";
import { type Ownership, seenCopy } from "../copies/seen-copy.ts";
import { LEVELS_MAX } from "../federated/federated-object.ts";
import { MANAGED } from "../federated/labels.ts";
import type { CopyJob } from "../steps/copy-job.ts";
import { hasNativeStatus } from "../plain/native-status.ts";
import { keyOfCopy, type PropagatedType } from "../objects/propagated-type.ts";
import { type CopyRows, WatchedCopies } from "../copies/watched-copies.ts";

const STATE_POLL_EVERY_MS = 250;

/** An object in a member that has the label of copies. */
export type LabelledObject = {
  readonly copy: SeenCopy;
  /** A StatusSight as JSON, where the type shows it; "" = none. */
  readonly status: string;
};

/** The status of a copy, and of which state of it. */
export type StatusSight = {
  readonly status: unknown;
  readonly generation?: unknown;
  readonly resourceVersion?: string;
  readonly spec?: unknown;
};

export type MemberViewOptions = {
  /** Absent = of all. */
  readonly namespace?: string;
  readonly transport: Transport;
  readonly type: PropagatedType;
  readonly ownership: Ownership;
  readonly fields: FieldsTable;
  readonly rows: CopyRows<LabelledObject>;
  readonly sink: {
    /** Undefined: it is gone, or has lost its label. `key` is that of the federated object. */
    onCopy(key: string, object: LabelledObject | undefined): void;
    /** What is here, or is seen, or is served, may have changed for all objects of the type. */
    onView(): void;
  };
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** What may be said about a copy that is not here: see `CopyJob.view`. */
export type ViewState = CopyJob["view"] | "withheld";

export class MemberView {
  readonly #watch: OptionalWatch<LabelledObject>;
  readonly #clock: Clock;
  readonly #onView: () => void;
  readonly #version: string;
  #isListed = false;
  /** The state when the sink was told last: each telling has all copies of the type looked at. */
  #told: ViewState | null = null;
  #copies: WatchedCopies<LabelledObject> | null = null;
  /** Somebody was told that nothing is seen, and may have left work for when it is. */
  #hasToldBlind = false;

  constructor({ namespace, transport, type, ownership, fields, rows, sink, ...rest }: MemberViewOptions) {
    this.#clock = rest.clock;
    this.#onView = () => {
      this.#told = this.#state;
      this.#hasToldBlind = false;
      sink.onView();
    };
    const { group, plural, version } = type.target;
    this.#version = version;
    this.#watch = new OptionalWatch<LabelledObject>({
      ...rest,
      transport,
      watched: {
        group,
        plural,
        versions: [version],
        isAnyVersion: true,
        ...(namespace !== undefined && { namespace }),
      },
      query: { labelSelector: MANAGED },
      isMetadataOnly: !readsStatus(type),
      project: (object) => project(object, type, ownership, fields),
      makeStore: (own) => {
        this.#copies = new WatchedCopies({
          rows,
          namespace: namespace ?? null,
          keyOfIdentity: (identity) => keyOfIdentity(type, identity),
          sink: own,
          log: rest.log,
        });
        return this.#copies;
      },
      sink: {
        onChange: (key, object) => sink.onCopy(key, object),
        onSynced: () => {
          this.#isListed = true;
          this.#onView();
        },
      },
      onUnavailable: () => this.#onView(),
    });
  }

  get state(): ViewState {
    const state = this.#state;
    this.#hasToldBlind ||= state !== "listed";
    return state;
  }

  get #state(): ViewState {
    const { state, isBlind } = this.#watch;
    if (state === "not served here") return "not-served";
    if (isBlind && this.#watch.isMissing) return "missing";
    if (state === "refused") return "refused";
    if (this.#isListed) return isBlind ? "not-seen" : "listed";
    return isBlind && this.#watch.health.lastError !== null ? "not-seen" : "not-listed";
  }

  /** The row is used for another object from now on. */
  forget(row: number): void {
    this.#copies?.forget(row);
  }

  /** Why they cannot be read; null = no reason was given. */
  get error(): string | null {
    return this.#watch.health.lastError;
  }

  /** The version in which the member serves the type; that of the type while it is not known. */
  get version(): string {
    return this.#watch.version?.split("/").at(-1) ?? this.#version;
  }

  /** The member has answered that it does not serve the type in this version. */
  look(): void {
    this.#watch.look();
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watch.run(signal), this.#followState(signal)]);
  }

  /** A watch does not report that it fails, or that it is back. It may have been away for less than the time between two looks. */
  async #followState(signal: AbortSignal): Promise<void> {
    this.#told ??= this.#state;
    while (!signal.aborted) {
      await pause(this.#clock, STATE_POLL_EVERY_MS, signal);
      const now = this.#state;
      if (now === this.#told && !(this.#hasToldBlind && now === "listed")) continue;
      if (now !== this.#told && now === "not-seen") this.look();
      this.#onView();
    }
  }
}

/** `identity`: "namespace/name" of a copy, "/name" of one of cluster scope. */
function keyOfIdentity(type: PropagatedType, identity: string): string {
  const at = identity.indexOf("/");
  return keyOfCopy(type, { namespace: identity.slice(0, at), name: identity.slice(at + 1) });
}

function project(
  object: unknown,
  type: PropagatedType,
  ownership: Ownership,
  fields: FieldsTable,
): Projection<LabelledObject> | null {
  const metadata = isRecord(object) ? object["metadata"] : undefined;
  if (!isRecord(object) || !isRecord(metadata)) return null;
  const { name, namespace, uid, resourceVersion } = metadata;
  if (typeof name !== "string" || typeof uid !== "string" || typeof resourceVersion !== "string") return null;
  const key = keyOfCopy(type, { namespace: typeof namespace === "string" ? namespace : "", name });
  return { key, value: { copy: seenCopy(metadata, ownership, fields), status: statusText(object, type) } };
}

/**
 * "" = none, or none that can be shown: the text of thousands of levels cannot be made, and nobody could read it. Objects of
 * Federation v1 have to know which state a status is about.
 */
function statusText(object: JsonRecord, type: PropagatedType): string {
  const { status, metadata, spec } = object;
  const isShared = type.isPlainToo === true && NUMBERS.has(type.target.kind);
  if (!readsStatus(type) || (status === undefined && !isShared) || isDeeperThan(status, LEVELS_MAX))
    return "";
  const { generation, resourceVersion } = metadata as JsonRecord;
  if (type.isPlainToo !== true) return JSON.stringify({ status });
  return JSON.stringify({
    status,
    generation,
    resourceVersion,
    ...(isShared && { spec: numbersOf(spec, type) }),
  });
}

/** Numbers of spec that say what a copy was given. */
const NUMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["Job", ["parallelism", "completions"]],
  ["HorizontalPodAutoscaler", ["minReplicas", "maxReplicas"]],
]);

function numbersOf(spec: unknown, { target }: PropagatedType): JsonRecord {
  const fields = isRecord(spec) ? spec : {};
  return Object.fromEntries((NUMBERS.get(target.kind) ?? []).map((name) => [name, fields[name]]));
}

function readsStatus({ collectsStatus, isPlainToo, target }: PropagatedType): boolean {
  return collectsStatus || (isPlainToo === true && hasNativeStatus(target.kind));
}
