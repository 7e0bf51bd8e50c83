/** Pruning: drops the fields that a schema does not declare, and reports their paths. */
import { isObject } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { Pruned } from "../types/typed.ts";
import {
  envelopeFields,
  fieldPath,
  isEmbedded,
  preservesUnknown,
  schemaOfField,
  schemaOfItems,
} from "./schema.ts";
import type { Schema } from "./schema.ts";

export function prune(object: JsonObject, schema: Schema): Pruned {
  const unknown: string[] = [];
  return { object: pruneFields(object, { schema, path: "", isWhole: true }, unknown), unknown };
}

type PruneLocation = { readonly schema: Schema; readonly path: string; readonly isWhole: boolean };

function pruneFields(
  object: JsonObject,
  { schema, path, isWhole }: PruneLocation,
  unknown: string[],
): JsonObject {
  const kept: [string, Json | undefined][] = [];
  for (const [field, value] of Object.entries(object)) {
    const at = fieldPath(path, field);
    const own = schemaOfField(schema, field);
    // Metadata has the same schema for all objects; a definition cannot restrict it.
    if (isWhole && envelopeFields.includes(field)) kept.push([field, value]);
    else if (own)
      kept.push([field, pruneValue(value, { schema: own, path: at, isWhole: isEmbedded(own) }, unknown)]);
    else if (preservesUnknown(schema)) kept.push([field, value]);
    else unknown.push(at);
  }
  return Object.fromEntries(kept);
}

function pruneValue(value: Json | undefined, place: PruneLocation, unknown: string[]): Json | undefined {
  if (isObject(value)) return pruneFields(value, place, unknown);
  if (!Array.isArray(value)) return value;
  const schema = schemaOfItems(place.schema);
  if (!schema) return value;
  return value.map((item, index) => {
    const at = { schema, path: `${place.path}[${index}]`, isWhole: isEmbedded(schema) };
    return pruneValue(item, at, unknown) ?? null;
  });
}
