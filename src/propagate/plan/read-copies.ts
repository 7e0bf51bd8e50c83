/** Reads what members have: one copy, or the metadata of all copies of a type. What cannot be read becomes the view of the type. */
import { listAll } from "../../fleet/kube/list.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { type ApiObject, apiObject } from "../../fleet/objects/api-object.ts";
import { type ObjectKey, pathOfCollection } from "../../fleet/objects/object-path.ts";
import { read } from "../../fleet/objects/read.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { seenCopy } from "../copies/seen-copy.ts";
import { MANAGED } from "../federated/labels.ts";
import { copyNameOf, keyOfCopy, type PropagatedType } from "../objects/propagated-type.ts";
import type { PlanMember, PlanWorld, TypeView } from "./plan-world.ts";

const LIST_ACCEPT = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const LISTED: TypeView = { state: "listed", problem: null, isAway: false };
/** A member that does not answer one type does not answer the next either. */
const AWAY: ReadonlySet<string> = new Set([
  "unreachable",
  "hang-up",
  "timeout",
  "unauthorized",
  "unavailable",
]);

export function copyKey(type: PropagatedType, key: string): ObjectKey {
  const { group, version, plural } = type.target;
  return { resource: { group, version, plural }, ...copyNameOf(type, key) };
}

/** The copy of one federated object as it is; null = there is none, or it cannot be read. */
export async function readCopy(
  world: PlanWorld,
  member: PlanMember,
  type: PropagatedType,
  key: string,
): Promise<ApiObject | null> {
  if (member.problem !== null) return null;
  const away = awayView(member);
  if (away !== undefined) {
    member.views.set(type.name, away);
    return null;
  }
  const row = world.objects.takeRow({ type: type.name, key });
  try {
    const copy = await read(member.transport, copyKey(type, key), { signal: world.signal });
    member.views.set(type.name, LISTED);
    if (copy === null) member.copies.gone(row, true);
    else member.copies.see(row, seenCopy(copy.metadata, world.ownership, world.fields), true);
    return copy;
  } catch (error) {
    member.views.set(type.name, failedView(error, type));
    return null;
  }
}

/** `namespace` null: in all namespaces. The keys of federated objects, whether or not the host has them. */
export async function readCopiesOf(
  world: PlanWorld,
  member: PlanMember,
  type: PropagatedType,
  namespace: string | null,
): Promise<readonly string[]> {
  if (member.problem !== null) return [];
  const { group, version, plural, isNamespaced } = type.target;
  const away = awayView(member);
  if (away !== undefined) {
    member.views.set(type.name, away);
    return [];
  }
  const seen = new Map<string, ApiObject>();
  try {
    await listAll({
      transport: member.transport,
      path: pathOfCollection({
        resource: { group, version, plural },
        namespace: isNamespaced ? (namespace ?? "") : "",
      }),
      query: { labelSelector: MANAGED },
      accept: LIST_ACCEPT,
      signal: world.signal,
      onStart: () => seen.clear(),
      onPage: ({ items }) => {
        for (const item of items.filter(isRecord)) {
          const object = apiObject(item);
          const { name, namespace: place = "" } = object.metadata;
          seen.set(keyOfCopy(type, { namespace: place, name }), object);
        }
      },
    });
  } catch (error) {
    member.views.set(type.name, failedView(error, type));
    return [];
  }
  for (const [key, { metadata }] of seen) {
    const row = world.objects.takeRow({ type: type.name, key });
    member.copies.see(row, seenCopy(metadata, world.ownership, world.fields), true);
  }
  member.views.set(type.name, LISTED);
  return [...seen.keys()];
}

function failedView(error: unknown, { target }: PropagatedType): TypeView {
  const { kind, message, advice } = refusalOf(error, { plural: target.plural });
  if (kind === "kind-not-served") return { state: "not-served", problem: null, isAway: false };
  return { state: "not-seen", problem: `${message}; ${advice}`, isAway: AWAY.has(kind) };
}

function awayView({ views }: PlanMember): TypeView | undefined {
  return [...views.values()].find(({ isAway }) => isAway);
}
