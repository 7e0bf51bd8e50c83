/** The work on the row of one object in one member: what is wanted there, by the host or by the journal, and what it takes. */
import type { JsonRecord } from "../../kernel/json.ts";
import type { Clock } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import { Contests } from "../apply/contests.ts";
import type { Adoption } from "../apply/decide.ts";
import { isHostItself } from "../apply/host-itself.ts";
import type { Brake } from "../brake/brake.ts";
import type { FieldsTable } from "../copies/fields-table.ts";
import type { MemberCopies } from "../copies/member-copies.ts";
import type { Ownership } from "../copies/seen-copy.ts";
import { isDropped, type JournalEntry } from "../journal/journal-entry.ts";
import type { Journal } from "../journal/journal.ts";
import { servicesBackedBy } from "../drain/backed-services.ts";
import { copyId, type CopyDrain, type LeavingCopy } from "../drain/copy-drain.ts";
import type { DrainCause } from "../drain/drain-step.ts";
import { statedReplicas } from "../federated/allotted.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { type NamespaceBound, place } from "../placement/placement.ts";
import type { WorkResult } from "../queue/queue-worker.ts";
import { type CopyJob, DONE } from "../steps/copy-job.ts";
import { unseen } from "../steps/copy-report.ts";
import { workOnCopy } from "../steps/copy-work.ts";
import { type Wanted, wantedIn } from "../steps/wanted.ts";
import type { HostObjects } from "../objects/host-objects.ts";
import type { EngineMember, MemberEngine } from "./member-engine.ts";
import type { ViewState } from "./member-view.ts";
import { missingDependencies } from "./missing-dependencies.ts";
import { copyNameOf, NAMESPACES, type PropagatedType, targetTypeOf } from "../objects/propagated-type.ts";

export type RowWorkOptions = RowFacts & {
  /** Of the host. */
  readonly transport: Transport;
  /** That of the control plane. */
  readonly ownNamespace: string;
  readonly ownership: Ownership;
  readonly permit: WritePermit;
  readonly adoption: Adoption;
  /** What holds changes of copies. */
  readonly brake: Brake;
  /** Null = no copy waits for its clients. */
  readonly drain: CopyDrain | null;
  /** Deletions that are still to be carried out. */
  readonly journal: Journal;
  /** Something about this object is to be told in the host. */
  readonly onReport: (row: number, hasWritten: boolean) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
};

/** What there is. */
export type RowFacts = {
  readonly objects: HostObjects;
  /** All members there are. */
  readonly members: ReadonlyMap<string, MemberEngine>;
  readonly types: ReadonlyMap<string, PropagatedType>;
  /** Copies of the type are made here. */
  readonly propagates: (type: PropagatedType) => boolean;
  readonly fields: FieldsTable;
  /** All federated objects of the type are known. */
  readonly isRead: (type: string) => boolean;
  readonly boundOf: (type: PropagatedType, key: string) => NamespaceBound;
  /** Rows of what is in the namespace of a FederatedNamespace. */
  readonly contentsOf: (key: string) => Iterable<number>;
};

export class RowWork {
  readonly #options: RowWorkOptions;
  readonly #contests: Contests;

  constructor(options: RowWorkOptions) {
    this.#options = options;
    this.#contests = new Contests(options.clock);
  }

  /** `key`: "namespace/name" of the federated object. Never rejects. */
  async work(row: number, key: string, type: PropagatedType, member: MemberEngine): Promise<WorkResult> {
    const { objects, types, propagates, fields, boundOf, contentsOf, permit, ownership } = this.#options;
    const {
      adoption,
      brake,
      drain,
      signal,
      clock,
      onReport,
      transport,
      ownNamespace: namespace,
    } = this.#options;
    const entry = this.#entryOf(type.name, key, member.cluster.name);
    const name = copyNameOf(type, key);
    const view = member.viewIn(type.name, name.namespace);
    if (entry !== null && this.#isDropped(entry, row, view, member)) return this.#drop(entry);
    const wanted =
      entry !== null && !objects.has(row)
        ? wantedByEntry(entry)
        : wantedIn(objects.read(row)?.parsed ?? null, member.cluster, boundOf(type, key));
    const tools = { ownership, fields, contests: this.#contests, clock, onReport };
    const { cluster, copies } = member;
    const version = member.versionOf(type);
    const subject = { row, cluster, target: targetTypeOf(type, version), wanted, copies };
    const { access } = cluster;
    if (access.kind === "withheld" || view === "withheld")
      return unseen(subject, access.kind === "withheld" ? access.reason : "", tools);
    const { group, plural } = type.target;
    const resource = { group, version, plural };
    const request = {
      transport: access.transport,
      key: { resource, ...name },
      permit,
      signal,
      manager: ownership.manager,
    };
    const missing = (body: JsonRecord): readonly string[] | null =>
      missingDependencies(body, {
        isListed: (one) => member.viewOf(one.name) !== "not-listed",
        isFoundOut: (one) => copies.isWorked(one),
        types: [...types.values()].filter(propagates),
        objects,
        cluster,
        copies,
        boundOf,
      });
    const takesAlong = (): readonly number[] =>
      type.name === NAMESPACES ? [...contentsOf(key)].filter((one) => isOwn(copies, one)) : [];
    const viewError = member.errorIn(type.name, name.namespace);
    const onNotServed = (): void => member.lookAt(type.name);
    const isHost = (): Promise<boolean> => isHostItself(access.transport, { transport, namespace, signal });
    const questions = { missing, isHost, onNotServed, takesAlong };
    const job = { ...subject, adoption, view, viewError, request, ...questions };
    const leaving = (): LeavingCopy => this.#leaving(job, key, type);
    const id = copyId(cluster.name, type.name, key);
    const result = await workOnCopy(job, tools, { brake, drain, id, leaving });
    // The work may have found out that there is no copy, or none of ours.
    if (entry === null || result.next !== "done") return result;
    const after = member.viewIn(type.name, name.namespace);
    return this.#isDropped(entry, row, after, member) ? this.#drop(entry) : result;
  }

  #leaving(job: CopyJob, key: string, type: PropagatedType): LeavingCopy {
    const { objects, members, boundOf } = this.#options;
    const { row, cluster, wanted, request } = job;
    const parsed = objects.read(row)?.parsed ?? null;
    const object = parsed === null || "problem" in parsed ? null : parsed.object;
    const others = [...members.values()].filter((member) => member.cluster.name !== cluster.name);
    const stays = others.filter((other) => staysIn(other.cluster, object, wanted, boundOf(type, key)));
    const leaves = others.filter((other) => other.copies.isPresent(row) && !stays.includes(other));
    return {
      id: copyId(cluster.name, type.name, key),
      cluster: cluster.name,
      generation: object?.generation ?? 0,
      policy: object?.drain ?? "backends",
      cause: causeOf(object, wanted, cluster.name),
      isPlacedElsewhere: stays.length > 0,
      alsoLeaving: leaves.map((other) => other.cluster.name),
      by: `propagate: ${type.federated.kind ?? `Federated${type.target.kind}`} ${key}`,
      services: () => servicesBackedBy(request),
    };
  }

  /** Null = none, or it is not known yet whether the host has the object. */
  #entryOf(type: string, key: string, cluster: string): JournalEntry | null {
    return this.#options.isRead(type) ? this.#options.journal.find(cluster, type, key) : null;
  }

  #isDropped(entry: JournalEntry, row: number, view: ViewState, member: MemberEngine): boolean {
    const { cluster, copies, clusterUid } = member;
    if (copies.isDoubtful(row)) return false;
    const live = copies.live(row, view === "listed");
    const isWanted = cluster.leavingMs === undefined && !this.#isLeaving(entry, row);
    const hasObject = isWanted && this.#options.objects.has(row);
    return isDropped(entry, { hasObject, clusterUid, live });
  }

  /** The host still has the object that the entry was written for: it goes in a moment. */
  #isLeaving(entry: JournalEntry, row: number): boolean {
    const parsed = this.#options.objects.read(row)?.parsed ?? null;
    if (parsed === null || "problem" in parsed) return false;
    return parsed.object.isDeleting && parsed.object.uid === entry.objectUid;
  }

  async #drop(entry: JournalEntry): Promise<WorkResult> {
    const { journal, log } = this.#options;
    try {
      await journal.drop(entry);
      return DONE;
    } catch (error) {
      log.warn(
        { cluster: entry.cluster, object: entry.key, ...errorFields(error) },
        "an entry could not be taken out of the journal of deletions",
      );
      return { next: "retry", server: "not-asked", retryAfterMs: 0 };
    }
  }
}

/** Whether the object is to answer in this cluster as well: a copy with replicas, in a cluster that stays. */
function staysIn(
  cluster: EngineMember,
  object: FederatedObject | null,
  wanted: Wanted,
  bound: NamespaceBound,
): boolean {
  const isDeleted = wanted.kind === "absent" && wanted.reason === "deleted";
  if (object === null || isDeleted || cluster.leavingMs !== undefined) return false;
  const isPlaced = place(object.placement, [cluster], bound).some(
    (one) => one.cluster === cluster.name && one.isChosen,
  );
  return isPlaced && statedReplicas(object, cluster.name) !== 0;
}

/** A preference decides by what members show as well, when nobody has asked for a change. */
function causeOf(object: FederatedObject | null, wanted: Wanted, cluster: string): DrainCause {
  const allotment = object?.allotment ?? null;
  if (allotment === null || allotment.replicas === null) return "person";
  if (wanted.kind === "absent" && (wanted.reason === "deleted" || wanted.reason === "cluster-leaves"))
    return "person";
  return allotment.unwanted?.has(cluster) === true ? "person" : "automatic";
}

function isOwn(copies: MemberCopies, row: number): boolean {
  const live = copies.live(row, true);
  return live.kind === "present" && (live.owner === "us" || live.owner === "kubefed");
}

/** As if the host still had the object, which is being deleted. */
function wantedByEntry({ orphan, deleteOptions }: JournalEntry): Wanted {
  return { kind: "absent", orphan, deleteOptions, reason: "deleted" };
}
