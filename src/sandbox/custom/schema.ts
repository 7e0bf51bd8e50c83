/** Access to structural schemas of custom resources (apiextensions.k8s.io/v1 JSONSchemaProps). */
import { isObject, objectAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";

/** A node of a schema. It was validated with its definition, so it is a tree of objects. */
export type Schema = JsonObject;

/** The fields of every object, whether or not its schema declares them. */
export const envelopeFields: readonly string[] = ["apiVersion", "kind", "metadata"];

/** The schema of a field, from `properties` or `additionalProperties`; undefined where the field is not declared. */
export function schemaOfField(schema: Schema, field: string): Schema | undefined {
  const properties = objectAt(schema, "properties");
  const own = Object.hasOwn(properties, field) ? properties[field] : schema["additionalProperties"];
  if (own === true) return anything;
  return isObject(own) ? own : undefined;
}

export function schemaOfItems(schema: Schema): Schema | undefined {
  const { items } = schema;
  return isObject(items) ? items : undefined;
}

export function preservesUnknown(schema: Schema): boolean {
  return schema["x-kubernetes-preserve-unknown-fields"] === true;
}

export function isEmbedded(schema: Schema): boolean {
  return schema["x-kubernetes-embedded-resource"] === true;
}

export function isIntOrString(schema: Schema): boolean {
  return schema["x-kubernetes-int-or-string"] === true;
}

/** Joins a field path: `spec.hosts`; a field of the root has no dot. */
export function fieldPath(parent: string, field: string): string {
  return parent === "" ? field : `${parent}.${field}`;
}

/** The type of a value as JSON schema names it. */
export function typeName(value: Json | undefined): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

const anything: Schema = { "x-kubernetes-preserve-unknown-fields": true };
