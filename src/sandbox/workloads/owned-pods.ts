/** Pods of controllers: which pods belong to an owner, and new pods from an owner's template. */
import { createHash } from "node:crypto";
import { isObject, objectAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { Change } from "../store/history.ts";
import { isOwnedBy, ownerReference } from "../object/object.ts";
import type { KubeObject, StringMap } from "../object/object.ts";
import { refOf } from "../store/objects.ts";
import type { ObjectClient } from "../store/objects.ts";

/** The label in which StatefulSets and DaemonSets record the template of a pod. */
export const revisionLabel = "controller-revision-hash";

/** Without the pods that are being deleted. */
export function podsOf(objects: ObjectClient, owner: KubeObject): readonly KubeObject[] {
  return objects
    .list("v1", "Pod", owner.metadata.namespace)
    .filter((pod) => isOwnedBy(pod, owner) && !pod.metadata.deletionTimestamp);
}

/** The owners of one kind that a change affects, as `namespace/name`. */
export function ownersOf({ object }: Change, kind: string): readonly string[] {
  const { namespace = "", name, ownerReferences = [] } = object.metadata;
  if (object.kind === kind) return [`${namespace}/${name}`];
  if (object.kind !== "Pod") return [];
  return ownerReferences.filter((owner) => owner.kind === kind).map((owner) => `${namespace}/${owner.name}`);
}

type PodOptions = {
  readonly name: string;
  readonly labels?: StringMap;
  /** Overrides fields of the template's spec. */
  readonly spec?: JsonObject;
};

export function podFrom(owner: KubeObject, { name, labels = {}, spec = {} }: PodOptions): KubeObject {
  const template = objectAt(owner, "spec.template");
  const metadata = {
    name,
    generateName: `${owner.metadata.name}-`,
    ...(owner.metadata.namespace === undefined ? {} : { namespace: owner.metadata.namespace }),
    labels: { ...objectAt(template, "metadata.labels"), ...labels } as StringMap,
    annotations: objectAt(template, "metadata.annotations") as StringMap,
    ownerReferences: [ownerReference(owner)],
  };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { ...objectAt(template, "spec"), ...spec } };
}

/** Independent of the order of fields in the template. */
export function templateHash(template: JsonObject): string {
  const sorted = (_key: string, value: Json): Json =>
    isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  return createHash("sha256").update(JSON.stringify(template, sorted)).digest("hex").slice(0, 10);
}

/** Deletes surplus pods, and pods of another template. */
export function deleteOutdated(
  objects: ObjectClient,
  owner: KubeObject,
  hash: string,
  isWanted: (pod: KubeObject) => boolean,
): void {
  const label = `${owner.metadata.name}-${hash}`;
  for (const pod of podsOf(objects, owner)) {
    if (!isWanted(pod) || pod.metadata.labels?.[revisionLabel] !== label) objects.delete(refOf(pod));
  }
}
