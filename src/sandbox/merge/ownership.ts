/** Field ownership: `metadata.managedFields`, read, written, and updated with every write. */
import { isObject, textAt, without } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { timestamp } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { decodeFields, difference, emptySet, encodeFields, isEmpty, union } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { compare } from "./fields.ts";
import { byCode } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** The part of a resource that merging depends on. */
export type MergeableResource = {
  /** "" is the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly hasStatus: boolean;
  /** Annotations can be written together with the status: those of Deployments alone. */
  readonly countsAnnotations?: boolean;
  readonly shape: Shape;
};

type ManagerOperation = "Apply" | "Update";

/** Identifies the writer of fields. */
export type ManagerIdentifier = {
  readonly manager: string;
  readonly operation: ManagerOperation;
  readonly apiVersion: string;
  /** "" for the object itself. */
  readonly subresource: string;
};

/** `time` is "" for an apply that changed no content. */
export type ManagedFieldsEntry = ManagerIdentifier & { readonly time: string; readonly fields: FieldSet };

/** Metadata that the server sets and no manager owns. */
const serverMetadata = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "name",
  "namespace",
  "resourceVersion",
  "selfLink",
  "uid",
];

/** The part of an object that a write to it, or to its status, can own. */
export function managedPart(
  object: JsonObject,
  resource: MergeableResource,
  subresource: string,
): JsonObject {
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  if (subresource === "status") {
    const { annotations } = metadata;
    const isWritten = resource.countsAnnotations === true && annotations !== undefined;
    return {
      ...(isWritten && { metadata: { annotations } }),
      ...("status" in object && { status: object["status"] }),
    };
  }
  const kept = Object.entries(metadata).filter(([field]) => !serverMetadata.includes(field));
  const rest = without(without(without(object, "apiVersion"), "kind"), "metadata");
  const own = resource.hasStatus ? without(rest, "status") : rest;
  return kept.length > 0 ? { metadata: Object.fromEntries(kept), ...own } : own;
}

/** Undefined for an object without tracked fields: created within the process, or reset by a client. */
export function managedFieldsOf(object: KubeObject | undefined): readonly ManagedFieldsEntry[] | undefined {
  const entries = object?.metadata["managedFields"];
  if (!Array.isArray(entries) || entries.length === 0) return undefined;
  const known = (entries as readonly Json[]).filter(
    (entry) => isObject(entry) && textAt(entry, "manager") !== "",
  );
  return known.length === 0 ? undefined : known.map(readEntry);
}

function readEntry(entry: Json): ManagedFieldsEntry {
  return {
    manager: textAt(entry, "manager"),
    operation: textAt(entry, "operation") === "Apply" ? "Apply" : "Update",
    apiVersion: textAt(entry, "apiVersion"),
    subresource: textAt(entry, "subresource"),
    time: textAt(entry, "time"),
    fields: decodeFields(isObject(entry) ? entry["fieldsV1"] : undefined),
  };
}

/** Entries without fields are dropped. Applies come before updates; then sorted by time and name. */
export function writeManagedFields(owners: readonly ManagedFieldsEntry[]): readonly JsonObject[] {
  const rank = (one: ManagedFieldsEntry): string =>
    [one.operation, one.time, one.manager, one.apiVersion, one.subresource].join(" ");
  const kept = withinBound(owners.filter(({ fields }) => !isEmpty(fields)));
  const sorted = kept.toSorted((a, b) => byCode(rank(a), rank(b)));
  return sorted.map(({ manager, operation, apiVersion, time, fields, subresource }) => ({
    manager,
    operation,
    apiVersion,
    ...(time !== "" && { time }),
    fieldsType: "FieldsV1",
    fieldsV1: encodeFields(fields),
    ...(subresource !== "" && { subresource }),
  }));
}

const UPDATERS_MAX = 10;
const OLD_UPDATERS = "ancient-changes";

/** The oldest updates of one API version are merged into one entry while there are more than ten. */
function withinBound(owners: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] {
  const updates = owners.filter(({ operation }) => operation === "Update");
  const oldest = updates.toSorted((a, b) => byCode(a.time + a.manager, b.time + b.manager));
  const buckets = new Map<string, ManagedFieldsEntry>();
  const merged = new Set<ManagedFieldsEntry>();
  let count = updates.length;
  for (const one of oldest) {
    if (count <= UPDATERS_MAX) break;
    const bucket = buckets.get(one.apiVersion);
    if (!bucket) {
      buckets.set(one.apiVersion, one);
      continue;
    }
    merged.add(one);
    if (!merged.has(bucket)) merged.add(bucket);
    const fields = union(bucket.fields, one.fields);
    buckets.set(one.apiVersion, { ...one, manager: OLD_UPDATERS, subresource: "", fields });
    count -= 1;
  }
  if (merged.size === 0) return owners;
  const full = [...buckets.values()].filter(({ manager }) => manager === OLD_UPDATERS);
  return [...owners.filter((one) => !merged.has(one) && !full.includes(one)), ...full];
}

/** For applies, the version does not matter. */
export function isSameManager(a: ManagerIdentifier, b: ManagerIdentifier): boolean {
  const names = ["manager", "operation", "subresource"] as const;
  return (
    names.every((name) => a[name] === b[name]) && (a.operation === "Apply" || a.apiVersion === b.apiVersion)
  );
}

type ObjectUpdate = {
  readonly resource: MergeableResource;
  readonly author: ManagerIdentifier;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject;
  readonly owners: readonly ManagedFieldsEntry[];
  readonly wallMs: number;
};

/** After an update: the author alone owns what it changed, and removed fields have no owner. */
export function managedFieldsAfter({
  resource,
  author,
  before,
  after,
  owners,
  wallMs,
}: ObjectUpdate): readonly JsonObject[] {
  const view = (object: JsonObject): JsonObject =>
    managedPart(object, resource, author.subresource === "status" ? "status" : "");
  const { changed, removed } = compare(before ? view(before) : {}, view(after), resource.shape);
  if (isEmpty(changed) && isEmpty(removed)) return writeManagedFields(owners);
  const lost = union(changed, removed);
  const left = owners.map((one) => ({ ...one, fields: difference(one.fields, lost) }));
  if (isEmpty(changed)) return writeManagedFields(left);
  const own = left.find((one) => isSameManager(one, author));
  const fields = union(own?.fields ?? emptySet, changed);
  return writeManagedFields([
    ...left.filter((one) => one !== own),
    { ...author, time: timestamp(wallMs), fields },
  ]);
}
