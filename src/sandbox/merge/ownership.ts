/** Who manages which fields: `metadata.managedFields`, read, written, and kept up with every write. */
import { isDeepStrictEqual } from "node:util";
import { isObject, textAt, without } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { timestamp } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import type { Resource } from "../store/resource.ts";
import { decodeFields, difference, encodeFields, isEmpty, union } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { compare } from "./fields.ts";
import { byCode } from "./shape.ts";

export type Operation = "Apply" | "Update";

/** Who writes. */
export type Author = {
  readonly manager: string;
  readonly operation: Operation;
  readonly apiVersion: string;
  /** "" for the object itself. */
  readonly subresource: string;
};

export type Owner = Author & { readonly time: string; readonly fields: FieldSet };

/** Metadata that is the server's, not anybody's to manage. */
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
export function ownable(object: JsonObject, resource: Resource, subresource: string): JsonObject {
  if (subresource === "status") return "status" in object ? { status: object["status"] } : {};
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  const kept = Object.entries(metadata).filter(([field]) => !serverMetadata.includes(field));
  const rest = without(without(without(object, "apiVersion"), "kind"), "metadata");
  const own = resource.hasStatus ? without(rest, "status") : rest;
  return kept.length > 0 ? { metadata: Object.fromEntries(kept), ...own } : own;
}

/** Undefined for an object whose fields nobody tracks: one that was made inside the process, or was reset. */
export function ownersOf(object: KubeObject | undefined): readonly Owner[] | undefined {
  const entries = object?.metadata["managedFields"];
  if (!Array.isArray(entries) || entries.length === 0) return undefined;
  const known = (entries as readonly Json[]).filter(
    (entry) => isObject(entry) && textAt(entry, "manager") !== "",
  );
  return known.length === 0 ? undefined : known.map(readOwner);
}

function readOwner(entry: Json): Owner {
  return {
    manager: textAt(entry, "manager"),
    operation: textAt(entry, "operation") === "Apply" ? "Apply" : "Update",
    apiVersion: textAt(entry, "apiVersion"),
    subresource: textAt(entry, "subresource"),
    time: textAt(entry, "time"),
    fields: decodeFields(isObject(entry) ? entry["fieldsV1"] : undefined),
  };
}

/** Those who own nothing any more are left out. Applies come before updates, then by time and name. */
export function writeOwners(owners: readonly Owner[]): readonly JsonObject[] {
  const rank = ({ operation, time, manager }: Owner): string => `${operation} ${time} ${manager}`;
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

/** Who applies is the same in every version. */
export function isSameAuthor(a: Author, b: Author): boolean {
  const names = ["manager", "operation", "subresource"] as const;
  return (
    names.every((name) => a[name] === b[name]) && (a.operation === "Apply" || a.apiVersion === b.apiVersion)
  );
}

/** `owners` with the fields of `author` replaced; the time moves where they differ. */
export function withFields(
  owners: readonly Owner[],
  author: Author,
  fields: FieldSet,
  wallMs: number,
): readonly Owner[] {
  const before = owners.find((one) => isSameAuthor(one, author));
  const isSame = before !== undefined && isDeepStrictEqual(encodeFields(before.fields), encodeFields(fields));
  const time = isSame ? before.time : timestamp(wallMs);
  return [...owners.filter((one) => one !== before), { ...author, time, fields }];
}

export type Update = {
  readonly resource: Resource;
  readonly author: Author;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject;
  readonly owners: readonly Owner[];
  readonly wallMs: number;
};

/** After a plain write: the author owns what it changed, and nobody else does; nobody owns what is gone. */
export function trackUpdate({
  resource,
  author,
  before,
  after,
  owners,
  wallMs,
}: Update): readonly JsonObject[] {
  const view = (object: JsonObject): JsonObject =>
    ownable(object, resource, author.subresource === "status" ? "status" : "");
  const { changed, removed } = compare(before ? view(before) : {}, view(after), resource.shape);
  if (isEmpty(changed) && isEmpty(removed)) return writeOwners(owners);
  const lost = union(changed, removed);
  const others = owners.map((one) =>
    isSameAuthor(one, author) ? one : { ...one, fields: difference(one.fields, lost) },
  );
  const own = owners.find((one) => isSameAuthor(one, author));
  const fields = own ? union(difference(own.fields, removed), changed) : changed;
  return writeOwners(withFields(others, author, fields, wallMs));
}
