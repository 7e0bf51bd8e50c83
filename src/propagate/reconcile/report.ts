/** What the host is to have of one federated object: finalizers and status, from what the engine knows now. Nothing is written here. */
import type { JsonRecord } from "../../kernel/json.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { type CopyDrain, copyId } from "../drain/copy-drain.ts";
import { FINALIZER, type FederatedObject } from "../federated/federated-object.ts";
import { type ClusterPlacement, place } from "../placement/placement.ts";
import type { Rollouts } from "../staging/rollouts.ts";
import type { CopyReport } from "../status/copy-status.ts";
import { objectStatus, type ObjectStatus, type StatusInput } from "../status/object-status.ts";
import type { JournalEntry } from "../journal/journal-entry.ts";
import type { Engine } from "./engine.ts";
import { lettingGo } from "./letting-go.ts";
import { boundFailure } from "../objects/namespace-bound.ts";
import { copyNameOf, type PropagatedType } from "../objects/propagated-type.ts";
import { isPlain } from "../plain/plain-object.ts";
import { PLAIN_FINALIZER } from "../plain/plain-words.ts";
import { LET_GO, type PlainEvent } from "../plain/told.ts";
import { plainReport, unwritten } from "./plain-report.ts";

export type ObjectReport = {
  /** The object in the host. */
  readonly key: ObjectKey;
  /** It is a plain object of Federation v1, whose status is `native`; `status` is told as Events. */
  readonly isPlain: boolean;
  readonly kind: string;
  /** As the host sent it. */
  readonly metadata: JsonRecord;
  /** What is to be in the journal before the finalizers are written. */
  readonly entries: readonly JournalEntry[];
  /** Wall ms when the report will be another one, though nothing happens; null = never. */
  readonly againMs: number | null;
  /** The list that it is to have; null = as it is. */
  readonly finalizers: readonly string[] | null;
  /** Annotations that it is to have; null = as they are. */
  readonly annotations: JsonRecord | null;
  /** Null = none, since the object is about to go. */
  readonly status: ObjectStatus | null;
  /** What the status of a plain object is to be, in the words of its kind; null = as it is. */
  readonly native: JsonRecord | null;
  /** What is to be told as Events beside the status. */
  readonly events: readonly PlainEvent[];
  /** The status as the host sent it. */
  readonly stored: unknown;
};

type Moment = {
  /** Something was written to a member since the last status. */
  readonly hasWritten: boolean;
  /** For how long a deleted object waits for a member that is not seen. */
  readonly deletionWaitMs: number;
  /** Null = no copy waits for its clients. */
  readonly drain: CopyDrain | null;
  /** How far newest versions are. */
  readonly rollouts: Pick<Rollouts, "saidOf">;
  readonly nowMs: number;
};

/** Null = there is nothing to write: the host does not have the object, it is none, or not all members have been asked yet. */
export function reportOn(engine: Engine, row: number, moment: Moment): ObjectReport | null {
  const { hasWritten, nowMs } = moment;
  const key = engine.objects.keyOf(row);
  const type = key === null ? undefined : engine.types.get(key.type);
  if (key === null || type === undefined || !engine.propagates(type)) return null;
  // What an earlier run has said stays until all members have been asked.
  const isComplete = [...engine.members.values()].every((member) => member.copies.isWorked(row));
  if (!isComplete && engine.objects.isHeld(row)) return null;
  const read = engine.objects.read(row);
  if (read === null || read.parsed === null) return null;
  const metadata = read.whole["metadata"] as JsonRecord;
  const base = {
    ...identityOf(type, key.key, isPlain(read.whole)),
    metadata,
    stored: read.whole["status"],
    entries: [],
    againMs: null,
    annotations: null,
    native: null,
    events: [],
  };
  const finalizers = finalizersIn(metadata);
  const finalizer = base.isPlain ? PLAIN_FINALIZER : FINALIZER;
  const unproved = unprovedOf(engine, moment.drain, key, metadata);
  if ("problem" in read.parsed) {
    // It may have copies, so it is held as well; nothing that is being deleted has a problem.
    const isHeld = finalizers.includes(finalizer);
    if (isHeld && !isComplete) return null;
    const failure = { reason: read.parsed.status, message: read.parsed.problem };
    const copies = copiesOf(engine, row, type);
    return {
      ...base,
      finalizers: isHeld ? null : [...finalizers, finalizer],
      status: isComplete ? statusOf(read.whole, { failure, copies, unproved, hasWritten, nowMs }) : null,
    };
  }
  const { object } = read.parsed;
  const others = finalizers.filter((one) => one !== finalizer);
  // A plain object that has lost its annotations is held no more.
  if (!object.isHeld && others.length < finalizers.length)
    return { ...base, finalizers: others, status: null, events: [LET_GO] };
  if (!object.isHeld)
    return { ...base, finalizers: object.isDeleting ? null : [...finalizers, finalizer], status: null };
  const first = unwritten(engine, key, read.whole, object);
  if (first !== null) return { ...base, finalizers: null, status: null, ...first };
  const going = object.isDeleting
    ? letGo(
        engine,
        type,
        {
          row,
          type: type.name,
          key: key.key,
          isInNamespace: type.target.isNamespaced,
          object,
          ...(type.endedMs !== undefined && { lasting: type.target }),
        },
        moment,
      )
    : null;
  if (going?.mayGo === true) return { ...base, entries: going.entries, finalizers: others, status: null };
  if (!isComplete) return null;
  const present = copiesOf(engine, row, type);
  const placed = placedNow(engine, type, key.key, object);
  const absent = placed.filter(({ cluster }) => present.every((copy) => copy.cluster !== cluster));
  // Its namespace has come to a member that has not been asked since.
  if (!object.isDeleting && absent.some(({ isChosen }) => isChosen)) return null;
  const copies = [...present, ...namedInVain(absent, object)];
  const failure = failureOf(engine, type, key.key, object);
  const rollout = moment.rollouts.saidOf(key.type, key.key);
  const status = statusOf(read.whole, { failure, copies, unproved, rollout, hasWritten, nowMs });
  const said = base.isPlain ? plainReport(engine, { row, type, whole: read.whole, object, nowMs }) : {};
  return { ...base, finalizers: null, status, againMs: going?.againMs ?? null, ...said };
}

export function identityOf(
  type: PropagatedType,
  key: string,
  plain: boolean,
): Pick<ObjectReport, "key" | "kind" | "isPlain"> {
  const [namespace = "", name = ""] = key.split("/");
  if (plain)
    return {
      key: { resource: type.target, ...copyNameOf(type, key) },
      kind: type.target.kind,
      isPlain: true,
    };
  const kind = type.federated.kind ?? `Federated${type.target.kind}`;
  return { key: { resource: type.federated, namespace, name }, kind, isPlain: false };
}

/** What may go nowhere has never decided about a copy: it leaves nothing to do in members, now or later. */
function letGo(
  engine: Engine,
  type: PropagatedType,
  deleted: Parameters<typeof lettingGo>[0],
  { deletionWaitMs: waitMs, nowMs }: Moment,
): ReturnType<typeof lettingGo> {
  if (engine.namespaces.boundOf(type, deleted.key).kind === "refused") return { mayGo: true, entries: [] };
  return lettingGo(deleted, engine.members.values(), { waitMs, nowMs });
}

function failureOf(
  engine: Engine,
  type: PropagatedType,
  key: string,
  object: FederatedObject,
): StatusInput["failure"] {
  return object.isDeleting ? null : boundFailure(engine.namespaces.boundOf(type, key), key);
}

/** `collectsStatus`: the status of each copy is shown. */
function copiesOf(engine: Engine, row: number, { collectsStatus: isShown }: PropagatedType): CopyReport[] {
  return [...engine.members.values()].flatMap((member) => {
    const report = member.copies.reportOf(row);
    const sight = isShown ? member.statusOf(row) : null;
    if (report === null) return [];
    const remote = sight === null ? {} : { remoteStatus: sight.status };
    return [{ cluster: member.cluster.name, ...report, ...remote }];
  });
}

function placedNow(
  engine: Engine,
  type: PropagatedType,
  key: string,
  { placement }: FederatedObject,
): readonly ClusterPlacement[] {
  const clusters = [...engine.members.values()].map(({ cluster }) => cluster);
  return place(placement, clusters, engine.namespaces.boundOf(type, key));
}

/** Clusters that the placement names, and that have no copy for a reason that a person has to know. */
function namedInVain(
  absent: readonly ClusterPlacement[],
  { placement, isDeleting }: FederatedObject,
): CopyReport[] {
  const report = (cluster: string, status: CopyReport["status"], message: string): CopyReport[] => [
    { cluster, status, message, code: null, sinceMs: 0, generation: null },
  ];
  return absent.flatMap(({ cluster, reason }) => {
    if (reason === "no-such-cluster")
      return report(
        cluster,
        "NoSuchCluster",
        `there is no cluster ${cluster}: join it, or take it out of spec.placement`,
      );
    // A selector says where an object may go, a name where it is to be.
    if (reason !== "namespace-not-placed" || placement.clusters === null || isDeleting) return [];
    return report(
      cluster,
      "NamespaceNotPlaced",
      `its FederatedNamespace is not placed there: add ${cluster} to its placement, or take it out of spec.placement`,
    );
  });
}

function unprovedOf(
  { members }: Engine,
  drain: CopyDrain | null,
  { type, key }: { readonly type: string; readonly key: string },
  { generation }: JsonRecord,
): ReadonlyMap<string, string> {
  const unproved = [...members.keys()].flatMap((cluster) => {
    const text = drain?.unprovedOf(copyId(cluster, type, key), Number(generation)) ?? null;
    return text === null ? [] : [[cluster, text] as const];
  });
  return new Map(unproved);
}

function statusOf(
  whole: JsonRecord,
  input: Pick<StatusInput, "failure" | "copies" | "unproved" | "rollout" | "hasWritten" | "nowMs">,
): ObjectStatus {
  const { generation } = whole["metadata"] as { readonly generation: number };
  return objectStatus({ ...input, generation, before: storedStatus(whole["status"]) });
}

/** Times of conditions go on from what the host has. */
function storedStatus(stored: unknown): ObjectStatus | null {
  const status = (typeof stored === "object" && stored !== null ? stored : {}) as Partial<ObjectStatus>;
  const { conditions, clusters = [], observedGeneration = 0 } = status;
  return Array.isArray(conditions) && Array.isArray(clusters)
    ? { observedGeneration, conditions, clusters }
    : null;
}

function finalizersIn({ finalizers }: JsonRecord): readonly string[] {
  return Array.isArray(finalizers) ? finalizers.filter((one): one is string => typeof one === "string") : [];
}
