/**
 * The engine: from changes of the host and of members to work on copies, and from the work to the status in the host.
 *
 *     host:   federated objects, placements of namespaces ──> rows ──> every member's queue
 *     member: copies ──> its columns ──> its queue
 *     queue ──> workOnCopy ──> reports ──> host writer
 *
 * Levels, not edges: what is done depends on what is there now, never on which event came.
 */
import type { JsonRecord } from "../../kernel/json.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import { Contests } from "../apply/contests.ts";
import type { Adoption } from "../apply/decide.ts";
import { FieldsTable } from "../copies/fields-table.ts";
import type { Ownership } from "../copies/seen-copy.ts";
import type { ParsedObject } from "../federated/federated-object.ts";
import { dependenciesOf } from "../order/dependencies.ts";
import type { NamespaceBound } from "../placement/placement.ts";
import { workOnCopy } from "./copy-work.ts";
import { HostObjects } from "./host-objects.ts";
import { MemberEngine, type EngineMember } from "./member-engine.ts";
import { boundOf } from "./namespace-bound.ts";
import type { WorkResult } from "./queue-worker.ts";
import { copyNameOf, keyOfCopy, NAMESPACES, type PropagatedType, targetTypeOf } from "./propagated-type.ts";
import { wantedIn } from "./wanted.ts";

type EngineOptions = {
  readonly ownership: Ownership;
  readonly permit: WritePermit;
  readonly adoption: Adoption;
  /** Null = the control plane is global; else it manages one namespace, and placement needs no FederatedNamespace. */
  readonly onlyNamespace: string | null;
  /** That of the control plane, which is not federated. */
  readonly ownNamespace: string;
  /** Something about this object is to be told in the host. */
  readonly onReport: (row: number, hasWritten: boolean) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

const DONE: WorkResult = { next: "done", server: "not-asked", retryAfterMs: 0 };

export class Engine {
  readonly objects: HostObjects = new HostObjects();
  readonly #options: EngineOptions;
  readonly #types = new Map<string, PropagatedType>();
  /** Types whose federated objects have been read. */
  readonly #read = new Set<string>();
  readonly #members = new Map<string, MemberEngine>();
  readonly #fields = new FieldsTable();
  readonly #contests: Contests;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#contests = new Contests(options.clock);
  }

  get members(): ReadonlyMap<string, MemberEngine> {
    return this.#members;
  }

  get types(): ReadonlyMap<string, PropagatedType> {
    return this.#types;
  }

  /** A type is propagated from now on. Its objects follow. */
  enable(type: PropagatedType): void {
    this.#types.set(type.name, type);
    for (const member of this.#members.values()) member.watch(type);
  }

  /** Copies stay as they are. */
  disable(name: string): void {
    this.#types.delete(name);
    this.#read.delete(name);
    for (const member of this.#members.values()) member.unwatch(name);
  }

  engage(member: EngineMember): void {
    const { ownership, clock, random, log } = this.#options;
    const engine = new MemberEngine({
      member,
      ownership,
      fields: this.#fields,
      work: (row) => this.#work(row, engine),
      rowOf: (type, key) => this.objects.takeRow({ type, key }),
      rowsOf: (type) => this.objects.rowsOf(type),
      onCopy: (row) => this.#options.onReport(row, false),
      clock,
      random,
      log,
    });
    this.#members.set(member.name, engine);
    for (const type of this.#types.values()) engine.watch(type);
  }

  /** Its copies stay as they are, and its line leaves the status of every object. */
  disengage(name: string): void {
    this.#members.get(name)?.stop();
    this.#members.delete(name);
    for (const type of this.#types.keys())
      for (const row of this.objects.rowsOf(type)) this.#options.onReport(row, false);
  }

  /** Its labels have changed: selectors may choose otherwise. */
  relabel(member: EngineMember): void {
    const engine = this.#members.get(member.name);
    engine?.change(member);
    for (const type of this.#types.keys()) engine?.addAll(this.objects.rowsOf(type), "change");
  }

  /** `bytes` null: the host does not have the object any more. `isContent` false: only its status has changed. */
  setObject(type: string, key: string, bytes: Buffer | null, isContent: boolean): void {
    const row = this.objects.takeRow({ type, key });
    this.objects.set(row, bytes);
    if (!isContent) return;
    this.#options.onReport(row, false);
    for (const member of this.#members.values()) member.add(row, "change");
    if (type === NAMESPACES) this.#onNamespacePlacement(key);
  }

  /** All federated objects of the type are known. */
  typeRead(name: string): void {
    this.#read.add(name);
    if (name !== NAMESPACES) return;
    for (const type of this.#types.keys())
      for (const member of this.#members.values()) member.addAll(this.objects.rowsOf(type), "resync");
  }

  /** Which namespaces are federated is known; before that, nothing in a namespace can be decided. */
  get #areNamespacesKnown(): boolean {
    const isBounded = this.#options.onlyNamespace === null && this.#types.has(NAMESPACES);
    return !isBounded || this.#read.has(NAMESPACES);
  }

  /** Placement of a namespace bounds that of everything in it. */
  #onNamespacePlacement(key: string): void {
    const [namespace = ""] = key.split("/");
    for (const type of this.#types.values()) {
      if (type.name === NAMESPACES || !type.target.isNamespaced) continue;
      const rows = [...this.objects.rowsOf(type.name)].filter((row) =>
        this.objects.keyOf(row)?.key.startsWith(`${namespace}/`),
      );
      for (const member of this.#members.values()) member.addAll(rows, "change");
    }
  }

  boundOf(type: PropagatedType, key: string): NamespaceBound {
    const { ownNamespace, onlyNamespace } = this.#options;
    return boundOf(type, key, {
      ownNamespace,
      onlyNamespace,
      clusters: [...this.#members.values()].map(({ cluster }) => cluster),
      federatedNamespace: (namespace) => this.#federatedNamespace(namespace),
    });
  }

  #federatedNamespace(namespace: string): ParsedObject | null {
    const row = this.objects.rowOf({ type: NAMESPACES, key: `${namespace}/${namespace}` });
    return row === undefined ? null : (this.objects.read(row)?.parsed ?? null);
  }

  /** Federated objects that the body names, which are to be in this member and are not there yet. */
  #missingFor(body: JsonRecord, member: MemberEngine): readonly string[] {
    return dependenciesOf(body).flatMap(({ kind, namespace, name }) => {
      for (const type of this.#types.values()) {
        if (type.target.kind !== kind) continue;
        const key = keyOfCopy(type, { namespace, name });
        const row = this.objects.rowOf({ type: type.name, key });
        if (row === undefined || !this.objects.has(row) || member.copies.isPresent(row)) continue;
        const wanted = wantedIn(
          this.objects.read(row)?.parsed ?? null,
          member.cluster,
          this.boundOf(type, key),
        );
        if (wanted.kind === "present") return [`${kind} ${name}`];
      }
      return [];
    });
  }

  async #work(row: number, member: MemberEngine): Promise<WorkResult> {
    const key = this.objects.keyOf(row);
    const type = key === null ? undefined : this.#types.get(key.type);
    if (key === null || type === undefined) return DONE;
    if (type.target.isNamespaced && !this.#areNamespacesKnown) return DONE;
    // Before its copies were listed nothing can be found out, although they may be listed by the time the work ends.
    const isListed = member.viewOf(type.name) !== "not-listed";
    const result = await this.#workOn(row, key.key, type, member);
    if (isListed && member.copies.worked(row)) this.#options.onReport(row, false);
    return result;
  }

  #workOn(row: number, key: string, type: PropagatedType, member: MemberEngine): Promise<WorkResult> {
    const { permit, ownership, adoption, signal, clock, onReport } = this.#options;
    const { group, version, plural } = type.target;
    const wanted = wantedIn(this.objects.read(row)?.parsed ?? null, member.cluster, this.boundOf(type, key));
    return workOnCopy(
      {
        row,
        cluster: member.cluster,
        target: targetTypeOf(type),
        wanted,
        adoption,
        copies: member.copies,
        view: member.viewOf(type.name),
        request: {
          transport: member.transport,
          key: { resource: { group, version, plural }, ...copyNameOf(type, key) },
          permit,
          signal,
          manager: ownership.manager,
        },
        missing: (body) => this.#missingFor(body, member),
      },
      { ownership, fields: this.#fields, contests: this.#contests, clock, onReport },
    );
  }
}
