/**
 * What is not as it should be in the members and in the host, at a moment when everything has had its time:
 *
 *   wanted, and not there or with other content     | a fault
 *   not wanted, and there with our label            | a fault, unless a restored host has forgotten it
 *   a stranger's object that somebody touched       | a fault
 *   a status that says otherwise, or of before      | a fault
 *   an entry of the journal                         | a fault: every member is there
 */
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import type { CopyRef, Federated, WantedCopy } from "./wanted.ts";
import { holds, idOf, placesOf, wantedCopies } from "./wanted.ts";

export const OWNER = "fedns.io/owner";

/** All objects of the kinds that are propagated. */
export type MemberState = { readonly name: string; readonly objects: readonly KubeObject[] };

export type Stage = {
  readonly federated: readonly Federated[];
  readonly members: readonly MemberState[];
  readonly journal: number;
  readonly isForgotten: (member: string, ref: CopyRef) => boolean;
};

/** Null = all is as it should be. */
export function problemOf(stage: Stage): string | null {
  const names = stage.members.map(({ name }) => name);
  const wanted = wantedCopies(stage.federated, names);
  for (const member of stage.members) {
    const problem = problemIn(member, wanted, stage);
    if (problem !== null) return problem;
  }
  for (const object of stage.federated) {
    const problem = problemOfStatus(object, placesOf(object, stage.federated, names));
    if (problem !== null)
      return `${object.kind} ${object.metadata.namespace}/${object.metadata.name}: ${problem}`;
  }
  return stage.journal === 0 ? null : `${stage.journal} deletions are left in the journal`;
}

function problemIn(
  { name, objects }: MemberState,
  wanted: ReadonlyMap<string, WantedCopy>,
  { isForgotten }: Stage,
): string | null {
  const found = new Map(objects.map((object) => [idOf(name, refOf(object)), object]));
  for (const [id, { member, content }] of wanted) {
    if (member !== name) continue;
    const object = found.get(id);
    if (object === undefined) return `${id} is not there`;
    if (object.metadata.deletionTimestamp !== undefined) return `${id} is being deleted`;
    if (object.metadata.labels?.[OWNER] === undefined) return `${id} is not ours`;
    if (!holds(object, content)) return `${id} is not as ordered: ${textOf(content)}, but ${textOf(object)}`;
  }
  for (const [id, object] of found) {
    if (wanted.has(id) || object.metadata.labels?.[OWNER] === undefined) continue;
    if (!isForgotten(name, refOf(object))) return `${id} is there, and not wanted`;
  }
  return null;
}

/** A cluster that is named, and that the namespace does not go to, has a line that says so. */
function problemOfStatus(object: Federated, places: readonly string[]): string | null {
  const { metadata, spec } = object;
  if (metadata.deletionTimestamp !== undefined) return "is still there, and was deleted";
  const { status } = object as { readonly status?: any };
  if (status?.observedGeneration !== metadata.generation)
    return `its status is of generation ${status?.observedGeneration} and not ${metadata.generation}`;
  const named = (spec.placement.clusters ?? []).map(({ name }) => name);
  const vain = named.filter((name) => !places.includes(name));
  const right = [...places, ...vain.map((name) => `${name} NamespaceNotPlaced`)].toSorted();
  const propagation = status.conditions?.find(({ type }: any) => type === "Propagation");
  if (propagation?.status !== (vain.length === 0 ? "True" : "False"))
    return `its status says ${textOf(status)}`;
  const lines = (status.clusters ?? []) as readonly { readonly name: string; readonly status?: string }[];
  const said = lines.map((line) => (line.status ? `${line.name} ${line.status}` : line.name)).toSorted();
  return said.join() === right.join()
    ? null
    : `its status says ${textOf(lines)}, and it is placed in ${right.join(", ") || "none"}`;
}

export function refOf({ kind, metadata: { namespace = "", name } }: KubeObject): CopyRef {
  return { kind, namespace, name };
}

function textOf(value: unknown): string {
  const { metadata: _, ...rest } = value as Record<string, unknown>;
  return JSON.stringify(rest).slice(0, 400);
}
