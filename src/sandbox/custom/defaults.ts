/** Applies the defaults of a schema to fields that are absent, or null where null is not allowed. */
import { isObject, objectAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { isEmbedded, schemaOfField, schemaOfItems } from "./schema.ts";
import type { Schema } from "./schema.ts";

export function withDefaults(object: JsonObject, schema: Schema): JsonObject {
  const filled = new Map(Object.entries(object));
  for (const [field, value] of filled) {
    const own = schemaOfField(schema, field);
    // A null in a field that is not nullable counts as absent, so that the default applies.
    if (value === null && own && own["nullable"] !== true && "type" in own) filled.delete(field);
  }
  for (const [field, own] of Object.entries(objectAt(schema, "properties"))) {
    if (isObject(own) && own["default"] !== undefined && !filled.has(field))
      filled.set(field, own["default"]);
  }
  for (const [field, value] of filled) {
    const own = schemaOfField(schema, field);
    if (own && field !== "metadata") filled.set(field, defaulted(value, own));
  }
  return Object.fromEntries(filled);
}

function defaulted(value: Json | undefined, schema: Schema): Json | undefined {
  if (isObject(value)) return isEmbedded(schema) ? value : withDefaults(value, schema);
  if (!Array.isArray(value)) return value;
  const items = schemaOfItems(schema);
  return items ? value.map((item) => defaulted(item, items) ?? null) : value;
}
