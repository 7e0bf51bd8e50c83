/** Admission: server-owned metadata, generation, defaults and validation of an object that a client sent. */
import { isDeepStrictEqual } from "node:util";
import { keyCauses, labelCauses, nameCauses } from "../object/name.ts";
import { isObject, objectAt, without } from "../object/json.ts";
import { timestamp, withMetadata } from "../object/object.ts";
import type { KubeObject, StringMap } from "../object/object.ts";
import type { Allocator, ApiResource } from "./resource.ts";
import { statusDetailsOf } from "./resource.ts";
import {
  badRequest,
  conflict,
  forbiddenField,
  invalid,
  invalidValue,
  required,
  optimisticLockMessage,
  tooLong,
} from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";

export type Admission = {
  readonly allocator: Allocator;
  readonly wallMs: number;
  readonly random: () => number;
};
export type Subresource = "" | "status";

/** The letters of generated names: no vowels, and no characters that are easily confused. */
const suffixLetters = "bcdfghjklmnpqrstvwxz2456789";

export function randomSuffix(random: () => number, length: number): string {
  const letter = (): string => suffixLetters.charAt(Math.floor(random() * suffixLetters.length));
  return Array.from({ length }, letter).join("");
}

/** A version 4 UUID from `random`, so that a seeded sandbox is reproducible. */
function randomUid(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  digits[12] = "4";
  digits[16] = "89ab".charAt(Math.floor(random() * 4));
  return digits.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export function admitCreate(resource: ApiResource, sent: KubeObject, admission: Admission): KubeObject {
  const { name, generateName, resourceVersion } = sent.metadata;
  if (resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
  const generated = generateName ? `${generateName.slice(0, 58)}${randomSuffix(admission.random, 5)}` : "";
  const named = withMetadata(sent, {
    name: name || generated,
    uid: randomUid(admission.random),
    creationTimestamp: timestamp(admission.wallMs),
    generation: resource.hasGeneration ? 1 : undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    managedFields: undefined,
    resourceVersion: undefined,
    selfLink: undefined,
  });
  const bare = resource.hasStatus ? without(named, "status") : named;
  const completed = resource.applyDefaults?.(bare, undefined, admission.allocator) ?? bare;
  check(resource, admission, completed, undefined);
  return completed;
}

type SentUpdate = {
  readonly object: KubeObject;
  readonly subresource: Subresource;
  /** A patch of an object with another uid is invalid, while a PUT of one is a conflict. */
  readonly isPatch: boolean;
};

export function admitUpdate(
  resource: ApiResource,
  sent: SentUpdate,
  previous: KubeObject,
  admission: Admission,
): KubeObject {
  const { object, subresource } = sent;
  checkPreconditions(resource, sent, previous);
  checkFixed(resource, object, previous);
  if (subresource === "status") return admitStatus(resource, object, previous, admission);
  const { status } = previous;
  const merged = withMetadata(resource.hasStatus ? without(object, "status") : object, {
    uid: previous.metadata.uid,
    generateName: previous.metadata.generateName,
    creationTimestamp: previous.metadata.creationTimestamp,
    deletionTimestamp: previous.metadata.deletionTimestamp,
    deletionGracePeriodSeconds: previous.metadata["deletionGracePeriodSeconds"],
    generation: previous.metadata.generation,
    resourceVersion: previous.metadata.resourceVersion,
    managedFields: previous.metadata["managedFields"],
    selfLink: undefined,
  });
  const kept = resource.hasStatus && status !== undefined ? { ...merged, status } : merged;
  const completed = resource.applyDefaults?.(kept, previous, admission.allocator) ?? kept;
  check(resource, admission, completed, previous);
  if (!resource.hasGeneration || isDeepStrictEqual(desired(completed, resource), desired(previous, resource)))
    return completed;
  return withMetadata(completed, { generation: (previous.metadata.generation ?? 0) + 1 });
}

function admitStatus(
  resource: ApiResource,
  object: KubeObject,
  previous: KubeObject,
  admission: Admission,
): KubeObject {
  // As in real servers, the status of a Deployment can be written together with its annotations.
  const { annotations } = object.metadata;
  const base = resource.countsAnnotations ? withMetadata(previous, { annotations }) : previous;
  const next = { ...base, status: objectAt(object, "status") };
  if (!resource.schema) return next;
  const completed = resource.applyDefaults?.(next, previous, admission.allocator) ?? next;
  check(resource, admission, completed, previous);
  return completed;
}

/** The part that the generation counts: without metadata, and without a status that is a subresource. */
function desired(object: KubeObject, { schema, hasStatus, countsAnnotations }: ApiResource): unknown {
  const rest = without(object, "metadata");
  const counted = schema && !hasStatus ? rest : without(rest, "status");
  return countsAnnotations ? { ...counted, annotations: object.metadata.annotations ?? {} } : counted;
}

function checkPreconditions(resource: ApiResource, sent: SentUpdate, previous: KubeObject): void {
  const { name, namespace } = previous.metadata;
  const subject = statusDetailsOf(resource, name);
  const { resourceVersion, uid } = sent.object.metadata;
  if (uid && uid !== previous.metadata.uid) {
    if (sent.isPatch) throw invalidUid(resource, name, uid);
    const key = ["/registry", resource.plural, ...(namespace === undefined ? [] : [namespace]), name].join(
      "/",
    );
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${previous.metadata.uid ?? ""}`;
    throw conflict(
      subject,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
    );
  }
  if (resourceVersion && resourceVersion !== "0") {
    if (resourceVersion !== previous.metadata.resourceVersion) throw conflict(subject, optimisticLockMessage);
  } else if (!resource.allowsUnconditionalUpdate) {
    const cause = { ...invalidValue("metadata.resourceVersion", 0, "must be specified for an update") };
    throw invalid({ group: resource.group, kind: resource.kind, name: previous.metadata.name }, [cause]);
  }
}

function invalidUid({ group, kind }: ApiResource, name: string, uid: string): Error {
  return invalid({ group, kind, name }, [invalidValue("metadata.uid", uid, "field is immutable")]);
}

/** Clients cannot change creation and deletion times, but may omit them. */
function checkFixed(resource: ApiResource, object: KubeObject, previous: KubeObject): void {
  const fields = ["creationTimestamp", "deletionTimestamp"] as const;
  const causes = fields.flatMap((field) => {
    const sent = object.metadata[field];
    const isKept = sent === undefined || sent === null || sent === previous.metadata[field];
    return isKept ? [] : [invalidValue(`metadata.${field}`, sent, "field is immutable")];
  });
  if (causes.length > 0)
    throw invalid({ group: resource.group, kind: resource.kind, name: previous.metadata.name }, causes);
}

const ANNOTATIONS_LIMIT_BYTES: number = 256 * 1024;

function annotationCauses(annotations: StringMap): readonly StatusCause[] {
  const field = "metadata.annotations";
  const entries = Object.entries(annotations);
  const causes = entries.flatMap(([key]) => keyCauses(key.toLowerCase(), field));
  const sizeBytes = entries.reduce((sum, [key, value]) => sum + key.length + Buffer.byteLength(value), 0);
  return sizeBytes > ANNOTATIONS_LIMIT_BYTES ? [...causes, tooLong(field, ANNOTATIONS_LIMIT_BYTES)] : causes;
}

function check(
  resource: ApiResource,
  { allocator }: Admission,
  object: KubeObject,
  previous: KubeObject | undefined,
): void {
  const { name, labels, annotations, finalizers } = object.metadata;
  const causes: StatusCause[] = [];
  if (!name) causes.push(required("metadata.name", "name or generateName is required"));
  else if (!previous) causes.push(...nameCauses(name, resource.nameRule));
  if (isObject(labels)) causes.push(...labelCauses(labels));
  causes.push(...annotationCauses(annotations ?? {}));
  const added = finalizers?.filter((finalizer) => !previous?.metadata.finalizers?.includes(finalizer)) ?? [];
  if (previous?.metadata.deletionTimestamp && added.length > 0) {
    const found = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(", ")}}`;
    const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`;
    causes.push(forbiddenField("metadata.finalizers", why));
  }
  causes.push(...(resource.validate?.(object, previous, allocator) ?? []));
  if (causes.length > 0)
    throw invalid({ group: resource.group, kind: resource.kind, name: name ?? "" }, causes);
}
