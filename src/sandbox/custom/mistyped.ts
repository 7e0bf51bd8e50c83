/** Values of a wrong type in custom resources, as server-side apply reports them. */
import { isObject, textAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { scalarFault } from "../types/mistyped.ts";
import type { MistypedField } from "../types/mistyped.ts";
import { envelopeFields, fieldPath, isIntOrString, schemaOfField, schemaOfItems } from "./schema.ts";
import type { Schema } from "./schema.ts";

/** The envelope is left out: its types are those of every kind. */
export function mistypedCustom(object: JsonObject, schema: Schema): readonly MistypedField[] {
  const own = Object.entries(object).filter(([field]) => !envelopeFields.includes(field));
  return inFields(Object.fromEntries(own), schema, "");
}

function inFields(object: JsonObject, schema: Schema, path: string): readonly MistypedField[] {
  return Object.entries(object).flatMap(([field, value]) => {
    const own = schemaOfField(schema, field);
    return own && value !== undefined ? inValue(value, own, fieldPath(path, field)) : [];
  });
}

function inValue(value: Json, schema: Schema, path: string): readonly MistypedField[] {
  if (value === null || isIntOrString(schema)) return [];
  const type = textAt(schema, "type");
  if (type === "object" && isObject(value)) return inFields(value, schema, path);
  if (type === "array" && Array.isArray(value)) {
    const items = schemaOfItems(schema);
    if (!items) return [];
    return (value as readonly Json[]).flatMap((item, index) => inValue(item, items, `${path}[${index}]`));
  }
  if (type === "array" || type === "object")
    return [{ path, why: `expected ${type === "array" ? "list" : "map"}, got ${JSON.stringify(value)}` }];
  const numeric = type === "integer" || type === "number";
  const scalar = numeric ? "numeric" : type === "string" || type === "boolean" ? type : "any";
  const why = scalarFault(value, scalar);
  return why === undefined ? [] : [{ path, why }];
}
