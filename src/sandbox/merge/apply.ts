/** Server-side apply: merges a manager's configuration into an object without overwriting the fields of other managers. */
import { isObject, without } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { ApiError } from "../object/status.ts";
import { difference, intersection, isEmpty, emptySet, pathsOf, union } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { compare, fieldsOf, removeFields } from "./fields.ts";
import { isSameManager, managedFieldsOf, managedPart, withFields } from "./ownership.ts";
import type { ManagedFieldsEntry, ManagerIdentifier, MergeableResource } from "./ownership.ts";
import { applyMerge, checkEntries } from "./merge.ts";

type ApplyRequest = {
  readonly resource: MergeableResource;
  readonly author: ManagerIdentifier;
  /** The object as it was sent. */
  readonly config: JsonObject;
  readonly live: KubeObject | undefined;
  /** Takes over the fields of other managers instead of failing with a conflict. */
  readonly isForced: boolean;
  readonly wallMs: number;
};

export type ApplyResult = { readonly object: JsonObject; readonly owners: readonly ManagedFieldsEntry[] };

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Throws 409 with a cause per conflicting field, and 500 for list entries without keys. */
export function applyConfig(request: ApplyRequest): ApplyResult {
  const { resource, author, live, isForced, wallMs } = request;
  const config = withoutNulls(request.config) as JsonObject;
  const { shape } = resource;
  const wanted = managedPart(config, resource, author.subresource);
  checkEntries(wanted, shape, typedObjectName(resource, config));
  const present: JsonObject = live ?? {};
  const merged = applyMerge(present, author.subresource === "status" ? wanted : config, shape);
  const fields = fieldsOf(wanted, shape);
  const before = live ? (managedFieldsOf(live) ?? [beforeFirstApply(live, resource, wallMs)]) : [];
  const { changed } = compare(
    managedPart(present, resource, author.subresource),
    managedPart(merged, resource, author.subresource),
    shape,
  );
  const others = before.filter((one) => !isSameManager(one, author));
  const conflicts = conflictsOf(others, intersection(changed, fields));
  const isOurs = isForced || conflicts.every(({ set }) => isEmpty(difference(set, appliedByClient(request))));
  if (conflicts.length > 0 && !isOurs) throw conflictError(conflicts);
  const kept = others.map((one) => ({
    ...one,
    fields: difference(one.fields, intersection(changed, fields)),
  }));
  const own = before.find((one) => isSameManager(one, author));
  const owned = kept.reduce<FieldSet>((all, one) => union(all, one.fields), fields);
  const withdrawn = difference(own?.fields ?? emptySet, owned);
  const object = removeFields(merged, withdrawn, owned, shape);
  return { object: withLastApplied(object, request), owners: withFields(kept, author, fields, wallMs) };
}

/** A null in YAML is an empty value: the field is not applied. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const present = Object.entries(value).filter(([, part]) => part !== null && part !== undefined);
  return Object.fromEntries(present.map(([field, part]) => [field, withoutNulls(part ?? null)]));
}

/** The fields of an untracked object get an owner before the first apply, as real servers do. */
function beforeFirstApply(live: KubeObject, resource: MergeableResource, wallMs: number): ManagedFieldsEntry {
  const author = {
    manager: "before-first-apply",
    operation: "Update",
    apiVersion: live.apiVersion,
    subresource: "",
  } as const;
  const fields = fieldsOf(managedPart(live, resource, ""), resource.shape);
  return withFields([], author, fields, wallMs)[0] ?? { ...author, time: "", fields };
}

type Conflict = { readonly owner: ManagedFieldsEntry; readonly set: FieldSet };

function conflictsOf(others: readonly ManagedFieldsEntry[], changed: FieldSet): readonly Conflict[] {
  const all = others.map((owner) => ({ owner, set: intersection(owner.fields, changed) }));
  return all.filter(({ set }) => !isEmpty(set));
}

/** `kubectl apply --server-side` may take over the unchanged fields of an earlier client-side `kubectl apply`. */
function appliedByClient({ author, live, resource }: ApplyRequest): FieldSet {
  const text = live?.metadata.annotations?.[lastApplied];
  if (author.manager !== "kubectl" || live === undefined || text === undefined) return emptySet;
  try {
    const config = JSON.parse(text) as Json;
    if (!isObject(config)) return emptySet;
    const own = managedPart(config, resource, "");
    const { changed, removed } = compare(own, managedPart(live, resource, ""), resource.shape);
    return difference(fieldsOf(own, resource.shape), union(changed, removed));
  } catch {
    return emptySet;
  }
}

/** kubectl's annotation for client-side apply is kept up to date where it exists. */
function withLastApplied(object: JsonObject, { author, config, live }: ApplyRequest): JsonObject {
  const annotations = live?.metadata.annotations;
  const metadata = object["metadata"];
  if (author.manager !== "kubectl" || annotations?.[lastApplied] === undefined || !isObject(metadata))
    return object;
  const text = `${JSON.stringify(without(config, "status"))}\n`;
  const kept = isObject(metadata["annotations"]) ? metadata["annotations"] : {};
  return { ...object, metadata: { ...metadata, annotations: { ...kept, [lastApplied]: text } } };
}

function conflictError(conflicts: readonly Conflict[]): ApiError {
  const causes = conflicts.flatMap(({ owner, set }) =>
    pathsOf(set).map((field) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${nameOf(owner)}`,
      field,
    })),
  );
  const [first] = causes;
  const blocks = conflicts.map(({ owner, set }) =>
    [`conflicts with ${nameOf(owner)}:`, ...pathsOf(set).map((path) => `- ${path}`)].join("\n"),
  );
  const message =
    causes.length === 1 && first
      ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
      : `Apply failed with ${causes.length} conflicts: ${blocks.join("\n")}`;
  return new ApiError(409, "Conflict", message, { details: { causes } });
}

function nameOf({ manager, subresource, apiVersion, operation }: ManagedFieldsEntry): string {
  const part = subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(manager)}${part}${operation === "Update" ? ` using ${apiVersion}` : ""}`;
}

/** An object as the messages of the merge name it: `default/web; apps/v1, Kind=Deployment`. */
export function typedObjectName(resource: MergeableResource, config: JsonObject): string {
  const metadata = isObject(config["metadata"]) ? config["metadata"] : {};
  const { namespace, name } = metadata;
  const place = [namespace, name].filter((part) => typeof part === "string").join("/");
  const group = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  return `${place}; ${group}, Kind=${resource.kind}`;
}
