/** A federated object as its rollout sees it: where it is placed, what is known of its copies there, and how they are looked at. */
import { read } from "../../fleet/objects/read.ts";
import type { Ownership } from "../copies/seen-copy.ts";
import { servicesBackedBy } from "../drain/backed-services.ts";
import { isUndecided } from "../federated/allotted.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { copyNameOf, type PropagatedType, targetTypeOf } from "../objects/propagated-type.ts";
import { place } from "../placement/placement.ts";
import { render } from "../render/render.ts";
import type { StagedCopy } from "../staging/copy-health.ts";
import type { StagedSubject } from "../staging/look.ts";
import type { Engine } from "./engine.ts";
import type { MemberEngine } from "./member-engine.ts";
import { identityOf } from "./report.ts";

const READ_TIMEOUT_MS = 5_000;

type SubjectOptions = {
  readonly ownership: Ownership;
  readonly signal: AbortSignal;
};

/** Null = nothing is decided about its copies, or it is about to go. `key`: "namespace/name". */
export function stagedSubject(
  engine: Engine,
  name: string,
  key: string,
  options: SubjectOptions,
): StagedSubject | null {
  const type = engine.types.get(name);
  const row = engine.objects.rowOf({ type: name, key });
  const found = row === undefined ? null : engine.objects.read(row);
  if (type === undefined || row === undefined || found === null) return null;
  const { parsed, whole } = found;
  if (parsed === null || "problem" in parsed) return null;
  const { object } = parsed;
  if (!object.isHeld || object.isDeleting || object.allotment?.undecided === "all") return null;
  const bound = engine.namespaces.boundOf(type, key);
  if (bound.kind === "refused" || bound.kind === "not-federated" || engine.members.size === 0) return null;
  const members = [...engine.members.values()];
  const placed = place(
    object.placement,
    members.map(({ cluster }) => cluster),
    bound,
  ).flatMap(({ cluster, isChosen }) => (isChosen ? (engine.members.get(cluster) ?? []) : []));
  const subject = { row, type, key, object };
  return {
    key: identityOf(type, key, object.isPlain).key,
    kind: type.target.kind,
    metadata: whole["metadata"] as StagedSubject["metadata"],
    object,
    copies: placed.map((member) => stagedCopy(member, subject, options)),
  };
}

type Subject = {
  readonly row: number;
  readonly type: PropagatedType;
  readonly key: string;
  readonly object: FederatedObject;
};

function stagedCopy(
  member: MemberEngine,
  { row, type, key, object }: Subject,
  { ownership: { owner }, signal }: SubjectOptions,
): StagedCopy {
  const { cluster, copies } = member;
  const name = copyNameOf(type, key);
  const version = member.versionOf(type);
  const live = copies.live(row, false);
  const isOurs = live.kind === "present" && (live.owner === "us" || live.owner === "kubefed");
  const target = targetTypeOf(type, version);
  const rendered = isOurs ? render({ object, target, cluster, owner, isUpdate: true }) : null;
  const hasTarget =
    isOurs &&
    rendered !== null &&
    "hash" in rendered &&
    live.applied === rendered.hash &&
    !copies.isDoubtful(row);
  const report = copies.isWorked(row) ? copies.reportOf(row) : null;
  const { access } = cluster;
  const { group, plural } = type.target;
  const copyKey = { resource: { group, version, plural }, ...name };
  const open = access.kind === "open" ? access.transport : null;
  return {
    cluster,
    view: viewOf(member, type, name.namespace, object),
    isOther: isOurs && !hasTarget,
    hasTarget,
    report: report === null ? null : { cluster: cluster.name, ...report },
    read: () =>
      open === null ? Promise.resolve(null) : read(open, copyKey, { signal, timeoutMs: READ_TIMEOUT_MS }),
    services: () =>
      open === null ? Promise.resolve([]) : servicesBackedBy({ transport: open, key: copyKey, signal }),
  };
}

function viewOf(
  member: MemberEngine,
  type: PropagatedType,
  namespace: string,
  object: FederatedObject,
): StagedCopy["view"] {
  const view = member.viewIn(type.name, namespace);
  if (view === "not-listed") return "not-yet";
  if (view === "not-served") return "no-such-kind";
  return view === "listed" && !isUndecided(object, member.cluster.name) ? "seen" : "away";
}
