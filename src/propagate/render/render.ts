/**
 * From a federated object to what is applied in one cluster, in this order:
 *
 *     template ──> identity ──> overrides ──> numbers of spec, if any are allotted ──> applicable ──> lists made unique
 *     ──> retained fields left out ──> labels
 *
 * Of the template's metadata only labels are sent, of plain objects annotations as well, and its status never. Fields that are not sent belong to the member.
 */
import { canonicalJson, isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { createHash } from "node:crypto";
import type { SpecNumbers } from "../federated/allotment.ts";
import { allottedReplicas, leavesReplicas } from "../federated/allotted.ts";
import { APPLIED, MANAGED, OWNER } from "../federated/labels.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { isOverridden, override, overridesFor } from "../overrides/override.ts";
import type { PlaceableCluster } from "../placement/placement.ts";
import { applicable, withoutNulls } from "./applicable.ts";
import { withoutRetained } from "./retained.ts";
import { withUniqueLists } from "./unique-lists.ts";

/** What copies are instances of. */
export type TargetType = {
  /** "apps/v1", or "v1" for the core group. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
};

export type Rendered =
  | {
      readonly body: JsonRecord;
      /** 16 hex digits; equal for equal content. */
      readonly hash: string;
      /** What the copy has otherwise than the template, one clause each. */
      readonly notes: readonly string[];
    }
  | { readonly status: "ApplyOverridesFailed" | "ComputeResourceFailed"; readonly problem: string };

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
  if (object.allotment !== null || overridesFor(object.overrides, cluster).length > 0)
    return renderedFor(options);
  const ofObject = shared.get(object) ?? new Map<string, Rendered>();
  shared.set(object, ofObject);
  const key = `${target.apiVersion} ${target.kind} ${target.isNamespaced} ${isUpdate} ${owner}`;
  const rendered = ofObject.get(key) ?? renderedFor(options);
  ofObject.set(key, rendered);
  return rendered;
}

function renderedFor({ object, target, cluster, owner, isUpdate }: RenderOptions): Rendered {
  const overridden = override(withoutNulls(baseOf(object, target)) as JsonRecord, object.overrides, cluster);
  if ("problem" in overridden) return { status: "ApplyOverridesFailed", problem: overridden.problem };
  const replicas = allottedReplicas(object, cluster.name);
  const counted = withNumbers(overridden.object, {
    ...object.allotment?.spec?.get(cluster.name),
    ...(replicas !== null && { replicas }),
  });
  // An override is no answer to an autoscaler, which would set its own number again.
  const isAutoscaled = (pointer: string): boolean =>
    pointer === "/spec/replicas" && object.allotment?.autoscaled.has(cluster.name) === true;
  const unique = withUniqueLists(applicable(withoutNulls(counted) as JsonRecord));
  if ("problem" in unique) return { status: "ComputeResourceFailed", problem: unique.problem };
  const retained = withoutRetained(unique.body, {
    retainReplicas: leavesReplicas(object, cluster.name),
    isOverridden: (pointer) => !isAutoscaled(pointer) && isOverridden(pointer, object.overrides, cluster),
  });
  const hash = hashOf(retained.body, target);
  const content = isUpdate ? retained.body : unique.body;
  return {
    body: labelled(content, { [MANAGED]: "true", [OWNER]: owner, [APPLIED]: hash }),
    hash,
    notes: [...unique.notes, ...notesOn(retained.fields)],
  };
}

function withNumbers(body: JsonRecord, numbers: SpecNumbers): JsonRecord {
  if (Object.keys(numbers).length === 0) return body;
  const { spec } = body;
  return { ...body, spec: { ...(isJsonRecord(spec) && spec), ...numbers } };
}

function baseOf(object: FederatedObject, target: TargetType): JsonRecord {
  const { metadata, status: _, ...content } = object.template;
  return {
    ...content,
    apiVersion: target.apiVersion,
    kind: target.kind,
    metadata: {
      name: object.name,
      ...(target.isNamespaced && object.namespace !== null && { namespace: object.namespace }),
      labels: recordAt(metadata, "labels"),
      ...(object.isPlain && { annotations: recordAt(metadata, "annotations") }),
    },
  };
}

/** Versions that a member serves come and go without a change of the content. One that an override sets is content. */
function hashOf({ apiVersion, ...content }: JsonRecord, target: TargetType): string {
  const hashed = apiVersion === target.apiVersion ? content : { ...content, apiVersion };
  return createHash("sha256").update(canonicalJson(hashed)).digest("hex").slice(0, 16);
}

/** Who sets retainReplicas knows what it does. Of the others nothing is said anywhere else. */
function notesOn(retained: readonly string[]): readonly string[] {
  const own = retained.filter((field) => field !== "spec.replicas");
  return own.length === 0
    ? []
    : [`the cluster keeps its own ${own.join(" and ")}: only an override sets them`];
}

function recordAt(value: unknown, key: string): JsonRecord {
  const inner = isJsonRecord(value) ? value[key] : undefined;
  return isJsonRecord(inner) ? inner : {};
}

function labelled(body: JsonRecord, labels: JsonRecord): JsonRecord {
  const metadata = isJsonRecord(body["metadata"]) ? body["metadata"] : {};
  return { ...body, metadata: { ...metadata, labels: { ...recordAt(metadata, "labels"), ...labels } } };
}
