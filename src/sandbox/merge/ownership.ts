/** Field ownership: `metadata.managedFields`, read, written, and updated with every write. */
import { isDeepStrictEqual } from "node:util";
import { isObject, textAt, without } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { timestamp } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { decodeFields, difference, encodeFields, isEmpty, union } from "./field-set.ts";
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
  if (subresource === "status") return "status" in object ? { status: object["status"] } : {};
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
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
  const rank = ({ operation, time, manager }: ManagedFieldsEntry): string =>
    `${operation} ${time} ${manager}`;
  const kept = owners.filter(({ fields }) => !isEmpty(fields)).toSorted((a, b) => byCode(rank(a), rank(b)));
  return kept.map(({ manager, operation, apiVersion, time, fields, subresource }) => ({
    manager,
    operation,
    apiVersion,
    time,
    fieldsType: "FieldsV1",
    fieldsV1: encodeFields(fields),
    ...(subresource !== "" && { subresource }),
  }));
}

/** For applies, the version does not matter. */
export function isSameManager(a: ManagerIdentifier, b: ManagerIdentifier): boolean {
  const names = ["manager", "operation", "subresource"] as const;
  return (
    names.every((name) => a[name] === b[name]) && (a.operation === "Apply" || a.apiVersion === b.apiVersion)
  );
}

/** `owners` with the fields of `author` replaced; its time changes only where the fields differ. */
export function withFields(
  owners: readonly ManagedFieldsEntry[],
  author: ManagerIdentifier,
  fields: FieldSet,
  wallMs: number,
): readonly ManagedFieldsEntry[] {
  const before = owners.find((one) => isSameManager(one, author));
  const isSame = before !== undefined && isDeepStrictEqual(encodeFields(before.fields), encodeFields(fields));
  const time = isSame ? before.time : timestamp(wallMs);
  return [...owners.filter((one) => one !== before), { ...author, time, fields }];
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
  const others = owners.map((one) =>
    isSameManager(one, author) ? one : { ...one, fields: difference(one.fields, lost) },
  );
  const own = owners.find((one) => isSameManager(one, author));
  const fields = own ? union(difference(own.fields, removed), changed) : changed;
  return writeManagedFields(withFields(others, author, fields, wallMs));
}
