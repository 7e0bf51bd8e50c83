/** Garbage collection: deletes objects whose owners are gone, and carries out propagation policies. */
import type { Change } from "../store/history.ts";
import { withMetadata } from "../object/object.ts";
import type { KubeObject, OwnerReference } from "../object/object.ts";
import { refOf } from "../store/objects.ts";
import type { ObjectRef, ObjectClient } from "../store/objects.ts";
import { propagationFinalizers } from "../store/writer.ts";
import type { Controller } from "../reconcile/loop.ts";

export function garbageController(objects: ObjectClient): Controller {
  /** Keys of dependents by the uid of their owner. */
  const dependents = new Map<string, Set<string>>();

  const index = ({ kind, object, previous }: Change): void => {
    const key = keyOf(object);
    for (const { uid } of previous?.metadata.ownerReferences ?? []) dependents.get(uid)?.delete(key);
    if (kind === "DELETED") return;
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const keys = dependents.get(uid) ?? new Set<string>();
      dependents.set(uid, keys.add(key));
    }
  };

  const ownedBy = (owner: KubeObject): readonly KubeObject[] =>
    [...(dependents.get(owner.metadata.uid ?? "") ?? [])].flatMap((key) => objects.get(refOfKey(key)) ?? []);

  const isAlive = (owner: OwnerReference, namespace: string | undefined): boolean =>
    // An owner of a kind that is not served (yet) may exist, so its dependents are kept.
    !objects.isKnown(owner) ||
    owners(owner, namespace).some((ref) => objects.get(ref)?.metadata.uid === owner.uid);

  const letGo = (owner: KubeObject, finalizer: string): void => {
    const finalizers = owner.metadata.finalizers?.filter((one) => one !== finalizer) ?? [];
    objects.put(withMetadata(owner, { finalizers: finalizers.length > 0 ? finalizers : undefined }));
  };

  const settleOwner = (owner: KubeObject): void => {
    const { Foreground, Orphan } = propagationFinalizers;
    if (owner.metadata.finalizers?.includes(Orphan)) {
      for (const one of ownedBy(owner))
        objects.put(withMetadata(one, { ownerReferences: others(one, owner) }));
      letGo(owner, Orphan);
    } else if (owner.metadata.finalizers?.includes(Foreground)) {
      for (const one of ownedBy(owner)) objects.delete(refOf(one), { propagation: "Foreground" });
      if (ownedBy(owner).length === 0) letGo(owner, Foreground);
    }
  };

  return {
    name: "garbage",
    keysFor(change) {
      index(change);
      const { kind, object } = change;
      const { uid = "", namespace, ownerReferences = [] } = object.metadata;
      if (kind !== "DELETED") return [keyOf(object)];
      const gone = dependents.get(uid) ?? [];
      const waiting = ownerReferences.flatMap((owner) =>
        owners(owner, namespace).map((ref) => JSON.stringify(ref)),
      );
      return [...gone, ...waiting];
    },
    reconcile(key) {
      const object = objects.get(refOfKey(key));
      if (!object) return;
      const { ownerReferences = [], namespace, deletionTimestamp } = object.metadata;
      if (deletionTimestamp) settleOwner(object);
      else if (ownerReferences.length > 0 && !ownerReferences.some((owner) => isAlive(owner, namespace))) {
        objects.delete(refOf(object));
      }
    },
  };
}

/** An owner is in the dependent's namespace or cluster-wide. */
function owners(
  { apiVersion, kind, name }: OwnerReference,
  namespace: string | undefined,
): readonly ObjectRef[] {
  const clusterWide = { apiVersion, kind, name };
  return namespace === undefined ? [clusterWide] : [{ apiVersion, kind, name, namespace }, clusterWide];
}

function others(object: KubeObject, owner: KubeObject): readonly OwnerReference[] | undefined {
  const rest = object.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid) ?? [];
  return rest.length > 0 ? rest : undefined;
}

function keyOf(object: KubeObject): string {
  return JSON.stringify(refOf(object));
}

function refOfKey(key: string): ObjectRef {
  return JSON.parse(key) as ObjectRef;
}
