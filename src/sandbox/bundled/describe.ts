/** Builders for CustomResourceDefinitions: schemas by type, and the definition around them. */
import type { Json, JsonObject } from "../object/json.ts";
import type { Manifest } from "../store/objects.ts";
import { unapprovedReason } from "../custom/definition.ts";
import type { Schema } from "../custom/schema.ts";

export function text(more: JsonObject = {}): Schema {
  return { type: "string", ...more };
}

export function enumOf(choices: readonly string[], fallback?: string): Schema {
  return text({ enum: choices, ...(fallback !== undefined && { default: fallback }) });
}

export function int32(minimum: number, maximum: number, more: JsonObject = {}): Schema {
  return { type: "integer", format: "int32", minimum, maximum, ...more };
}

export function object(properties: JsonObject, required: readonly string[] = []): Schema {
  return { type: "object", properties, ...(required.length > 0 && { required }) };
}

export function mapOf(values: Schema): Schema {
  return { type: "object", additionalProperties: values };
}

/** An object with fields that the sandbox does not check. */
export function open(more: JsonObject = {}): Schema {
  return { type: "object", "x-kubernetes-preserve-unknown-fields": true, ...more };
}

export function listOf(items: Schema, more: JsonObject = {}): Schema {
  return { type: "array", items, ...more };
}

/** A list with keyed entries, so that several managers can own entries of it. */
export function keyedList(keys: readonly string[], items: Schema, more: JsonObject = {}): Schema {
  const keyed = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys };
  return listOf(items, { ...keyed, ...more });
}

export const conditions: Schema = keyedList(
  ["type"],
  object(
    {
      type: text({ maxLength: 316 }),
      status: enumOf(["True", "False", "Unknown"]),
      observedGeneration: { type: "integer", format: "int64", minimum: 0 },
      lastTransitionTime: text({ format: "date-time" }),
      reason: text({ minLength: 1, maxLength: 1024 }),
      message: text({ maxLength: 32_768 }),
    },
    ["type", "status", "lastTransitionTime", "reason", "message"],
  ),
);

type DefinitionVersion = {
  readonly name: string;
  readonly spec: Schema;
  readonly status?: Schema;
  /** Name, type and path of each column beside the object's name. */
  readonly columns?: readonly (readonly [name: string, type: string, jsonPath: string])[];
};

export type DefinitionOptions = {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly isClusterWide?: boolean;
  readonly what: string;
  /** The first version is the storage version. */
  readonly versions: readonly DefinitionVersion[];
};

/** The manifest of a definition. The group belongs to another project; the annotation marks this schema as a shortened one. */
export function definition({ group, kind, plural, what, ...rest }: DefinitionOptions): Manifest {
  const { shortNames = [], categories = [], isClusterWide = false, versions } = rest;
  const names = {
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    shortNames,
    categories,
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      annotations: {
        "api-approved.kubernetes.io": unapprovedReason,
      },
    },
    spec: {
      group,
      names,
      scope: isClusterWide ? "Cluster" : "Namespaced",
      versions: versions.map((version, index) => servedVersion(version, what, index === 0)),
    },
  };
}

function servedVersion(
  { name, spec, status, columns = [] }: DefinitionVersion,
  what: string,
  storage: boolean,
): JsonObject {
  const age: readonly Json[] = [{ name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }];
  const asked = columns.map(([label, type, jsonPath]) => ({ name: label, type, jsonPath }));
  const metadata = { apiVersion: text(), kind: text(), metadata: { type: "object" } };
  const properties = { ...metadata, spec, ...(status && { status }) };
  return {
    name,
    served: true,
    storage,
    additionalPrinterColumns: [...asked, ...age],
    ...(status && { subresources: { status: {} } }),
    schema: { openAPIV3Schema: { ...object(properties, ["spec"]), description: what } },
  };
}
