/** Kubernetes objects as the store keeps them: plain JSON that is never modified in place. */
import type { JsonObject } from "./json.ts";

export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
};

export type StringMap = Readonly<Record<string, string>>;

export type Metadata = JsonObject & {
  readonly name: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly JsonObject[];
};

export type KubeObject = JsonObject & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
};

/** The key of an object within its resource: `namespace/name`, or `/name` for cluster-wide ones. Sorts like etcd's keys. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

export function keyOfObject(object: KubeObject): string {
  return keyOf(object.metadata.namespace ?? "", object.metadata.name);
}

/** `object` with some of its metadata replaced; `undefined` removes a field. */
export function withMetadata(object: KubeObject, change: Readonly<Record<string, unknown>>): KubeObject {
  const metadata: Record<string, unknown> = { ...object.metadata, ...change };
  for (const key of Object.keys(metadata)) if (metadata[key] === undefined) delete metadata[key];
  return { ...object, metadata: metadata as Metadata };
}

export function ownerReference(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  const flags = { controller: true, blockOwnerDeletion: true };
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? "", ...flags };
}

export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return object.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid) ?? false;
}

/** RFC 3339 in whole seconds, as `metav1.Time` is written. */
export function timestamp(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19)}Z`;
}
