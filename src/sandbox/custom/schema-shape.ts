/** The shape of a custom resource as its schema declares it: list types, their keys, and atomic maps. */
import type { Schema } from "./schema.ts";
import { isObject, objectAt, textAt, textsAt } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import { builtinShape } from "../types/shapes.ts";
import type { Shape } from "../merge/shape.ts";
import { atomic, keyed, plain, set } from "../merge/shape.ts";

/** The shape of metadata is the same for all kinds. */
export function customShape(schema: Schema): Shape {
  const metadata = builtinShape("", "").fields?.["metadata"] ?? plain;
  const shape = shapeOf(schema);
  return { ...shape, fields: { ...shape.fields, metadata } };
}

function shapeOf(schema: Schema): Shape {
  if (textAt(schema, "x-kubernetes-map-type") === "atomic") return atomic;
  if (textAt(schema, "type") === "array") return listShape(schema);
  const declared = Object.entries(objectAt(schema, "properties"));
  const { additionalProperties: values } = schema;
  return {
    fields: Object.fromEntries(declared.map(([field, own]) => [field, isObject(own) ? shapeOf(own) : plain])),
    ...(isObject(values) && { values: shapeOf(values) }),
  };
}

function listShape(schema: Schema): Shape {
  const type = textAt(schema, "x-kubernetes-list-type");
  const items = objectAt(schema, "items");
  if (type === "set") return set;
  const [first, ...more] = textsAt(schema, "x-kubernetes-list-map-keys");
  if (type !== "map" || first === undefined) return plain;
  return keyed([first, ...more], shapeOf(items), defaultsOf(items, [first, ...more]));
}

function defaultsOf(items: Schema, keys: readonly string[]): JsonObject {
  const properties = objectAt(items, "properties");
  const found = keys.map((key) => [key, objectAt(properties, key)["default"]] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}
