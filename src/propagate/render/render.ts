/**
 * From a federated object to what is applied in one cluster, in this order:
 *
 *     template ──> identity ──> overrides ──> what cannot be applied, left out ──> retention ──> labels
 *
 * Fields that are left out belong to the member. So most of what KubeFed copied back from each member is simply not sent:
 *
 *   kind           | left out
 *   any            | status, metadata except labels, null values
 *   Secret         | stringData becomes data: a key that goes away would stay otherwise
 *   ServiceAccount | an empty list of secrets: old API servers fill it
 *   any            | spec.replicas of a copy that exists, with retainReplicas; an override wins
 */
import { canonicalJson, isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { createHash } from "node:crypto";
import { APPLIED, MANAGED, OWNER } from "../federated/labels.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { isOverridden, override, overridesFor, type Overridden } from "../overrides/override.ts";
import type { PlaceableCluster } from "../placement/placement.ts";

/** What copies are instances of. */
export type TargetType = {
  /** "apps/v1", or "v1" for the core group. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
};

export type Rendered =
  | { readonly body: JsonRecord; /** 16 hex digits; equal for equal content. */ readonly hash: string }
  | { readonly problem: string };

type RenderOptions = {
  readonly object: FederatedObject;
  readonly target: TargetType;
  readonly cluster: PlaceableCluster;
  /** Value of the owner label: at most 63 characters. */
  readonly owner: string;
  /** The copy exists, so that fields which the member decides are not sent. */
  readonly isUpdate: boolean;
};

/** What members without overrides of their own get, by object. Objects are values: a change makes another one. */
const shared = new WeakMap<FederatedObject, Map<string, Rendered>>();

/**
 * Pure; the template is not changed. The hash leaves retained fields out, so that it stays when the copy is created. Equal bodies
 * may be one value.
 */
export function render(options: RenderOptions): Rendered {
  const { object, target, cluster, owner, isUpdate } = options;
  if (overridesFor(object.overrides, cluster).length > 0) return renderedFor(options);
  const ofObject = shared.get(object) ?? new Map<string, Rendered>();
  shared.set(object, ofObject);
  const key = `${target.apiVersion} ${target.kind} ${target.isNamespaced} ${isUpdate} ${owner}`;
  const rendered = ofObject.get(key) ?? renderedFor(options);
  ofObject.set(key, rendered);
  return rendered;
}

function renderedFor(options: RenderOptions): Rendered {
  const { object, owner, isUpdate } = options;
  const settled = contentOf(options, object.retainReplicas);
  if ("problem" in settled) return settled;
  const hash = createHash("sha256").update(canonicalJson(settled.object)).digest("hex").slice(0, 16);
  const sent = isUpdate || !object.retainReplicas ? settled : contentOf(options, false);
  if ("problem" in sent) return sent;
  return { body: labelled(sent.object, { [MANAGED]: "true", [OWNER]: owner, [APPLIED]: hash }), hash };
}

function contentOf({ object, target, cluster }: RenderOptions, retainsReplicas: boolean): Overridden {
  const { metadata, spec, status: _, ...content } = object.template;
  const base: JsonRecord = {
    ...content,
    ...(spec !== undefined && { spec }),
    apiVersion: target.apiVersion,
    kind: target.kind,
    metadata: {
      name: object.name,
      ...(target.isNamespaced && object.namespace !== null && { namespace: object.namespace }),
      labels: labelsOf(metadata),
    },
  };
  const result = override(withoutNulls(base) as JsonRecord, object.overrides, cluster);
  if ("problem" in result) return result;
  const body = applicable(withoutNulls(result.object) as JsonRecord);
  const isRetained = retainsReplicas && !isOverridden("/spec/replicas", object.overrides, cluster);
  return { object: isRetained ? withoutReplicas(body) : body };
}

/** By kind: what server-side apply cannot express. */
function applicable(body: JsonRecord): JsonRecord {
  if (body["kind"] === "Secret" && isJsonRecord(body["stringData"])) {
    const { stringData, data, ...rest } = body;
    const encoded = Object.entries(stringData).map(([key, value]) => [
      key,
      Buffer.from(String(value)).toString("base64"),
    ]);
    return { ...rest, data: { ...(isJsonRecord(data) && data), ...Object.fromEntries(encoded) } };
  }
  if (body["kind"] === "ServiceAccount" && Array.isArray(body["secrets"]) && body["secrets"].length === 0) {
    const { secrets: _, ...rest } = body;
    return rest;
  }
  return body;
}

function withoutReplicas(body: JsonRecord): JsonRecord {
  if (!isJsonRecord(body["spec"])) return body;
  const { replicas: _, ...spec } = body["spec"];
  return { ...body, spec };
}

/** Built-in kinds would own a null field and set its default; custom resources refuse it. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return (value as readonly unknown[]).map(withoutNulls);
  if (!isJsonRecord(value)) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(entries.map(([key, one]) => [key, withoutNulls(one)]));
}

function labelsOf(metadata: unknown): JsonRecord {
  const labels = isJsonRecord(metadata) ? metadata["labels"] : undefined;
  return isJsonRecord(labels) ? labels : {};
}

function labelled(body: JsonRecord, labels: JsonRecord): JsonRecord {
  const metadata = isJsonRecord(body["metadata"]) ? body["metadata"] : {};
  return { ...body, metadata: { ...metadata, labels: { ...labelsOf(metadata), ...labels } } };
}
