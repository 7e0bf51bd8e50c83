/** Server-side apply: merges a manager's configuration into an object without overwriting the fields of other managers. */
import { isObject, without } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { timestamp } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { ApiError } from "../object/status.ts";
import { branch, difference, intersection, isEmpty, emptySet, leaf, pathsOf, union } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { compare, fieldsOf, removeFields } from "./fields.ts";
import type { Comparison } from "./fields.ts";
import { isSameManager, managedFieldsOf, managedPart } from "./ownership.ts";
import type { ManagedFieldsEntry, ManagerIdentifier, MergeableResource } from "./ownership.ts";
import { applyMerge } from "./merge.ts";
import { byCode } from "./shape.ts";

/** Another version of the resource, and the conversion to it. */
export type OtherVersion = {
  readonly resource: MergeableResource;
  readonly convert: (object: JsonObject) => JsonObject;
};

type ApplyRequest = {
  readonly resource: MergeableResource;
  readonly author: ManagerIdentifier;
  /** The object as it was sent. */
  readonly config: JsonObject;
  readonly live: KubeObject | undefined;
  /** Takes over the fields of other managers instead of failing with a conflict. */
  readonly isForced: boolean;
  readonly wallMs: number;
  /** The version that an entry of `managedFields` names; undefined where it is no longer served. */
  readonly versionOf?: (apiVersion: string) => OtherVersion | undefined;
};

export type ApplyResult = { readonly object: JsonObject; readonly owners: readonly ManagedFieldsEntry[] };

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Throws 409 with a cause per conflicting field. The configuration must have passed `checkTyped`. */
export function applyConfig(request: ApplyRequest): ApplyResult {
  const { resource, author, live, config, isForced, wallMs } = request;
  const { shape } = resource;
  const wanted = managedPart(config, resource, author.subresource);
  const present: JsonObject = live ?? {};
  const merged = applyMerge(present, author.subresource === "status" ? wanted : config, shape);
  const fields = fieldsOf(wanted, shape);
  const before = ownersBefore(request);
  const own = before.find((one) => isSameManager(one, author));
  const others = before.filter((one) => one !== own);
  const owned = others.reduce<FieldSet>((all, one) => union(all, one.fields), union(fields, nameField));
  const object = removeFields(merged, difference(own?.fields ?? emptySet, owned), owned, shape);
  const changes = others.map((owner) => ({ owner, ...changesFor(owner, request, object) }));
  const conflicts = changes
    .map(({ owner, changed }) => ({ owner, set: intersection(owner.fields, changed) }))
    .filter(({ set }) => !isEmpty(set));
  // The order in which real servers report them.
  conflicts.sort((a, b) => byCode(nameOf(a.owner), nameOf(b.owner)));
  const isOurs = isForced || conflicts.every(({ set }) => isEmpty(difference(set, appliedByClient(request))));
  if (conflicts.length > 0 && !isOurs) throw conflictError(conflicts);
  const kept = changes.map(({ owner, changed, removed }) => ({
    ...owner,
    fields: difference(owner.fields, union(changed, removed)),
  }));
  const { changed, removed } = changesFor(author, request, object);
  const isSame = isEmpty(changed) && isEmpty(removed);
  // An apply that changes no content leaves the time of its entry, and a new entry then has none.
  const time = isSame ? (own?.time ?? "") : timestamp(wallMs);
  return {
    object: withLastApplied(object, request),
    owners: [...kept, { ...author, time, fields }],
  };
}

/** The name is in every configuration, so `metadata` is never removed. */
const nameField: FieldSet = branch([["f:metadata", branch([["f:name", leaf]])]]);

function ownersBefore({ live, resource, wallMs }: ApplyRequest): readonly ManagedFieldsEntry[] {
  if (!live) return [];
  return managedFieldsOf(live) ?? [beforeFirstApply(live, resource, wallMs)];
}

/** What the apply changes, in the version that the owner of an entry wrote. */
function changesFor(
  owner: ManagerIdentifier,
  { resource, live, author, versionOf }: ApplyRequest,
  object: JsonObject,
): Comparison {
  const other = owner.apiVersion === author.apiVersion ? undefined : versionOf?.(owner.apiVersion);
  const seen = other?.resource ?? resource;
  const part = (whole: JsonObject): JsonObject =>
    managedPart(other ? other.convert(whole) : whole, seen, author.subresource);
  return compare(live ? part(live) : {}, part(object), seen.shape);
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
  return { ...author, time: timestamp(wallMs), fields };
}

type Conflict = { readonly owner: ManagedFieldsEntry; readonly set: FieldSet };

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
