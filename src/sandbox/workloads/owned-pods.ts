/** Pods of those who make them: which belong to whom, and a new one from an owner's template. */
import { createHash } from "node:crypto";
import { isObject, objectAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { Change } from "../store/history.ts";
import { isOwnedBy, ownerReference } from "../object/object.ts";
import type { KubeObject, Labels } from "../object/object.ts";
import type { Objects } from "../store/objects.ts";

/** Those that are not on their way out. */
export function podsOf(objects: Objects, owner: KubeObject): readonly KubeObject[] {
  return objects
    .list("v1", "Pod", owner.metadata.namespace)
    .filter((pod) => isOwnedBy(pod, owner) && !pod.metadata.deletionTimestamp);
}

/** The owners of one kind that a change concerns, as `namespace/name`. */
export function ownersTouched({ object }: Change, kind: string): readonly string[] {
  const { namespace = "", name, ownerReferences = [] } = object.metadata;
  if (object.kind === kind) return [`${namespace}/${name}`];
  if (object.kind !== "Pod") return [];
  return ownerReferences.filter((owner) => owner.kind === kind).map((owner) => `${namespace}/${owner.name}`);
}

export type PodOptions = {
  readonly name: string;
  readonly labels?: Labels;
  /** Goes over the template's. */
  readonly spec?: JsonObject;
};

export function podFrom(owner: KubeObject, { name, labels = {}, spec = {} }: PodOptions): KubeObject {
  const template = objectAt(owner, "spec.template");
  const metadata = {
    name,
    generateName: `${owner.metadata.name}-`,
    ...(owner.metadata.namespace === undefined ? {} : { namespace: owner.metadata.namespace }),
    labels: { ...objectAt(template, "metadata.labels"), ...labels } as Labels,
    annotations: objectAt(template, "metadata.annotations") as Labels,
    ownerReferences: [ownerReference(owner)],
  };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { ...objectAt(template, "spec"), ...spec } };
}

/** The same for the same template, whatever the order of its fields. */
export function templateHash(template: JsonObject): string {
  const sorted = (_key: string, value: Json): Json =>
    isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  return createHash("sha256").update(JSON.stringify(template, sorted)).digest("hex").slice(0, 10);
}
