/**
 * The engine: from changes of the host and of members to work on copies, and from the work to the status in the host.
 *
 *     host:   federated objects, placements of namespaces ──> rows ──> every member's queue
 *     member: copies ──> its columns ──> its queue
 *     queue ──> workOnCopy ──> reports ──> host writer
 *
 * Levels, not edges: what is done depends on what is there now, never on which event came.
 */
import { FieldsTable } from "../copies/fields-table.ts";
import type { PlaceableCluster } from "../placement/placement.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { HostObjects } from "../objects/host-objects.ts";
import { LeavingRows } from "./leaving-rows.ts";
import { MemberEngine, type EngineMember } from "./member-engine.ts";
import { FederatedNamespaces, namespaceOf } from "../objects/federated-namespaces.ts";
import type { WorkResult } from "../queue/queue-worker.ts";
import type { TurnShare } from "../queue/turn-share.ts";
import { DONE } from "../steps/copy-job.ts";
import { copyNameOf, NAMESPACES, type PropagatedType } from "../objects/propagated-type.ts";
import { type RowFacts, RowWork, type RowWorkOptions } from "./row-work.ts";
import type { SeenObject } from "../objects/type-watch.ts";

/** What all work on copies needs, without what the engine itself knows. */
type WorkOptions = Omit<RowWorkOptions, keyof RowFacts>;

type EngineOptions = WorkOptions & {
  /** Null = the control plane is global; else it manages one namespace, and placement needs no FederatedNamespace. */
  readonly onlyNamespace: string | null;
  /** What is decided beside the objects. */
  readonly schedule: Schedule;
  readonly share: TurnShare;
  readonly random: () => number;
};

export class Engine {
  readonly objects: HostObjects;
  readonly #options: EngineOptions;
  readonly #types = new Map<string, PropagatedType>();
  readonly types: ReadonlyMap<string, PropagatedType> = this.#types;
  /** Types whose federated objects have been read. */
  readonly #read = new Set<string>();
  /** Those, and types whose objects cannot be read. */
  readonly #settled = new Set<string>();
  readonly #members = new Map<string, MemberEngine>();
  readonly members: ReadonlyMap<string, MemberEngine> = this.#members;
  readonly #fields = new FieldsTable();
  readonly #rowWork: RowWork;
  readonly #leaving: LeavingRows;
  readonly namespaces: FederatedNamespaces;
  /** Of all members, one and the same list while none comes, changes or goes. */
  #clusters: readonly PlaceableCluster[] | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.objects = new HostObjects((type, key) => options.schedule.allotmentOf(type, key));
    const clusters = (): readonly PlaceableCluster[] =>
      (this.#clusters ??= [...this.#members.values()].map(({ cluster }) => cluster));
    const { objects, types } = this;
    this.namespaces = new FederatedNamespaces({ ...options, objects, types, clusters });
    this.#rowWork = new RowWork({
      ...options,
      objects: this.objects,
      types: this.#types,
      members: this.#members,
      propagates: (type) => this.propagates(type),
      fields: this.#fields,
      isRead: (type) => this.#read.has(type),
      boundOf: (type, key) => this.namespaces.boundOf(type, key),
      contentsOf: (key) => this.namespaces.contentsOf(key),
    });
    this.#leaving = new LeavingRows(this.objects, this.#members, options.journal);
  }

  /** A type is propagated from now on. Its objects follow. */
  enable(type: PropagatedType): void {
    this.#types.set(type.name, type);
    this.objects.setEnded(type.name, type.endedMs);
    if (this.propagates(type)) for (const member of this.#members.values()) member.watch(type);
  }

  /** A type that is propagated is given up together with its copies: since `endedMs` its objects count as being deleted. */
  endWithCopies(type: PropagatedType): void {
    this.#types.set(type.name, type);
    this.objects.setEnded(type.name, type.endedMs);
    for (const row of this.objects.rowsOf(type.name)) {
      const { key } = this.objects.keyOf(row) ?? { key: "" };
      const bytes = this.objects.bytesOf(row);
      this.setObject(type.name, key, { bytes, isContent: true, isHeld: false, deletedMs: null });
    }
  }

  /** A control plane of one namespace reads its FederatedNamespace, and places nothing that is in no namespace. */
  propagates({ target }: PropagatedType): boolean {
    return target.isNamespaced || this.#options.onlyNamespace === null;
  }

  /** Copies stay as they are. */
  disable(name: string): void {
    this.#types.delete(name);
    this.#read.delete(name);
    this.#settled.delete(name);
    for (const row of this.objects.rowsOf(name)) {
      this.#options.brake.forget(row);
      // What the host has meanwhile is not seen: when the type is enabled again, nothing is decided by what it had.
      this.objects.set(row, null);
    }
    for (const member of this.#members.values()) member.unwatch(name);
  }

  engage(member: EngineMember): void {
    const { ownership, share, clock, random, log } = this.#options;
    const engine = new MemberEngine({
      member,
      ownership,
      fields: this.#fields,
      work: (row) => this.#work(row, engine),
      objects: this.objects,
      rowsOf: (type) => this.#rowsFor(type, member.name),
      onCopy: (row) => {
        this.#options.onReport(row, false);
        if (!this.objects.has(row)) this.#leaving.add(row);
        this.#onNamespaceCopy(row, engine);
      },
      share,
      clock,
      random,
      log,
    });
    this.#members.set(member.name, engine);
    this.#clusters = null;
    for (const type of this.#types.values()) if (this.propagates(type)) engine.watch(type);
  }

  /** Its copies stay as they are, and its line leaves the status of every object. */
  disengage(name: string): void {
    this.#members.get(name)?.stop();
    this.#members.delete(name);
    this.#clusters = null;
    this.#reportAll();
  }

  /** Its labels have changed, and selectors may choose otherwise; or there is an order about it. */
  change(member: EngineMember): void {
    const engine = this.#members.get(member.name);
    engine?.change(member);
    this.#clusters = null;
    for (const type of this.#types.keys()) engine?.addAll(this.objects.rowsOf(type), "change");
    this.#reportAll();
  }

  #reportAll(): void {
    for (const type of this.#types.keys())
      for (const row of this.objects.rowsOf(type)) this.#options.onReport(row, false);
  }

  /** What holds for all objects has changed: a pause, say, or which deletions an earlier holder of the lease has left. */
  resync(
    types: Iterable<string> = this.#types.keys(),
    clusters: Iterable<string> = this.#members.keys(),
  ): void {
    const names = [...clusters];
    for (const type of types)
      for (const name of names) this.#members.get(name)?.addAll(this.#rowsFor(type, name), "resync");
  }

  setObject(type: string, key: string, { bytes, isContent, isHeld, deletedMs }: SeenObject): void {
    const row = this.objects.takeRow({ type, key });
    this.objects.set(row, bytes, isHeld);
    const endsMs = deletedMs ?? this.#types.get(type)?.endedMs ?? null;
    if (bytes === null) this.#options.brake.gone(row);
    else this.#options.brake.seen(row, endsMs ?? this.namespaces.takenAlongMs(type, key));
    if (type === NAMESPACES && endsMs !== null && isContent) this.#countContents(key);
    if (bytes === null) this.#leaving.add(row);
    this.#leaving.freeSome();
    // Also a status alone: what it was compared with may have been older than this.
    this.#options.onReport(row, false);
    if (!isContent) return;
    this.#options.schedule.objectChanged(type, key);
    this.#workAnew(row);
    if (type === NAMESPACES) this.#onNamespacePlacement(key);
  }

  /** Something else is decided beside the object. */
  decided(type: string, key: string): void {
    const row = this.objects.rowOf({ type, key }) ?? -1;
    if (!this.objects.has(row)) return;
    this.#workAnew(row);
    this.#options.onReport(row, false);
  }

  /** What is wanted of its copies may be something else now. */
  #workAnew(row: number): void {
    for (const member of this.#members.values()) {
      member.copies.outdate(row);
      member.add(row, "change");
    }
  }

  /** `isRead` false: its federated objects cannot be read, and others are not to wait for them. */
  typeRead(name: string, isRead: boolean): void {
    this.#settled.add(name);
    if (this.isSettled) this.#options.brake.hostKnown();
    if (!isRead) return;
    this.#read.add(name);
    for (const [member, engine] of this.#members) engine.addAll(this.#journaled(name, member), "resync");
    if (name === NAMESPACES) this.resync();
  }

  /** The objects of all types are known, or cannot be read. */
  get isSettled(): boolean {
    return [...this.#types.keys()].every((type) => this.#settled.has(type));
  }

  /** Which namespaces are federated is known; before that, nothing in a namespace can be decided. */
  get #areNamespacesKnown(): boolean {
    return !this.#types.has(NAMESPACES) || this.#read.has(NAMESPACES);
  }

  /** A namespace takes along what is in it: all of that is lost with its FederatedNamespace, one object though it is. */
  #countContents(key: string): void {
    for (const row of this.namespaces.contentsOf(key)) {
      const { type = "", key: own = "" } = this.objects.keyOf(row) ?? {};
      const deletedMs = this.objects.has(row) ? this.namespaces.takenAlongMs(type, own) : null;
      if (deletedMs !== null) this.#options.brake.seen(row, deletedMs);
    }
  }

  /** Placement of a namespace bounds that of everything in it. */
  #onNamespacePlacement(key: string): void {
    this.#options.schedule.namespaceChanged(namespaceOf(key));
    const rows = [...this.namespaces.contentsOf(key)].filter((row) => this.objects.has(row));
    for (const member of this.#members.values()) member.addAll(rows, "change");
    // Also of objects that are placed nowhere: whether their namespace is federated is in their status.
    for (const row of rows) this.#options.onReport(row, false);
  }

  /** A namespace is in the member: what failed there for want of it need not wait for its time. */
  #onNamespaceCopy(row: number, member: MemberEngine): void {
    const key = this.objects.keyOf(row);
    if (key?.type !== NAMESPACES || !member.copies.isPresent(row)) return;
    const inside = `${namespaceOf(key.key)}/`;
    const isInside = (one: number): boolean =>
      one !== row && this.objects.keyOf(one)?.key.startsWith(inside) === true;
    member.addAll([...member.copies.failing()].filter(isInside), "change");
  }

  async #work(row: number, member: MemberEngine): Promise<WorkResult> {
    const key = this.objects.keyOf(row);
    const type = key === null ? undefined : this.#types.get(key.type);
    if (key === null || type === undefined || !this.propagates(type)) return DONE;
    if (type.target.isNamespaced && !this.#areNamespacesKnown) return DONE;
    const { namespace } = copyNameOf(type, key.key);
    if (!this.#options.schedule.mayWorkIn(member.cluster.name, type.name, namespace)) return DONE;
    // Before its copies were listed nothing can be found out, although they may be listed by the time the work ends.
    const isListed = member.viewIn(type.name, namespace) !== "not-listed";
    const wasPresent = member.copies.isPresent(row);
    member.copies.begin(row);
    const result = await this.#rowWork.work(row, key.key, type, member);
    if (!wasPresent) this.#onNamespaceCopy(row, member);
    // Work that goes on has not found out yet what is to be said.
    const isFoundOut =
      result.next === "done" || (result.next !== "again" && member.copies.reportOf(row) !== null);
    if (isListed && isFoundOut && member.copies.worked(row)) this.#options.onReport(row, false);
    if (result.next === "done" && member.copies.reportOf(row)?.status === "AlreadyExists")
      member.lookAgain(row);
    return result;
  }

  /** Rows of deletions that are to be carried out in this member. */
  *#journaled(type: string, cluster: string): Iterable<number> {
    for (const entry of this.#options.journal.entriesOf(cluster))
      if (entry.type === type) yield this.objects.takeRow(entry);
  }

  *#rowsFor(type: string, cluster: string): Iterable<number> {
    yield* this.objects.rowsOf(type);
    yield* this.#journaled(type, cluster);
  }
}
