/** Structural schemas of custom resources (apiextensions.k8s.io/v1 JSONSchemaProps): how the sandbox reads them. */
import { isObject, objectAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";

/** One node of a schema. It has been checked when its definition was written, so it is a tree of objects. */
export type Schema = JsonObject;

/** What every object has, whatever its schema says. */
export const envelopeFields: readonly string[] = ["apiVersion", "kind", "metadata"];

/** The schema of one field: declared by name, or for any name; undefined where the field is not declared. */
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

/** `spec.hosts` and `[0]`, as field paths are written; a field of the root has no dot. */
export function fieldPath(parent: string, field: string): string {
  return parent === "" ? field : `${parent}.${field}`;
}

/** The type of a value in the words of JSON schema. */
export function typeName(value: Json | undefined): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

const anything: Schema = { "x-kubernetes-preserve-unknown-fields": true };
