/** One member in the engine: its copies, its queue, its watches. Nothing in it waits for another member. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { withCluster } from "../../fleet/observe/cluster-log.ts";
import type { FieldsTable } from "../copies/fields-table.ts";
import { MemberCopies } from "../copies/member-copies.ts";
import type { Ownership } from "../copies/seen-copy.ts";
import type { PlaceableCluster } from "../placement/placement.ts";
import type { HostObjects } from "../objects/host-objects.ts";
import type { LabelledObject, MemberViewOptions, StatusSight, ViewState } from "./member-view.ts";
import { QueueWorker, type WorkResult } from "../queue/queue-worker.ts";
import type { PropagatedType } from "../objects/propagated-type.ts";
import { TypeViews } from "./type-views.ts";
import type { TurnShare } from "../queue/turn-share.ts";
import { type Priority, WorkQueue } from "../queue/work-queue.ts";

const FIRST_RETRY_MS = 5_000;
const RETRY_MAX_MS = 60_000;
const STRANGERS_EVERY_MS = 60_000;

export type EngineMember = PlaceableCluster & {
  /** The uid of its namespace kube-system, as it is or was last known; null = never. */
  readonly clusterUid: string | null;
  /** A person has said that deletions do not wait for it while it is not seen; wall ms of that order, null = nobody has. */
  readonly forgottenMs: number | null;
  /** Nothing is read from a withheld member or written to it. It is a member all the same: it may have copies. */
  readonly access:
    | { readonly kind: "open"; readonly transport: Transport }
    | { readonly kind: "withheld"; readonly reason: string };
};

type MemberEngineOptions = {
  readonly member: EngineMember;
  readonly ownership: Ownership;
  readonly fields: FieldsTable;
  /** Works on the copy of one row. */
  readonly work: (row: number) => Promise<WorkResult>;
  /** The rows of objects, which are made for copies that the host does not know. */
  readonly objects: Pick<HostObjects, "takeRow" | "rowOf" | "keyOf">;
  /** Rows of a type that the host has, or that this member has a deletion of to come. */
  readonly rowsOf: (type: string) => Iterable<number>;
  /** A copy came, changed or went. */
  readonly onCopy: (row: number) => void;
  readonly share: TurnShare;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

export class MemberEngine {
  readonly copies: MemberCopies = new MemberCopies();
  readonly #options: MemberEngineOptions;
  readonly #queue: WorkQueue<number>;
  readonly #worker: QueueWorker;
  readonly #views = new Map<string, { readonly views: TypeViews; readonly ending: AbortController }>();
  readonly #statuses = new Map<number, string>();
  #member: EngineMember;
  /** Rows of objects that are not ours: no watch shows when they change or go. */
  readonly #strangers = new Set<number>();
  #cancelLook: (() => void) | null = null;
  /** Wall ms when one of its lists or watches was last seen to work. */
  #seenMs = -Infinity;

  constructor(options: MemberEngineOptions) {
    this.#options = options;
    this.#member = options.member;
    const { clock, random, work, share, member } = options;
    const log = withCluster(options.log, member.name);
    this.#queue = new WorkQueue({ clock, random, firstRetryMs: FIRST_RETRY_MS, retryMaxMs: RETRY_MAX_MS });
    this.#worker = new QueueWorker({ queue: this.#queue, work, share, clock, log });
    this.#worker.start();
  }

  get cluster(): EngineMember {
    return this.#member;
  }

  get clusterUid(): string | null {
    return this.#member.clusterUid;
  }

  /** The order to forget it counts until it is seen again. */
  get isForgotten(): boolean {
    const { forgottenMs } = this.#member;
    return forgottenMs !== null && forgottenMs > this.#seenMs;
  }

  get load(): QueueWorker["load"] {
    return this.#worker.load;
  }

  get isIdle(): boolean {
    return this.#worker.isIdle;
  }

  /** Labels and orders may change while the member stays. */
  change(member: EngineMember): void {
    this.#member = member;
  }

  viewOf(type: string): ViewState {
    if (this.#member.access.kind === "withheld") return "withheld";
    return this.#views.get(type)?.views.state ?? "not-listed";
  }

  /** What is seen of the copies in one namespace, "" for those in none; from the first question on, if it has to be watched alone. */
  viewIn(type: string, namespace: string): ViewState {
    if (this.#member.access.kind === "withheld") return "withheld";
    return this.#views.get(type)?.views.stateIn(namespace) ?? "not-listed";
  }

  /** Why the copies in a namespace cannot be read. */
  errorIn(type: string, namespace: string): string | null {
    return this.#views.get(type)?.views.errorIn(namespace) ?? null;
  }

  /** The version in which the member serves the type. */
  versionOf({ name, target }: PropagatedType): string {
    return this.#views.get(name)?.views.version ?? target.version;
  }

  /** What the member serves of the type may have changed. */
  lookAt(type: string): void {
    this.#views.get(type)?.views.look();
  }

  /** What the copy's controllers say of it, as it was last seen; null = nothing. */
  statusOf(row: number): StatusSight | null {
    const text = this.#statuses.get(row) ?? "";
    return text === "" ? null : (JSON.parse(text) as StatusSight);
  }

  add(row: number, priority: Priority): void {
    this.#queue.add(row, priority);
    this.#worker.poke();
  }

  addAll(rows: Iterable<number>, priority: Priority): void {
    for (const row of rows) this.#queue.add(row, priority);
    this.#worker.poke();
  }

  /** The member has an object of this name that is not ours, and that is in the way. */
  lookAgain(row: number): void {
    this.#strangers.add(row);
    this.#cancelLook ??= this.#options.clock.after(STRANGERS_EVERY_MS, () => {
      this.#cancelLook = null;
      this.addAll([...this.#strangers], "resync");
      this.#strangers.clear();
    });
  }

  watch(type: PropagatedType): void {
    const { member, ownership, fields, objects, rowsOf, clock, random, log } = this.#options;
    if (member.access.kind === "withheld") return;
    const ending = new AbortController();
    const options: MemberViewOptions = {
      transport: member.access.transport,
      type,
      ownership,
      fields,
      rows: {
        take: (key) => objects.takeRow({ type: type.name, key }),
        find: (key) => objects.rowOf({ type: type.name, key }),
        keyOf: (row) => objects.keyOf(row)?.key ?? null,
        isKnown: (row, { copy, status }) =>
          this.copies.isKnown(row, copy) && status === (this.#statuses.get(row) ?? ""),
        onList: (listed, namespace) => {
          for (const row of rowsOf(type.name)) {
            const isMissed = this.copies.isPresent(row) && !listed.has(row);
            const isWatched =
              namespace === null || objects.keyOf(row)?.key.startsWith(`${namespace}/`) === true;
            if (isMissed && isWatched) this.copies.doubt(row);
          }
        },
      },
      sink: {
        onCopy: (key, object) => {
          const row = objects.takeRow({ type: type.name, key });
          this.#onCopy(row, object);
          // Nothing can be found out while the first list comes; after it all rows are looked at.
          if (this.viewOf(type.name) !== "not-listed") this.add(row, "resync");
        },
        onView: () => {
          if (this.viewOf(type.name) === "listed") this.#seenMs = clock.wallMs();
          this.copies.notes.forgetRefusals();
          this.addAll(rowsOf(type.name), "resync");
          this.#worker.resume();
        },
      },
      clock,
      random,
      log: withCluster(log, member.name),
    };
    this.#views.set(type.name, { views: new TypeViews(options, ending.signal), ending });
  }

  unwatch(type: string): void {
    this.#views.get(type)?.ending.abort();
    this.#views.delete(type);
  }

  /** It is worked on, or waits for that. */
  isBusyWith(row: number): boolean {
    return this.#queue.has(row);
  }

  /** The row is used for another object from now on. */
  forget(row: number): void {
    this.copies.clear(row);
    this.#statuses.delete(row);
    this.#queue.remove(row);
    this.#strangers.delete(row);
    for (const { views } of this.#views.values()) views.forget(row);
  }

  stop(): void {
    this.#cancelLook?.();
    this.#worker.stop();
    for (const type of this.#views.keys()) this.unwatch(type);
  }

  #onCopy(row: number, object: LabelledObject | undefined): void {
    if (object === undefined) this.copies.gone(row);
    else this.copies.see(row, object.copy);
    if (object === undefined || object.status === "") this.#statuses.delete(row);
    else this.#statuses.set(row, object.status);
    this.#options.onCopy(row);
  }
}
