/** Reads what members have: one copy, or the metadata of all copies of a type. What cannot be read becomes the view of the type. */
import { listAll } from "../../fleet/list/list.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { type ApiObject, apiObject } from "../../fleet/objects/api-object.ts";
import { type ObjectKey, pathOfCollection } from "../../fleet/objects/object-path.ts";
import { read } from "../../fleet/objects/read.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { findServed } from "../../fleet/watch/served-version.ts";
import { seenCopy } from "../copies/seen-copy.ts";
import { MANAGED } from "../federated/labels.ts";
import { copyNameOf, keyOfCopy, type PropagatedType } from "../objects/propagated-type.ts";
import type { PlanMember, PlanWorld, TypeView } from "./plan-world.ts";

const LIST_ACCEPT = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
/** A member that does not answer one type does not answer the next either. */
const AWAY: ReadonlySet<string> = new Set([
  "unreachable",
  "hang-up",
  "timeout",
  "unauthorized",
  "unavailable",
]);

/** `version`: one that the member serves. */
export function copyKey(type: PropagatedType, key: string, version: string): ObjectKey {
  const { group, plural } = type.target;
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
    const copy = await inServedVersion(world, member, type, (version) =>
      read(member.transport, copyKey(type, key, version), { signal: world.signal }),
    );
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
  const { group, plural, isNamespaced } = type.target;
  const away = awayView(member);
  if (away !== undefined) {
    member.views.set(type.name, away);
    return [];
  }
  const seen = new Map<string, ApiObject>();
  try {
    await inServedVersion(world, member, type, (version) =>
      listAll({
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
      }),
    );
  } catch (error) {
    member.views.set(type.name, failedView(error, type));
    return [];
  }
  for (const [key, { metadata }] of seen) {
    const row = world.objects.takeRow({ type: type.name, key });
    member.copies.see(row, seenCopy(metadata, world.ownership, world.fields), true);
  }
  return [...seen.keys()];
}

/** In the version of the type, or in another one that the member serves, which is its view then. Throws as `request` does. */
async function inServedVersion<T>(
  { signal }: PlanWorld,
  { transport, views }: PlanMember,
  { name, target }: PropagatedType,
  request: (version: string) => Promise<T>,
): Promise<T> {
  const answered = async (version: string): Promise<T> => {
    const reply = await request(version);
    views.set(name, { state: "listed", version, problem: null, isAway: false });
    return reply;
  };
  const { group, plural, version } = target;
  const known = views.get(name)?.version ?? version;
  try {
    return await answered(known);
  } catch (error) {
    if (refusalOf(error, { plural }).kind !== "kind-not-served") throw error;
    const watched = { group, plural, versions: [version], isAnyVersion: true };
    const served = await findServed(transport, watched, signal);
    if (served === null || served.version === known) throw error;
    return answered(served.version);
  }
}

function failedView(error: unknown, { target }: PropagatedType): TypeView {
  const { plural, version } = target;
  const { kind, message, advice } = refusalOf(error, { plural });
  if (kind === "kind-not-served") return { state: "not-served", version, problem: null, isAway: false };
  return { state: "not-seen", version, problem: `${message}; ${advice}`, isAway: AWAY.has(kind) };
}

function awayView({ views }: PlanMember): TypeView | undefined {
  return [...views.values()].find(({ isAway }) => isAway);
}
